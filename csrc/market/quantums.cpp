#include "market/quantums.hpp"

#include <algorithm>
#include <stdexcept>

namespace delever {
inline namespace v1 {
namespace {

constexpr std::int64_t funding_seconds = 8 * 60 * 60;

// trunc(a x b x 10^exponent).
Int128 scaled_product(Int128 a, Int128 b, std::int64_t exponent) {
  if (exponent >= 0)
    return checked_multiply(checked_multiply(a, b), a == 0 ? 1 : power_of_ten(exponent));
  return wide_mul_div(a, b, power_of_ten(-exponent), Rounding::Trunc);
}

const SubtickOrder* best_of(const std::vector<SubtickOrder>& orders, bool bids) {
  const SubtickOrder* best = nullptr;
  for (const SubtickOrder& order : orders) {
    if (order.is_buy != bids) continue;
    const bool better = best == nullptr ||
                        (bids ? order.subticks > best->subticks : order.subticks < best->subticks);
    if (better) best = &order;
  }
  return best;
}

// The index in subticks.
Ratio index_subticks(const PremiumTerms& terms) {
  const std::int64_t exponent = terms.index.exponent + terms.index.atomic_resolution -
                                terms.quote_resolution - terms.quantum_conversion_exponent;
  return Ratio(terms.index.price) * ratio_power_of_ten(exponent);
}

}  // namespace

Int128 to_quote_quantums(const OraclePrice& oracle, Int128 base_quantums) {
  const std::int64_t exponent =
      oracle.exponent + oracle.atomic_resolution - quote_atomic_resolution;
  return scaled_product(base_quantums, oracle.price, exponent);
}

Int128 fill_quote_quantums(Int128 base_quantums, Int128 subticks,
                           std::int64_t quantum_conversion_exponent) {
  return scaled_product(base_quantums, subticks, quantum_conversion_exponent);
}

Int128 share_of_quantums(Int128 amount, Int128 ppm, Rounding rounding) {
  return wide_mul_div(amount, ppm, ppm_scale, rounding);
}

Int128 funding_index_delta(const OraclePrice& oracle, Int128 rate_8h_ppm, std::int64_t seconds) {
  const Int128 accrued = checked_multiply(rate_8h_ppm, seconds);
  return to_quote_quantums(oracle, accrued) / funding_seconds;
}

Int128 funding_clamp_ppm(Int128 clamp_factor_ppm, Int128 initial_ppm,
                         Int128 maintenance_fraction_ppm) {
  const Int128 maintenance_ppm =
      share_of_quantums(initial_ppm, maintenance_fraction_ppm, Rounding::Floor);
  if (maintenance_ppm > initial_ppm)
    throw std::domain_error("the maintenance margin exceeds the initial margin");
  return share_of_quantums(clamp_factor_ppm, initial_ppm - maintenance_ppm, Rounding::Floor);
}

std::optional<Ratio> impact_subticks(std::vector<SubtickOrder> orders, bool bids,
                                     Int128 impact_notional,
                                     std::int64_t quantum_conversion_exponent) {
  std::erase_if(orders, [&](const SubtickOrder& order) { return order.is_buy != bids; });
  std::stable_sort(orders.begin(), orders.end(), [&](const auto& one, const auto& other) {
    return bids ? one.subticks > other.subticks : one.subticks < other.subticks;
  });
  if (orders.empty()) return std::nullopt;
  if (impact_notional == 0) return Ratio(orders.front().subticks);
  Int128 left = impact_notional;
  Int128 base = 0;
  for (const SubtickOrder& order : orders) {
    const Int128 quote =
        fill_quote_quantums(order.quantums, order.subticks, quantum_conversion_exponent);
    // The last order is used in part; the source floors the whole sum of base quantums.
    base +=
        left > quote ? order.quantums : wide_mul_div(left, order.quantums, quote, Rounding::Floor);
    left -= quote;
    if (left <= 0) break;
  }
  if (left > 0) return std::nullopt;
  return Ratio::of(impact_notional, base) / ratio_power_of_ten(quantum_conversion_exponent);
}

std::optional<Int128> premium_ppm(const std::vector<SubtickOrder>& orders,
                                  const PremiumTerms& terms) {
  const Ratio index = index_subticks(terms);
  if (index.numerator == 0) return std::nullopt;
  const SubtickOrder* bid = best_of(orders, true);
  const SubtickOrder* ask = best_of(orders, false);
  if (bid != nullptr && ask != nullptr && bid->subticks >= ask->subticks)
    throw std::domain_error("the book is crossed: the best bid is not below the best ask");
  const bool below_bid = bid != nullptr && index < Ratio(bid->subticks);
  const bool above_ask = ask != nullptr && Ratio(ask->subticks) < index;
  if (!below_bid && !above_ask) return 0;
  const std::optional<Ratio> impact =
      impact_subticks(orders, below_bid, terms.impact_notional, terms.quantum_conversion_exponent);
  if (!impact) return 0;
  if (below_bid ? !(index < *impact) : !(*impact < index)) return 0;
  const Ratio premium = *impact / index - Ratio(1);
  const Int128 ppm =
      wide_mul_div(premium.numerator, ppm_scale, premium.denominator, Rounding::Trunc);
  return std::clamp(ppm, -terms.premium_max_ppm, terms.premium_max_ppm);
}

}  // namespace v1
}  // namespace delever
