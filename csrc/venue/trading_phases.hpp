// Phases of an instrument: continuous trading, an auction, a halt, and the uncross between them.
//
// In an auction orders rest without matching and the book may cross; a halt takes no orders. Going
// back to continuous trading, what crosses trades at one price: the best bid by priority with the
// best ask, whole open lots, until the volume of the auction is done; both pay the maker's fee.
// Then stops look at the prices once, and the host catches up with liquidations. Cost: O(levels
// within the cross + trades + pending orders triggered).
#pragma once

#include <algorithm>

#include "venue/order_flow.hpp"

namespace delever {
inline namespace v1 {

template <class Host>
AuctionResult OrderFlow<Host>::indicative(InstrumentId id) const {
  return auction_of(host().market(id), 0);
}

template <class Host>
AuctionResult OrderFlow<Host>::auction_of(const MarketState& state, std::int64_t reference) const {
  if (reference == 0) reference = state.last.value;
  if (reference == 0) reference = state.mark.value;
  return auction_price(state.book, rulebook_.auction_price, reference);
}

template <class Host>
void OrderFlow<Host>::change_phase(const Command& command) {
  const InstrumentId id = command.instrument;
  if (id >= host().instrument_count()) return reject(command, RejectReason::UnknownInstrument);
  MarketState& state = host().market(id);
  const auto next = static_cast<TradingPhase>(command.order_type);
  if (command.order_type < 1 || command.order_type > 3 || next == state.phase)
    return reject(command, RejectReason::InvalidOrder);
  if (command.price_ticks != 0 && !state.spec.is_price(command.price_ticks))
    return reject(command, RejectReason::InvalidPrice);
  const TradingPhase before = state.phase;
  const bool opens = next == TradingPhase::Continuous;
  AuctionResult done;
  OrderId partly[2] = {no_order, no_order};
  if (opens) {
    done = uncross(id, command.price_ticks, partly);
    state.left_crossed = auction_of(state, 0).volume_lots != 0;
  }
  state.phase = next;
  host().emit(EventKind::PhaseChanged, {.instrument = id,
                                        .price = done.price_ticks,
                                        .qty = done.volume_lots,
                                        .amount = static_cast<std::int64_t>(next),
                                        .other_amount = static_cast<std::int64_t>(before)});
  if (before == TradingPhase::Auction) cancel_auction_orders(id);
  if (!opens) return;
  for (const OrderId order : partly) show_fresh_peak(order, state.last_fill);
  collect_triggered(id, TriggerFeed::Last, state.last.value, no_cause);
  collect_triggered(id, TriggerFeed::Mark, state.mark.value, no_cause);
  collect_triggered(id, TriggerFeed::Index, state.index.value, no_cause);
  drain_triggered();
  host().reopened();
}

// Trades what crosses, at one price; `partly` gets the two orders that met last.
template <class Host>
AuctionResult OrderFlow<Host>::uncross(InstrumentId id, std::int64_t reference,
                                       OrderId (&partly)[2]) {
  MarketState& state = host().market(id);
  const AuctionResult planned = auction_of(state, reference);
  AuctionResult done;
  for (std::int64_t left = planned.volume_lots; left > 0;) {
    const std::int64_t price = planned.price_ticks;
    const std::uint32_t buy = first_priced(state, Side::Buy);
    const std::uint32_t sell = first_priced(state, Side::Sell);
    if (buy == no_index || sell == no_index || price_of(orders_[buy]) < price ||
        price_of(orders_[sell]) > price)
      break;
    partly[0] = orders_.id_of(buy);
    partly[1] = orders_.id_of(sell);
    const std::int64_t lots = uncross_pair(buy, sell, price, left);
    left -= lots;
    done.volume_lots += lots;
  }
  if (done.volume_lots != 0) done.price_ticks = planned.price_ticks;
  return done;
}

/// The first order by priority among those with a price; no_index: none.
template <class Host>
std::uint32_t OrderFlow<Host>::first_priced(const MarketState& state, Side side) const {
  const std::int64_t best = best_priced(state.book, side);
  return best < 0 ? no_index : state.book.level(side, best)->head;
}

// Trades two orders with each other, or cancels one that has nothing to reduce; returns the lots.
template <class Host>
std::int64_t OrderFlow<Host>::uncross_pair(std::uint32_t buy, std::uint32_t sell,
                                           std::int64_t price, std::int64_t lots) {
  for (const std::uint32_t slot : {buy, sell}) {
    const Order& order = orders_[slot];
    lots = std::min(lots, whole_open(order));
    if ((order.flags & reduce_only) == 0) continue;
    const std::int64_t reducible = host().reducible_lots(order);
    if (reducible == 0) {
      cancel_live(slot, CancelReason::ReduceOnly, no_cause);
      return 0;
    }
    lots = std::min(lots, reducible);
  }
  trade_pair(buy, sell, price, lots);
  return lots;
}

template <class Host>
void OrderFlow<Host>::trade_pair(std::uint32_t buy, std::uint32_t sell, std::int64_t price,
                                 std::int64_t lots) {
  const Order bid = orders_[buy];
  const Order ask = orders_[sell];
  const std::uint32_t groups[2] = {oco_group_of(orders_[buy]), oco_group_of(orders_[sell])};
  const auto booking = host().book_pair(bid, ask, price, lots);
  MarketState& state = host().market(bid.instrument);
  const Sequence fill =
      host().emit(EventKind::OrderFilled,
                  {.instrument = bid.instrument,
                   .account = bid.account,
                   .order_id = make_order_id(bid.generation, buy),
                   .side = static_cast<std::int64_t>(Side::Buy),
                   .price = price,
                   .qty = lots,
                   .amount = booking.taker_fee.value,
                   .other_account = ask.account,
                   .other_order = static_cast<std::int64_t>(make_order_id(ask.generation, sell)),
                   .other_amount = booking.maker_fee.value});
  state.last = PriceTicks{price};
  state.last_fill = fill;
  shrink_uncrossed(buy, lots);
  shrink_uncrossed(sell, lots);
  host().settle_pair(orders_[buy], orders_[sell], lots, booking, fill);
  cancel_siblings(buy, bid.account, bid.instrument, groups[0], fill);
  cancel_siblings(sell, ask.account, ask.instrument, groups[1], fill);
}

template <class Host>
void OrderFlow<Host>::shrink_uncrossed(std::uint32_t slot, std::int64_t lots) {
  if (whole_open(orders_[slot]) > lots) return shrink_rest_first(slot, lots);
  take_off_book(slot);
  finish_order(slot);
}

// Cancels what was good for this auction only, oldest first.
template <class Host>
void OrderFlow<Host>::cancel_auction_orders(InstrumentId id) {
  std::vector<std::pair<std::int64_t, OrderId>> ending;
  for (std::uint32_t slot = 0; slot < orders_.slots(); ++slot) {
    const Order& order = orders_[slot];
    if ((order.flags & order_linked) == 0 || order.instrument != id || !has_terms(order)) continue;
    const OrderTerms& terms = terms_[order_terms(order)];
    if (terms.time_in_force == TimeInForce::Gfa)
      ending.emplace_back(terms.accepted, orders_.id_of(slot));
  }
  std::sort(ending.begin(), ending.end());
  for (const auto& [accepted, order] : ending)
    if (orders_.find(order) != nullptr)
      cancel_live(order_slot(order), CancelReason::AuctionEnded, no_cause);
}

// An iceberg that the uncross left in part shows all it may, in its place.
template <class Host>
void OrderFlow<Host>::show_fresh_peak(OrderId id, Sequence cause) {
  const Order* order = orders_.find(id);
  if (order == nullptr || !order->rests() || !has_terms(*order)) return;
  const std::uint32_t slot = order_slot(id);
  OrderTerms& terms = terms_[order_terms(*order)];
  if (terms.display_lots == 0) return;
  const std::int64_t more = std::min(terms.display_lots, whole_open(*order)) - order->open_lots;
  if (more <= 0) return;
  terms.hidden_rest_lots -= more;
  host().market(order->instrument).book.replenish_in_place(orders_, slot, more);
  emit_replenished(slot, cause);
}

}  // namespace v1
}  // namespace delever
