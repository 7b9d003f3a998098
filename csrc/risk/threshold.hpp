// Where an isolated position is liquidated: the ticks that the venue shows and the guards it sets.
//
// Most positions have one threshold: what they lack falls or rises with the mark. Exactly so, to
// the atom, for a linear short, an inverse long, and under one rounding a linear long; their
// threshold is solved in closed form within the tier it falls in and verified one tick either side
// by the predicate itself (binary search where the closed form lands elsewhere). Where two
// roundings meet (a closing fee, an inverse short) the last ticks may waver by an atom: there the
// certificate's run from the safe end of the range gives the first breached tick exactly. A linear
// long or inverse short under the step rule, or an inverse short whose rate grows with its size,
// can also breach on a favourable tick: these are two-sided, and their ticks are those next to the
// run around the mark. Cost: about 20 ns; the others some 200 ns, worst case 40 predicate calls per
// tier.
#pragma once

#include <cstdint>

#include "market/instrument.hpp"
#include "risk/margin.hpp"
#include "risk/position.hpp"

namespace delever {
inline namespace v1 {

/// Whether positions in this instrument can breach on a tick that is favourable to them.
inline bool is_two_sided(const InstrumentSpec& spec) {
  return spec.tier_rule == TierRule::Step ||
         (spec.tier_rule == TierRule::SizeLinear && spec.is_inverse());
}

/// Whether this one can.
inline bool is_two_sided(const InstrumentSpec& spec, QtyLots qty) {
  const bool gains_with_notional = (qty.value > 0) != spec.is_inverse();
  return is_two_sided(spec) && gains_with_notional;
}

/// The last tick, towards the losing side, at which the position is not yet safe: the highest
/// breached tick of a long, the lowest of a short. `never_ticks` where no valid mark breaches it.
/// Of a two-sided position it is the next such tick from `mark` on, the mark itself where it is
/// breached already; other positions do not depend on the mark.
std::int64_t liquidation_threshold(const InstrumentSpec& spec, const Position& position,
                                   PriceTicks mark, bool at_equality);

/// Where the position is to be asked: marks at or below `low`, and at or above `high`.
struct GuardTicks {
  std::int64_t low = never_ticks;
  std::int64_t high = never_ticks;

  friend bool operator==(GuardTicks, GuardTicks) = default;
};

/// One of them where the position is one-sided. Every mark crosses them where it is two-sided and
/// either breached at `mark` or without a mark (0).
GuardTicks guard_ticks(const InstrumentSpec& spec, const Position& position, PriceTicks mark,
                       bool at_equality);

}  // namespace v1
}  // namespace delever
