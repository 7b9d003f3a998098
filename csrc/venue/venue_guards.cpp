// Thresholds and guards: what waits for which price, and who is to be asked when it has come.
//
// Most isolated positions have one exact threshold in their market's map. One that can breach on a
// favourable tick has two exact guards. A pool's guards are planned
// (venue_guard_plans.cpp) from certificates; one that is too near, or whose surplus is not a sum of
// functions of one price, is hot: asked at every point. Guards decide when to ask, never what the
// answer is. Cost: a few microseconds per pool guarded, O(baskets + crossed) to collect.
#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "units/invariant.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

namespace {

constexpr std::uint8_t asks_between_trials = 16;
constexpr std::uint32_t both_sides = 0xFFFFFFFF;  ///< in a position's handle: it names a PoolGuard
constexpr std::size_t warmed_ahead = 32;
constexpr int links_warmed = 6;  ///< of a pool's positions and of its guards

template <class Record>
void prefetch(std::span<const Record> records, std::uint32_t at) {
#if defined(__GNUC__)
  __builtin_prefetch(records.data() + at, 1);
#else
  static_cast<void>(records), static_cast<void>(at);
#endif
}

// Loads what asking some pools will touch, one link of every chain at a time: their misses overlap
// instead of following each other.
class PoolWarmer {
 public:
  std::span<const Pool> pools;
  std::span<const Account> accounts;
  std::span<const Position> positions;
  std::span<const PoolGuard> guards;

  template <class MapOf>
  void warm(std::span<const std::uint32_t> asked, MapOf&& map_of) {
    for (const std::uint32_t at : asked) prefetch(pools, at);
    for (const std::uint32_t at : asked) {
      prefetch(accounts, pools[at].account);
      prefetch_guard(pools[at].first_guard);
    }
    std::array<Cursor, warmed_ahead> cursors;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const Pool& pool = pools[asked[i]];
      cursors[i] = {accounts[pool.account].first_position, pool.first_guard};
      if (cursors[i].position != no_index) prefetch(positions, cursors[i].position);
    }
    for (int link = 0; link < links_warmed; ++link)
      for (std::size_t i = 0; i < asked.size(); ++i) step(cursors[i], map_of);
  }

 private:
  struct Cursor {
    std::uint32_t position = no_index;
    std::uint32_t guard = no_index;
  };

  void prefetch_guard(std::uint32_t guard) const {
    if (guard != no_index) prefetch(guards, guard);
  }
  template <class MapOf>
  void step(Cursor& cursor, MapOf&& map_of) const {
    if (cursor.position != no_index) {
      cursor.position = positions[cursor.position].next;
      if (cursor.position != no_index) prefetch(positions, cursor.position);
    }
    if (cursor.guard == no_index) return;
    const PoolGuard& guard = guards[cursor.guard];
    for (const LiquidationMap::Handle handle : guard.handles) map_of(guard).prefetch(handle);
    cursor.guard = guard.next;
    prefetch_guard(cursor.guard);
  }
};

}  // namespace

LiquidationMap& Venue::map_of(const PoolGuard& guard) {
  switch (guard.kind) {
    case GuardKind::Collateral: return collaterals_[guard.coordinate].pool_map;
    case GuardKind::Basket: return baskets_.map(guard.coordinate);
    default: return instruments_[guard.coordinate].pool_map;
  }
}

void Venue::refresh_guards() {
  for (const std::uint32_t at : dirty_) {
    Position& position = positions_[at];
    position.dirty = false;
    InstrumentState& state = instruments_[position.instrument];
    if (position.guard.place_and_side == both_sides) [[unlikely]] {
      drop_guard(position.guard.block);
    } else {
      state.map.remove(position.guard, [this](std::uint32_t item, LiquidationMap::Handle handle) {
        positions_[item].guard = handle;
      });
    }
    position.guard = {};
    if (position.cross || position.staged || position.qty.value == 0) continue;
    if (is_two_sided(state.spec, position.qty)) [[unlikely]] {
      guard_both_sides(position);
      continue;
    }
    const std::int64_t threshold =
        liquidation_threshold(state.spec, position, state.mark, rulebook_.breach_at_equality);
    if (threshold == never_ticks) continue;
    position.guard = position.qty.value > 0 ? state.map.insert_long(threshold, at)
                                            : state.map.insert_short(threshold, at);
  }
  dirty_.clear();
}

