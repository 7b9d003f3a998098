// How a venue liquidates, put together from words: how much one step sells and at what limit, what
// becomes of the rest, who gets the fee, who bears what the insurance fund cannot, and who gives up
// profit first. Venue-rules section 12; the words are part of rulebooks and are only added to.
//
// Also the sizes of a step, as pure functions of a specification, a position and a mark. A position
// or pool in breach is a unit; `steps()` says whether one may take more than one order, and so be
// in liquidation between evaluation points. Cost: O(log lots) margin computations per size.
#pragma once

#include <cstdint>
#include <string>

#include "market/instrument.hpp"
#include "units/quantity.hpp"

namespace delever {
inline namespace v1 {

/// How much of a position one step sells.
enum class Reduce : std::uint8_t {
  Whole = 0,
  NextTier = 1,  ///< fill-or-kill, down to the next lower tier; then the whole
  Fraction = 2,  ///< of a large position a share first; then the whole
  Clip = 3,      ///< so much notional, of one position at a time
  TwoTiers = 4,  ///< down by two tiers, at every step
  Needed = 5,    ///< the least that ends the breach where it trades at the mark
  Asked = 6,     ///< what the user's procedure answers
};
/// The limit of that order.
enum class ClosePrice : std::uint8_t { Bankruptcy = 0, Market = 1, Fillable = 2 };
enum class CloseTimeInForce : std::uint8_t { Immediate = 0, FillOrKill = 1 };
/// What becomes of a unit that a step leaves in breach.
enum class Remainder : std::uint8_t {
  Takeover = 0,  ///< the insurance fund takes it, or the last resort
  Wait = 1,      ///< another step after the interval
  Vault = 2,     ///< as Wait, but the fund takes it whole once too little of the margin is left
};
/// What the insurance fund gets of what was closed.
enum class LiquidationFee : std::uint8_t { Filled = 0, AllLeft = 1, None = 2 };
/// Who bears what the insurance fund cannot.
enum class LastResort : std::uint8_t {
  Bankruptcy = 0,    ///< the other side is deleveraged at the bankruptcy price
  Mark = 1,          ///< at the mark; the fund pays the difference
  Winners = 2,       ///< positions in profit, in proportion to it
  OpenInterest = 3,  ///< all positions, in proportion to their notional
  PreviousMark = 4,  ///< as Mark, at the mark before
};
/// When the insurance fund takes nothing over any more.
enum class FundTrigger : std::uint8_t {
  Depleted = 0,  ///< it would be insolvent
  Fall = 1,      ///< or has lost a share of its peak within a window
  Drawdown = 2,  ///< or all of its peak
  Solvent = 3,   ///< it takes what has equity left, and nothing else
};
/// Who of the other side is deleveraged first.
enum class Ranking : std::uint8_t {
  LeverageProfit = 0,
  EffectiveLeverage = 1,
  PriceRatio = 2,
  ProfitLeverage = 3,
  SeededStart = 4,
  ProRata = 5,
  RiskAware = 6,
  User = 7,
};

/// The defaults are Binance's procedure.
struct LiquidationProcedure {
  Reduce reduce = Reduce::Whole;
  ClosePrice close_price = ClosePrice::Bankruptcy;
  CloseTimeInForce close_tif = CloseTimeInForce::Immediate;
  Remainder remainder = Remainder::Takeover;
  TimeNs step_interval{1'000'000'000};
  std::int64_t fraction_ppm = 200'000;
  Money fraction_above{0};           ///< a smaller position closes whole
  Money clip{10'000'000'000'000};    ///< notional of a clip
  std::int64_t clip_lots = 0;        ///< its size, where it is not 0
  std::int64_t step_tiers_from = 1;  ///< the lowest tier, from 0, that is reduced by tiers
  std::int64_t vault_ppm = 666'667;  ///< of the maintenance margin: below, the vault takes over
  LiquidationFee fee_of = LiquidationFee::Filled;
  std::int64_t bankruptcy_adjustment_ppm = 1'000'000;
  std::int64_t spread_to_maintenance_ppm = 100'000;
  LastResort last_resort = LastResort::Bankruptcy;
  std::int64_t mark_beyond_ppm = 0;  ///< bankruptcy further from the mark: at the mark; 0: never
  FundTrigger fund_trigger = FundTrigger::Depleted;
  std::int64_t fund_fall_ppm = 300'000;
  TimeNs fund_window{std::int64_t{8} * 3600 * 1'000'000'000};
  Ranking ranking = Ranking::LeverageProfit;
  std::int64_t ranking_seed = 0;

  bool steps() const { return reduce != Reduce::Whole || remainder != Remainder::Takeover; }
  bool socialises() const {
    return last_resort == LastResort::Winners || last_resort == LastResort::OpenInterest;
  }
  bool samples_fund() const {
    return fund_trigger == FundTrigger::Fall || fund_trigger == FundTrigger::Drawdown;
  }
  /// Whether it asks a user's functions.
  bool asks() const { return reduce == Reduce::Asked || ranking == Ranking::User; }

  /// An empty string where the numbers are sound; else what is wrong, with the fix.
  std::string validate() const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(reduce);
    archive(close_price);
    archive(close_tif);
    archive(remainder);
    archive(step_interval);
    archive(fraction_ppm);
    archive(fraction_above);
    archive(clip);
    archive(clip_lots);
    archive(step_tiers_from);
    archive(vault_ppm);
    archive(fee_of);
    archive(bankruptcy_adjustment_ppm);
    archive(spread_to_maintenance_ppm);
    archive(last_resort);
    archive(mark_beyond_ppm);
    archive(fund_trigger);
    archive(fund_fall_ppm);
    archive(fund_window);
    archive(ranking);
    archive(ranking_seed);
  }
};

/// What one order of a liquidation asks for.
struct StepSize {
  std::int64_t lots = 0;
  bool by_tier = false;  ///< less than the whole, down to a tier
};

/// A unit's standing in the valuation it is judged in.
struct UnitStanding {
  Int128 equity = 0;
  Int128 maintenance = 0;

  bool is_below(std::int64_t ppm) const { return equity * ppm_scale < maintenance * ppm; }
};

/// Index of the tier of a notional.
std::size_t tier_index(const InstrumentSpec& spec, Money notional);

/// What the rules of tiers, fractions and clips sell of `qty` at the mark; `is_first`: no step of
/// this liquidation came before. Not for Needed and Asked.
StepSize step_size(const LiquidationProcedure& procedure, const InstrumentSpec& spec, QtyLots qty,
                   PriceTicks mark, bool is_first);

/// The least of 1 .. lots for which `heals(lots)`, by bisection; all where none does.
template <class Heals>
std::int64_t least_healing_lots(std::int64_t lots, Heals&& heals) {
  std::int64_t low = 1;
  std::int64_t high = lots;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (heals(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/// How far below its value at the mark a position may go at the fillable price (dYdX v4): spread x
/// maintenance of the position x clamp(adjustment x (1 - equity / maintenance of the unit), 0, 1),
/// rounded down.
Int128 fillable_concession(const LiquidationProcedure& procedure, const UnitStanding& unit,
                           Int128 maintenance);

}  // namespace v1
}  // namespace delever
