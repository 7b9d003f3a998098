// Orders coming in: terms attached, an order placed or put in another's place, accepted, matched,
// rested or cancelled. A trade printed elsewhere comes in here too.
//
// A plain order goes from its shape checks to the book without looking at terms; one with terms
// carries them in `given_` until it is accepted. Cost: the checks are O(1), matching O(fills).
#pragma once

#include "units/inline.hpp"
#include "venue/order_flow.hpp"

namespace delever {
inline namespace v1 {

template <class Host>
void OrderFlow<Host>::attach_term(const Command& command) {
  if (!host().known_account(command.account)) return reject(command, RejectReason::UnknownAccount);
  if (attached_.kinds != 0 && attached_.account != command.account) {
    const std::uint32_t refused = attached_.refused;
    attached_ = {};
    attached_.refused = refused;
  }
  if (command.order_type < 1 || command.order_type > term_kind_max ||
      attached_.has(static_cast<TermKind>(command.order_type)))
    return reject(command, RejectReason::InvalidTerms);
  attached_.account = command.account;
  attached_.add(command);
}

template <class Host>
DELEVER_INLINE void OrderFlow<Host>::place_order(const Command& command) {
  const RejectReason reason = check_shape(command, no_index);
  if (reason != RejectReason::None) return reject(command, reason);
  enter_order(command);
}

template <class Host>
void OrderFlow<Host>::replace_order(const Command& command) {
  if (given_.refused != 0) return reject(command, RejectReason::TermsRefused);
  if (!host().known_account(command.account)) return reject(command, RejectReason::UnknownAccount);
  const Order* found = orders_.find(command.order_id);
  if (found == nullptr || found->account != command.account)
    return reject(command, RejectReason::UnknownOrder);
  const std::uint32_t slot = order_slot(command.order_id);
  const RejectReason reason = check_shape(command, slot);
  if (reason != RejectReason::None) return reject(command, reason);
  cancel_live(slot, CancelReason::Replaced, no_cause);
  enter_order(command);
}

template <class Host>
DELEVER_INLINE Taker OrderFlow<Host>::taker_of(const Command& command) const {
  const bool is_market = command.order_type == static_cast<std::uint8_t>(OrderType::Market);
  const auto tif = static_cast<TimeInForce>(command.time_in_force);
  const bool rests =
      is_market ? tif == TimeInForce::Gtc && rulebook_.market_residual == MarketResidual::Rest
                : rests_by(tif);
  return {.account = command.account,
          .instrument = command.instrument,
          .side = static_cast<Side>(command.side),
          .flags = host().order_flags(command),
          .self_trade = self_trade_mode(command.flags),
          .fill_or_kill = tif == TimeInForce::Fok,
          .is_market = is_market,
          .rests = rests,
          .client_id = command.client_id,
          .limit_ticks = command.price_ticks,
          .open_lots = command.qty_lots};
}

// The part of PlaceOrder after its shape checks: what ReplaceOrder does once the old order is gone.
template <class Host>
DELEVER_INLINE void OrderFlow<Host>::enter_order(const Command& command) {
  Taker taker = taker_of(command);
  taker.position = host().owner_slot(command);
  const bool is_plain_tif = command.time_in_force <= static_cast<std::uint8_t>(TimeInForce::Fok);
  if (given_.kinds != 0 || !is_plain_tif) [[unlikely]]
    return enter_with_terms(command, taker);
  const RejectReason reason = check_running(taker, nullptr);
  if (reason != RejectReason::None) return reject(command, reason);
  accept_order(taker, nullptr, taker.limit_ticks, 0);
  take_or_rest(taker);
}

template <class Host>
OrderTerms OrderFlow<Host>::entering_terms(const Command& command) const {
  constexpr std::int64_t day_ns = std::int64_t{86'400} * 1'000'000'000;
  OrderTerms terms = given_.terms;
  terms.order_type = static_cast<OrderType>(command.order_type);
  terms.time_in_force = static_cast<TimeInForce>(command.time_in_force);
  if (terms.time_in_force == TimeInForce::Day)
    terms.expire_ns = (time_.value / day_ns + 1) * day_ns;
  if (terms.display_lots >= command.qty_lots) {  // all of it is shown
    terms.display_lots = 0;
    terms.display_min_lots = 0;
  }
  return terms;
}

template <class Host>
void OrderFlow<Host>::enter_with_terms(const Command& command, Taker& taker) {
  OrderTerms terms = entering_terms(command);
  if (terms.trigger_kind != TriggerKind::None) return enter_pending(command, taker, terms);
  if (terms.peg_reference != PegReference::None) return enter_pegged(command, taker, terms);
  const RejectReason reason = check_running(taker, &terms);
  if (reason != RejectReason::None) return reject(command, reason);
  accept_order(taker, &terms, taker.limit_ticks, 0);
  take_or_rest(taker);
}

// Gives the order its id and says so. A plain order's record waits until it rests; one with terms
// gets it now.
template <class Host>
DELEVER_INLINE void OrderFlow<Host>::accept_order(Taker& taker, const OrderTerms* terms,
                                                  std::int64_t price, std::int64_t trigger) {
  taker.order = orders_.take();
  const Sequence sequence = host().emit(
      EventKind::OrderAccepted, {.cause = taker.cause,
                                 .instrument = taker.instrument,
                                 .account = taker.account,
                                 .order_id = taker.order,
                                 .side = static_cast<std::int64_t>(taker.side),
                                 .price = price,
                                 .qty = taker.open_lots,
                                 .amount = trigger,
                                 .other_order = taker.client_id,
                                 .other_amount = terms == nullptr ? 0 : terms->display_lots});
  if (taker.kind == TakerKind::User) last_order_ = taker.order;
  if (terms == nullptr) [[likely]]
    return;
  write_order(taker);
  taker.is_written = true;
  taker.terms = terms_.acquire(*terms);
  terms_[taker.terms].accepted = sequence;
  terms_[taker.terms].limit_ticks = price;
  set_order_terms(order_slot(taker.order), taker.terms);
}

/// The record of an accepted order, as it stands.
template <class Host>
DELEVER_INLINE Order& OrderFlow<Host>::write_order(const Taker& taker) {
  const std::uint32_t slot = order_slot(taker.order);
  Order& order = orders_.write(slot);
  order.open_lots = taker.open_lots;
  order.account = taker.account;
  order.instrument = taker.instrument;
  order.side = taker.side;
  order.flags = taker.flags;
  if (host().is_owner(taker.account)) orders_.require_links(slot).position = taker.position;
  if (taker.client_id != 0) [[unlikely]]
    orders_.set_client_id(slot, taker.client_id);
  return order;
}

namespace order_words {

constexpr CancelReason cancel_reason_of(TakerStop stop) {
  switch (stop) {
    case TakerStop::SelfTrade: return CancelReason::SelfTrade;
    case TakerStop::ReduceOnly: return CancelReason::ReduceOnly;
    case TakerStop::InsufficientMargin: return CancelReason::InsufficientMargin;
    default: return CancelReason::ImmediateRemainder;
  }
}

}  // namespace order_words

template <class Host>
DELEVER_INLINE void OrderFlow<Host>::take_or_rest(Taker& taker) {
  const TakerStop stop = taker.takes ? match(taker) : TakerStop::None;
  const std::uint32_t slot = order_slot(taker.order);
  if (taker.open_lots == 0) {
    taker.is_written ? finish_order(slot) : orders_.give_back(slot);
  } else {
    CancelReason reason = order_words::cancel_reason_of(stop);
    if (taker.rests && stop == TakerStop::None) reason = rest_taker(taker);
    if (reason != CancelReason::None) cancel_taker(taker, reason);
  }
  if (!unrefreshed_.empty()) [[unlikely]]
    refresh_icebergs();
}

// Rests what is left of a taker, or says what is in the way.
template <class Host>
DELEVER_INLINE CancelReason OrderFlow<Host>::rest_taker(Taker& taker) {
  const std::int64_t reserve = taker.is_market ? unpriced_reserve(taker) : taker.limit_ticks;
  const CancelReason obstacle = host().rest_obstacle(taker, reserve);
  if (obstacle != CancelReason::None) return obstacle;
  if (!taker.is_written) write_order(taker);
  const std::int64_t price = taker.is_market ? make_unpriced(taker, reserve) : taker.limit_ticks;
  rest_order(order_slot(taker.order), price, taker.open_lots);
  return CancelReason::None;
}

template <class Host>
void OrderFlow<Host>::print_trade(const Command& command) {
  if (command.instrument >= host().instrument_count())
    return reject(command, RejectReason::UnknownInstrument);
  MarketState& state = host().market(command.instrument);
  if (!state.spec.is_price(command.price_ticks)) return reject(command, RejectReason::InvalidPrice);
  if (command.qty_lots < 0) return reject(command, RejectReason::InvalidQty);
  state.last = PriceTicks{command.price_ticks};
  state.last_fill = host().emit(
      EventKind::TradePrinted,
      {.instrument = command.instrument, .price = command.price_ticks, .qty = command.qty_lots});
  if (state.phase == TradingPhase::Continuous)
    collect_triggered(command.instrument, TriggerFeed::Last, command.price_ticks, state.last_fill);
}

}  // namespace v1
}  // namespace delever
