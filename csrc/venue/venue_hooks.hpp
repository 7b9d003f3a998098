// What the order flow asks a venue with accounts and cannot ask through a plain function: the walk
// over an account's orders, and the positions that a foretold match would leave behind.
//
// Included where the order flow is instantiated or its lists are walked. Nothing here changes
// state; `visit_live` lets its visitor cancel the order it visits. Cost: O(orders of the account);
// a Walk is O(accounts met) an order, and empty where nobody has reduce-only orders.
#pragma once

#include <algorithm>
#include <vector>

#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

inline void Venue::time_advanced() {
  if (!liquidations_.empty() && liquidations_.next_due_ns() <= time_.value) [[unlikely]]
    evaluate();
}

inline bool Venue::fits(const Position& position, Money need) const {
  if (plain_) [[likely]]
    return need <= accounts_[position.account].available();
  return cover_of(position).allows(need);
}

template <class Visitor>
void Venue::visit_live(AccountId account, Visitor&& visit) {
  for (std::uint32_t slot = accounts_[account].first_order; slot != no_index;) {
    const std::uint32_t next = orders_.links(slot).owner_next;
    visit(slot);
    slot = next;
  }
}

template <class Visitor>
void Venue::visit_legs(AccountId account, InstrumentId instrument, Visitor&& visit) {
  for (std::uint32_t at = accounts_[account].first_position; at != no_index;
       at = positions_[at].next)
    if (positions_[at].instrument == instrument) visit(positions_[at]);
}

inline bool Venue::takes_position_side(const Command& command) const {
  if (!accounts_[command.account].is_hedged) [[likely]]
    return command.other_account == net_leg;
  return command.other_account >= long_leg && command.other_account <= short_leg &&
         (command.flags & reduce_only) == 0;
}

// In hedge mode an order against its leg can only close it.
inline std::uint8_t Venue::order_flags(const Command& command) const {
  if (!accounts_[command.account].is_hedged) [[likely]]
    return command.flags;
  const bool sells = static_cast<Side>(command.side) == Side::Sell;
  const bool closes = sells == (command.other_account == long_leg);
  return static_cast<std::uint8_t>(command.flags | (closes ? reduce_only : 0));
}

/// Positions with reduce-only orders, as a walk over the book would leave them.
class Venue::Walk {
 public:
  /// The lots of `lots` that the maker may still trade; they count as traded.
  std::int64_t clip(const Venue& venue, const Taker& taker, const Order& maker, std::int64_t lots) {
    const std::uint32_t making = venue.order_position(maker);
    const Position& position = venue.positions_[making];
    const bool own = making == taker.position;
    if (position.reduce_only_orders > 0) {
      Walked& walked = find(making, position);
      const int way = direction(maker.side);
      if ((maker.flags & reduce_only) != 0) {
        const bool opposes = walked.qty_lots * way < 0 && !walked.ended;
        lots = std::min(lots, opposes ? std::abs(walked.qty_lots) : 0);
      }
      if (!own) move(walked, way * lots);
    }
    if (own || taker.self_trade != SelfTrade::Allow) return lots;
    const Position& taking = venue.positions_[taker.position];
    if (taking.reduce_only_orders > 0)
      move(find(taker.position, taking), direction(taker.side) * lots);
    return lots;
  }

 private:
  struct Walked {
    std::uint32_t at = 0;
    std::int64_t qty_lots = 0;
    bool ended = false;  ///< went flat or flipped: its reduce-only orders are gone
  };

  Walked& find(std::uint32_t at, const Position& position) {
    for (Walked& each : walked_)
      if (each.at == at) return each;
    return walked_.emplace_back(Walked{at, position.qty.value, false});
  }
  static void move(Walked& walked, std::int64_t change) {
    const std::int64_t before = walked.qty_lots;
    const std::int64_t after = before + change;
    if ((before > 0) != (after > 0) || (before < 0) != (after < 0))
      walked.ended = walked.ended || before != 0;
    walked.qty_lots = after;
  }

  std::vector<Walked> walked_;
};

extern template class OrderFlow<Venue>;

}  // namespace v1
}  // namespace delever
