// Where the guards of a pool go: its surplus above a breach is split into budgets, and each guard
// stands where one part of the surplus may have used up its own.
//
// Pools with several linear contracts wait on baskets (risk/basket.hpp), everything else on single
// prices (risk/certificate.hpp). Collateral and instruments beyond the four largest exposures take
// their share of the budget beside the baskets. Cost: a few microseconds; worst case a pool of many
// legs under step tiers, whose pieces are walked.
#include <algorithm>

#include "units/random.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

namespace {

constexpr std::int64_t too_near_ticks = 2;
constexpr std::int64_t far_enough_ticks = 16;

std::int64_t least_distance(const Pool& pool) {
  return pool.hot != 0 ? far_enough_ticks : too_near_ticks;
}

}  // namespace

// False where a guard would stand too near, or the surplus is not a sum.
bool Venue::plan_guards(const Pool& pool, Int128 spare) {
  if (spare < 0 || !split_coordinates(pool)) return false;
  plan_.guards.clear();
  plan_.weights.clear();
  if (plan_baskets(pool, spare)) return true;
  for (PoolCoordinate& one : plan_.coordinates) one.in_baskets = false;
  plan_.guards.clear();
  plan_.weights.clear();
  return plan_ticks(pool, spare);
}

// Guards on the price of each coordinate that is in no basket; their weights and budgets come after
// those of the shares in baskets.
bool Venue::plan_ticks(const Pool& pool, Int128 spare) {
  const std::size_t before = plan_.weights.size();
  for (const PoolCoordinate& one : plan_.coordinates)
    if (!one.in_baskets) plan_.weights.push_back(weight_of(pool, one));
  plan_.budgets.resize(plan_.weights.size());
  split_budget(spare, plan_.weights, plan_.budgets);
  std::size_t place = before;
  for (const PoolCoordinate& one : plan_.coordinates) {
    if (one.in_baskets) continue;
    const SafeRun run = run_of(one, plan_.budgets[place++]);
    const std::int64_t now = coordinate_price(one);
    const std::int64_t least = least_distance(pool);
    if (now - run.low + 1 < least || run.high + 1 - now < least) return false;
    plan_.guards.push_back({one.is_collateral ? GuardKind::Collateral : GuardKind::Instrument,
                            one.id, ticks_around(one, run)});
  }
  return true;
}

// False where single prices serve as well, or a guard would stand too near.
bool Venue::plan_baskets(const Pool& pool, Int128 spare) {
  if (guard_seed_ != 0 && RandomStream(guard_seed_, 0).bits(pool.account, 2) % 4 == 0) return false;
  find_exposures();
  if (plan_.exposures.size() < 2) return false;
  share_exposures(plan_.exposures, plan_.shares);
  Int128 rest = spare;
  for (const BasketExposure& one : plan_.exposures) {
    rest -= plan_.slopes[one.coordinate].slack + 1;
    plan_.coordinates[one.coordinate].in_baskets = true;
    if (!plan_fence(pool, one)) return false;
  }
  if (rest <= 0) return false;
  for (std::size_t at = 0; at < plan_.shares.size(); ++at) {
    const std::uint64_t weight =
        guard_seed_ == 0
            ? delever::weight_of(plan_.exposures, plan_.shares[at])
            : RandomStream(guard_seed_, static_cast<std::uint32_t>(at)).bits(pool.account, 3) %
                      1'000 +
                  1;
    plan_.weights.push_back(weight);
  }
  if (!plan_ticks(pool, rest)) return false;
  for (std::size_t at = 0; at < plan_.shares.size(); ++at)
    if (!plan_share(pool, plan_.shares[at], plan_.budgets[at])) return false;
  return true;
}

// The pool's linear contracts.
void Venue::find_exposures() {
  plan_.exposures.clear();
  plan_.slopes.resize(plan_.coordinates.size());
  for (std::size_t at = 0; at < plan_.coordinates.size(); ++at) {
    const PoolCoordinate& one = plan_.coordinates[at];
    if (one.is_collateral || instruments_[one.id].spec.is_inverse()) continue;
    const InstrumentState& state = instruments_[one.id];
    plan_.slopes[at] = slope_run(state.spec, one.held(), state.mark);
    const Int128 exposure =
        baskets_.per_value(one.id, state.spec, state.mark, plan_.slopes[at].slope);
    if (exposure != 0)
      plan_.exposures.push_back({exposure, one.id, static_cast<std::uint16_t>(at)});
  }
}

// Both ends of the ticks on which an exposure is what it is, where there are prices beyond them.
bool Venue::plan_fence(const Pool& pool, const BasketExposure& exposure) {
  const PoolCoordinate& one = plan_.coordinates[exposure.coordinate];
  const InstrumentState& state = instruments_[one.id];
  const SafeRun run = plan_.slopes[exposure.coordinate].run;
  GuardTicks ticks;
  if (run.low > state.spec.price_ticks_min) ticks.low = run.low - 1;
  if (run.high < state.spec.price_ticks_max) ticks.high = run.high + 1;
  if (ticks == GuardTicks{}) return true;
  plan_.guards.push_back({GuardKind::Instrument, one.id, ticks});
  const std::int64_t least = least_distance(pool);
  return (ticks.low == never_ticks || state.mark.value - ticks.low >= least) &&
         (ticks.high == never_ticks || ticks.high - state.mark.value >= least);
}

