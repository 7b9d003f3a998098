// The waterfall of one breached pool: cancel its orders, close its positions one at a time, the
// dearest in margin first, whole or in part, none worse than its limit; then let what is left wait
// for the next step, or pass it on to the insurance fund, or to the deleveraging queue, at prices
// that leave the pool with exactly nothing. Without positions, collateral is seized and what is
// still missing is covered.
#include <algorithm>
#include <tuple>

#include "units/invariant.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

void Venue::liquidate_pool(const Breach& breach, std::vector<PendingDeleveraging>& queue) {
  const Pool pool = pools_[breach.position];
  const PoolStanding standing = standing_of(pool);
  if (!standing.is_breached(rulebook_.breach_at_equality)) return;
  LiquidationRun run;
  if (pool.staged) [[unlikely]] {
    const LiquidationKey key{pool.account, every_instrument, pool.currency};
    if (waits(*liquidations_.find(key), {standing.equity, standing.maintenance})) return;
    run = take_run(key);
  } else {
    run.start = start_pool_liquidation(pool, standing);
  }
  touch_pool(pool.account, pool.currency);
  std::vector<std::uint32_t> members = ordered_members(pool);
  const bool by_tier = run.due <= time_ && step_members(pool, members, run);
  std::erase_if(members, [this](std::uint32_t at) { return positions_[at].qty.value == 0; });
  const bool is_breached = standing_of(pool).is_breached(rulebook_.breach_at_equality);
  if (is_breached && !members.empty()) return leave_pool(pool, members, by_tier, run, queue);
  if (is_breached) {
    cover_pool(pool, run.start);
  } else if (members.empty() && rulebook_.procedure.fee_of == LiquidationFee::AllLeft) {
    seize_collateral(pool, {}, false, run.start);
  }
  if (rulebook_.procedure.steps()) finish_pool(pool, run);
}

Sequence Venue::start_pool_liquidation(const Pool& pool, const PoolStanding& standing) {
  const Sequence start =
      emit(EventKind::LiquidationStarted, {.cause = standing.mark_event,
                                           .instrument = every_instrument,
                                           .account = pool.account,
                                           .side = pool.currency,
                                           .amount = static_cast<std::int64_t>(standing.equity),
                                           .other_amount = standing.deficit_ppm()});
  cancel_pool_orders(pool, start);
  return start;
}

// Reduces one position after the other until it helps; whether one was to change its tier.
bool Venue::step_members(const Pool& pool, const std::vector<std::uint32_t>& members,
                         LiquidationRun& run) {
  const LiquidationProcedure& procedure = rulebook_.procedure;
  const bool twice =
      procedure.reduce == Reduce::NextTier && procedure.remainder == Remainder::Takeover;
  const bool only_one = procedure.reduce == Reduce::Clip || procedure.reduce == Reduce::Asked;
  const auto is_breached = [&] {
    return standing_of(pool).is_breached(rulebook_.breach_at_equality);
  };
  bool by_tier = false;
  for (const std::uint32_t at : members) {
    if (!is_breached()) break;
    Position& position = positions_[at];
    const StepSize size = next_step(position, run);
    by_tier = by_tier || size.by_tier;
    close_member(position, size.lots, run);
    if (size.by_tier && twice && position.qty.value != 0 && is_breached())
      close_member(position, absolute(position.qty).value, run);
    if (only_one) break;
  }
  return by_tier;
}

// Says that a pool's liquidation has ended without its positions being passed on.
void Venue::finish_pool(const Pool& pool, const LiquidationRun& run) {
  emit(EventKind::LiquidationFinished, {.cause = run.start,
                                        .instrument = every_instrument,
                                        .account = pool.account,
                                        .side = pool.currency,
                                        .amount = run.fees.value});
}

void Venue::cancel_pool_orders(const Pool& pool, Sequence cause) {
  const bool whole = rulebook_.cross_pool == CrossPool::Account;
  for (std::size_t id = 0; id < instruments_.size(); ++id) {
    if (accounts_[pool.account].first_order == no_index) return;
    if (!whole && instruments_[id].spec.settle_currency != pool.currency) continue;
    cancel_matching(pool.account, {.instrument = static_cast<InstrumentId>(id),
                                   .reason = CancelReason::Liquidation,
                                   .cause = cause});
  }
}

