// Orders that live: how they rest and leave the book, how icebergs show their next part, what is
// cancelled with what, and the client ids of all of them.
//
// The host is told of every change of what an order keeps open (`hold`), so that it can set money
// aside; the book and the terms are kept here. A live order is linked with its owner from the
// moment it first rests, waits or parks until it is finished. Cost: O(1) an order, save for the
// agenda (O(log n)) and the list of pegged orders (O(pegged) when one leaves).
#pragma once

#include <algorithm>

#include "units/inline.hpp"
#include "venue/order_flow.hpp"

namespace delever {
inline namespace v1 {

/// The price as events show it: 0 where the order has none.
template <class Host>
std::int64_t OrderFlow<Host>::shown_price(const Order& order) const {
  const OrderBook& book = host().market(order.instrument).book;
  const std::int64_t price = price_of(order);
  return book.is_unpriced(price) ? 0 : price;
}

/// The price at which an order sets money aside; 0: none (parked).
template <class Host>
std::int64_t OrderFlow<Host>::reserve_price(const Order& order) const {
  if (!has_terms(order)) [[likely]]
    return price_of(order);
  const OrderTerms& terms = terms_[order_terms(order)];
  return terms.reserve_ticks != 0 ? terms.reserve_ticks : price_of(order);
}

template <class Host>
DELEVER_INLINE void OrderFlow<Host>::rest_order(std::uint32_t slot, std::int64_t price,
                                                std::int64_t lots) {
  Order& order = orders_[slot];
  order.open_lots = lots;
  if (has_terms(order)) [[unlikely]]
    return rest_with_terms(slot, price, lots);
  host().hold(order, 0, 0, price, lots);
  host().market(order.instrument).book.append(orders_, slot, price);
  if ((order.flags & order_linked) == 0) link_order(slot);
}

template <class Host>
void OrderFlow<Host>::rest_with_terms(std::uint32_t slot, std::int64_t price, std::int64_t lots) {
  Order& order = orders_[slot];
  OrderTerms& terms = terms_[order_terms(order)];
  host().hold(order, 0, 0, terms.reserve_ticks != 0 ? terms.reserve_ticks : price, lots);
  if (terms.display_lots != 0) order.open_lots = std::min(terms.display_lots, lots);
  terms.hidden_rest_lots = lots - order.open_lots;
  enter_book(slot, price);
  if ((order.flags & order_linked) == 0) link_order(slot);
}

// Puts an order with terms into the book as it stands, and counts it.
template <class Host>
void OrderFlow<Host>::enter_book(std::uint32_t slot, std::int64_t price) {
  Order& order = orders_[slot];
  OrderTerms& terms = terms_[order_terms(order)];
  MarketState& state = host().market(order.instrument);
  terms.stage = OrderStage::Resting;
  terms.limit_ticks = price;
  state.book.append(orders_, slot, price, terms.hidden_rest_lots);
  state.minimum_makers += terms.minimum_lots != 0;
  state.odd_makers += is_odd(state, price, terms);
}

template <class Host>
DELEVER_INLINE void OrderFlow<Host>::leave_book(std::uint32_t slot) {
  Order& order = orders_[slot];
  MarketState& state = host().market(order.instrument);
  if (!has_terms(order)) [[likely]]
    return state.book.remove(orders_, slot);
  OrderTerms& terms = terms_[order_terms(order)];
  state.minimum_makers -= terms.minimum_lots != 0;
  state.odd_makers -= is_odd(state, price_of(order), terms);
  state.book.remove(orders_, slot, terms.hidden_rest_lots);
  terms.stage = OrderStage::Taking;
}

/// Whether takers cannot just meet this order in turn.
template <class Host>
bool OrderFlow<Host>::is_odd(const MarketState& state, std::int64_t price,
                             const OrderTerms& terms) const {
  const bool shares =
      terms.display_lots != 0 && rulebook_.iceberg_refresh == IcebergRefresh::EndOfTaker;
  return terms.minimum_lots != 0 || shares || state.book.is_unpriced(price);
}

template <class Host>
std::int64_t OrderFlow<Host>::unpriced_reserve(const Taker& taker) const {
  const MarketState& state = host().market(taker.instrument);
  const bool is_inverse = state.spec.is_inverse();
  const std::int64_t dearest = is_inverse ? state.spec.price_ticks_min : state.spec.price_ticks_max;
  if ((taker.side == Side::Buy) != is_inverse) return dearest;
  if (state.mark.value != 0) return state.mark.value;
  return state.last.value != 0 ? state.last.value : dearest;
}

// Makes a market order rest without a price; returns where.
template <class Host>
std::int64_t OrderFlow<Host>::make_unpriced(const Taker& taker, std::int64_t reserve_ticks) {
  Order& order = orders_[order_slot(taker.order)];
  // It is in no depth anyway: among its like time alone decides.
  order.flags = static_cast<std::uint8_t>(order.flags & ~hidden_order);
  OrderTerms& terms = terms_[require_terms(order)];
  terms.order_type = OrderType::Market;
  terms.reserve_ticks = reserve_ticks;
  return host().market(taker.instrument).book.unpriced_ticks(taker.side);
}

/// The terms of the order, made now where it had none.
template <class Host>
std::uint32_t OrderFlow<Host>::require_terms(Order& order) {
  if (!has_terms(order)) {
    set_order_terms(orders_.slot_of(order), terms_.acquire());
    OrderTerms& terms = terms_[order_terms(order)];
    terms.stage = order.rests() ? OrderStage::Resting : OrderStage::Taking;
  }
  return order_terms(order);
}

template <class Host>
void OrderFlow<Host>::set_order_terms(std::uint32_t slot, std::uint32_t terms) {
  orders_.require_links(slot).terms = terms;
  orders_[slot].traits |= trait_terms;
}

// Takes a resting order out of the book, whole: it holds nothing and shows all it has.
template <class Host>
DELEVER_INLINE void OrderFlow<Host>::take_off_book(std::uint32_t slot) {
  Order& order = orders_[slot];
  const std::int64_t whole = whole_open(order);
  host().hold(order, reserve_price(order), whole, 0, 0);
  leave_book(slot);
  if (!has_terms(order)) [[likely]]
    return;
  order.open_lots = whole;
  terms_[order_terms(order)].hidden_rest_lots = 0;
}

// Shrinks what a resting order shows.
template <class Host>
void OrderFlow<Host>::shrink_resting(std::uint32_t slot, std::int64_t lots) {
  if (lots == 0) return;
  const Order& order = orders_[slot];
  const std::int64_t price = reserve_price(order);
  const std::int64_t whole = whole_open(order);
  host().hold(order, price, whole, price, whole - lots);
  host().market(order.instrument).book.reduce(orders_, slot, QtyLots{lots});
}

// Grows, or below 0 shrinks, what a resting iceberg does not show.
template <class Host>
void OrderFlow<Host>::change_rest(std::uint32_t slot, std::int64_t by) {
  if (by == 0) return;
  const Order& order = orders_[slot];
  const std::int64_t price = reserve_price(order);
  const std::int64_t whole = whole_open(order);
  host().hold(order, price, whole, price, whole + by);
  terms_[order_terms(order)].hidden_rest_lots += by;
  host().market(order.instrument).book.change_rest(orders_, slot, by);
}

template <class Host>
void OrderFlow<Host>::shrink_shown_first(std::uint32_t slot, std::int64_t lots) {
  const std::int64_t shown = std::min(lots, orders_[slot].open_lots);
  shrink_resting(slot, shown);
  change_rest(slot, shown - lots);
}

template <class Host>
void OrderFlow<Host>::shrink_rest_first(std::uint32_t slot, std::int64_t lots) {
  const Order& order = orders_[slot];
  const std::int64_t rest =
      has_terms(order) ? std::min(lots, terms_[order_terms(order)].hidden_rest_lots) : 0;
  if (rest != 0) change_rest(slot, -rest);
  shrink_resting(slot, lots - rest);
}

// Shows an iceberg's next part, at the back of its level.
template <class Host>
void OrderFlow<Host>::replenish(std::uint32_t slot, Sequence cause) {
  const Order& order = orders_[slot];
  OrderTerms& terms = terms_[order_terms(order)];
  const std::int64_t whole = order.open_lots + terms.hidden_rest_lots;
  const std::int64_t more = std::min(terms.display_lots, whole) - order.open_lots;
  terms.hidden_rest_lots -= more;
  host().market(order.instrument).book.replenish(orders_, slot, more);
  emit_replenished(slot, cause);
}

template <class Host>
void OrderFlow<Host>::emit_replenished(std::uint32_t slot, Sequence cause) {
  const Order& order = orders_[slot];
  host().emit(EventKind::OrderReplenished, {.cause = cause,
                                            .instrument = order.instrument,
                                            .account = order.account,
                                            .order_id = orders_.id_of(slot),
                                            .side = static_cast<std::int64_t>(order.side),
                                            .price = price_of(order),
                                            .qty = order.open_lots,
                                            .amount = terms_[order_terms(order)].hidden_rest_lots});
}

template <class Host>
DELEVER_INLINE void OrderFlow<Host>::finish_order(std::uint32_t slot) {
  Order& order = orders_[slot];
  if ((order.flags & order_linked) != 0) {
    host().unlink(slot);
    if ((order.traits & trait_client_id) != 0) [[unlikely]]
      client_ids_.erase(order.account, orders_.client_id(slot), slot);
  }
  if (has_terms(order)) [[unlikely]]
    forget_terms(slot);
  orders_.release_slot(slot);
}

template <class Host>
void OrderFlow<Host>::forget_terms(std::uint32_t slot) {
  const Order& order = orders_[slot];
  const std::uint32_t index = order_terms(order);
  const OrderTerms& terms = terms_[index];
  if (terms.agenda_node != no_index) agenda_.remove(terms.agenda_node);
  const bool is_linked = (order.flags & order_linked) != 0;
  if (terms.peg_reference != PegReference::None && is_linked) {
    std::erase(host().market(order.instrument).pegged, slot);
    --watchers_;
  }
  terms_.release(index);
}

template <class Host>
DELEVER_INLINE void OrderFlow<Host>::cancel_live(std::uint32_t slot, CancelReason reason,
                                                 Sequence cause, std::int64_t amount) {
  end_order(slot, shown_price(orders_[slot]), reason, cause, amount);
}

template <class Host>
DELEVER_INLINE void OrderFlow<Host>::end_order(std::uint32_t slot, std::int64_t price,
                                               CancelReason reason, Sequence cause,
                                               std::int64_t amount) {
  Order& order = orders_[slot];
  host().emit(EventKind::OrderCancelled, {.cause = cause,
                                          .instrument = order.instrument,
                                          .account = order.account,
                                          .order_id = orders_.id_of(slot),
                                          .side = static_cast<std::int64_t>(order.side),
                                          .price = price,
                                          .qty = whole_open(order),
                                          .amount = amount,
                                          .reason = static_cast<std::int64_t>(reason)});
  if (order.rests()) {
    take_off_book(slot);
  } else if (has_terms(order)) [[unlikely]] {
    leave_waiting(slot);
  }
  finish_order(slot);
}

// Cancels what is left of a taker.
template <class Host>
DELEVER_INLINE void OrderFlow<Host>::cancel_taker(const Taker& taker, CancelReason reason) {
  const std::uint32_t slot = order_slot(taker.order);
  if (taker.is_written) [[unlikely]] {
    orders_[slot].open_lots = taker.open_lots;
    return end_order(slot, taker.limit_ticks, reason, taker.cause, 0);
  }
  host().emit(EventKind::OrderCancelled, {.cause = taker.cause,
                                          .instrument = taker.instrument,
                                          .account = taker.account,
                                          .order_id = taker.order,
                                          .side = static_cast<std::int64_t>(taker.side),
                                          .price = taker.limit_ticks,
                                          .qty = taker.open_lots,
                                          .reason = static_cast<std::int64_t>(reason)});
  orders_.give_back(slot);
}

// Takes a pending order out of the trigger book, and releases what a parked one keeps open.
template <class Host>
void OrderFlow<Host>::leave_waiting(std::uint32_t slot) {
  Order& order = orders_[slot];
  const OrderTerms& terms = terms_[order_terms(order)];
  if (terms.stage == OrderStage::Pending) {
    host().market(order.instrument).triggers.remove(orders_, slot);
    if (terms.trigger_source == TriggerSource::Quote) --watchers_;
  } else if (terms.stage == OrderStage::Parked) {
    host().hold(order, 0, whole_open(order), 0, 0);
  }
}

template <class Host>
bool OrderFlow<Host>::is_meant(std::uint32_t slot, const CancelFilter& filter) const {
  const Order& order = orders_[slot];
  const OrderStage stage = stage_of(order);
  if (stage == OrderStage::Taking ||
      (filter.instrument != every_instrument && order.instrument != filter.instrument) ||
      (filter.side != Side::None && order.side != filter.side) ||
      (filter.position != no_index && order_position(order) != filter.position))
    return false;
  if (filter.only_reduce_only)
    return (order.flags & reduce_only) != 0 &&
           (stage == OrderStage::Resting || stage == OrderStage::Parked);
  if (filter.price_low == 0 && filter.price_high == 0) return true;
  const std::int64_t price = stage == OrderStage::Pending ? trigger_of(slot) : shown_price(order);
  return price >= filter.price_low && (filter.price_high == 0 || price <= filter.price_high);
}

template <class Host>
std::int64_t OrderFlow<Host>::cancel_matching(AccountId account, const CancelFilter& filter) {
  std::int64_t cancelled = 0;
  host().visit_live(account, [&](std::uint32_t slot) {
    if (!is_meant(slot, filter)) return;
    cancel_live(slot, filter.reason, filter.cause);
    ++cancelled;
  });
  return cancelled;
}

// Cancels the other live orders of a one-cancels-other group, oldest first.
template <class Host>
void OrderFlow<Host>::cancel_siblings(std::uint32_t slot, AccountId account,
                                      InstrumentId instrument, std::uint32_t group,
                                      Sequence cause) {
  if (group == 0) return;
  const CancelFilter filter{.instrument = instrument};
  host().visit_live(account, [&](std::uint32_t other) {
    if (other != slot && oco_group_of(orders_[other]) == group && is_meant(other, filter))
      cancel_live(other, CancelReason::OcoSibling, cause);
  });
}

template <class Host>
DELEVER_INLINE void OrderFlow<Host>::link_order(std::uint32_t slot) {
  Order& order = orders_[slot];
  order.flags = static_cast<std::uint8_t>(order.flags | order_linked);
  host().link(slot);
  if ((order.traits & trait_client_id) != 0) [[unlikely]]
    client_ids_.insert(order.account, orders_.client_id(slot), slot);
  if (!has_terms(order)) [[likely]]
    return;
  OrderTerms& terms = terms_[order_terms(order)];
  if (terms.expire_ns != 0)
    terms.agenda_node = agenda_.insert(terms.expire_ns, terms.accepted, slot);
  if (terms.peg_reference == PegReference::None) return;
  host().market(order.instrument).pegged.push_back(slot);
  ++watchers_;
}

template <class Host>
DELEVER_INLINE std::uint32_t OrderFlow<Host>::live_order_of(const Command& command) const {
  std::uint32_t slot = no_index;
  if (command.order_id != no_order) {
    slot = orders_.find(command.order_id) != nullptr ? order_slot(command.order_id) : no_index;
  } else if (command.client_id > 0) {
    slot = client_ids_.find(orders_, command.account, command.client_id);
  }
  if (slot != no_index && orders_[slot].account != command.account) return no_index;
  return slot;
}

template <class Host>
DELEVER_INLINE void OrderFlow<Host>::cancel_order(const Command& command) {
  if (!host().known_account(command.account)) return reject(command, RejectReason::UnknownAccount);
  const std::uint32_t slot = live_order_of(command);
  if (slot == no_index) return reject(command, RejectReason::UnknownOrder);
  cancel_live(slot, CancelReason::Requested, no_cause);
}

template <class Host>
void OrderFlow<Host>::cancel_all(const Command& command) {
  if (!host().known_account(command.account) || !host().is_owner(command.account))
    return reject(command, RejectReason::UnknownAccount);
  if (command.instrument != every_instrument && command.instrument >= host().instrument_count())
    return reject(command, RejectReason::UnknownInstrument);
  if (command.side > 2) return reject(command, RejectReason::InvalidOrder);
  if (command.price_ticks < 0 || command.amount_atoms < 0)
    return reject(command, RejectReason::InvalidPrice);
  const std::int64_t cancelled =
      cancel_matching(command.account, {.instrument = command.instrument,
                                        .side = static_cast<Side>(command.side),
                                        .reason = CancelReason::MassCancel,
                                        .price_low = command.price_ticks,
                                        .price_high = command.amount_atoms});
  host().emit(EventKind::OrdersMassCancelled, {.instrument = command.instrument,
                                               .account = command.account,
                                               .side = command.side,
                                               .qty = cancelled});
}

}  // namespace v1
}  // namespace delever
