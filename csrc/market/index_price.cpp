#include "market/index_price.hpp"

#include <algorithm>
#include <stdexcept>

namespace delever {
inline namespace v1 {
namespace {

Fixed weighted_mean(const std::vector<WeightedValue>& values) {
  Fixed sum = 0;
  Fixed weights = 0;
  for (const WeightedValue& one : values) {
    sum += one.value * one.weight;
    weights += one.weight;
  }
  return sum / weights;
}

}  // namespace

Fixed median(std::vector<Fixed> values) {
  if (values.empty()) throw std::domain_error("there is no value to take the median of");
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return (values[middle - 1] + values[middle]) / 2;
}

Fixed weighted_median(std::vector<WeightedValue> values) {
  Fixed total = 0;
  for (const WeightedValue& one : values) total += one.weight;
  if (total <= 0) throw std::domain_error("the weights sum to nothing");
  std::stable_sort(values.begin(), values.end(),
                   [](const auto& one, const auto& other) { return one.value < other.value; });
  Fixed passed = 0;
  for (const WeightedValue& one : values) {
    passed += one.weight;
    if (passed + passed >= total) return one.value;
  }
  return values.back().value;
}

Fixed capped_to_median(Fixed price, Fixed median_price, Fixed band) {
  return clamp(price, median_price * (Fixed(1) - band), median_price * (Fixed(1) + band));
}

Fixed index_price(const std::vector<IndexSource>& sources, const IndexTerms& terms) {
  std::vector<Fixed> prices;
  for (const IndexSource& source : sources)
    if (source.age_seconds <= terms.age_max_seconds) prices.push_back(source.price);
  if (prices.empty()) throw std::domain_error("no source is fresh");
  const Fixed middle = median(prices);
  std::vector<WeightedValue> counted;
  std::size_t outliers = 0;
  for (const IndexSource& source : sources) {
    if (source.age_seconds > terms.age_max_seconds) continue;
    const Fixed capped = capped_to_median(source.price, middle, terms.band);
    if (capped != source.price) ++outliers;
    if (capped == source.price || terms.rule == OutlierRule::Cap)
      counted.push_back({capped, source.weight});
  }
  if (terms.rule == OutlierRule::Drop && outliers > 1) return middle;
  return weighted_mean(counted);
}

void DecayingAverage::push(Fixed value, Fixed seconds, Fixed time_constant_seconds) {
  const Fixed kept = exp_of_negative(seconds / time_constant_seconds);
  numerator = numerator * kept + value * seconds;
  denominator = denominator * kept + seconds;
}

Fixed funding_basis_price(Fixed index, Fixed rate, Fixed left, Fixed interval) {
  return index * (Fixed(1) + mul_div(rate, left, interval));
}

Fixed impact_price(const std::vector<BookLevel>& levels, Fixed notional) {
  if (notional <= 0) return levels.empty() ? Fixed(0) : levels.front().price;
  Fixed left = notional;
  Fixed qty = 0;
  for (const BookLevel& level : levels) {
    const Fixed value = level.price * level.qty;
    if (value >= left) return notional / (qty + left / level.price);
    left -= value;
    qty += level.qty;
  }
  return 0;
}

}  // namespace v1
}  // namespace delever
