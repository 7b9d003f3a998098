// The live orders of an instrument as a query shows them, for venues and matching engines alike.
//
// The order of the list says who goes first: bids by priority, asks by priority, then what waits
// for a price and then what is parked, both by age. Reads only. Cost: O(orders of the instrument),
// and a sort of those that do not rest.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "market/order_terms.hpp"
#include "venue/market_state.hpp"

namespace delever {
inline namespace v1 {

struct LiveOrder {
  OrderId id = no_order;
  AccountId account = 0;
  InstrumentId instrument = 0;
  Side side = Side::None;
  OrderStage stage = OrderStage::Resting;
  std::int64_t price_ticks = 0;    ///< limit; 0: none, or parked
  std::int64_t open_lots = 0;      ///< whole, an iceberg's rest included
  std::int64_t visible_lots = 0;   ///< what the depth counts of it
  std::int64_t trigger_ticks = 0;  ///< of a pending order, as things stand; 0: none yet
  std::int64_t client_id = 0;
};

template <class Machine>
LiveOrder live_order(const Machine& machine, std::uint32_t slot) {
  const Order& order = machine.orders()[slot];
  const OrderBook& book = machine.book(order.instrument);
  const std::int64_t price = machine.price_of(order);
  const bool is_priced = !book.is_unpriced(price);
  const bool is_seen = order.rests() && is_priced && (order.flags & hidden_order) == 0;
  return {.id = machine.orders().id_of(slot),
          .account = order.account,
          .instrument = order.instrument,
          .side = order.side,
          .stage = machine.stage_of(order),
          .price_ticks = is_priced ? price : 0,
          .open_lots = machine.whole_open(order),
          .visible_lots = is_seen ? order.open_lots : 0,
          .trigger_ticks = machine.trigger_of(slot),
          .client_id = machine.orders().client_id(slot)};
}

template <class Machine>
std::vector<LiveOrder> live_orders(const Machine& machine, InstrumentId instrument) {
  const MarketState& state = machine.market(instrument);
  const OrderPool& orders = machine.orders();
  std::vector<LiveOrder> all;
  for (const Side side : {Side::Buy, Side::Sell})
    for (std::uint32_t slot = state.book.front(side); slot != no_index;
         slot = state.book.next_slot(orders, slot))
      all.push_back(live_order(machine, slot));
  const auto age = [&](std::uint32_t slot) { return machine.terms_of(orders[slot])->accepted; };
  std::vector<std::uint32_t> pending;
  state.triggers.for_each([&](std::uint32_t slot) { pending.push_back(slot); });
  std::sort(pending.begin(), pending.end(),
            [&](std::uint32_t a, std::uint32_t b) { return age(a) < age(b); });
  for (const std::uint32_t slot : pending) all.push_back(live_order(machine, slot));
  for (const std::uint32_t slot : state.pegged)
    if (!orders[slot].rests()) all.push_back(live_order(machine, slot));
  return all;
}

}  // namespace v1
}  // namespace delever
