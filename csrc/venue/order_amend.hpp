// Amending: what changes in place, what goes to the back of the queue as a taker, and what waits.
//
// In place: the same price and not more open lots (or, where the rules keep it, an iceberg whose
// rest grows). Anything else loses its priority: it leaves the book, meets the other side with its
// new limit, and rests behind the others. Pending orders change where they wait, pegged ones keep
// their peg. Cost: as for placing the order anew.
#pragma once

#include "venue/order_flow.hpp"

namespace delever {
inline namespace v1 {

template <class Host>
void OrderFlow<Host>::amend_order(const Command& command) {
  Amendment change;
  const RejectReason reason = check_amend_shape(command, change);
  if (reason != RejectReason::None) return reject(command, reason);
  if (change.lots <= 0 && command.qty_lots != 0)  // reduced by all there is
    return cancel_live(change.slot, CancelReason::Requested, no_cause);
  const Order& order = orders_[change.slot];
  if (has_terms(order)) [[unlikely]] {
    const OrderTerms& terms = terms_[order_terms(order)];
    if (terms.stage == OrderStage::Pending) return amend_pending(change);
    if (terms.peg_reference != PegReference::None) return amend_pegged(command, change);
  }
  amend_resting(command, change);
}

template <class Host>
RejectReason OrderFlow<Host>::check_amend_shape(const Command& command, Amendment& change) const {
  if (given_.refused != 0) [[unlikely]]
    return RejectReason::TermsRefused;
  if (!host().known_account(command.account)) return RejectReason::UnknownAccount;
  change.slot = live_order_of(command);
  if (change.slot == no_index) return RejectReason::UnknownOrder;
  if (command.order_type > 1) return RejectReason::InvalidOrder;
  const Order& order = orders_[change.slot];
  const MarketState& state = host().market(order.instrument);
  const std::int64_t whole = whole_open(order);
  const bool reduces = command.order_type == 1;
  change.price = command.price_ticks;
  change.lots = whole;
  if (reduces) change.lots = command.qty_lots < whole ? whole - command.qty_lots : 0;
  if (!reduces && command.qty_lots != 0) change.lots = command.qty_lots;
  if (given_.kinds != 0 && (reduces || !sound_amend_terms(order, change))) [[unlikely]]
    return RejectReason::InvalidTerms;
  if (reduces ? command.qty_lots <= 0
              : command.qty_lots < 0 || command.qty_lots > state.spec.order_lots_max)
    return RejectReason::InvalidQty;
  const bool closes = has_terms(order) && terms_[order_terms(order)].close_position != 0;
  const bool is_unpriced = order.rests() && state.book.is_unpriced(price_of(order));
  if ((closes && stage_of(order) == OrderStage::Pending && command.qty_lots != 0) ||
      (is_unpriced && change.lots > whole))
    return RejectReason::InvalidQty;
  if (command.price_ticks != 0 && !state.spec.is_price(command.price_ticks))
    return RejectReason::InvalidPrice;
  if (command.price_ticks > 0 && (reduces || !has_own_price(order)))
    return RejectReason::InvalidPrice;
  const bool in_place = given_.kinds == 0 && change.lots <= whole &&
                        (change.price == 0 || change.price == price_of(order));
  if (state.phase == TradingPhase::Halted && !in_place) return RejectReason::TradingHalted;
  return RejectReason::None;
}

// Whether the order has a limit of its own, which can be changed.
template <class Host>
bool OrderFlow<Host>::has_own_price(const Order& order) const {
  if (!has_terms(order)) [[likely]]
    return true;
  const OrderTerms& terms = terms_[order_terms(order)];
  if (terms.peg_reference != PegReference::None) return false;
  if (terms.stage == OrderStage::Pending) return terms.order_type == OrderType::Limit;
  return !host().market(order.instrument).book.is_unpriced(price_of(order));
}

template <class Host>
bool OrderFlow<Host>::sound_amend_terms(const Order& order, const Amendment& change) const {
  const OrderTerms plain;
  const OrderTerms& terms = has_terms(order) ? terms_[order_terms(order)] : plain;
  const MarketState& state = host().market(order.instrument);
  const OrderTerms& given = given_.terms;
  if (stage_of(order) == OrderStage::Pending)
    return given_.kinds == term_bit(TermKind::Trigger) &&
           given.trigger_kind == terms.trigger_kind && state.spec.is_price(given.trigger_ticks);
  if ((given_.kinds & ~(term_bit(TermKind::Peg) | term_bit(TermKind::Minimum))) != 0 ||
      given_.unsound != 0)
    return false;
  if (given_.has(TermKind::Peg)) {
    const PegReference far = order.side == Side::Buy ? PegReference::Ask : PegReference::Bid;
    if (given.peg_reference != terms.peg_reference ||
        given.peg_offset_ticks > state.spec.price_ticks_max ||
        given.peg_offset_ticks < (given.peg_reference == far ? 1 : 0))
      return false;
  }
  return !given_.has(TermKind::Minimum) ||
         (order.rests() && terms.display_lots == 0 && given.minimum_lots <= change.lots &&
          (order.flags & post_only) == 0 && terms.time_in_force != TimeInForce::Gfa);
}

template <class Host>
void OrderFlow<Host>::amend_resting(const Command& command, const Amendment& change) {
  const Order& order = orders_[change.slot];
  const std::int64_t price = change.price != 0 ? change.price : price_of(order);
  const bool grows = change.lots > whole_open(order);
  const bool in_place = amends_in_place(order, change);
  if (!in_place || grows) {
    const RejectReason reason = host().check_amended(order, price, change.lots, false);
    if (reason != RejectReason::None) return reject(command, reason);
  }
  if (!in_place) return amend_to_tail(command, change);
  set_minimum(change.slot);
  resize_in_place(change.slot, change.lots);
  emit_amended(change.slot, shown_price(order));
}

template <class Host>
bool OrderFlow<Host>::amends_in_place(const Order& order, const Amendment& change) const {
  if (change.price != 0 && change.price != price_of(order)) return false;
  const std::int64_t whole = whole_open(order);
  if (!has_terms(order) && given_.kinds == 0) [[likely]]
    return change.lots <= whole;
  const OrderTerms plain;
  const OrderTerms& terms = has_terms(order) ? terms_[order_terms(order)] : plain;
  const bool grows_kept =
      terms.display_lots != 0 && rulebook_.iceberg_amend_up == IcebergAmendUp::Keep;
  if (change.lots > whole && !grows_kept) return false;
  const std::int64_t minimum =
      given_.has(TermKind::Minimum) ? given_.terms.minimum_lots : terms.minimum_lots;
  const MarketState& state = host().market(order.instrument);
  if (minimum == 0 || state.phase != TradingPhase::Continuous ||
      state.book.is_unpriced(price_of(order)) ||
      (change.lots == whole && minimum == terms.minimum_lots))
    return true;
  const std::int64_t best = state.book.best(opposite(order.side));  // it may stand crossed
  return best < 0 || !crosses(order.side, price_of(order), best);
}

// Gives the order the Minimum that came with the amendment, if any.
template <class Host>
void OrderFlow<Host>::set_minimum(std::uint32_t slot) {
  if (!given_.has(TermKind::Minimum)) [[likely]]
    return;
  Order& order = orders_[slot];
  MarketState& state = host().market(order.instrument);
  OrderTerms& terms = terms_[require_terms(order)];
  const bool rests = order.rests();
  if (rests) {
    state.minimum_makers -= terms.minimum_lots != 0;
    state.odd_makers -= is_odd(state, price_of(order), terms);
  }
  terms.minimum_lots = given_.terms.minimum_lots;
  if (rests) {
    state.minimum_makers += terms.minimum_lots != 0;
    state.odd_makers += is_odd(state, price_of(order), terms);
  }
}

// The rest that an iceberg does not show changes first.
template <class Host>
void OrderFlow<Host>::resize_in_place(std::uint32_t slot, std::int64_t lots) {
  const std::int64_t by = lots - whole_open(orders_[slot]);
  if (by > 0) return change_rest(slot, by);
  shrink_rest_first(slot, -by);
}

template <class Host>
Sequence OrderFlow<Host>::emit_amended(std::uint32_t slot, std::int64_t price) {
  const Order& order = orders_[slot];
  if (host().market(order.instrument).book.is_unpriced(price)) price = 0;
  return host().emit(EventKind::OrderAmended, {.instrument = order.instrument,
                                               .account = order.account,
                                               .order_id = orders_.id_of(slot),
                                               .side = static_cast<std::int64_t>(order.side),
                                               .price = price,
                                               .qty = whole_open(order)});
}

template <class Host>
void OrderFlow<Host>::amend_to_tail(const Command& command, const Amendment& change) {
  const std::uint32_t slot = change.slot;
  Order& order = orders_[slot];
  const MarketState& state = host().market(order.instrument);
  const std::int64_t price = change.price != 0 ? change.price : price_of(order);
  Taker taker{.order = orders_.id_of(slot),
              .account = order.account,
              .instrument = order.instrument,
              .side = order.side,
              .flags = order.flags,
              .self_trade = self_trade_mode(order.flags),
              .rests = true,
              .is_written = true,
              .takes = state.phase == TradingPhase::Continuous,
              .position = order_position(order),
              .limit_ticks = price,
              .open_lots = change.lots};
  const RejectReason reason = check_prices(taker, state, price != price_of(order));
  if (reason != RejectReason::None) return reject(command, reason);
  set_minimum(slot);
  take_off_book(slot);
  order.open_lots = change.lots;
  emit_amended(slot, taker.limit_ticks);
  if (has_terms(order)) [[unlikely]] {
    taker.terms = order_terms(order);
    OrderTerms& terms = terms_[taker.terms];
    terms.limit_ticks = taker.limit_ticks;
    if (terms.minimum_lots != 0) check_feasible(taker, &terms);
  }
  take_or_rest(taker);
}

template <class Host>
void OrderFlow<Host>::amend_pegged(const Command& command, const Amendment& change) {
  const std::uint32_t slot = change.slot;
  Order& order = orders_[slot];
  OrderTerms& terms = terms_[order_terms(order)];
  const bool is_parked = terms.stage == OrderStage::Parked;
  const std::int64_t whole = whole_open(order);
  if (change.lots > whole) {
    const RejectReason reason =
        host().check_amended(order, price_of(order), change.lots, is_parked);
    if (reason != RejectReason::None) return reject(command, reason);
  }
  set_minimum(slot);
  if (given_.has(TermKind::Peg)) terms.peg_offset_ticks = given_.terms.peg_offset_ticks;
  const bool keeps = terms.display_lots != 0 && rulebook_.iceberg_amend_up == IcebergAmendUp::Keep;
  if (is_parked) {
    resize_parked(slot, change.lots);
  } else if (change.lots <= whole || keeps) {
    resize_in_place(slot, change.lots);
  } else {
    const std::int64_t price = price_of(order);
    take_off_book(slot);
    rest_order(slot, price, change.lots);
  }
  emit_amended(slot, shown_price(order));
}

template <class Host>
void OrderFlow<Host>::resize_parked(std::uint32_t slot, std::int64_t lots) {
  Order& order = orders_[slot];
  OrderTerms& terms = terms_[order_terms(order)];
  host().hold(order, 0, whole_open(order), 0, lots);
  if (terms.display_lots == 0) {
    order.open_lots = lots;
    return;
  }
  // What loses its place shows a whole piece when it comes back, as it would in the book.
  const bool anew = lots > whole_open(order) && rulebook_.iceberg_amend_up != IcebergAmendUp::Keep;
  order.open_lots = std::min(anew ? terms.display_lots : order.open_lots, lots);
  terms.hidden_rest_lots = lots - order.open_lots;
}

template <class Host>
void OrderFlow<Host>::amend_pending(const Amendment& change) {
  const std::uint32_t slot = change.slot;
  Order& order = orders_[slot];
  OrderTerms& terms = terms_[order_terms(order)];
  if (change.price != 0) terms.limit_ticks = change.price;
  order.open_lots = change.lots;
  const Sequence sequence = emit_amended(slot, shown_price(order));
  if (!given_.has(TermKind::Trigger)) return;
  MarketState& state = host().market(order.instrument);
  terms.trigger_ticks = given_.terms.trigger_ticks;
  const Trigger words = trigger_words(order.side, terms);
  const std::int64_t reference = reference_of(state, words.feed);
  const std::int64_t trigger = trigger_price(words, reference);
  if (reference == 0 || !triggers_at(words.direction, trigger, reference))
    return state.triggers.move(orders_, slot, terms.trigger_ticks, sequence, reference);
  leave_waiting(slot);
  terms.stage = OrderStage::Triggered;
  run_triggered(slot, emit_triggered(slot, trigger, reference, no_cause));
}

}  // namespace v1
}  // namespace delever
