#include "market/funding_rate.hpp"

#include <stdexcept>

namespace delever {
inline namespace v1 {
namespace {

constexpr std::int64_t calm_settlements_due = 16;
constexpr std::int64_t hour_ns = 3'600'000'000'000;
const Fixed calm_rate = Fixed::of_steps(250'000'000'000'000);  // 0.025%

Fixed share_e4(int ten_thousandths) { return Fixed(ten_thousandths) / Fixed(10'000); }

constexpr TimeNs hours_since_1970(std::int64_t hours) { return TimeNs{hours * hour_ns}; }

// 2023-06-08 01:00, 2023-06-16 21:00 and 2023-07-15 03:00 UTC
constexpr TimeNs hourly_from = hours_since_1970(468'385);
constexpr TimeNs flat_from = hours_since_1970(468'597);
constexpr TimeNs interest_back_from = hours_since_1970(469'275);

}  // namespace

Fixed impact_premium(Fixed index, std::optional<Fixed> impact_bid,
                     std::optional<Fixed> impact_ask) {
  Fixed above = 0;
  if (impact_bid && *impact_bid > index) above += *impact_bid - index;
  if (impact_ask && *impact_ask < index) above -= index - *impact_ask;
  return above / index;
}

Fixed mid_premium(Fixed index, Fixed impact_bid, Fixed impact_ask) {
  return (impact_bid + impact_ask) / (index + index) - 1;
}

Fixed weighted_premium(const std::vector<Fixed>& premiums) {
  if (premiums.empty()) throw std::domain_error("there is no premium to average");
  Fixed sum = 0;
  Fixed weights = 0;
  for (std::size_t at = 0; at < premiums.size(); ++at) {
    const auto weight = Fixed(static_cast<int>(at) + 1);
    sum += premiums[at] * weight;
    weights += weight;
  }
  return sum / weights;
}

Fixed interest_rate(Fixed quote, Fixed base, Fixed intervals) { return (quote - base) / intervals; }

Fixed funding_rate(Fixed premium, const FundingRegime& regime) {
  const Fixed pull = clamp(regime.interest - premium, -regime.clamp, regime.clamp);
  const Fixed rate = (premium + pull) / regime.divisor;
  return regime.cap ? clamp(rate, -*regime.cap, *regime.cap) : rate;
}

Fixed damped_premium(Fixed premium, Fixed band, std::optional<Fixed> cap) {
  const Fixed above = premium > band ? premium : band;
  const Fixed below = premium < -band ? premium : -band;
  const Fixed damped = above + below;
  return cap ? clamp(damped, -*cap, *cap) : damped;
}

Fixed average_price_funding(Fixed mark_average, Fixed oracle_average) {
  const Fixed bound = oracle_average / 33;
  return clamp(mark_average - oracle_average, -bound, bound) / 24;
}

Fixed impact_notional(Fixed margin, Fixed initial_rate) { return margin / initial_rate; }

std::int64_t next_interval_hours(std::int64_t hours, Fixed rate, Fixed cap,
                                 std::int64_t calm_settlements) {
  if (absolute(rate) >= cap) return 1;
  const bool calm = absolute(rate) <= calm_rate && calm_settlements >= calm_settlements_due;
  return hours == 1 && calm ? 4 : hours;
}

FundingRegime hyperliquid_regime(TimeNs time) {
  const Fixed interest = share_e4(1);
  if (time < hourly_from) return {interest, share_e4(3), 1, std::nullopt};
  const Fixed cap = share_e4(400);
  if (time < flat_from) return {interest, share_e4(3), 8, cap};
  if (time < interest_back_from) return {interest, 0, 8, cap};
  return {interest, share_e4(5), 8, cap};
}

}  // namespace v1
}  // namespace delever
