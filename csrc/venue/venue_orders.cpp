// Orders: placing, cancelling, amending, and the checks before them. Every check runs before the
// first change, so a refused command leaves the order, the book and the money as they were.
#include "units/invariant.hpp"
#include "venue/trade_gate.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

namespace {

constexpr bool is_user_flag_set(std::uint8_t flags) {
  return (flags & hold_point) == 0 &&
         (flags & (self_trade_maker | self_trade_both)) != (self_trade_maker | self_trade_both);
}

CancelReason cancel_reason_of(TakerStop stop) {
  switch (stop) {
    case TakerStop::SelfTrade: return CancelReason::SelfTrade;
    case TakerStop::ReduceOnly: return CancelReason::ReduceOnly;
    case TakerStop::InsufficientMargin: return CancelReason::InsufficientMargin;
    default: return CancelReason::ImmediateRemainder;
  }
}

}  // namespace

RejectReason Venue::check_shape(const Command& command) const {
  if (!known_account(command.account)) return RejectReason::UnknownAccount;
  if (!known_instrument(command.instrument)) return RejectReason::UnknownInstrument;
  const InstrumentSpec& spec = instruments_[command.instrument].spec;
  const bool is_market = command.order_type == static_cast<std::uint8_t>(OrderType::Market);
  const bool is_limit = command.order_type == static_cast<std::uint8_t>(OrderType::Limit);
  const bool is_gtc = command.time_in_force == static_cast<std::uint8_t>(TimeInForce::Gtc);
  if (command.side < 1 || command.side > 2 || !(is_market || is_limit)) [[unlikely]]
    return RejectReason::InvalidOrder;
  if (command.time_in_force < 1 || command.time_in_force > 3 || !is_user_flag_set(command.flags))
      [[unlikely]]
    return RejectReason::InvalidOrder;
  if ((command.flags & post_only) != 0 && (is_market || !is_gtc)) return RejectReason::InvalidOrder;
  if (command.qty_lots < 1 || command.qty_lots > spec.order_lots_max)
    return RejectReason::InvalidQty;
  if (is_limit && (command.price_ticks < 1 || command.price_ticks > spec.price_ticks_max))
    return RejectReason::InvalidPrice;
  if (command.client_id < 0) return RejectReason::InvalidOrder;
  if (command.client_id > 0 && client_ids_.find(command.account, command.client_id) != no_index)
    return RejectReason::DuplicateClientId;
  return RejectReason::None;
}

std::int64_t Venue::market_limit(const InstrumentState& state, Side side) const {
  const InstrumentSpec& spec = state.spec;
  if (state.mark.value == 0) return side == Side::Buy ? spec.price_ticks_max : 1;
  const std::int64_t scale = ppm_scale + direction(side) * spec.market_bound_ppm;
  const Round round = side == Side::Buy ? Round::Floor : Round::Ceil;
  const std::int64_t limit = mul_div(state.mark.value, scale, ppm_scale, round);
  return std::clamp<std::int64_t>(limit, 1, spec.price_ticks_max);
}

RejectReason Venue::check_cover(const Command& command, const Position& position,
                                std::int64_t limit_ticks) const {
  const InstrumentState& state = instruments_[command.instrument];
  const auto side = static_cast<Side>(command.side);
  const int way = direction(side);
  const bool is_market = command.order_type == static_cast<std::uint8_t>(OrderType::Market);
  const bool rests = !is_market && command.time_in_force == 1;
  const std::int64_t held = way * position.qty.value;
  const std::int64_t after = held + position.open_of(side == Side::Buy).value + command.qty_lots;
  if (after - std::min<std::int64_t>(0, held) > state.spec.position_lots_max)
    return RejectReason::PositionLimit;
  std::int64_t reference = limit_ticks;
  const std::int64_t best = state.book.best(opposite(side));
  if (is_market && best >= 0)
    reference = side == Side::Buy ? std::min(best, limit_ticks) : std::max(best, limit_ticks);
  const QtyLots exposed{std::max<std::int64_t>(0, after)};
  const Money notional = state.spec.value_of(PriceTicks{reference}, exposed);
  if (position.leverage > state.spec.tier_of(notional).leverage_max)
    return RejectReason::LeverageAboveTier;
  const std::int64_t closable = rests ? 0 : position.closable(way).value;
  const std::int64_t opening = std::max<std::int64_t>(0, command.qty_lots - closable);
  const Money need = order_need(state.spec, PriceTicks{reference}, QtyLots{opening},
                                position.leverage, way, state.mark);
  if (opening > 0 && need > accounts_[command.account].available())
    return RejectReason::InsufficientMargin;
  return RejectReason::None;
}

