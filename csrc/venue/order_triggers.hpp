// Orders that wait for a price: how they enter, what sets them off, and how they run.
//
// Every print, mark, index and quote is offered to the instrument's trigger book; what it sets off
// is announced at once (OrderTriggered) and runs later, one after the other, each to its end. One
// that was cancelled meanwhile is passed over. Nothing triggers outside the continuous phase.
// Cost: O(1) a price that sets nothing off (trigger_book.hpp); a triggered order is a taker.
#pragma once

#include "venue/order_flow.hpp"

namespace delever {
inline namespace v1 {

/// The price of a feed now; 0: none yet, or trading is not continuous.
template <class Host>
std::int64_t OrderFlow<Host>::reference_of(const MarketState& state, TriggerFeed feed) const {
  if (state.phase != TradingPhase::Continuous) return 0;
  switch (feed) {
    case TriggerFeed::Mark: return state.mark.value;
    case TriggerFeed::Index: return state.index.value;
    case TriggerFeed::Ask: return std::max<std::int64_t>(0, state.book.best_displayed(Side::Sell));
    case TriggerFeed::Bid: return std::max<std::int64_t>(0, state.book.best_displayed(Side::Buy));
    default: return state.last.value;
  }
}

template <class Host>
Trigger OrderFlow<Host>::trigger_words(Side side, const OrderTerms& terms) const {
  return {.feed = feed_of(terms.trigger_source, side),
          .direction = terms.trigger_direction,
          .kind = terms.trigger_kind,
          .trigger_ticks = terms.trigger_ticks,
          .distance = terms.trail_distance,
          .sequence = terms.accepted};
}

// Replaces what the order left to the rules: its direction and what it watches.
template <class Host>
void OrderFlow<Host>::resolve_trigger(OrderTerms& terms, Side side) const {
  if (terms.trigger_source == TriggerSource::ByRule) terms.trigger_source = rulebook_.stop_source;
  if (terms.trigger_direction != TriggerDirection::Default) return;
  const bool takes_profit = terms.trigger_kind == TriggerKind::TakeProfit;
  terms.trigger_direction =
      (side == Side::Buy) != takes_profit ? TriggerDirection::Up : TriggerDirection::Down;
}

template <class Host>
void OrderFlow<Host>::enter_pending(const Command& command, Taker& taker, OrderTerms& terms) {
  MarketState& state = host().market(taker.instrument);
  resolve_trigger(terms, taker.side);
  Trigger words = trigger_words(taker.side, terms);
  const std::int64_t reference = reference_of(state, words.feed);
  const std::int64_t trigger = trigger_price(words, reference);
  const bool holds = reference != 0 && triggers_at(words.direction, trigger, reference);
  if (holds && rulebook_.stop_entry == StopEntry::Reject)
    return reject(command, RejectReason::WouldTrigger);
  accept_order(taker, &terms, taker.is_market ? 0 : taker.limit_ticks, trigger);
  const std::uint32_t slot = order_slot(taker.order);
  link_order(slot);
  if (holds) return run_triggered(slot, emit_triggered(slot, trigger, reference, no_cause));
  OrderTerms& kept = terms_[taker.terms];
  kept.stage = OrderStage::Pending;
  words.sequence = kept.accepted;
  state.triggers.insert(orders_, slot, words, reference);
  if (terms.trigger_source == TriggerSource::Quote) ++watchers_;
}

// Says that an order has triggered, which cancels its group at once.
template <class Host>
Sequence OrderFlow<Host>::emit_triggered(std::uint32_t slot, std::int64_t trigger,
                                         std::int64_t reference, Sequence cause) {
  const Order& order = orders_[slot];
  const Sequence sequence =
      host().emit(EventKind::OrderTriggered, {.cause = cause,
                                              .instrument = order.instrument,
                                              .account = order.account,
                                              .order_id = orders_.id_of(slot),
                                              .side = static_cast<std::int64_t>(order.side),
                                              .price = reference,
                                              .qty = whole_open(order),
                                              .amount = trigger});
  cancel_siblings(slot, order.account, order.instrument, oco_group_of(order), sequence);
  return sequence;
}

template <class Host>
void OrderFlow<Host>::collect_triggered(InstrumentId id, TriggerFeed feed, std::int64_t reference,
                                        Sequence cause) {
  MarketState& state = host().market(id);
  if (state.phase != TradingPhase::Continuous || reference == 0) return;
  hits_.clear();
  state.triggers.collect(feed, reference, orders_, hits_);
  if (!hits_.empty()) [[unlikely]]
    queue_hits(reference, reference, cause);
}

// Lets all orders that watch quotes look at them; whether any has triggered.
template <class Host>
bool OrderFlow<Host>::collect_quotes() {
  bool any = false;
  for (std::size_t id = 0; id < host().instrument_count(); ++id) {
    MarketState& state = host().market(static_cast<InstrumentId>(id));
    if (state.triggers.count() == 0 || state.phase != TradingPhase::Continuous) continue;
    const std::int64_t ask = reference_of(state, TriggerFeed::Ask);
    const std::int64_t bid = reference_of(state, TriggerFeed::Bid);
    hits_.clear();
    state.triggers.collect_quotes(ask, bid, orders_, hits_);
    if (hits_.empty()) continue;
    watchers_ -= static_cast<std::uint32_t>(hits_.size());
    any = true;
    queue_hits(ask, bid, no_cause);
  }
  return any;
}

// Announces what has left the trigger book and lines it up to run. An announcement may cancel
// others of the same batch.
template <class Host>
void OrderFlow<Host>::queue_hits(std::int64_t buy_reference, std::int64_t sell_reference,
                                 Sequence cause) {
  hit_orders_.clear();
  for (const TriggeredOrder& hit : hits_) {
    terms_[order_terms(orders_[hit.slot])].stage = OrderStage::Triggered;
    hit_orders_.push_back(orders_.id_of(hit.slot));
  }
  for (std::size_t at = 0; at < hits_.size(); ++at) {
    const Order* order = orders_.find(hit_orders_[at]);
    if (order == nullptr) continue;
    const std::int64_t reference = order->side == Side::Buy ? buy_reference : sell_reference;
    const Sequence sequence =
        emit_triggered(hits_[at].slot, hits_[at].trigger_ticks, reference, cause);
    triggered_.push_back({hit_orders_[at], sequence});
  }
}

template <class Host>
void OrderFlow<Host>::drain_triggered() {
  for (std::size_t at = 0; at < triggered_.size(); ++at) {
    const TriggeredRun run = triggered_[at];  // running one may line up others
    if (orders_.find(run.order) != nullptr) run_triggered(order_slot(run.order), run.cause);
  }
  triggered_.clear();
}

template <class Host>
void OrderFlow<Host>::run_triggered(std::uint32_t slot, Sequence cause) {
  Order& order = orders_[slot];
  OrderTerms& terms = terms_[order_terms(order)];
  terms.stage = OrderStage::Taking;
  const bool is_market = terms.order_type == OrderType::Market;
  const bool rests = is_market ? terms.time_in_force == TimeInForce::Gtc &&
                                     rulebook_.market_residual == MarketResidual::Rest
                               : rests_by(terms.time_in_force);
  Taker taker{.order = orders_.id_of(slot),
              .account = order.account,
              .instrument = order.instrument,
              .side = order.side,
              .flags = order.flags,
              .self_trade = self_trade_mode(order.flags),
              .fill_or_kill = terms.time_in_force == TimeInForce::Fok,
              .is_market = is_market,
              .rests = rests,
              .is_written = true,
              .terms = order_terms(order),
              .position = order_position(order),
              .limit_ticks = terms.limit_ticks,
              .open_lots = order.open_lots,
              .cause = cause};
  const RejectReason reason = check_running(taker, &terms);
  if (reason != RejectReason::None)
    return cancel_live(slot, CancelReason::RefusedAtTrigger, cause,
                       static_cast<std::int64_t>(reason));
  terms.limit_ticks = taker.limit_ticks;
  order.open_lots = taker.open_lots;
  take_or_rest(taker);
}

}  // namespace v1
}  // namespace delever
