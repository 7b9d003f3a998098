// Liquidation and deleveraging of a subaccount in quote quantums, to the integer (dYdX v4).
//
// Closing a part `delta` of a position, the bankruptcy price is -dNotional - floor(collateral x
// |dMaintenance| / maintenance): each part pays its share of what is left, rounded so that the
// account is never asked for more. The fillable price of the liquidation order lies between the
// oracle and it, an exact ratio, turned into subticks on the account's side of the tick. What a
// fill brings beyond the bankruptcy price goes to the insurance fund up to a fee; what it lacks the
// fund pays. Deleveraging moves the position to an opposite subaccount at the bankruptcy (or
// oracle) price and is refused where it would leave either one riskier. What a venue would refuse
// comes back as a QuantumRefusal with nothing changed.
#pragma once

#include "risk/subaccount_risk.hpp"

namespace delever {
inline namespace v1 {

enum class QuantumRefusal : std::uint8_t {
  None,
  InvalidPositionSizeDelta,   ///< zero, of the position's own sign, or larger than it
  InvalidFillAmount,          ///< nothing was filled
  UndercollateralizedUpdate,  ///< a side would be riskier than before
  ZeroMaintenance,            ///< no maintenance margin to share the collateral by
};

template <class Value>
struct QuantumResult {
  QuantumRefusal refusal = QuantumRefusal::None;
  Value value{};
};

/// Quote quantums the account receives for `delta` at its bankruptcy price (negative: pays).
QuantumResult<Int128> bankruptcy_quantums(const Subaccount& subaccount,
                                          const std::vector<PerpetualTerms>& perpetuals,
                                          std::int64_t perpetual, Int128 delta);

struct LiquidationTerms {
  Int128 fee_max_ppm = 5'000;
  Int128 bankruptcy_adjustment_ppm = 1'000'000;
  Int128 spread_to_maintenance_ppm = 100'000;
};

/// Quote quantums per base quantum.
QuantumResult<Ratio> fillable_price(const Subaccount& subaccount,
                                    const std::vector<PerpetualTerms>& perpetuals,
                                    std::int64_t perpetual, Int128 delta,
                                    const LiquidationTerms& terms);

/// Rounded up for a long being sold, down for a short, to a multiple of `subticks_per_tick`, and
/// held between one tick and the largest 64-bit multiple.
Int128 fillable_subticks(const Ratio& price, bool liquidates_long, Int128 subticks_per_tick,
                         std::int64_t quantum_conversion_exponent);

struct LiquidationFill {
  bool is_buy = false;
  Int128 quantums = 0;
  Int128 subticks = 0;
  std::int64_t quantum_conversion_exponent = 0;
};

/// What the insurance fund receives (negative: pays) for a liquidation fill.
QuantumResult<Int128> insurance_delta(const Subaccount& subaccount,
                                      const std::vector<PerpetualTerms>& perpetuals,
                                      std::int64_t perpetual, const LiquidationFill& fill,
                                      const LiquidationTerms& terms);

enum class DeleveragingPrice : std::uint8_t { Bankruptcy, Oracle };

struct SubaccountPair {
  Subaccount liquidated;
  Subaccount offsetting;
};

/// Both sides after `delta` of the liquidated position moved to the offsetting one.
QuantumResult<SubaccountPair> deleverage(SubaccountPair pair,
                                         const std::vector<PerpetualTerms>& perpetuals,
                                         std::int64_t perpetual, Int128 delta,
                                         DeleveragingPrice price);

}  // namespace v1
}  // namespace delever