// The pool's positions by maintenance margin, largest first, then instrument and leg.
std::vector<std::uint32_t> Venue::ordered_members(const Pool& pool) const {
  const bool whole = rulebook_.cross_pool == CrossPool::Account;
  std::vector<std::tuple<Int128, InstrumentId, std::uint32_t, std::uint32_t>> keys;
  for (std::uint32_t at = accounts_[pool.account].first_position; at != no_index;
       at = positions_[at].next) {
    const Position& position = positions_[at];
    if (!is_member(pool, position)) continue;
    const InstrumentState& state = instruments_[position.instrument];
    const Money margin = maintenance_of(state.spec, position.qty, state.mark);
    const CollateralRate rate = whole ? rate_of(state.spec.settle_currency) : valuation_rate;
    keys.emplace_back(-rate.charge(margin.value), position.instrument, position.leg, at);
  }
  std::sort(keys.begin(), keys.end());
  std::vector<std::uint32_t> members;
  for (const auto& key : keys) members.push_back(std::get<3>(key));
  return members;
}

// What a currency's wallet would be with the pool's positions that settle in it sold at the mark.
Int128 Venue::settled_equity(const Pool& pool, std::size_t currency) const {
  Int128 sum = balance(pool.account, currency).wallet.value;
  for (std::uint32_t at = accounts_[pool.account].first_position; at != no_index;
       at = positions_[at].next) {
    const Position& position = positions_[at];
    if (!is_member(pool, position) || currency_of(position) != currency) continue;
    const InstrumentState& state = instruments_[position.instrument];
    sum += unrealised_of(state.spec, position.qty, position.cost, state.mark).value;
  }
  return sum;
}

// The worst price at which closing the position leaves the pool's equity, the others at their
// marks, at zero or above; where there is none, the best.
PriceTicks Venue::pool_limit(const Pool& pool, const Position& position) const {
  const InstrumentState& state = instruments_[position.instrument];
  const InstrumentSpec& spec = state.spec;
  const std::size_t currency = spec.settle_currency;
  const Int128 equity = standing_of(pool).equity;
  const Int128 value = spec.signed_value(position.qty, state.mark).value;
  if (rulebook_.cross_pool == CrossPool::Currency || currency == 0)
    return delever::bankruptcy_price(spec, position.qty, value - equity);
  const CollateralRate rate = rate_of(currency);
  const Int128 settled = settled_equity(pool, currency);
  const Int128 others = equity - rate.worth(settled);
  const auto holds = [&](std::int64_t price) {
    const Int128 there = spec.signed_value(position.qty, PriceTicks{price}).value;
    return others + rate.worth(settled - value + there) >= 0;
  };
  const bool is_long = position.qty.value > 0;
  std::int64_t good = is_long ? spec.price_ticks_max : spec.price_ticks_min;
  std::int64_t bad = is_long ? spec.price_ticks_min - 1 : spec.price_ticks_max + 1;
  if (!holds(good)) return PriceTicks{good};
  while (std::abs(good - bad) > 1) {
    const std::int64_t middle = bad + (good - bad) / 2;
    (holds(middle) ? good : bad) = middle;
  }
  return PriceTicks{good};
}

// Sends some of a position to the book, and pays the fee.
void Venue::close_member(Position& position, std::int64_t lots, LiquidationRun& run) {
  const LiquidationStep step = send_step(position, lots, run);
  const std::size_t currency = currency_of(position);
  wallet_of(position.account, currency) -= step.fee;
  wallet_of(insurance_fund_account, currency) += step.fee;
  run.fees += step.fee;
  if (rulebook_.procedure.steps()) return emit_stepped(position, run, step);
  emit(EventKind::LiquidationFinished, {.cause = run.start,
                                        .instrument = position.instrument,
                                        .account = position.account,
                                        .side = position.leg,
                                        .price = run.limit.value,
                                        .qty = step.closed.value,
                                        .amount = step.fee.value});
}

bool Venue::fund_can_take_pool(const Pool& pool, const std::vector<std::uint32_t>& members) const {
  if (!rulebook_.deleveraging) return true;
  return std::all_of(members.begin(), members.end(), [&](std::uint32_t at) {
    const std::size_t currency = currency_of(positions_[at]);
    return fund_can_bear(currency, settled_equity(pool, currency));
  });
}

// Shares of each currency's equity go by notional, truncated; the last takes what is left.
std::vector<PendingDeleveraging> Venue::shared_out(const Pool& pool,
                                                   const std::vector<std::uint32_t>& members,
                                                   Sequence cause) const {
  std::array<Int128, currencies_max> notionals{};
  std::array<std::size_t, currencies_max> last{};
  const auto notional = [this](const Position& one) {
    const InstrumentState& state = instruments_[one.instrument];
    return notional_of(state.spec, one.qty, state.mark).value;
  };
  for (std::size_t at = 0; at < members.size(); ++at) {
    const std::size_t currency = currency_of(positions_[members[at]]);
    notionals[currency] += notional(positions_[members[at]]);
    last[currency] = at;
  }
  std::array<Int128, currencies_max> left{};
  for (std::size_t one = 0; one < currency_count(); ++one) left[one] = settled_equity(pool, one);
  const std::array<Int128, currencies_max> equity = left;
  std::vector<PendingDeleveraging> shares;
  for (std::size_t at = 0; at < members.size(); ++at) {
    const Position& position = positions_[members[at]];
    const InstrumentState& state = instruments_[position.instrument];
    const std::size_t one = state.spec.settle_currency;
    const Int128 share =
        at == last[one] ? left[one]
                        : divide(equity[one] * notional(position), notionals[one], Round::Trunc);
    left[one] -= share;
    const Money value =
        state.spec.signed_value(position.qty, state.mark) - Money{static_cast<std::int64_t>(share)};
    shares.push_back({members[at], QtyLots{0}, cause, value,
                      delever::bankruptcy_price(state.spec, position.qty, value.value)});
  }
  return shares;
}

