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

template <class Visitor>
void Venue::visit_live(AccountId account, Visitor&& visit) {
  for (std::uint32_t slot = accounts_[account].first_order; slot != no_index;) {
    const std::uint32_t next = orders_.links(slot).owner_next;
    visit(slot);
    slot = next;
  }
}

/// Positions of accounts with reduce-only orders, as a walk over the book would leave them.
class Venue::Walk {
 public:
  /// The lots of `lots` that the maker may still trade; they count as traded.
  std::int64_t clip(const Venue& venue, const Taker& taker, const Order& maker, std::int64_t lots) {
    const Position& position = venue.positions_[venue.order_position(maker)];
    const bool own = maker.account == taker.account;
    if (position.reduce_only_orders > 0) {
      Walked& walked = find(position);
      const int way = direction(maker.side);
      if ((maker.flags & reduce_only) != 0) {
        const bool opposes = walked.qty_lots * way < 0 && !walked.ended;
        lots = std::min(lots, opposes ? std::abs(walked.qty_lots) : 0);
      }
      if (!own) move(walked, way * lots);
    }
    if (own || taker.self_trade != SelfTrade::Allow) return lots;
    const Position& taking = venue.positions_[taker.position];
    if (taking.reduce_only_orders > 0) move(find(taking), direction(taker.side) * lots);
    return lots;
  }

 private:
  struct Walked {
    AccountId account = 0;
    std::int64_t qty_lots = 0;
    bool ended = false;  ///< went flat or flipped: its reduce-only orders are gone
  };

  Walked& find(const Position& position) {
    for (Walked& each : walked_)
      if (each.account == position.account) return each;
    return walked_.emplace_back(Walked{position.account, position.qty.value, false});
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
