// What a risk event adds to the dollars that were liquidated: what closed, not what was threatened.
//
// A venue that closes whole positions counts a position at its mark when the liquidation starts. A
// venue that closes in steps sells a part and looks again, and may stop there; counting the whole
// position at every start would count what is left again and again. There a step counts what its
// order filled, a takeover the position at the mark, and a deleveraging what changed hands, each
// when it happens. Both ways a position that is closed once is counted once, which is what a feed
// of liquidation orders adds up to. A few loads a row; nothing is kept.
#pragma once

#include <cstddef>
#include <cstdint>

#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

struct LiquidatedValue {
  double usd = 0;  ///< 0: the event closes nothing
  bool of_long = false;
};

/// Of a row of the risk table that the venue's log holds now; `steps`: its procedure closes in
/// steps.
LiquidatedValue liquidated_value(const Venue& venue, std::size_t row, bool steps);

}  // namespace v1
}  // namespace delever
