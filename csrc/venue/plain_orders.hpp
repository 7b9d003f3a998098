// The short way of the commands that are nearly all commands: a limit order without flags or terms,
// good till cancelled or immediate, and the cancel of a plain order that rests.
//
// It is taken where nothing else can happen (plain_lane.hpp), and nothing expires by now. There it
// says and leaves exactly what the general way would (order_entry.hpp, order_matching.hpp,
// order_resting.hpp); what it does not know it leaves to the general way, before it has changed
// anything. Only hosts without positions take it: for them an order needs no cover and a trade has
// no consequences.
//
// An order that rests and a cancel are part of the loop over a batch; what takes, and what clients'
// own ids need, is kept out of it. What does not change while an order takes is read once: an event
// is written between any two fills, and no compiler knows that it leaves the taker alone.
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
DELEVER_INLINE bool OrderFlow<Host>::run_plainly(const Command& command)
  requires(!Host::has_positions)
{
  if (command.time_ns < time_.value || command.time_ns >= agenda_.next_ns()) [[unlikely]]
    return false;
  do {
    if (lane_.takes_order(command)) return place_plainly(command);
    if (lane_.takes_cancel(command)) return cancel_plainly(command);
  } while (aim_lane(command));
  return false;
}

// Aims the lane where the command would go; false: it is none for the lane.
template <class Host>
DELEVER_OUTLINE bool OrderFlow<Host>::aim_lane(const Command& command)
  requires(!Host::has_positions)
{
  const bool places = command.kind == static_cast<std::uint16_t>(CommandKind::PlaceOrder);
  const bool is_busy = attached_.any() || watchers_ != 0;
  if (is_busy || (places && command.instrument >= host().instrument_count())) return false;
  PlainLane lane = PlainLane::of_cancels();
  if (places) {
    MarketState& state = host().market(command.instrument);
    if (state.odd_makers != 0 || state.phase != TradingPhase::Continuous ||
        state.triggers.count() != 0 || rulebook_.price_band_ppm != 0)
      return false;
    lane.aim(state, command.instrument);
  }
  if (!lane.takes_order(command) && !lane.takes_cancel(command)) return false;
  lane_ = std::move(lane);
  return true;
}

template <class Host>
DELEVER_INLINE bool OrderFlow<Host>::place_plainly(const Command& command)
  requires(!Host::has_positions)
{
  if (command.client_id != 0 && !is_new_name(command)) [[unlikely]]
    return false;
  time_ = TimeNs{command.time_ns};
  OrderBook& book = lane_.market().book;
  const auto side = static_cast<Side>(command.side);
  const std::uint32_t nearby = book.level_nearby(orders_, side, command.price_ticks);
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
  const std::int64_t best = book.best(opposite(side));
  const bool meets = (best >= 0) & crosses(side, command.price_ticks, best);
  const bool leaves = command.time_in_force != static_cast<std::uint8_t>(TimeInForce::Gtc);
  if (meets | leaves) [[unlikely]] {  // one branch: none of the two can be foretold
    take_plainly(command, id, position);
    return true;
  }
  Order order;
  order.open_lots = command.qty_lots;
  order.account = command.account;
  order.instrument = command.instrument;
  order.side = side;
  order.flags = order_linked;
  book.append_new(orders_, order_slot(id), order, command.price_ticks, nearby);
  if (host().is_owner(command.account)) {
    orders_.require_links(order_slot(id)).position = position;
    host().link(order_slot(id));
  }
  if (command.client_id != 0) [[unlikely]]
    name_order(command, order_slot(id));
  return true;
}

/// Whether no live order of the account has the command's client id, which is one.
template <class Host>
DELEVER_OUTLINE bool OrderFlow<Host>::is_new_name(const Command& command) const {
  return command.client_id > 0 &&
         client_ids_.find(orders_, command.account, command.client_id) == no_index;
}

template <class Host>
DELEVER_OUTLINE void OrderFlow<Host>::name_order(const Command& command, std::uint32_t slot) {
  orders_.set_client_id(slot, command.client_id);
  client_ids_.insert(command.account, command.client_id, slot);
}

template <class Host>
DELEVER_OUTLINE void OrderFlow<Host>::take_plainly(const Command& command, OrderId id,
                                                   std::uint32_t position)
  requires(!Host::has_positions)
{
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
  start_over_if_empty();
}

