// The order in which opposite positions are deleveraged, in integers: what the engine sorts by.
//
// The formulas are those of deleveraging_queue.hpp (there in exact decimals, for calculators), each
// rounded down to ppm, or 1e-8 where the venue's own floor is that fine, and capped; so two scores
// that differ by less than a millionth tie, and ties go by account and leg. LeverageProfit is
// Binance's: profit percent x margin ratio (venue-rules: the margin ratio, not notional over
// equity). The insurance fund, if opposite, comes before all. ProRata and RiskAware are no queue:
// `share_lots` spreads lots over all candidates like water over what they hold.
// Cost: O(1) a score; share_lots O(candidates), and once more for each pass that fills some.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "market/instrument.hpp"
#include "risk/liquidation_procedure.hpp"
#include "risk/margin.hpp"
#include "risk/position.hpp"

namespace delever {
inline namespace v1 {

/// What ranks a candidate. `equity`, `maintenance` and `value` are its unit's, in its valuation.
struct Candidate {
  Money profit;      ///< at the mark
  Money stake;       ///< margin, or the wallet of a cross-margined position
  Money cost;        ///< signed
  Money notional;    ///< in its own currency
  Int128 value = 0;  ///< the notional, as the unit is valued
  Int128 equity = 0;
  Int128 maintenance = 0;
  bool is_inverse = false;
};

/// PnL percent x margin ratio, both in ppm; 0 without profit. `stake`: the margin, or the wallet of
/// a cross-margined position, whose pool gives the ratio.
std::int64_t deleveraging_score(Money profit, Money stake, Int128 maintenance, Int128 equity);
std::int64_t deleveraging_score(const InstrumentSpec& spec, const Position& position,
                                PriceTicks mark);

/// The score under an order that has scores of its own: the first four.
Int128 deleveraging_score(Ranking order, const Candidate& candidate);

/// value / equity in ppm, at most 1e12; 0 without equity.
Int128 leverage_ppm(const Candidate& candidate);

/// A counterparty in deleveraging order.
struct RankedPosition {
  Int128 score = 0;
  AccountId account = 0;
  std::uint32_t position = no_index;
};

/// Counterparties of one side, used up from the front.
struct RankedSide {
  InstrumentId instrument = 0;
  int bankrupt_sign = 0;
  std::vector<RankedPosition> ranked;
  std::size_t next = 0;
};

/// What a candidate gives up for a bankrupt position.
struct LotShare {
  std::uint32_t position = no_index;
  std::int64_t lots = 0;
};

/// Who shares a loss, and by what measure.
struct LossPayer {
  std::uint32_t position = no_index;
  Int128 weight = 0;
};

void order_ranking(std::vector<RankedPosition>& ranked);

/// As one that is in order of account: the fund's first, the others from a pseudo-random start on.
void rotate_ranking(std::vector<RankedPosition>& ranked, std::uint64_t seed);

/// A part of `lots` for each of `sizes`, in proportion to its weight and at most its size; all of
/// the sizes where they are no more than `lots`; by size where nobody left has a weight. What
/// rounding leaves goes, one lot each, to the first with a weight that are not full.
std::vector<std::int64_t> share_lots(std::int64_t lots, std::span<const std::int64_t> sizes,
                                     std::vector<Int128> weights);

}  // namespace v1
}  // namespace delever
