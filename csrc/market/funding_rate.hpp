// Funding rates: premium, its average, clamps, dampers, caps and intervals, as venues publish them.
//
//   premium   [max(0, impact bid - index) - max(0, index - impact ask)] / index; a side too thin to
//             take the impact notional counts nothing
//   average   weights 1 .. n, the newest the heaviest
//   rate      [premium + clamp(interest - premium, +-clamp)] / divisor, held within +-cap
//   damper    max(band, premium) + min(-band, premium) (Deribit)
//   averages  clamp(mark - oracle, +-oracle / 33) / 24, per unit of base (Drift)
// Rates are shares per interval; interest is of the same interval as the premium. A regime is what
// of this held from a date on.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "units/fixed.hpp"
#include "units/quantity.hpp"

namespace delever {
inline namespace v1 {

Fixed impact_premium(Fixed index, std::optional<Fixed> impact_bid, std::optional<Fixed> impact_ask);

/// (impact bid + impact ask) / 2 / index - 1 (Hyperliquid's HIP-3 markets).
Fixed mid_premium(Fixed index, Fixed impact_bid, Fixed impact_ask);

/// Oldest first.
Fixed weighted_premium(const std::vector<Fixed>& premiums);

/// (quote interest - base interest) / intervals a day.
Fixed interest_rate(Fixed quote, Fixed base, Fixed intervals);

struct FundingRegime {
  Fixed interest;
  Fixed clamp;
  Fixed divisor = 1;
  std::optional<Fixed> cap;
};

Fixed funding_rate(Fixed premium, const FundingRegime& regime);

Fixed damped_premium(Fixed premium, Fixed band, std::optional<Fixed> cap);

Fixed average_price_funding(Fixed mark_average, Fixed oracle_average);

/// Margin an impact order has, over the initial margin rate at the largest leverage.
Fixed impact_notional(Fixed margin, Fixed initial_rate);

/// Hours to the next settlement (Binance since 2 May 2025 and 2 January 2026): a rate at its cap
/// goes to one hour, and from one hour back to four once so many settlements in a row were calm.
std::int64_t next_interval_hours(std::int64_t hours, Fixed rate, Fixed cap,
                                 std::int64_t calm_settlements);

/// Hyperliquid's regime at a time: 8-hourly with a clamp of 0.03% until 8 June 2023, then hourly;
/// from 16 June 21:00 to 15 July 2023 02:00 without interest; since then a clamp of 0.05%. Cap 4%.
FundingRegime hyperliquid_regime(TimeNs time);

}  // namespace v1
}  // namespace delever