// A guard below the basket's value, or above it where the pool holds the negative.
bool Venue::plan_share(const Pool& pool, const BasketShare& share, Int128 budget) {
  constexpr Int128 budget_max = Int128{1} << 62;
  constexpr Int128 fall_max = Int128{1} << 60;
  const auto members = std::span(plan_.exposures).first(share.count);
  const std::size_t at = baskets_.require(members);
  if (at == Baskets::no_basket) return false;
  const auto number = static_cast<std::uint16_t>(at);
  for (const PlannedGuard& one : plan_.guards)  // it gave way to this one before it was used
    if (one.kind == GuardKind::Basket && one.coordinate == number) return false;
  const Int128 fall = std::min(budget, budget_max) * slope_scale / share.coefficient;
  const auto way = static_cast<std::int64_t>(std::min(fall, fall_max)) + 1;
  if (way < baskets_.step_of(at, least_distance(pool))) return false;
  const Baskets::Basket& basket = baskets_.list()[at];
  const std::int64_t now =
      baskets_.value_of(basket, [this](std::uint16_t id) { return instruments_[id].mark.value; });
  GuardTicks ticks;
  if (Baskets::is_negative(members)) {
    ticks.high = (now + way) >> Baskets::value_shift;
  } else if (now >= way) {
    ticks.low = (now - way) >> Baskets::value_shift;
  }
  plan_.guards.push_back({GuardKind::Basket, number, ticks});
  return true;
}

// The functions whose sum the pool's surplus is; false where it is not such a sum.
bool Venue::split_coordinates(const Pool& pool) {
  const bool whole = rulebook_.cross_pool == CrossPool::Account;
  std::vector<PoolCoordinate>& coordinates = plan_.coordinates;
  coordinates.clear();
  for (std::uint32_t at = accounts_[pool.account].first_position; at != no_index;
       at = positions_[at].next) {
    const Position& position = positions_[at];
    if (!is_member(pool, position)) continue;
    if (whole && currency_of(position) != 0) return false;
    auto found = coordinates.end();
    if (position.leg != net_leg)
      found = std::find_if(coordinates.begin(), coordinates.end(), [&](const PoolCoordinate& one) {
        return one.id == position.instrument;
      });
    if (found == coordinates.end()) {
      coordinates.push_back({.id = position.instrument});
      found = coordinates.end() - 1;
    }
    found->legs[found->leg_count++] = position.qty;
  }
  for (std::size_t one = 1; whole && one < currency_count(); ++one) {
    const Int128 amount = balance(pool.account, one).wallet.value;
    if (amount != 0)
      coordinates.push_back(
          {.amount = amount, .id = static_cast<std::uint16_t>(one), .is_collateral = true});
  }
  return true;
}

// The ticks next to a run, where there are prices.
GuardTicks Venue::ticks_around(const PoolCoordinate& one, const SafeRun& run) const {
  const std::int64_t lowest = one.is_collateral ? 1 : instruments_[one.id].spec.price_ticks_min;
  return {run.low > lowest ? run.low - 1 : never_ticks, run.high + 1};
}

std::int64_t Venue::coordinate_price(const PoolCoordinate& one) const {
  return one.is_collateral ? collaterals_[one.id].price.value : instruments_[one.id].mark.value;
}

// How much of the surplus a coordinate may use: by what a small move of its price would change.
std::uint64_t Venue::weight_of(const Pool& pool, const PoolCoordinate& one) const {
  if (guard_seed_ != 0)
    return RandomStream(guard_seed_, one.id).bits(pool.account, one.is_collateral) % 1'000 + 1;
  if (one.is_collateral) {
    const Int128 worth = rate_of(one.id).worth(one.amount < 0 ? -one.amount : one.amount);
    return static_cast<std::uint64_t>(std::min<Int128>(worth, Int128{1} << 62)) + 1;
  }
  const InstrumentState& state = instruments_[one.id];
  std::int64_t net = 0;
  std::int64_t gross = 0;
  for (const QtyLots leg : one.held()) {
    net += leg.value;
    gross += absolute(leg).value;
  }
  const std::int64_t lots = std::max(std::abs(net), gross / 64) + 1;
  return static_cast<std::uint64_t>(state.spec.value_of(state.mark, QtyLots{lots}).value);
}

SafeRun Venue::run_of(const PoolCoordinate& one, Int128 budget) const {
  if (!one.is_collateral)
    return safe_run(instruments_[one.id].spec, one.held(), instruments_[one.id].mark, budget);
  const Currency& currency = rulebook_.currencies[one.id];
  const Valuation valuation{currency.tick_atoms, currency.weight_ppm, currency.price_ticks_max};
  return worth_run(valuation, one.amount, collaterals_[one.id].price, budget);
}

}  // namespace v1
}  // namespace delever
