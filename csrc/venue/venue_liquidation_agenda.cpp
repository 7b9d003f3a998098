// The units in liquidation between two steps: who waits, who is asked again, whose orders are
// refused. A unit here has no threshold and no guards: every evaluation point asks it. It is free
// again when a point begins and finds it healthy, or gone.
#include <vector>

#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

bool Venue::refuses_orders(AccountId account, InstrumentId instrument) const {
  for (const PositionLeg leg : {net_leg, long_leg, short_leg})
    if (liquidations_.has({account, instrument, leg})) return true;
  const bool whole = rulebook_.cross_pool == CrossPool::Account;
  const std::uint16_t settled = instruments_[instrument].spec.settle_currency;
  return liquidations_.has({account, every_instrument, whole ? std::uint16_t{0} : settled});
}

// Out of the agenda while it is being liquidated; a fresh one where it is not in it.
LiquidationRun Venue::take_run(const LiquidationKey& key) {
  const LiquidationRun* found = liquidations_.find(key);
  if (found == nullptr) return {};
  const LiquidationRun run = *found;
  liquidations_.drop(key);
  set_staged(key, false);
  return run;
}

void Venue::put_off(const LiquidationKey& key, LiquidationRun& run) {
  run.due = time_ + rulebook_.procedure.step_interval;
  ++run.steps;
  liquidations_.put(key, run);
  set_staged(key, true);
}

// What is no longer in the agenda is to be guarded again.
void Venue::set_staged(const LiquidationKey& key, bool is_staged) {
  if (key.instrument == every_instrument) {
    Pool* const pool = find_pool(key.account, key.leg);
    pool->staged = is_staged;
    return touch_pool(static_cast<std::uint32_t>(pool - pools_.data()));
  }
  Position& position = *staged_position(key);
  position.staged = is_staged;
  if (!position.cross) mark_dirty(position);
}

Position* Venue::staged_position(const LiquidationKey& key) {
  const auto leg = static_cast<PositionLeg>(key.leg);
  return &positions_[find_position(key.account, key.instrument, leg)];
}

// Whether it is between two steps, and enough of it is left to wait.
bool Venue::waits(const LiquidationRun& run, const UnitStanding& unit) const {
  return run.due > time_ && unit.equity >= 0 && !goes_to_vault(unit);
}

void Venue::stop_healed() {
  std::vector<LiquidationKey> stopped;
  for (const auto& [key, run] : liquidations_.runs()) {
    if (key.instrument == every_instrument) {
      const Pool& pool = *find_pool(key.account, key.leg);
      const PoolStanding standing = standing_of(pool);
      if (is_asked(pool) && (standing.waits || standing.is_breached(rulebook_.breach_at_equality)))
        continue;
    } else {
      const Position& position = *staged_position(key);
      const InstrumentState& state = instruments_[key.instrument];
      const bool is_gone = position.qty.value == 0 || position.cross;
      if (!is_gone && (!state.liquidates() ||
                       is_breached(state.spec, position, state.mark, rulebook_.breach_at_equality)))
        continue;
    }
    emit(EventKind::LiquidationStopped, {.cause = run.start,
                                         .instrument = key.instrument,
                                         .account = key.account,
                                         .side = key.leg});
    stopped.push_back(key);
  }
  for (const LiquidationKey& key : stopped) take_run(key);
}

// Those whose next step is due, or of which too little is left to wait.
void Venue::collect_steps(std::vector<Breach>& breaches) {
  for (const auto& [key, run] : liquidations_.runs()) {
    if (key.instrument == every_instrument) {
      const Pool& pool = *find_pool(key.account, key.leg);
      const PoolStanding standing = standing_of(pool);
      if (!is_asked(pool) || standing.waits ||
          !standing.is_breached(rulebook_.breach_at_equality) ||
          waits(run, {standing.equity, standing.maintenance}))
        continue;
      breaches.push_back({standing.deficit_ppm(), key.account, every_instrument, key.leg,
                          static_cast<std::uint32_t>(&pool - pools_.data())});
      continue;
    }
    const Position& position = *staged_position(key);
    const InstrumentState& state = instruments_[key.instrument];
    if (position.qty.value == 0 || position.cross || !state.liquidates() ||
        !is_breached(state.spec, position, state.mark, rulebook_.breach_at_equality) ||
        waits(run, unit_of(position)))
      continue;
    breaches.push_back({deficit_ppm(state.spec, position, state.mark), key.account, key.instrument,
                        key.leg, index_of(position)});
  }
}

}  // namespace v1
}  // namespace delever