RejectReason Venue::check_new_order(const Command& command, const Position& position,
                                    std::int64_t limit_ticks) const {
  const auto side = static_cast<Side>(command.side);
  if ((command.flags & reduce_only) != 0) {
    if (position.closable(direction(side)).value == 0) return RejectReason::ReduceOnlyWouldIncrease;
  } else {
    const RejectReason reason = check_cover(command, position, limit_ticks);
    if (reason != RejectReason::None) return reason;
  }
  const std::int64_t best = instruments_[command.instrument].book.best(opposite(side));
  if ((command.flags & post_only) != 0 && best >= 0 && crosses(side, limit_ticks, best))
    return RejectReason::WouldTake;
  return RejectReason::None;
}

void Venue::place_order(const Command& command) {
  RejectReason reason = check_shape(command);
  if (reason != RejectReason::None) return reject(command, reason);
  const std::uint32_t at = require_position(command.account, command.instrument);
  const auto side = static_cast<Side>(command.side);
  const bool is_market = command.order_type == static_cast<std::uint8_t>(OrderType::Market);
  const std::int64_t limit =
      is_market ? market_limit(instruments_[command.instrument], side) : command.price_ticks;
  reason = check_new_order(command, positions_[at], limit);
  if (reason != RejectReason::None) return reject(command, reason);
  Taker taker{.account = command.account,
              .instrument = command.instrument,
              .side = side,
              .flags = command.flags,
              .fill_or_kill = command.time_in_force == 3,
              .limit_ticks = limit,
              .open_lots = command.qty_lots,
              .position = at};
  if (taker.fill_or_kill && !fillable_whole(taker, is_market))
    return reject(command, RejectReason::Unfillable);
  accept_order(taker, command.client_id);
  last_order_ = taker.order;
  take_or_rest(taker, !is_market && command.time_in_force == 1);
}

void Venue::accept_order(Taker& taker, std::int64_t client_id) {
  taker.order = orders_.acquire();
  Order& order = orders_[order_slot(taker.order)];
  order.price_ticks = taker.limit_ticks;
  order.open_lots = taker.open_lots;
  order.client_id = client_id;
  order.account = taker.account;
  order.instrument = taker.instrument;
  order.side = taker.side;
  order.flags = taker.flags;
  order.owner_word = taker.position;
  emit(EventKind::OrderAccepted, {.cause = taker.cause,
                                  .instrument = taker.instrument,
                                  .account = taker.account,
                                  .order_id = taker.order,
                                  .side = static_cast<std::int64_t>(taker.side),
                                  .price = taker.limit_ticks,
                                  .qty = taker.open_lots,
                                  .other_order = client_id});
}

void Venue::take_or_rest(Taker& taker, bool may_rest) {
  TradeGate gate{*this};
  const TakerStop stop = match(instruments_[taker.instrument].book, orders_, taker, gate);
  const std::uint32_t slot = order_slot(taker.order);
  if (taker.open_lots == 0) return finish_order(slot);
  CancelReason reason = cancel_reason_of(stop);
  if (may_rest && stop == TakerStop::None) {
    reason = rest_obstacle(taker);
    if (reason == CancelReason::None) return rest_order(slot, taker.open_lots);
  }
  orders_[slot].open_lots = taker.open_lots;
  cancel_live(slot, reason, taker.cause);
}

CancelReason Venue::rest_obstacle(const Taker& taker) const {
  const Position& position = positions_[taker.position];
  if ((taker.flags & reduce_only) != 0) {
    const bool reduces = position.closable(direction(taker.side)).value > 0;
    return reduces ? CancelReason::None : CancelReason::ReduceOnly;
  }
  const Money reserve =
      order_reserve(instruments_[taker.instrument].spec, PriceTicks{taker.limit_ticks},
                    QtyLots{taker.open_lots}, position.leverage);
  const bool covered = reserve <= accounts_[taker.account].available();
  return covered ? CancelReason::None : CancelReason::InsufficientMargin;
}

std::uint32_t Venue::live_order_of(const Command& command) const {
  std::uint32_t slot = no_index;
  if (command.order_id != no_order) {
    slot = orders_.find(command.order_id) != nullptr ? order_slot(command.order_id) : no_index;
  } else if (command.client_id > 0) {
    slot = client_ids_.find(command.account, command.client_id);
  }
  if (slot != no_index && orders_[slot].account != command.account) return no_index;
  return slot;
}