// As `match`, for a taker without terms where no trade sets anything off. A maker that is more than
// a plain order, or the taker's own, is met the general way.
template <class Host>
DELEVER_INLINE TakerStop OrderFlow<Host>::match_plainly(Taker& taker, MarketState& state)
  requires(!Host::has_positions)
{
  const Side side = taker.side;
  const Side maker_side = opposite(side);
  const std::int64_t limit = taker.limit_ticks;
  const AccountId account = taker.account;
  const bool may_own = taker.self_trade != SelfTrade::Allow && host().is_owner(account);
  const auto moment = host().moment();
  const EventFields fields{.cause = taker.cause,
                           .instrument = taker.instrument,
                           .account = account,
                           .order_id = taker.order,
                           .side = static_cast<std::int64_t>(side)};
  std::int64_t open = taker.open_lots;
  while (open > 0) {
    const std::int64_t price = state.book.best(maker_side);
    if (price < 0 || !crosses(side, limit, price)) break;
    const std::uint32_t slot = state.book.front(maker_side);
    const Order& maker = orders_[slot];
    const bool own = may_own && are_one(account, maker.account);
    if (own || has_terms(maker) || (maker.flags & (reduce_only | hidden_order)) != 0) [[unlikely]] {
      taker.open_lots = open;
      const TakerStop stop = meet_apart(taker, slot, price);
      if (stop != TakerStop::None) return stop;
      open = taker.open_lots;
      continue;
    }
    EventFields fill = fields;
    const bool ends_maker = maker.open_lots <= open;
    fill.price = price;
    fill.qty = ends_maker ? maker.open_lots : open;
    fill.other_account = maker.account;
    fill.other_order = static_cast<std::int64_t>(make_order_id(maker.generation, slot));
    state.last_fill = host().emit(moment, EventKind::OrderFilled, fill);
    state.last = PriceTicks{price};
    open -= fill.qty;
    if (!ends_maker) {
      state.book.reduce_front(orders_, maker_side, fill.qty);
      break;
    }
    state.book.end_front(orders_, maker_side);
    end_plainly(slot);
  }
  taker.open_lots = open;
  return TakerStop::None;
}

template <class Host>
DELEVER_OUTLINE TakerStop OrderFlow<Host>::meet_apart(Taker& taker, std::uint32_t slot,
                                                      std::int64_t price) {
  TakerStop stop = TakerStop::None;
  meet(taker, slot, price, stop);
  return stop;
}

template <class Host>
DELEVER_INLINE bool OrderFlow<Host>::cancel_plainly(const Command& command)
  requires(!Host::has_positions)
{
  OrderId id = command.order_id;
  if (id == no_order) [[unlikely]]
    id = named_order(command);
  if (!orders_.may_be(id)) [[unlikely]]
    return false;
  const std::uint32_t slot = order_slot(id);
  const Order& order = orders_[slot];
  if (order.account != command.account || !order.rests() || has_terms(order) ||
      (order.flags & hidden_order) != 0) [[unlikely]]
    return false;
  time_ = TimeNs{command.time_ns};
  OrderBook& book = host().market(order.instrument).book;
  host().emit(EventKind::OrderCancelled,
              {.instrument = order.instrument,
               .account = order.account,
               .order_id = id,
               .side = static_cast<std::int64_t>(order.side),
               .price = book.price_of(order),
               .qty = order.open_lots,
               .reason = static_cast<std::int64_t>(CancelReason::Requested)});
  book.end(orders_, slot);
  end_plainly(slot);
  start_over_if_empty();
  return true;
}

/// The id of the live order that the command names by the client's; no_order where there is none.
template <class Host>
DELEVER_OUTLINE OrderId OrderFlow<Host>::named_order(const Command& command) const {
  const std::uint32_t slot = live_order_of(command);
  return slot == no_index ? no_order : orders_.id_of(slot);
}

/// As finish_order, of an order without terms that rested and has just left its queue.
template <class Host>
DELEVER_INLINE void OrderFlow<Host>::end_plainly(std::uint32_t slot)
  requires(!Host::has_positions)
{
  const Order& order = orders_[slot];
  host().unlink(slot);
  if ((order.traits & trait_client_id) != 0) [[unlikely]]
    client_ids_.erase(order.account, orders_.client_id(slot), slot);
  orders_.release_resting(slot);
}

}  // namespace v1
}  // namespace delever