// Still in breach: it waits, or its positions are passed on.
void Venue::leave_pool(const Pool& pool, const std::vector<std::uint32_t>& members, bool by_tier,
                       LiquidationRun& run, std::vector<PendingDeleveraging>& queue) {
  const PoolStanding standing = standing_of(pool);
  const AfterStep after = after_step({standing.equity, standing.maintenance}, by_tier);
  if (after == AfterStep::Waits)
    return put_off({pool.account, every_instrument, pool.currency}, run);
  pass_on(pool, members, after == AfterStep::GoesToVault, run.start, queue);
}

void Venue::pass_on(const Pool& pool, const std::vector<std::uint32_t>& members, bool is_vault,
                    Sequence cause, std::vector<PendingDeleveraging>& queue) {
  const std::vector<PendingDeleveraging> shares = shared_out(pool, members, cause);
  const bool takes = is_vault || is_socialised() || fund_can_take_pool(pool, members);
  std::array<bool, currencies_max> kept{};
  std::array<Int128, currencies_max> losses{};
  for (const std::uint32_t at : members) {
    const std::size_t currency = currency_of(positions_[at]);
    kept[currency] = true;
    losses[currency] = -settled_equity(pool, currency);
  }
  for (const PendingDeleveraging& share : shares) {
    Position& position = positions_[share.position];
    if (takes) {
      take_over(position, position.qty, share.value, share.price, cause);
      finish_member(position, share);
    } else {
      position.queued = 1;
      queue.push_back(share);
    }
  }
  if (rulebook_.cross_pool == CrossPool::Account) seize_collateral(pool, kept, false, cause);
  if (!takes) return;
  for (std::size_t one = 0; one < currency_count(); ++one) share_loss(one, losses[one], cause);
}

// The position has gone at the value set for it.
void Venue::finish_member(Position& position, const PendingDeleveraging& pending, Money gained) {
  wallet_of(position.account, currency_of(position)) += pending.value - position.cost;
  touch_pool(position.account, currency_of(position));
  clear_position(position);
  emit(EventKind::LiquidationFinished, {.cause = pending.cause,
                                        .instrument = position.instrument,
                                        .account = position.account,
                                        .side = position.leg,
                                        .price = pending.price.value,
                                        .amount = gained.value});
}

void Venue::seize_collateral(const Pool& pool, const std::array<bool, currencies_max>& kept,
                             bool only_positive, Sequence cause) {
  const bool whole = rulebook_.cross_pool == CrossPool::Account;
  for (std::size_t one = 0; one < currency_count(); ++one) {
    Money& wallet = wallet_of(pool.account, one);
    if (!whole && one != pool.currency) continue;
    if (kept[one] || wallet == Money{0} || (only_positive && wallet < Money{0})) continue;
    const Money seized = wallet;
    wallet = Money{0};
    wallet_of(insurance_fund_account, one) += seized;
    emit(EventKind::CollateralSeized, {.cause = cause,
                                       .instrument = static_cast<std::int64_t>(one),
                                       .account = pool.account,
                                       .amount = seized.value});
  }
}

// A breached pool without positions: its debts fall to the fund, with all that is left.
void Venue::cover_pool(const Pool& pool, Sequence cause) {
  const bool whole = rulebook_.cross_pool == CrossPool::Account;
  if (whole) seize_collateral(pool, {}, true, cause);
  for (std::size_t one = 0; one < currency_count(); ++one) {
    Money& wallet = wallet_of(pool.account, one);
    if ((!whole && one != pool.currency) || wallet >= Money{0}) continue;
    const Money loss = -wallet;
    wallet = Money{0};
    wallet_of(insurance_fund_account, one) -= loss;
    emit(EventKind::LossCovered, {.cause = cause,
                                  .instrument = every_instrument,
                                  .account = pool.account,
                                  .side = static_cast<std::int64_t>(one),
                                  .amount = loss.value});
    share_loss(one, loss.value, cause);
  }
}

}  // namespace v1
}  // namespace delever