void Venue::cancel_order(const Command& command) {
  if (!known_account(command.account)) return reject(command, RejectReason::UnknownAccount);
  const std::uint32_t slot = live_order_of(command);
  if (slot == no_index) return reject(command, RejectReason::UnknownOrder);
  cancel_live(slot, CancelReason::Requested, no_cause);
}

RejectReason Venue::check_amend(const Order& order, std::int64_t price, std::int64_t lots) const {
  const InstrumentState& state = instruments_[order.instrument];
  const Position& position = positions_[order_position(order)];
  const int way = direction(order.side);
  if ((order.flags & reduce_only) == 0) {
    const std::int64_t held = way * position.qty.value;
    const std::int64_t after =
        held + position.open_of(order.side == Side::Buy).value - order.open_lots + lots;
    if (after - std::min<std::int64_t>(0, held) > state.spec.position_lots_max)
      return RejectReason::PositionLimit;
    const QtyLots exposed{std::max<std::int64_t>(0, after)};
    const Money notional = state.spec.value_of(PriceTicks{price}, exposed);
    if (position.leverage > state.spec.tier_of(notional).leverage_max)
      return RejectReason::LeverageAboveTier;
    const Money need = order_need(state.spec, PriceTicks{price}, QtyLots{lots}, position.leverage,
                                  way, state.mark);
    const Money reserved = order_reserve(state.spec, PriceTicks{order.price_ticks},
                                         QtyLots{order.open_lots}, position.leverage);
    if (need - reserved > accounts_[order.account].available())
      return RejectReason::InsufficientMargin;
  }
  const std::int64_t best = state.book.best(opposite(order.side));
  if ((order.flags & post_only) != 0 && best >= 0 && crosses(order.side, price, best))
    return RejectReason::WouldTake;
  return RejectReason::None;
}

void Venue::amend_order(const Command& command) {
  if (!known_account(command.account)) return reject(command, RejectReason::UnknownAccount);
  const std::uint32_t slot = live_order_of(command);
  if (slot == no_index) return reject(command, RejectReason::UnknownOrder);
  Order& order = orders_[slot];
  const InstrumentSpec& spec = instruments_[order.instrument].spec;
  if (command.qty_lots < 0 || command.qty_lots > spec.order_lots_max)
    return reject(command, RejectReason::InvalidQty);
  if (command.price_ticks < 0 || command.price_ticks > spec.price_ticks_max)
    return reject(command, RejectReason::InvalidPrice);
  const std::int64_t price = command.price_ticks != 0 ? command.price_ticks : order.price_ticks;
  const std::int64_t lots = command.qty_lots != 0 ? command.qty_lots : order.open_lots;
  const bool in_place = price == order.price_ticks && lots <= order.open_lots;
  if (!in_place) {
    const RejectReason reason = check_amend(order, price, lots);
    if (reason != RejectReason::None) return reject(command, reason);
    take_off_book(slot);
    order.price_ticks = price;
    order.open_lots = lots;
  } else {
    shrink_resting(slot, order.open_lots - lots);
  }
  const OrderId id = orders_.id_of(slot);
  emit(EventKind::OrderAmended, {.instrument = order.instrument,
                                 .account = order.account,
                                 .order_id = id,
                                 .side = static_cast<std::int64_t>(order.side),
                                 .price = price,
                                 .qty = lots});
  if (in_place) return;
  Taker taker{.order = id,
              .account = order.account,
              .instrument = order.instrument,
              .side = order.side,
              .flags = order.flags,
              .limit_ticks = price,
              .open_lots = lots,
              .position = order_position(order)};
  take_or_rest(taker, true);
}

void Venue::cancel_all(const Command& command) {
  if (!known_account(command.account)) return reject(command, RejectReason::UnknownAccount);
  if (command.instrument != every_instrument && !known_instrument(command.instrument))
    return reject(command, RejectReason::UnknownInstrument);
  if (command.side > 2) return reject(command, RejectReason::InvalidOrder);
  const std::int64_t cancelled =
      cancel_matching(command.account, {.instrument = command.instrument,
                                        .side = static_cast<Side>(command.side),
                                        .reason = CancelReason::MassCancel});
  emit(EventKind::OrdersMassCancelled, {.instrument = command.instrument,
                                        .account = command.account,
                                        .side = command.side,
                                        .qty = cancelled});
}

}  // namespace v1
}  // namespace delever
