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
  // Buy or sell, and till cancelled or immediate: each 1 or 2.
  const unsigned choices = (command.side - 1U) | (command.time_in_force - 1U);
  const unsigned odd = (command.order_type ^ limit) | command.flags | state.odd_makers |
                       (state.phase != TradingPhase::Continuous) | (choices & ~1U);
  return odd == 0 && command.qty_lots >= 1 && command.qty_lots <= state.spec.order_lots_max &&
         state.spec.is_price(command.price_ticks) && state.triggers.count() == 0 &&
         rulebook_.price_band_ppm == 0;
}

template <class Host>
DELEVER_OUTLINE bool OrderFlow<Host>::place_plainly(const Command& command) {
  if (command.instrument >= host().instrument_count()) [[unlikely]]
    return false;
  MarketState& state = host().market(command.instrument);
  if (!is_plain(command, state)) [[unlikely]]
    return false;
  if (command.client_id != 0) [[unlikely]] {
    if (command.client_id < 0 ||
        client_ids_.find(orders_, command.account, command.client_id) != no_index)
      return false;
  }
  time_ = TimeNs{command.time_ns};
  const auto side = static_cast<Side>(command.side);
  const std::uint32_t position = host().owner_slot(command);
  const OrderId id = orders_.take();
  host().emit(EventKind::OrderAccepted, {.instrument = command.instrument,
                                         .account = command.account,
                                         .order_id = id,
                                         .side = command.side,
                                         .price = command.price_ticks,
                                         .qty = command.qty_lots,
                                         .other_order = command.client_id});
  last_order_ = id;
  const bool rests = command.time_in_force == static_cast<std::uint8_t>(TimeInForce::Gtc);
  const std::int64_t best = state.book.best(opposite(side));
  const bool meets = best >= 0 && crosses(side, command.price_ticks, best);
  if (meets || !rests) [[unlikely]] {
    take_plainly(command, id, position);
    return true;
  }
  rest_plainly(command, order_slot(id), position);
  return true;
}

// As write_order, the book's append and link_order, with all that is known of the order.
template <class Host>
DELEVER_INLINE void OrderFlow<Host>::rest_plainly(const Command& command, std::uint32_t slot,
                                                  std::uint32_t position) {
  Order& order = orders_.write(slot);
  order.open_lots = command.qty_lots;
  order.account = command.account;
  order.instrument = command.instrument;
  order.side = static_cast<Side>(command.side);
  order.flags = order_linked;
  host().market(command.instrument).book.append_shown(orders_, slot, command.price_ticks);
  if (host().is_owner(command.account)) {
    orders_.require_links(slot).position = position;
    host().link(slot);
  }
  if (command.client_id != 0) [[unlikely]] {
    orders_.set_client_id(slot, command.client_id);
    client_ids_.insert(command.account, command.client_id, slot);
  }
}

template <class Host>
DELEVER_OUTLINE void OrderFlow<Host>::take_plainly(const Command& command, OrderId id,
                                                   std::uint32_t position) {
  Taker taker{.order = id,
              .account = command.account,
              .instrument = command.instrument,
              .side = static_cast<Side>(command.side),
              .self_trade = self_trade_mode(0),
              .rests = command.time_in_force == static_cast<std::uint8_t>(TimeInForce::Gtc),
              .position = position,
              .client_id = command.client_id,
              .limit_ticks = command.price_ticks,
              .open_lots = command.qty_lots};
  take_or_rest(taker);
}

// As `match`, for a taker without terms where no trade sets anything off. A maker that is more than
// a plain order, or the taker's own, is met the general way.
template <class Host>
DELEVER_INLINE TakerStop OrderFlow<Host>::match_plainly(Taker& taker, MarketState& state) {
  const Side maker_side = opposite(taker.side);
  TakerStop stop = TakerStop::None;
  while (taker.open_lots > 0) {
    const std::int64_t price = state.book.best(maker_side);
    if (price < 0 || !crosses(taker.side, taker.limit_ticks, price)) break;
    const std::uint32_t slot = state.book.front(maker_side);
    const Order& maker = orders_[slot];
    const bool own = taker.self_trade != SelfTrade::Allow && are_one(taker.account, maker.account);
    if (own || has_terms(maker) || (maker.flags & reduce_only) != 0) [[unlikely]] {
      if (!meet(taker, slot, price, stop)) return stop;
      continue;
    }
    const bool ends_maker = maker.open_lots <= taker.open_lots;
    const std::int64_t lots = ends_maker ? maker.open_lots : taker.open_lots;
    state.last_fill = host().emit(EventKind::OrderFilled,
                                  {.cause = taker.cause,
                                   .instrument = taker.instrument,
                                   .account = taker.account,
                                   .order_id = taker.order,
                                   .side = static_cast<std::int64_t>(taker.side),
                                   .price = price,
                                   .qty = lots,
                                   .other_account = maker.account,
                                   .other_order = static_cast<std::int64_t>(orders_.id_of(slot))});
    state.last = PriceTicks{price};
    taker.open_lots -= lots;
    if (!ends_maker) {
      state.book.reduce(orders_, slot, QtyLots{lots});
    } else {
      state.book.remove_front(orders_, slot);
      finish_order(slot);
    }
  }
  return TakerStop::None;
}

template <class Host>
DELEVER_OUTLINE bool OrderFlow<Host>::cancel_plainly(const Command& command) {
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
