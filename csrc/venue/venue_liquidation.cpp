// The waterfall of one breached position: cancel its orders, close it in the book no worse than its
// bankruptcy price, let the insurance fund take the rest over at that price, or queue it for
// deleveraging. While the order trades, profit and loss stay in the position's margin, so what is
// left of the equity at the end is exactly that margin.
#include "units/invariant.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

void Venue::liquidate(const Breach& breach, std::vector<PendingDeleveraging>& queue) {
  InstrumentState& state = instruments_[breach.instrument];
  Position& position = positions_[breach.position];
  if (position.qty.value == 0 ||
      !is_breached(state.spec, position, state.mark, rulebook_.breach_at_equality))
    return;
  const Sequence cause = emit(EventKind::LiquidationStarted,
                              {.cause = state.mark_event,
                               .instrument = breach.instrument,
                               .account = breach.account,
                               .side = position.leg,
                               .price = state.mark.value,
                               .qty = position.qty.value,
                               .amount = equity_of(state.spec, position, state.mark).value,
                               .other_amount = deficit_ppm(state.spec, position, state.mark)});
  cancel_matching(
      breach.account,
      {.instrument = breach.instrument, .reason = CancelReason::Liquidation, .cause = cause});
  if (rulebook_.forced_closing == ForcedClosing::AtMark)
    return liquidate_at_mark(position, cause);
  if (rulebook_.forced_closing == ForcedClosing::Deleverage) {
    mark_dirty(position);
    position.queued = 1;
    queue.push_back({breach.position, QtyLots{}, cause, {}, {}});
    return;
  }
  const PriceTicks bankruptcy = delever::bankruptcy_price(state.spec, position);
  const QtyLots before = position.qty;
  const Taker closed = close_in_book(position, bankruptcy, cause);
  const LiquidationResult result{bankruptcy, position.qty - before, Money{closed.filled_atoms},
                                 cause};
  mark_dirty(position);
  if (position.qty.value == 0) return settle_liquidation(position, result);
  if (!fund_can_take(position)) {
    position.queued = 1;
    queue.push_back({breach.position, result.closed, cause, {}, {}});
    return;
  }
  const PriceTicks price = delever::bankruptcy_price(state.spec, position);
  take_over(position, position.qty, position.cost - position.margin, price, cause);
  clear_position(position);
  emit(EventKind::LiquidationFinished, {.cause = cause,
                                        .instrument = breach.instrument,
                                        .account = breach.account,
                                        .side = position.leg,
                                        .price = price.value,
                                        .qty = result.closed.value});
}

// Off the book: the fund takes it over at the mark, the owner keeps what equity is left.
void Venue::liquidate_at_mark(Position& position, Sequence cause) {
  const InstrumentState& state = instruments_[position.instrument];
  const QtyLots qty = position.qty;
  const Money value = state.spec.value_of(state.mark, qty);
  settle(position, -qty, -value, cause, false);
  take_over(position, qty, value, state.mark, cause);
  emit(EventKind::LiquidationFinished, {.cause = cause,
                                        .instrument = position.instrument,
                                        .account = position.account,
                                        .side = position.leg,
                                        .price = state.mark.value,
                                        .qty = qty.value});
}

Taker Venue::close_in_book(const Position& position, PriceTicks limit, Sequence cause) {
  Taker taker{.account = position.account,
              .instrument = position.instrument,
              .side = position.qty.value > 0 ? Side::Sell : Side::Buy,
              .kind = TakerKind::Liquidation,
              .position = static_cast<std::uint32_t>(&position - positions_.data()),
              .limit_ticks = limit.value,
              .open_lots = absolute(position.qty).value,
              .cause = cause};
  accept_order(taker, nullptr, limit.value, 0);
  take_or_rest(taker);
  return taker;
}

void Venue::settle_liquidation(Position& position, const LiquidationResult& result) {
  const InstrumentSpec& spec = instruments_[position.instrument].spec;
  const Money charged = share_ppm(result.filled, spec.liquidation_fee_ppm, Round::Ceil);
  const Money fee = std::min(charged, std::max(position.margin, Money{0}));
  const Money rest = position.margin - fee;
  position.margin = Money{0};
  wallet_of(insurance_fund_account, spec.settle_currency) += fee;
  if (rest >= Money{0}) {
    wallet_of(position.account, spec.settle_currency) += rest;
  } else {
    debit(position, -rest, result.cause);
  }
  emit(EventKind::LiquidationFinished, {.cause = result.cause,
                                        .instrument = position.instrument,
                                        .account = position.account,
                                        .side = position.leg,
                                        .price = result.bankruptcy.value,
                                        .qty = result.closed.value,
                                        .amount = fee.value,
                                        .other_amount = std::max(rest, Money{0}).value});
}

Int128 Venue::fund_equity(std::size_t currency) const {
  Int128 equity = balance(insurance_fund_account, currency).wallet.value;
  for (std::size_t id = 0; id < instruments_.size(); ++id) {
    const Position& held = positions_[id];
    const InstrumentState& state = instruments_[id];
    if (state.mark.value == 0 || state.spec.settle_currency != currency) continue;
    equity += equity_of(state.spec, held, state.mark).value;
  }
  return equity;
}

bool Venue::fund_can_take(const Position& position) const {
  if (!rulebook_.deleveraging) return true;
  const InstrumentState& state = instruments_[position.instrument];
  const Int128 equity = fund_equity(state.spec.settle_currency);
  return equity + equity_of(state.spec, position, state.mark).value >= 0;
}

void Venue::take_over(Position& position, QtyLots qty, Money cost, PriceTicks price,
                      Sequence cause) {
  InstrumentState& state = instruments_[position.instrument];
  settle(positions_[position.instrument], qty, cost, cause, false);
  state.last_takeover = emit(EventKind::PositionTakenOver, {.cause = cause,
                                                            .instrument = position.instrument,
                                                            .account = position.account,
                                                            .side = position.leg,
                                                            .price = price.value,
                                                            .qty = qty.value,
                                                            .amount = cost.value});
}

void Venue::clear_position(Position& position) {
  if (position.qty.value > 0) instruments_[position.instrument].open_long -= position.qty;
  position.qty = QtyLots{0};
  position.cost = Money{0};
  position.margin = Money{0};
  position.queued = 0;
  mark_dirty(position);
}

}  // namespace v1
}  // namespace delever
