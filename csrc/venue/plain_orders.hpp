// The short way of the commands that are nearly all commands: a limit order without flags or terms,
// good till cancelled or immediate, and the cancel of a plain order that rests.
//
// It is taken where nothing else can happen: no terms are attached, nothing expires by now, nobody
// watches quotes, and for a new order its market trades continuously, without a price band, odd
// makers or pending orders. There it says and leaves exactly what the general way would
// (order_entry.hpp, order_matching.hpp, order_resting.hpp); what it does not know it leaves to the
// general way, before it has changed anything. Only hosts without positions take it: for them an
// order needs no cover and a trade has no consequences.
//
// Cost: one test for all that must not be, one level look-up, and three to five cache lines.
#pragma once

#include <algorithm>

#include "units/inline.hpp"
#include "venue/order_flow.hpp"

namespace delever {
inline namespace v1 {

/// Runs the command and returns true, or leaves everything as it was.
template <class Host>
DELEVER_INLINE bool OrderFlow<Host>::run_plainly(const Command& command) {
  const bool is_busy = attached_.any() || watchers_ != 0;
  if (is_busy || command.time_ns < time_.value || command.time_ns >= agenda_.next_ns()) [[unlikely]]
    return false;
  if (command.kind == static_cast<std::uint16_t>(CommandKind::PlaceOrder))
    return place_plainly(command);
  if (command.kind == static_cast<std::uint16_t>(CommandKind::CancelOrder))
    return cancel_plainly(command);
  return false;
}

/// Whether the order is of the plain kind and within its bounds; its market exists.
template <class Host>
DELEVER_INLINE bool OrderFlow<Host>::is_plain(const Command& command,
                                              const MarketState& state) const {
  constexpr auto limit = static_cast<std::uint8_t>(OrderType::Limit);
  const auto within = [](std::int64_t value, std::int64_t most) {  // 1 .. most
    return static_cast<std::uint64_t>(value) - 1 < static_cast<std::uint64_t>(most);
  };
  // Without a jump each: together they hold nearly always.
  return (command.order_type == limit) & (command.flags == 0) & within(command.side, 2) &
         within(command.time_in_force, 2) & within(command.qty_lots, state.spec.order_lots_max) &
         within(command.price_ticks, state.spec.price_ticks_max) &
         (state.phase == TradingPhase::Continuous) & (state.odd_makers == 0) &
         (state.triggers.count() == 0) & (rulebook_.price_band_ppm == 0) &
         (command.client_id >= 0);
}

template <class Host>
DELEVER_INLINE bool OrderFlow<Host>::place_plainly(const Command& command) {
  if (command.instrument >= host().instrument_count()) [[unlikely]]
    return false;
  MarketState& state = host().market(command.instrument);
  if (!is_plain(command, state)) [[unlikely]]
    return false;
  if (command.client_id != 0 &&
      client_ids_.find(orders_, command.account, command.client_id) != no_index)
    return false;
  time_ = TimeNs{command.time_ns};
  const bool is_immediate = command.time_in_force == static_cast<std::uint8_t>(TimeInForce::Ioc);
  Taker taker{.account = command.account,
              .instrument = command.instrument,
              .side = static_cast<Side>(command.side),
              .self_trade = rulebook_.self_trade,
              .rests = !is_immediate,
              .position = host().owner_slot(command.account, command.instrument),
              .client_id = command.client_id,
              .limit_ticks = command.price_ticks,
              .open_lots = command.qty_lots};
  accept_order(taker, nullptr, command.price_ticks, 0);
  const std::int64_t best = state.book.best(opposite(taker.side));
  if (best >= 0 && crosses(taker.side, taker.limit_ticks, best)) [[unlikely]] {
    const TakerStop stop = match(taker);
    if (taker.open_lots == 0) return orders_.give_back(order_slot(taker.order)), true;
    if (stop != TakerStop::None)
      return cancel_taker(taker, order_words::cancel_reason_of(stop)), true;
  }
  if (is_immediate) [[unlikely]]
    return cancel_taker(taker, CancelReason::ImmediateRemainder), true;
  write_order(taker);
  const std::uint32_t slot = order_slot(taker.order);
  state.book.append(orders_, slot, taker.limit_ticks);
  link_order(slot);
  return true;
}

template <class Host>
DELEVER_INLINE bool OrderFlow<Host>::cancel_plainly(const Command& command) {
  const std::uint32_t slot = live_order_of(command);
  if (slot == no_index) [[unlikely]]
    return false;
  const Order& order = orders_[slot];
  if (has_terms(order) || !order.rests()) [[unlikely]]
    return false;
  time_ = TimeNs{command.time_ns};
  OrderBook& book = host().market(order.instrument).book;
  host().emit(EventKind::OrderCancelled,
              {.instrument = order.instrument,
               .account = order.account,
               .order_id = orders_.id_of(slot),
               .side = static_cast<std::int64_t>(order.side),
               .price = book.price_of(order),
               .qty = order.open_lots,
               .reason = static_cast<std::int64_t>(CancelReason::Requested)});
  book.remove(orders_, slot);
  finish_order(slot);
  return true;
}

}  // namespace v1
}  // namespace delever
