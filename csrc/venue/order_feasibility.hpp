// What matching would give a taker, foretold without changing anything: for orders that must fill
// whole, a minimum, or within a budget.
//
// A walk over the other side as matching would take it: the same order, icebergs part by part, the
// same skips of a Minimum that is not met and of orders without a price, an end at an own order
// (passed over where the mode cancels makers), nothing from the siblings of what was met, and
// reduce-only orders clipped by positions as the walk would leave them. The taker's margin is
// looked at once, for the whole. Cost: O(orders visited), and O(groups met) each where there are
// any.
#pragma once

#include <algorithm>
#include <vector>

#include "venue/order_flow.hpp"

namespace delever {
inline namespace v1 {

template <class Host>
struct OrderFlow<Host>::Foresight {
  /// A one-cancels-other group of which an order was met.
  struct Group {
    AccountId account = 0;
    std::uint32_t group = 0;
    std::uint32_t slot = no_index;
  };
  /// An iceberg with a part still to show at this price.
  struct Part {
    std::uint32_t slot = no_index;
    std::int64_t rest = 0;
  };

  typename Host::Walk walk;
  std::vector<Group> groups;
  std::vector<Part> parts;
  Foreseen seen;
  std::int64_t target = 0;
  std::uint32_t own_group = 0;  ///< the taker's, until its first trade
};

template <class Host>
bool OrderFlow<Host>::feasible(const Taker& taker, const OrderTerms* terms,
                               std::int64_t target) const {
  const bool reduces = (taker.flags & reduce_only) != 0;
  if (reduces && target > host().closable_lots(taker.position, taker.side)) return false;
  const Foreseen seen = foresee(taker, target, terms == nullptr ? 0 : terms->oco_group);
  if (seen.lots < target) return false;
  if (terms != nullptr && terms->budget_tick_lots != 0) {
    const Int128 budget = terms->budget_tick_lots;
    if (taker.side == Side::Buy ? seen.cost > budget : seen.cost < budget) return false;
  }
  return !taker.is_market || reduces || host().covers(taker, target, seen.last_ticks);
}

template <class Host>
Foreseen OrderFlow<Host>::foresee(const Taker& taker, std::int64_t target,
                                  std::uint32_t own_group) const {
  const MarketState& state = host().market(taker.instrument);
  const Side maker_side = opposite(taker.side);
  Foresight run;
  run.target = target;
  run.own_group = own_group;
  std::int64_t price = state.book.best(maker_side);
  while (price >= 0 && crosses(taker.side, taker.limit_ticks, price)) {
    std::int64_t trade_price = price;
    if (state.book.is_unpriced(price)) trade_price = unpriced_trade_price(taker, state);
    if (trade_price != 0 &&
        !foresee_level(taker, state.book.level(maker_side, price)->head, trade_price, run))
      break;
    price = state.book.next_price(maker_side, price);
  }
  return run.seen;
}

// Walks one level, displayed orders with what they show next, then hidden ones; false: the walk is
// at its end.
template <class Host>
bool OrderFlow<Host>::foresee_level(const Taker& taker, std::uint32_t slot, std::int64_t price,
                                    Foresight& run) const {
  run.parts.clear();
  std::size_t part = 0;
  for (;;) {
    const bool shown = slot != no_index && (orders_[slot].flags & hidden_order) == 0;
    if (!shown && part < run.parts.size()) {
      const typename Foresight::Part next = run.parts[part++];
      const std::int64_t peak = terms_[order_terms(orders_[next.slot])].display_lots;
      const std::int64_t lots = std::min(peak, next.rest);
      if (lots < next.rest) run.parts.push_back({next.slot, next.rest - lots});
      if (!foresee_order(taker, next.slot, price, lots, run)) return false;
      continue;
    }
    if (slot == no_index) return true;
    const Order& order = orders_[slot];
    if (has_terms(order) && terms_[order_terms(order)].hidden_rest_lots != 0)
      run.parts.push_back({slot, terms_[order_terms(order)].hidden_rest_lots});
    if (!foresee_order(taker, slot, price, order.open_lots, run)) return false;
    slot = order.fifo_next;
  }
}

template <class Host>
bool OrderFlow<Host>::foresee_order(const Taker& taker, std::uint32_t slot, std::int64_t price,
                                    std::int64_t shown_lots, Foresight& run) const {
  const Order& maker = orders_[slot];
  const std::int64_t open = taker.open_lots - run.seen.lots;
  if (minimum_unmet(maker, open)) return true;
  const std::uint32_t group = oco_group_of(maker);
  for (const typename Foresight::Group& met : run.groups)
    if (met.group == group && met.account == maker.account && met.slot != slot) return true;
  if (taker.self_trade != SelfTrade::Allow && are_one(taker.account, maker.account))
    return taker.self_trade == SelfTrade::Maker;
  // An own reduce-only order can trade again: the position it reduces has not moved.
  std::int64_t lots = 0;
  while (const std::int64_t more =
             run.walk.clip(host(), taker, maker, std::min(open, shown_lots) - lots))
    lots += more;
  if (lots == 0) return true;
  if (group != 0) run.groups.push_back({maker.account, group, slot});
  if (run.own_group != 0) {
    run.groups.push_back({taker.account, run.own_group, no_index});
    run.own_group = 0;
  }
  run.seen.lots += lots;
  run.seen.last_ticks = price;
  run.seen.cost += static_cast<Int128>(lots) * price;
  return run.seen.lots < run.target;
}

}  // namespace v1
}  // namespace delever