// `guard.block` names a record with both.
void Venue::guard_both_sides(Position& position) {
  const InstrumentState& state = instruments_[position.instrument];
  const GuardTicks ticks =
      guard_ticks(state.spec, position, state.mark, rulebook_.breach_at_equality);
  position.guard = {new_guard({.owner = index_of(position), .coordinate = position.instrument}),
                    both_sides};
  place_guard(position.guard.block, ticks);
}

std::uint32_t Venue::new_guard(const PoolGuard& guard) {
  if (free_guard_ == no_index) {
    guards_.push_back(guard);
    return static_cast<std::uint32_t>(guards_.size() - 1);
  }
  const std::uint32_t at = free_guard_;
  free_guard_ = guards_[at].next;
  guards_[at] = guard;
  return at;
}

void Venue::place_guard(std::uint32_t at, const GuardTicks& ticks) {
  PoolGuard& guard = guards_[at];
  LiquidationMap& map = map_of(guard);
  guard.handles[0] = map.insert_long(ticks.low, 2 * at);
  guard.handles[1] = map.insert_short(ticks.high, 2 * at + 1);
}

void Venue::drop_guard(std::uint32_t at) {
  LiquidationMap& map = map_of(guards_[at]);
  for (LiquidationMap::Handle& handle : guards_[at].handles) {
    map.remove(handle, [this](std::uint32_t item, LiquidationMap::Handle moved) {
      guards_[item / 2].handles[item % 2] = moved;
    });
    handle = {};
  }
  guards_[at].next = free_guard_;
  free_guard_ = at;
}

void Venue::drop_pool_guards(Pool& pool) {
  while (pool.first_guard != no_index) {
    const std::uint32_t next = guards_[pool.first_guard].next;
    drop_guard(pool.first_guard);
    pool.first_guard = next;
  }
}

bool Venue::any_crossed() const {
  for (const InstrumentState& state : instruments_)
    if (state.liquidates() && state.map.crossed(state.mark.value)) return true;
  return two_sided_crossed();
}

bool Venue::two_sided_crossed() const {
  if (!liquidations_.empty()) [[unlikely]]
    return true;
  if (guards_.empty() && dirty_pools_.empty() && hot_pools_.empty()) [[likely]]
    return false;
  if (!dirty_pools_.empty() || !hot_pools_.empty()) return true;
  for (const InstrumentState& state : instruments_)
    if (state.liquidates() && state.pool_map.crossed(state.mark.value)) return true;
  for (const CollateralState& state : collaterals_)
    if (state.price.value != 0 && state.pool_map.crossed(state.price.value)) return true;
  for (const Baskets::Basket& basket : baskets_.list())
    if (crossed_tick(basket) >= 0) return true;
  return false;
}

// The value of a basket in ticks of its map where that crosses a guard, else -1. Whoever waits on
// it has positions in all its markets, and waits for all of them to trade.
std::int64_t Venue::crossed_tick(const Baskets::Basket& basket) const {
  if (basket.map.empty()) return -1;
  for (const std::uint16_t id : basket.members())
    if (!instruments_[id].liquidates()) return -1;
  const std::int64_t tick =
      baskets_.tick_of(basket, [this](std::uint16_t id) { return instruments_[id].mark.value; });
  return basket.map.crossed(tick) ? tick : -1;
}

void Venue::collect_breaches(std::vector<Breach>& breaches) {
  for (InstrumentState& state : instruments_) {
    if (!state.liquidates()) continue;
    if (state.pool_map.crossed(state.mark.value)) [[unlikely]]
      collect_two_sided(state.pool_map, state.mark.value, breaches);
    if (!state.map.crossed(state.mark.value)) [[likely]]
      continue;
    const auto visit = [&](std::uint32_t at) {
      positions_[at].guard = {};
      collect_position(state, at, breaches);
    };
    state.map.drain_crossed(state.mark.value, visit,
                            [this](std::uint32_t at) { prefetch_position_only(at); });
  }
  for (CollateralState& state : collaterals_)
    if (state.price.value != 0 && state.pool_map.crossed(state.price.value))
      collect_two_sided(state.pool_map, state.price.value, breaches);
  for (Baskets::Basket& basket : baskets_.list())
    if (const std::int64_t tick = crossed_tick(basket); tick >= 0)
      collect_two_sided(basket.map, tick, breaches);
  if (!dirty_pools_.empty() || !hot_pools_.empty()) collect_pools(breaches);
  if (!liquidations_.empty()) [[unlikely]]
    collect_steps(breaches);
}

// Whatever happens to the position, its threshold is gone from the map.
void Venue::collect_position(const InstrumentState& state, std::uint32_t at,
                             std::vector<Breach>& breaches) {
  Position& position = positions_[at];
  mark_dirty(position);
  if (!is_breached(state.spec, position, state.mark, rulebook_.breach_at_equality)) return;
  breaches.push_back({deficit_ppm(state.spec, position, state.mark), position.account,
                      position.instrument, position.leg, at});
}

