// The waterfall of one breached position: cancel its orders, close it in the book, whole or step by
// step, no worse than its limit; then let what is left wait for the next step, let the insurance
// fund take it over at its bankruptcy price, or queue it for deleveraging. While its orders trade,
// profit and loss stay in the position's margin, so what is left of the equity at the end is
// exactly that margin.
#include "units/invariant.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

void Venue::liquidate(const Breach& breach, std::vector<PendingDeleveraging>& queue) {
  const InstrumentState& state = instruments_[breach.instrument];
  Position& position = positions_[breach.position];
  if (position.qty.value == 0 || position.cross ||
      !is_breached(state.spec, position, state.mark, rulebook_.breach_at_equality))
    return;
  LiquidationRun run;
  if (position.staged) [[unlikely]] {
    const LiquidationKey key{breach.account, breach.instrument, breach.leg};
    if (waits(*liquidations_.find(key), unit_of(position))) return;
    run = take_run(key);
  } else {
    run.start = start_liquidation(position);
  }
  mark_dirty(position);
  if (rulebook_.forced_closing != ForcedClosing::Book) [[unlikely]]
    return close_off_book(position, run.start, queue);
  bool by_tier = false;
  if (run.due <= time_) {
    const StepSize size = next_step(position, run);
    by_tier = size.by_tier;
    if (step_position(position, size.lots, run)) return;
    const LiquidationProcedure& procedure = rulebook_.procedure;
    if (by_tier && procedure.reduce == Reduce::NextTier &&
        procedure.remainder == Remainder::Takeover &&
        step_position(position, absolute(position.qty).value, run))
      return;
  }
  leave_position(position, by_tier, run, queue);
}

// As counterfactuals ask: deleveraged at once, or taken over by the fund at the mark, the owner
// keeping what equity is left.
void Venue::close_off_book(Position& position, Sequence start,
                           std::vector<PendingDeleveraging>& queue) {
  if (rulebook_.forced_closing == ForcedClosing::Deleverage) {
    position.queued = 1;
    queue.push_back({index_of(position), QtyLots{}, start, {}, {}});
    return;
  }
  const InstrumentState& state = instruments_[position.instrument];
  const QtyLots qty = position.qty;
  const Money value = state.spec.value_of(state.mark, qty);
  settle(position, -qty, -value, start, false);
  take_over(position, qty, value, state.mark, start);
  emit(EventKind::LiquidationFinished, {.cause = start,
                                        .instrument = position.instrument,
                                        .account = position.account,
                                        .side = position.leg,
                                        .price = state.mark.value,
                                        .qty = qty.value});
}

Sequence Venue::start_liquidation(const Position& position) {
  const InstrumentState& state = instruments_[position.instrument];
  const Sequence start = emit(EventKind::LiquidationStarted,
                              {.cause = state.mark_event,
                               .instrument = position.instrument,
                               .account = position.account,
                               .side = position.leg,
                               .price = state.mark.value,
                               .qty = position.qty.value,
                               .amount = equity_of(state.spec, position, state.mark).value,
                               .other_amount = deficit_ppm(state.spec, position, state.mark)});
  cancel_matching(
      position.account,
      {.instrument = position.instrument, .reason = CancelReason::Liquidation, .cause = start});
  return start;
}

// Sends some lots to the book; whether that ends the liquidation.
bool Venue::step_position(Position& position, std::int64_t lots, LiquidationRun& run) {
  LiquidationStep step = send_step(position, lots, run);
  const bool steps = rulebook_.procedure.steps();
  if (!steps && position.qty.value != 0) return false;
  position.margin -= step.fee;
  wallet_of(insurance_fund_account, currency_of(position)) += step.fee;
  run.fees += step.fee;
  if (steps) emit_stepped(position, run, step);
  if (position.qty.value == 0) {
    release(position, run);
    return true;
  }
  const InstrumentState& state = instruments_[position.instrument];
  if (is_breached(state.spec, position, state.mark, rulebook_.breach_at_equality)) return false;
  finish_position(position, run, Money{0});
  return true;
}

// Ends a liquidation that the book could fill: what is left goes to the wallet, or to the fund.
void Venue::release(Position& position, LiquidationRun& run) {
  const std::size_t currency = currency_of(position);
  Money left = position.margin;
  position.margin = Money{0};
  if (rulebook_.procedure.fee_of == LiquidationFee::AllLeft && left > Money{0}) {
    wallet_of(insurance_fund_account, currency) += left;
    run.fees += left;
    left = Money{0};
  }
  if (left >= Money{0}) {
    wallet_of(position.account, currency) += left;
  } else if (rulebook_.procedure.close_price == ClosePrice::Bankruptcy) {
    debit(position, -left, run.start);
  } else {
    cover_loss(position, -left, run.start);
    share_loss(currency, -left.value, run.start);
  }
  finish_position(position, run, std::max(left, Money{0}));
}

void Venue::finish_position(const Position& position, const LiquidationRun& run, Money returned) {
  emit(EventKind::LiquidationFinished, {.cause = run.start,
                                        .instrument = position.instrument,
                                        .account = position.account,
                                        .side = position.leg,
                                        .price = run.limit.value,
                                        .qty = run.closed.value,
                                        .amount = run.fees.value,
                                        .other_amount = returned.value});
}

// Still in breach: it waits, or is passed on.
void Venue::leave_position(Position& position, bool by_tier, LiquidationRun& run,
                           std::vector<PendingDeleveraging>& queue) {
  const bool matters = rulebook_.procedure.steps() || is_socialised();
  const UnitStanding unit = matters ? unit_of(position) : UnitStanding{};
  const AfterStep after = after_step(unit, by_tier);
  if (after == AfterStep::Waits)
    return put_off({position.account, position.instrument, position.leg}, run);
  const bool takes = after == AfterStep::GoesToVault || is_socialised() || fund_can_take(position);
  if (!takes) {
    position.queued = 1;
    queue.push_back({index_of(position), run.closed, run.start, {}, {}});
    return;
  }
  const std::size_t currency = currency_of(position);
  const PriceTicks price =
      delever::bankruptcy_price(instruments_[position.instrument].spec, position);
  take_over(position, position.qty, position.cost - position.margin, price, run.start);
  clear_position(position);
  emit(EventKind::LiquidationFinished, {.cause = run.start,
                                        .instrument = position.instrument,
                                        .account = position.account,
                                        .side = position.leg,
                                        .price = price.value,
                                        .qty = run.closed.value});
  share_loss(currency, -unit.equity, run.start);
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
