// What an order must satisfy: its shape, its terms among each other, the phase, and, when it runs,
// its owner's cover, the price band, the other side of the book and what can be filled.
//
// Nothing here changes state but the taker under check, which learns its limit and whether it may
// take. The order of the checks is the order of the reasons: the first that fails is reported.
// Cost: O(1), and one walk over the book for orders that must fill whole or a minimum.
#pragma once

#include <algorithm>

#include "units/inline.hpp"
#include "venue/order_flow.hpp"

namespace delever {
inline namespace v1 {

template <class Host>
DELEVER_INLINE RejectReason OrderFlow<Host>::check_shape(const Command& command,
                                                         std::uint32_t replaced) const {
  if (given_.refused != 0) [[unlikely]]
    return RejectReason::TermsRefused;
  if (!host().known_account(command.account)) return RejectReason::UnknownAccount;
  if (command.instrument >= host().instrument_count()) return RejectReason::UnknownInstrument;
  const MarketState& state = host().market(command.instrument);
  const bool is_market = command.order_type == static_cast<std::uint8_t>(OrderType::Market);
  const bool is_limit = command.order_type == static_cast<std::uint8_t>(OrderType::Limit);
  const auto tif = static_cast<TimeInForce>(command.time_in_force);
  const std::uint8_t flags = command.flags;
  if (!host().takes_position_side(command)) [[unlikely]]
    return RejectReason::InvalidOrder;
  if (command.side < 1 || command.side > 2 || !(is_market || is_limit)) [[unlikely]]
    return RejectReason::InvalidOrder;
  if (command.time_in_force < 1 || command.time_in_force > time_in_force_max) [[unlikely]]
    return RejectReason::InvalidOrder;
  if (flags != 0) [[unlikely]] {
    const bool posts = (flags & post_only) != 0;
    if ((flags & hold_point) != 0 || (flags & self_trade_bits) >> self_trade_shift > self_trade_max)
      return RejectReason::InvalidOrder;
    if (posts && (is_market || !rests_by(tif) || tif == TimeInForce::Gfa))
      return RejectReason::InvalidOrder;
    if ((!posts && (flags & slide_post_only) != 0) || !host().allows(flags))
      return RejectReason::InvalidOrder;
  }
  if (host().in_liquidation(command)) [[unlikely]]
    return RejectReason::InLiquidation;
  const bool is_pegged = given_.has(TermKind::Peg);
  if (given_.kinds != 0 || tif == TimeInForce::Gtd) [[unlikely]] {
    const RejectReason reason = check_terms(command, state);
    if (reason != RejectReason::None) return reason;
  }
  if ((command.qty_lots < 1 || command.qty_lots > state.spec.order_lots_max) &&
      !given_.has(TermKind::ClosePosition))
    return RejectReason::InvalidQty;
  if (is_limit && !is_pegged && !state.spec.is_price(command.price_ticks))
    return RejectReason::InvalidPrice;
  if (command.client_id != 0) [[unlikely]] {
    if (command.client_id < 0) return RejectReason::InvalidOrder;
    const std::uint32_t taken = client_ids_.find(orders_, command.account, command.client_id);
    if (taken != no_index && taken != replaced) return RejectReason::DuplicateClientId;
  }
  if (state.phase == TradingPhase::Continuous && command.time_in_force <= 3) [[likely]]
    return RejectReason::None;
  return check_phase(command, state);
}

// The rest of the shape: what only orders with a limited life or in other phases can fail.
template <class Host>
RejectReason OrderFlow<Host>::check_phase(const Command& command, const MarketState& state) const {
  const auto tif = static_cast<TimeInForce>(command.time_in_force);
  if (given_.has(TermKind::Expiry) && given_.terms.expire_ns <= time_.value)
    return RejectReason::AlreadyExpired;
  if (state.phase == TradingPhase::Halted) return RejectReason::TradingHalted;
  if (state.phase == TradingPhase::Continuous)
    return tif == TimeInForce::Gfa ? RejectReason::NotInAuction : RejectReason::None;
  const bool is_market = command.order_type == static_cast<std::uint8_t>(OrderType::Market);
  const bool immediate = is_market || !rests_by(tif) || (command.flags & post_only) != 0 ||
                         given_.has(TermKind::Minimum);
  if (immediate && !given_.has(TermKind::Trigger)) return RejectReason::NotInAuction;
  return RejectReason::None;
}

template <class Host>
RejectReason OrderFlow<Host>::check_terms(const Command& command, const MarketState& state) const {
  const OrderTerms& terms = given_.terms;
  const bool is_market = command.order_type == static_cast<std::uint8_t>(OrderType::Market);
  const auto tif = static_cast<TimeInForce>(command.time_in_force);
  const bool triggers = given_.has(TermKind::Trigger);
  bool sound = given_.unsound == 0 && given_.has(TermKind::Expiry) == (tif == TimeInForce::Gtd);
  if (triggers) sound = sound && sound_trigger(state) && !given_.has(TermKind::Peg);
  if (given_.has(TermKind::Peg)) sound = sound && sound_peg(command, state);
  if (given_.has(TermKind::Iceberg))
    sound = sound && !is_market && rests_by(tif) && (command.flags & hidden_order) == 0;
  if (given_.has(TermKind::Minimum))
    sound = sound && terms.minimum_lots <= command.qty_lots && tif != TimeInForce::Fok &&
            tif != TimeInForce::Gfa && (command.flags & post_only) == 0 &&
            !given_.has(TermKind::Iceberg);
  if (given_.has(TermKind::Budget))
    sound = sound && is_market && tif == TimeInForce::Fok && !triggers;
  if (given_.has(TermKind::ClosePosition))
    sound = sound && is_market && (host().order_flags(command) & reduce_only) != 0 &&
            command.qty_lots == 0 && Host::has_positions;
  if (given_.has(TermKind::Protection))
    sound = sound && is_market && terms.protection_ticks <= state.spec.price_ticks_max;
  return sound ? RejectReason::None : RejectReason::InvalidTerms;
}

template <class Host>
bool OrderFlow<Host>::sound_trigger(const MarketState& state) const {
  const OrderTerms& terms = given_.terms;
  const bool by_ticks = terms.trigger_kind == TriggerKind::TrailingTicks;
  const bool is_open = terms.trigger_ticks == 0 && is_trailing(terms.trigger_kind);
  return (is_open || state.spec.is_price(terms.trigger_ticks)) &&
         (!by_ticks || terms.trail_distance <= state.spec.price_ticks_max);
}

template <class Host>
bool OrderFlow<Host>::sound_peg(const Command& command, const MarketState& state) const {
  const OrderTerms& terms = given_.terms;
  const auto tif = static_cast<TimeInForce>(command.time_in_force);
  const bool is_buy = static_cast<Side>(command.side) == Side::Buy;
  const PegReference far = is_buy ? PegReference::Ask : PegReference::Bid;
  return command.order_type == static_cast<std::uint8_t>(OrderType::Limit) && rests_by(tif) &&
         tif != TimeInForce::Gfa && command.price_ticks == 0 &&
         terms.peg_offset_ticks <= state.spec.price_ticks_max &&
         terms.peg_offset_ticks >= (terms.peg_reference == far ? 1 : 0);
}

// Everything that is asked of an order when it runs; gives the taker its limit.
template <class Host>
DELEVER_INLINE RejectReason OrderFlow<Host>::check_running(Taker& taker, const OrderTerms* terms) {
  const MarketState& state = host().market(taker.instrument);
  if (taker.is_market) {
    taker.limit_ticks = market_limit(state, taker.side);
    if (terms != nullptr && terms->protection_ticks >= 0) {
      const std::int64_t bound = protected_limit(state, taker.side, terms->protection_ticks);
      if (bound > 0 && crosses(taker.side, taker.limit_ticks, bound)) taker.limit_ticks = bound;
    }
  }
  if (terms != nullptr && terms->close_position != 0)
    taker.open_lots = host().closable_lots(taker.position, taker.side);
  const RejectReason reason = host().check_cover(taker, false);
  if (reason != RejectReason::None) return reason;
  taker.takes = state.phase == TradingPhase::Continuous;
  if (taker.flags & post_only || rulebook_.price_band_ppm != 0) [[unlikely]] {
    const RejectReason refused = check_prices(taker, state, !taker.is_market);
    if (refused != RejectReason::None) return refused;
  }
  const bool asks = taker.fill_or_kill || (terms != nullptr && terms->minimum_lots != 0);
  if (asks && !check_feasible(taker, terms)) return RejectReason::Unfillable;
  return RejectReason::None;
}

// The band, and the other side for an order that must not take, which may move away from it.
template <class Host>
RejectReason OrderFlow<Host>::check_prices(Taker& taker, const MarketState& state,
                                           bool banded) const {
  if (banded && !in_band(state, taker.side, taker.limit_ticks)) return RejectReason::PriceOutOfBand;
  const std::int64_t best = state.book.best(opposite(taker.side));
  if ((taker.flags & post_only) == 0 || !taker.takes || best < 0 ||
      !crosses(taker.side, taker.limit_ticks, best))
    return RejectReason::None;
  const std::int64_t beside = best - direction(taker.side);
  if ((taker.flags & slide_post_only) == 0 || state.book.is_unpriced(best) ||
      !state.spec.is_price(beside))
    return RejectReason::WouldTake;
  taker.limit_ticks = beside;
  return RejectReason::None;
}

// Whether the order can be filled as far as it asks for at once. One that may rest instead does so,
// without taking.
template <class Host>
bool OrderFlow<Host>::check_feasible(Taker& taker, const OrderTerms* terms) const {
  const std::int64_t target =
      taker.fill_or_kill ? taker.open_lots : std::min(terms->minimum_lots, taker.open_lots);
  if (!taker.takes || feasible(taker, terms, target)) return true;
  taker.takes = false;
  return taker.rests;
}

template <class Host>
std::int64_t OrderFlow<Host>::market_limit(const MarketState& state, Side side) const {
  const InstrumentSpec& spec = state.spec;
  if (state.mark.value == 0) return side == Side::Buy ? spec.price_ticks_max : spec.price_ticks_min;
  const std::int64_t scale = ppm_scale + direction(side) * spec.market_bound_ppm;
  const Round round = side == Side::Buy ? Round::Floor : Round::Ceil;
  const std::int64_t limit = mul_div(state.mark.value, scale, ppm_scale, round);
  return spec.clamp_price(limit);
}

// The price that lies `distance` beyond the best opposite one; 0 where there is none.
template <class Host>
std::int64_t OrderFlow<Host>::protected_limit(const MarketState& state, Side side,
                                              std::int64_t distance) const {
  const std::int64_t best = best_priced(state.book, opposite(side));
  if (best < 0) return 0;
  return state.spec.clamp_price(best + direction(side) * distance);
}

template <class Host>
bool OrderFlow<Host>::in_band(const MarketState& state, Side side, std::int64_t limit) const {
  const std::int64_t reference = state.mark.value != 0 ? state.mark.value : state.last.value;
  if (rulebook_.price_band_ppm == 0 || reference == 0) return true;
  const std::int64_t scale = ppm_scale + direction(side) * rulebook_.price_band_ppm;
  const Round round = side == Side::Buy ? Round::Floor : Round::Ceil;
  const std::int64_t bound = mul_div(reference, scale, ppm_scale, round);
  return side == Side::Buy ? limit <= bound : limit >= bound;
}

}  // namespace v1
}  // namespace delever