void Venue::collect_two_sided(LiquidationMap& map, std::int64_t price,
                              std::vector<Breach>& breaches) {
  const auto visit = [&](std::uint32_t item) {
    PoolGuard& guard = guards_[item / 2];
    guard.handles[item % 2] = {};
    if (guard.is_pool) {
      touch_pool(guard.owner);
    } else {
      collect_position(instruments_[guard.coordinate], guard.owner, breaches);
    }
  };
  map.drain_crossed(price, visit,
                    [&](std::uint32_t item) { prefetch<PoolGuard>(guards_, item / 2); });
}

// Asks every pool that something has touched, and the hot ones.
void Venue::collect_pools(std::vector<Breach>& breaches) {
  const std::vector<std::uint32_t> asked = std::exchange(dirty_pools_, {});
  const std::vector<std::uint32_t> hot = std::exchange(hot_pools_, {});
  const auto warm = [this](const std::vector<std::uint32_t>& list, std::size_t from) {
    const std::size_t count = std::min(warmed_ahead, list.size() - from);
    PoolWarmer{pools_, accounts_, positions_, guards_}.warm(
        std::span(list).subspan(from, count),
        [this](const PoolGuard& guard) -> const LiquidationMap& { return map_of(guard); });
  };
  for (const std::uint32_t at : asked) pools_[at].dirty = 0;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (i % warmed_ahead == 0) warm(asked, i);
    ask_pool(asked[i], breaches);
  }
  for (std::size_t i = 0; i < hot.size(); ++i) {
    const std::uint32_t at = hot[i];
    if (i % warmed_ahead == 0) warm(hot, i);
    if (pools_[at].hot != 0 && pools_[at].dirty == 0) ask_pool(at, breaches);
    if (pools_[at].hot != 0) hot_pools_.push_back(at);
  }
}

void Venue::ask_pool(std::uint32_t at, std::vector<Breach>& breaches) {
  ++pool_questions_;
  Pool& pool = pools_[at];
  if (pool.staged || !is_asked(pool)) {
    drop_pool_guards(pool);
    pool.hot = 0;
    return;
  }
  const PoolStanding standing = standing_of(pool);
  const bool breached = standing.is_breached(rulebook_.breach_at_equality);
  if (standing.waits || breached) touch_pool(at);
  if (standing.waits) return;
  if (!breached) return guard_pool(at, standing);
  breaches.push_back({standing.deficit_ppm(), pool.account, every_instrument, pool.currency, at});
}

void Venue::guard_pool(std::uint32_t at, const PoolStanding& standing) {
  Pool& pool = pools_[at];
  if (pool.hot > 1) {  // counts down to the next trial
    --pool.hot;
    return;
  }
  drop_pool_guards(pool);
  const Int128 spare =
      standing.equity - standing.maintenance - (rulebook_.breach_at_equality ? 1 : 0);
  if (!plan_guards(pool, spare)) return make_hot(at);
  pool.hot = 0;
  for (const PlannedGuard& one : plan_.guards) {
    const std::uint32_t guard = new_guard({.owner = at,
                                           .next = pool.first_guard,
                                           .coordinate = one.coordinate,
                                           .is_pool = true,
                                           .kind = one.kind});
    pool.first_guard = guard;
    place_guard(guard, one.ticks);
  }
  guard_moves_ += plan_.guards.size();
}

void Venue::make_hot(std::uint32_t at) {
  if (pools_[at].hot == 0) hot_pools_.push_back(at);
  pools_[at].hot = asks_between_trials;
}

void Venue::rebuild_guards(std::uint64_t seed) {
  guard_seed_ = seed;
  guards_.clear();
  free_guard_ = no_index;
  dirty_.clear();
  dirty_pools_.clear();
  hot_pools_.clear();
  for (InstrumentState& state : instruments_) {
    state.map.clear();
    state.pool_map.clear();
  }
  for (CollateralState& state : collaterals_) state.pool_map.clear();
  baskets_.clear();
  for (Pool& pool : pools_) {
    pool.first_guard = no_index;
    pool.hot = 0;
    pool.dirty = 0;
    touch_pool(static_cast<std::uint32_t>(&pool - pools_.data()));
  }
  for (Position& position : positions_) {
    position.guard = {};
    position.dirty = false;
    if (position.qty.value != 0) mark_dirty(position);
  }
}

}  // namespace v1
}  // namespace delever
