// One step of a liquidation: how much of a position, at which limit, what it pays, and what follows
// where the breach stays. Isolated positions and members of a pool go through the same steps; the
// unit that is judged is the position itself, or its pool. Nothing here decides who is next.
#include <algorithm>

#include "units/wide.hpp"
#include "venue/venue_hooks.hpp"

namespace delever {
inline namespace v1 {

// Where the position stands, or the pool that backs it.
UnitStanding Venue::unit_of(const Position& position) const {
  if (position.cross) {
    Pool pool{.account = position.account};
    const bool whole = rulebook_.cross_pool == CrossPool::Account;
    pool.currency = static_cast<std::uint16_t>(whole ? 0 : currency_of(position));
    const PoolStanding standing = standing_of(pool);
    return {standing.equity, standing.maintenance};
  }
  const InstrumentState& state = instruments_[position.instrument];
  return {equity_of(state.spec, position, state.mark).value,
          maintenance_of(state.spec, position.qty, state.mark).value};
}

StepSize Venue::next_step(const Position& position, const LiquidationRun& run) const {
  const InstrumentState& state = instruments_[position.instrument];
  const std::int64_t held = absolute(position.qty).value;
  const LiquidationProcedure& procedure = rulebook_.procedure;
  if (procedure.reduce == Reduce::Needed)
    return {least_healing_lots(held, [&](std::int64_t lots) { return heals(position, lots); })};
  if (procedure.reduce == Reduce::Asked) {
    if (advisor_ == nullptr) return {held};
    AdvisedPositions asked;
    add_advised(asked, position);
    return {std::clamp<std::int64_t>(advisor_->lots(asked), 1, held)};
  }
  return step_size(procedure, state.spec, position.qty, state.mark, run.steps == 0);
}

// Whether its unit would be in breach no more, had so many lots traded at the mark.
bool Venue::heals(const Position& position, std::int64_t lots) const {
  const InstrumentState& state = instruments_[position.instrument];
  const InstrumentSpec& spec = state.spec;
  const QtyLots sold{-sign(position.qty) * lots};
  const QtyLots left = position.qty + sold;
  const Money value = spec.value_of(state.mark, absolute(sold));
  Money paid = spec.cost_of(sold, value);
  if (rulebook_.procedure.fee_of == LiquidationFee::Filled)
    paid += share_ppm(value, spec.liquidation_fee_ppm, Round::Ceil);
  const Int128 change =
      (spec.signed_value(left, state.mark) - spec.signed_value(position.qty, state.mark) - paid)
          .value;
  const Int128 before = maintenance_of(spec, position.qty, state.mark).value;
  const Int128 after = left.value == 0 ? 0 : maintenance_of(spec, left, state.mark).value;
  UnitStanding unit = unit_of(position);
  if (!position.cross) {
    unit.equity += change;
    unit.maintenance += after - before;
  } else {
    const CollateralRate rate =
        rulebook_.cross_pool == CrossPool::Account ? rate_of(spec.settle_currency) : valuation_rate;
    unit.equity += worth_of_change(position, change);
    unit.maintenance += rate.charge(after) - rate.charge(before);
  }
  return !breaches(position, unit);
}

// What the pool's equity would gain if `change` were added to its positions' currency.
Int128 Venue::worth_of_change(const Position& position, Int128 change) const {
  const std::size_t currency = currency_of(position);
  if (rulebook_.cross_pool == CrossPool::Currency || currency == 0) return change;
  const Int128 settled = settled_equity({.account = position.account}, currency);
  const CollateralRate rate = rate_of(currency);
  return rate.worth(settled + change) - rate.worth(settled);
}

// The predicate of an isolated position, or of a pool.
bool Venue::breaches(const Position& position, const UnitStanding& unit) const {
  const bool at_equality = rulebook_.breach_at_equality;
  const bool is_short =
      at_equality ? unit.equity <= unit.maintenance : unit.equity < unit.maintenance;
  if (!position.cross) return is_short;
  return unit.equity < 0 || (unit.maintenance > 0 && is_short);
}

LiquidationStep Venue::send_step(Position& position, std::int64_t lots, LiquidationRun& run) {
  const LiquidationProcedure& procedure = rulebook_.procedure;
  const bool compares = procedure.close_price == ClosePrice::Fillable;
  const UnitStanding before = compares ? unit_of(position) : UnitStanding{};
  const QtyLots held = position.qty;
  const bool by_tier = lots < absolute(held).value && procedure.reduce == Reduce::NextTier;
  run.limit = close_limit(position);
  Taker taker{.account = position.account,
              .instrument = position.instrument,
              .side = held.value > 0 ? Side::Sell : Side::Buy,
              .kind = TakerKind::Liquidation,
              .fill_or_kill = by_tier || procedure.close_tif == CloseTimeInForce::FillOrKill,
              .position = index_of(position),
              .limit_ticks = run.limit.value,
              .open_lots = lots,
              .cause = run.start};
  if (!taker.fill_or_kill || feasible(taker, nullptr, lots)) {
    accept_order(taker, nullptr, run.limit.value, 0);
    take_or_rest(taker);
  }
  const Money filled{taker.filled_atoms};
  LiquidationStep step{QtyLots{-sign(held) * lots}, position.qty - held, filled, {}};
  run.closed += step.closed;
  if (position.cross || procedure.steps() || position.qty.value == 0)
    step.fee = liquidation_fee(position, before, filled);
  return step;
}

PriceTicks Venue::close_limit(const Position& position) const {
  const InstrumentState& state = instruments_[position.instrument];
  const Side side = position.qty.value > 0 ? Side::Sell : Side::Buy;
  switch (rulebook_.procedure.close_price) {
    case ClosePrice::Market: return PriceTicks{market_limit(state, side)};
    case ClosePrice::Fillable: return fillable_price(position);
    case ClosePrice::Bankruptcy: break;
  }
  if (!position.cross) return delever::bankruptcy_price(state.spec, position);
  return pool_limit(*pool_of(position), position);
}

PriceTicks Venue::fillable_price(const Position& position) const {
  const InstrumentState& state = instruments_[position.instrument];
  const std::size_t currency = state.spec.settle_currency;
  const bool converts =
      position.cross && rulebook_.cross_pool == CrossPool::Account && currency != 0;
  Int128 own = maintenance_of(state.spec, position.qty, state.mark).value;
  if (converts) own = rate_of(currency).charge(own);
  Int128 conceded = fillable_concession(rulebook_.procedure, unit_of(position), own);
  if (converts) conceded = rate_of(currency).bought(conceded);
  const Int128 value = state.spec.signed_value(position.qty, state.mark).value;
  return delever::bankruptcy_price(state.spec, position.qty, value - conceded);
}

// A share of what was filled, at most what is left: of the unit, or, at the fillable price, of what
// the fills were better than the bankruptcy price of the part they closed.
Money Venue::liquidation_fee(const Position& position, const UnitStanding& before,
                             Money filled) const {
  if (rulebook_.procedure.fee_of != LiquidationFee::Filled) return Money{0};
  const InstrumentSpec& spec = instruments_[position.instrument].spec;
  const UnitStanding after = unit_of(position);
  Int128 left = after.equity;
  if (rulebook_.procedure.close_price == ClosePrice::Fillable && before.maintenance > 0)
    left += wide_mul_div(before.equity, before.maintenance - after.maintenance, before.maintenance,
                         Rounding::Floor) -
            before.equity;
  left = std::max<Int128>(0, left);
  if (position.cross && rulebook_.cross_pool == CrossPool::Account && spec.settle_currency != 0)
    left = rate_of(spec.settle_currency).bought(left);
  const Money charged = share_ppm(filled, spec.liquidation_fee_ppm, Round::Ceil);
  return Money{static_cast<std::int64_t>(std::min<Int128>(charged.value, left))};
}

void Venue::emit_stepped(const Position& position, const LiquidationRun& run,
                         const LiquidationStep& step) {
  emit(EventKind::LiquidationStepped, {.cause = run.start,
                                       .instrument = position.instrument,
                                       .account = position.account,
                                       .side = position.leg,
                                       .price = run.limit.value,
                                       .qty = step.sent.value,
                                       .amount = step.filled.value,
                                       .other_amount = step.fee.value});
}

bool Venue::goes_to_vault(const UnitStanding& unit) const {
  return rulebook_.procedure.remainder == Remainder::Vault &&
         unit.is_below(rulebook_.procedure.vault_ppm);
}

// Of a unit still in breach; `by_tier`: its step was to bring a position into a lower tier.
AfterStep Venue::after_step(const UnitStanding& unit, bool by_tier) const {
  const LiquidationProcedure& procedure = rulebook_.procedure;
  if (!procedure.steps() || unit.equity < 0) return AfterStep::IsTakenOver;
  if (goes_to_vault(unit)) return AfterStep::GoesToVault;
  const bool looks_again = by_tier && procedure.reduce == Reduce::TwoTiers;
  if (procedure.remainder == Remainder::Takeover && !looks_again) return AfterStep::IsTakenOver;
  return AfterStep::Waits;
}

}  // namespace v1
}  // namespace delever
