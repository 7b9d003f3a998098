// Pegged orders: their price follows the best displayed order of a side that is not itself pegged.
//
// A pegged order never takes. Where it has no price, would cross, or trading is not continuous, it
// is parked: out of the book and without a reserve, its open lots counted all the same. Prices are
// renewed once a command, after everything else, in order of acceptance. Cost: every pegged order
// of the instrument, and the levels ahead of the first order that is not pegged, per command.
#pragma once

#include "venue/order_flow.hpp"

namespace delever {
inline namespace v1 {

/// The best price at which a displayed order rests that is not pegged; -1 where there is none.
template <class Host>
std::int64_t OrderFlow<Host>::static_best(const MarketState& state, Side side) const {
  for (std::uint32_t slot = state.book.front(side); slot != no_index;
       slot = state.book.next_slot(orders_, slot)) {
    const Order& order = orders_[slot];
    const std::int64_t price = state.book.price_of(order);
    if ((order.flags & hidden_order) != 0 || state.book.is_unpriced(price)) continue;
    const bool is_pegged =
        has_terms(order) && terms_[order_terms(order)].peg_reference != PegReference::None;
    if (!is_pegged) return price;
  }
  return -1;
}

/// Where an order pegged so belongs now, given the static best prices; 0: nowhere (parked).
template <class Host>
std::int64_t OrderFlow<Host>::peg_price(const MarketState& state, Side side,
                                        const OrderTerms& terms, std::int64_t bid,
                                        std::int64_t ask) const {
  if (state.phase != TradingPhase::Continuous) return 0;
  const bool is_buy = side == Side::Buy;
  std::int64_t reference = terms.peg_reference == PegReference::Bid ? bid : ask;
  if (terms.peg_reference == PegReference::Mid)
    reference = bid < 0 || ask < 0 ? -1 : (bid + ask + (is_buy ? 1 : 0)) / 2;
  if (reference < 0) return 0;
  const std::int64_t price = reference - direction(side) * terms.peg_offset_ticks;
  if (!state.spec.is_price(price)) return 0;
  const std::int64_t best = state.book.best(opposite(side));
  return best >= 0 && crosses(side, price, best) ? 0 : price;
}

template <class Host>
void OrderFlow<Host>::enter_pegged(const Command& command, Taker& taker, const OrderTerms& terms) {
  const MarketState& state = host().market(taker.instrument);
  const std::int64_t price = peg_price(state, taker.side, terms, static_best(state, Side::Buy),
                                       static_best(state, Side::Sell));
  taker.limit_ticks = price;
  const RejectReason reason = host().check_cover(taker, price == 0);
  if (reason != RejectReason::None) return reject(command, reason);
  accept_order(taker, &terms, price, 0);
  const std::uint32_t slot = order_slot(taker.order);
  if (price != 0) return rest_order(slot, price, taker.open_lots);
  Order& order = orders_[slot];
  OrderTerms& kept = terms_[taker.terms];
  host().hold(order, 0, 0, 0, taker.open_lots);
  if (kept.display_lots != 0) order.open_lots = std::min(kept.display_lots, taker.open_lots);
  kept.hidden_rest_lots = taker.open_lots - order.open_lots;
  kept.stage = OrderStage::Parked;
  link_order(slot);
}

template <class Host>
void OrderFlow<Host>::reprice_pegs() {
  for (std::size_t id = 0; id < host().instrument_count(); ++id)
    if (!host().market(static_cast<InstrumentId>(id)).pegged.empty())
      reprice_instrument(static_cast<InstrumentId>(id));
}

template <class Host>
void OrderFlow<Host>::reprice_instrument(InstrumentId id) {
  MarketState& state = host().market(id);
  const std::int64_t bid = static_best(state, Side::Buy);
  const std::int64_t ask = static_best(state, Side::Sell);
  for (std::size_t at = 0; at < state.pegged.size();) {
    const std::uint32_t slot = state.pegged[at];
    const Order& order = orders_[slot];
    const std::int64_t price = peg_price(state, order.side, terms_[order_terms(order)], bid, ask);
    if (price != price_of(order)) move_peg(slot, price);
    // One that was cancelled is gone from the list.
    if (at < state.pegged.size() && state.pegged[at] == slot) ++at;
  }
}

// Moves a pegged order to the back of another price, or parks it (0).
template <class Host>
void OrderFlow<Host>::move_peg(std::uint32_t slot, std::int64_t price) {
  Order& order = orders_[slot];
  const std::int64_t whole = whole_open(order);
  const std::int64_t before = price_of(order);
  if (price != 0 && !host().can_move(order, before, price, whole))
    return cancel_live(slot, CancelReason::InsufficientMargin, no_cause);
  host().hold(order, before, whole, price, whole);
  if (order.rests()) leave_book(slot);
  if (price != 0) {
    enter_book(slot, price);
  } else {
    OrderTerms& terms = terms_[order_terms(order)];
    terms.stage = OrderStage::Parked;
    terms.limit_ticks = 0;
  }
  host().emit(EventKind::OrderRepriced, {.instrument = order.instrument,
                                         .account = order.account,
                                         .order_id = orders_.id_of(slot),
                                         .side = static_cast<std::int64_t>(order.side),
                                         .price = price,
                                         .qty = whole});
}

}  // namespace v1
}  // namespace delever
