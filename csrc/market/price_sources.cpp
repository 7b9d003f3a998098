#include "market/price_sources.hpp"

#include <algorithm>

namespace delever {
inline namespace v1 {

namespace {

std::int64_t narrowed(Int128 value) { return static_cast<std::int64_t>(value); }

std::int64_t mean_of(const std::vector<PriceSource>& sources) {
  Int128 sum = 0;
  Int128 weights = 0;
  for (const PriceSource& one : sources) {
    sum += static_cast<Int128>(one.price_ticks) * one.weight;
    weights += one.weight;
  }
  return narrowed(divide(sum, weights, Round::Floor));
}

std::int64_t weighted_median_of(const std::vector<PriceSource>& sources) {
  Int128 total = 0;
  for (const PriceSource& one : sources) total += one.weight;
  Int128 passed = 0;
  for (const PriceSource& one : sources) {
    passed += one.weight;
    if (2 * passed >= total) return one.price_ticks;
  }
  return sources.back().price_ticks;
}

bool is_lower(const PriceSource& one, const PriceSource& other) {
  return one.price_ticks < other.price_ticks;
}

}  // namespace

std::int64_t median_of(std::vector<std::int64_t> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return narrowed(
      divide(static_cast<Int128>(values[middle - 1]) + values[middle], 2, Round::Floor));
}

void PriceSources::hear(std::size_t source, const PriceSource& what) {
  if (source >= sources_.size()) sources_.resize(source + 1);
  sources_[source] = what;
}

// By price, and by number where prices are the same.
std::vector<PriceSource> PriceSources::fresh(const PriceRules& rules, TimeNs now) const {
  std::vector<PriceSource> found;
  for (const PriceSource& one : sources_) {
    const bool stale = rules.index_stale.value != 0 && now - one.time > rules.index_stale;
    if (one.weight > 0 && !stale) found.push_back(one);
  }
  std::stable_sort(found.begin(), found.end(), is_lower);
  return found;
}

std::optional<std::int64_t> PriceSources::weighted_median(const PriceRules& rules,
                                                          TimeNs now) const {
  const std::vector<PriceSource> found = fresh(rules, now);
  if (found.empty()) return std::nullopt;
  return weighted_median_of(found);
}

std::optional<std::int64_t> PriceSources::index(const PriceRules& rules, TimeNs now) const {
  std::vector<PriceSource> found = fresh(rules, now);
  if (found.empty()) return std::nullopt;
  if (rules.index_outlier != IndexOutlier::None) {
    std::vector<std::int64_t> prices;
    for (const PriceSource& one : found) prices.push_back(one.price_ticks);
    const std::int64_t middle = median_of(prices);
    const std::int64_t share = rules.index_outlier_ppm;
    const std::int64_t low = mul_div(middle, ppm_scale - share, ppm_scale, Round::Ceil);
    const std::int64_t high = mul_div(middle, ppm_scale + share, ppm_scale, Round::Floor);
    const auto is_out = [&](const PriceSource& one) {
      return one.price_ticks < low || one.price_ticks > high;
    };
    if (rules.index_outlier == IndexOutlier::Cap) {
      for (PriceSource& one : found) one.price_ticks = std::clamp(one.price_ticks, low, high);
    } else {
      if (std::count_if(found.begin(), found.end(), is_out) > 1) return middle;
      found.erase(std::remove_if(found.begin(), found.end(), is_out), found.end());
    }
  }
  if (rules.index_rule == IndexRule::WeightedMedian) return weighted_median_of(found);
  if (rules.index_rule == IndexRule::MeanOfMiddle && found.size() > 2)
    found = {found.begin() + 1, found.end() - 1};
  if (rules.index_rule != IndexRule::WeightedMean)
    for (PriceSource& one : found) one.weight = 1;
  return mean_of(found);
}

}  // namespace v1
}  // namespace delever
