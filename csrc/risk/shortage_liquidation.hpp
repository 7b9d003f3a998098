// Liquidation by the amount that cures a margin shortage, to the integer (Drift v2, protocol-v2
// 0ae3e3b1db): an outside liquidator takes just enough of a position at the oracle price +- a fee.
//
// Units are the venue's: base in 1e-9, quote and prices in 1e-6, margin ratios in 1e-4, fees in
// 1e-6, time in slots. Divisions truncate, as the source does, except where named. The liquidator's
// fee rises with the time the account was idle; the insurance fee is what the margin freed leaves
// for it. std::domain_error where the source refuses (fees beyond the margin ratio, time running
// backwards).
#pragma once

#include <cstdint>

#include "units/wide.hpp"

namespace delever {
inline namespace v1 {

/// As the source says "all of it": the largest unsigned 64-bit number.
constexpr Int128 every_base_unit = static_cast<Int128>(~std::uint64_t{0});

struct ShortageTerms {
  Int128 margin_ratio = 0;  ///< in 1e-4, the liquidation buffer included
  Int128 liquidator_fee = 0;
  Int128 insurance_fee = 0;
  Int128 oracle_price = 0;
  Int128 quote_oracle_price = 1'000'000;
};

/// shortage / (price x (ratio - fee) - oracle x insurance fee), in base units.
Int128 base_to_cover_shortage(Int128 shortage, const ShortageTerms& terms);

/// min(most, 95% of what ratio - fee - shortage / value leaves); terms.insurance_fee is the most.
Int128 insurance_fee_rate(Int128 shortage, Int128 base, const ShortageTerms& terms);

/// Base fee, and 1e-6 per slot of idleness from 1,500 slots on, up to the largest.
Int128 liquidator_fee_rate(Int128 base_fee, Int128 fee_max, std::int64_t last_active_slot,
                           std::int64_t slot);

struct PerpPosition {
  Int128 base = 0;   ///< signed
  Int128 quote = 0;  ///< signed: what was paid (negative) and received
};

struct PerpTransfer {
  PerpPosition user;
  PerpPosition liquidator;
  Int128 insurance_paid = 0;
};

/// Moves `base` (unsigned, at most the position) to the liquidator at oracle x (1 -+ fee).
PerpTransfer transfer_perp(const PerpPosition& user, Int128 base, const ShortageTerms& terms);

/// Moves what cures the account, whose other collateral is `deposit`; nothing where it lacks none.
PerpTransfer liquidate_shortage(const PerpPosition& user, Int128 deposit,
                                const ShortageTerms& terms);

}  // namespace v1
}  // namespace delever
