// One account's position in one instrument, or a leg of it: 64 bytes, one cache line.
//
// A position is (quantity, cost): signed lots and the signed atoms paid for them; the average price
// is derived, for display. `margin` is the isolated margin behind it; it may go negative through
// funding, a shared loss, or between the steps of a liquidation. Open order lots are kept here
// because every order check needs both. The record also holds the handle of its liquidation
// threshold, so that moving a threshold never searches. A cross-margined position has no margin and
// no threshold of its own: its pool has them.
#pragma once

#include <cstdint>

#include "risk/liquidation_map.hpp"
#include "units/ids.hpp"
#include "units/quantity.hpp"

namespace delever {
inline namespace v1 {

/// Which of an account's positions in an instrument: the only one, or a leg in hedge mode.
enum PositionLeg : std::uint8_t { net_leg = 0, long_leg = 1, short_leg = 2 };

struct alignas(64) Position {
  QtyLots qty;                   ///< signed; long > 0
  Money cost;                    ///< signed atoms paid for `qty`
  Money margin;                  ///< isolated margin, in atoms
  QtyLots open_buy;              ///< lots of resting buys that are not reduce-only
  QtyLots open_sell;             ///< lots of resting sells that are not reduce-only
  LiquidationMap::Handle guard;  ///< where its threshold waits
  AccountId account = 0;
  std::uint32_t next = no_index;  ///< the account's next position
  InstrumentId instrument = 0;
  std::uint16_t leverage = 1;
  std::uint16_t reduce_only_orders = 0;  ///< resting ones
  bool dirty = false;                    ///< its threshold is to be recomputed at the next point
  std::uint8_t queued : 1 = 0;           ///< waits for deleveraging in this round
  std::uint8_t cross : 1 = 0;            ///< backed by the account's pool
  std::uint8_t leg : 2 = 0;              ///< PositionLeg
  std::uint8_t staged : 1 = 0;           ///< in liquidation, between two steps
  std::uint8_t spare : 3 = 0;

  QtyLots open_of(bool buy) const { return buy ? open_buy : open_sell; }
  /// Lots of this position that a trade in `direction` (+1 buy, -1 sell) would close.
  QtyLots closable(int direction) const {
    return QtyLots{sign(qty) == -direction ? absolute(qty).value : 0};
  }
};
static_assert(sizeof(Position) == 64);

}  // namespace v1
}  // namespace delever
