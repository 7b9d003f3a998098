// Currencies an account can hold, and what an amount of one is worth in currency 0, in which pools
// of several are valued.
//
// A currency has an index price in ticks (0: unknown, worth nothing). Assets are rounded down and
// then cut by the weight (the haircut); debts are rounded away from zero and not cut, so the worth
// never flatters. Currency 0 is worth itself. Sums and worths are 128 bits wide; `validate` of the
// rulebook keeps price x tick below 2^60, so no product overflows. Cost: one division, two where
// there is a weight.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "market/instrument.hpp"
#include "units/arithmetic.hpp"
#include "units/quantity.hpp"

namespace delever {
inline namespace v1 {

constexpr std::int64_t collateral_scale = 100'000'000;

struct Currency {
  std::string symbol = "USDT";
  std::int64_t weight_ppm = ppm_scale;  ///< what a unit counts as collateral
  std::int64_t tick_atoms = 1;          ///< atoms of currency 0 per 1e8 atoms, at one tick
  std::int64_t price_ticks_max = 1;
};

/// A currency's rate of exchange as things stand.
struct CollateralRate {
  std::int64_t rate_e8 = 0;  ///< atoms of currency 0 for 1e8 atoms; 0: unknown
  std::int64_t weight_ppm = ppm_scale;

  /// In currency 0, as collateral.
  Int128 worth(Int128 amount) const {
    const Int128 full = divide(amount * rate_e8, collateral_scale, Round::Floor);
    if (full <= 0 || weight_ppm == ppm_scale) return full;
    return divide(full * weight_ppm, ppm_scale, Round::Floor);
  }
  /// In currency 0 at the full price, rounded up.
  Int128 charge(Int128 amount) const {
    return divide(amount * rate_e8, collateral_scale, Round::Ceil);
  }
  /// How much of the currency `amount` of currency 0 buys, rounded down; 0 while unknown.
  Int128 bought(Int128 amount) const {
    return rate_e8 == 0 ? 0 : divide(amount * collateral_scale, rate_e8, Round::Floor);
  }
};

/// Currency 0 in itself.
constexpr CollateralRate valuation_rate{collateral_scale, ppm_scale};

}  // namespace v1
}  // namespace delever
