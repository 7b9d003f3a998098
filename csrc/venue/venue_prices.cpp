// What a venue can say about a position's prices: where it is liquidated and bankrupt, and by which
// terms. Nothing here changes anything. A cross-margined position's price is conditional: it holds
// while the pool's other positions and collaterals stay where they are.
#include <cstdlib>
#include <span>

#include "risk/certificate.hpp"
#include "risk/margin_terms.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

std::int64_t Venue::liquidation_price(AccountId account, InstrumentId instrument,
                                      PositionLeg leg) const {
  const Position* found = position(account, instrument, leg);
  if (found == nullptr || account == insurance_fund_account || found->cross) return never_ticks;
  const InstrumentState& state = instruments_[instrument];
  return liquidation_threshold(state.spec, *found, state.mark, rulebook_.breach_at_equality);
}

std::int64_t Venue::bankruptcy_price(AccountId account, InstrumentId instrument,
                                     PositionLeg leg) const {
  const Position* found = position(account, instrument, leg);
  if (found == nullptr || found->qty.value == 0 || found->cross) return never_ticks;
  return delever::bankruptcy_price(instruments_[instrument].spec, *found).value;
}

const Pool* Venue::pool_of(const Position& position) const {
  const bool whole = rulebook_.cross_pool == CrossPool::Account;
  const std::size_t currency = whole ? 0 : currency_of(position);
  for (std::uint32_t at = accounts_[position.account].pools; at != 0; at = pools_[at - 1].next)
    if (pools_[at - 1].currency == currency) return &pools_[at - 1];
  return nullptr;
}

std::int64_t Venue::conditional_price(const Position& position) const {
  const InstrumentState& state = instruments_[position.instrument];
  const Pool* pool = pool_of(position);
  if (pool == nullptr || position.qty.value == 0 || state.mark.value == 0) return never_ticks;
  const PoolStanding standing = standing_of(*pool);
  if (standing.is_breached(rulebook_.breach_at_equality)) return state.mark.value;
  if (!is_separable(position)) return searched_price(*pool, position);
  const QtyLots legs[] = {position.qty, opposite_leg(position).qty};
  const Int128 spare =
      standing.equity - standing.maintenance - (rulebook_.breach_at_equality ? 1 : 0);
  const Int128 least = surplus_of(state.spec, legs, state.mark) - spare;
  const SafeRun run = run_above(state.spec, legs, state.mark, least, RunEnds::Exact);
  if (position.qty.value > 0)
    return run.low > state.spec.price_ticks_min ? run.low - 1 : never_ticks;
  return run.high < state.spec.price_ticks_max ? run.high + 1 : never_ticks;
}

// Whether the pool's surplus is a sum of functions, one of this instrument's mark alone.
bool Venue::is_separable(const Position& position) const {
  return rulebook_.cross_pool == CrossPool::Currency || currency_of(position) == 0;
}

Position Venue::opposite_leg(const Position& position) const {
  const auto leg = position.leg == long_leg ? short_leg : long_leg;
  const Position* other = position.leg == net_leg
                              ? nullptr
                              : this->position(position.account, position.instrument, leg);
  return other != nullptr && other->cross ? *other : Position{};
}

// By bisection of the question itself, towards the losing end.
std::int64_t Venue::searched_price(const Pool& pool, const Position& position) const {
  const InstrumentState& state = instruments_[position.instrument];
  const bool is_long = position.qty.value > 0;
  const auto breached = [&](std::int64_t tick) {
    return standing_of(pool, position.instrument, PriceTicks{tick})
        .is_breached(rulebook_.breach_at_equality);
  };
  std::int64_t safe = state.mark.value;
  std::int64_t lost = is_long ? state.spec.price_ticks_min : state.spec.price_ticks_max;
  if (!breached(lost)) return never_ticks;
  while (std::abs(safe - lost) > 1) {
    const std::int64_t middle = lost + (safe - lost) / 2;
    (breached(middle) ? lost : safe) = middle;
  }
  return lost;
}

MarginTerms Venue::margin_terms(AccountId account, InstrumentId instrument, PositionLeg leg) const {
  const Position* found = position(account, instrument, leg);
  MarginTerms terms;
  if (found == nullptr || found->qty.value == 0 || account == insurance_fund_account) return terms;
  const InstrumentState& state = instruments_[instrument];
  terms.is_open = true;
  terms.mark = state.mark;
  terms.is_cross = found->cross;
  if (found->cross) {
    add_pool_terms(*found, terms);
  } else {
    add_isolated_terms(*found, terms);
  }
  const bool is_never = terms.liquidation_ticks == never_ticks;
  const PriceTicks price = is_never ? state.mark : PriceTicks{terms.liquidation_ticks};
  const Position other = found->cross ? opposite_leg(*found) : Position{};
  terms.legs = {leg_terms(state.spec, found->qty, found->cost, price),
                leg_terms(state.spec, other.qty, other.cost, price)};
  return terms;
}

void Venue::add_isolated_terms(const Position& position, MarginTerms& terms) const {
  const InstrumentState& state = instruments_[position.instrument];
  const InstrumentSpec& spec = state.spec;
  const Money exposure = exposure_of(spec, position.qty, position.cost, state.mark);
  terms.backing = position.margin.value;
  terms.equity = terms.backing + unrealised_of(spec, position.qty, position.cost, state.mark).value;
  terms.maintenance = maintenance_of(spec, position.qty, exposure).value;
  terms.bankruptcy_ticks = delever::bankruptcy_price(spec, position).value;
  terms.liquidation_ticks =
      liquidation_threshold(spec, position, state.mark, rulebook_.breach_at_equality);
  if (terms.liquidation_ticks == never_ticks) return;
  const PriceTicks there{terms.liquidation_ticks};
  terms.equity_there = equity_of(spec, position, there).value;
  terms.maintenance_there = maintenance_of(spec, position.qty, there).value;
}

void Venue::add_pool_terms(const Position& position, MarginTerms& terms) const {
  const Pool* pool = pool_of(position);
  if (pool == nullptr) return;
  const PoolStanding standing = standing_of(*pool);
  terms.is_separable = is_separable(position);
  terms.equity = standing.equity;
  terms.maintenance = standing.maintenance;
  terms.bankruptcy_ticks = pool_limit(*pool, position).value;
  terms.liquidation_ticks = conditional_price(position);
  if (terms.liquidation_ticks != never_ticks) {
    const PoolStanding there =
        standing_of(*pool, position.instrument, PriceTicks{terms.liquidation_ticks});
    terms.equity_there = there.equity;
    terms.maintenance_there = there.maintenance;
  }
  if (!terms.is_separable) return;
  terms.backing = standing.equity;
  terms.others_maintenance = standing.maintenance;
  for (std::uint32_t at = accounts_[position.account].first_position; at != no_index;
       at = positions_[at].next) {
    const Position& one = positions_[at];
    if (!is_member(*pool, one) || currency_of(one) != currency_of(position)) continue;
    const InstrumentState& state = instruments_[one.instrument];
    const Int128 profit = unrealised_of(state.spec, one.qty, one.cost, state.mark).value;
    const Money exposure = exposure_of(state.spec, one.qty, one.cost, state.mark);
    terms.backing -= profit;
    if (one.instrument == position.instrument) {
      terms.others_maintenance -= maintenance_of(state.spec, one.qty, exposure).value;
    } else {
      terms.others_profit += profit;
    }
  }
}

// From the map: thresholds that are up to date wait there, the others belong to dirty positions.
void Venue::add_waiting_levels(const InstrumentState& state,
                               std::vector<LiquidationLevel>& levels) const {
  const auto add = [&](std::int64_t tick, std::uint32_t at) {
    if (!positions_[at].dirty) levels.push_back({tick, positions_[at].qty, false});
  };
  state.map.for_each_item(ThresholdSide::Long, add);
  state.map.for_each_item(ThresholdSide::Short, add);
}

std::vector<LiquidationLevel> Venue::liquidation_levels(InstrumentId instrument,
                                                        bool conditional) const {
  std::vector<LiquidationLevel> levels;
  const InstrumentState& state = instruments_[instrument];
  const bool from_map = !is_two_sided(state.spec);
  const auto ask = [&](const Position& one) {
    if (one.instrument != instrument || one.qty.value == 0) return;
    if (one.account == insurance_fund_account || (one.cross && !conditional)) return;
    const std::int64_t tick = one.cross ? conditional_price(one)
                                        : liquidation_threshold(state.spec, one, state.mark,
                                                                rulebook_.breach_at_equality);
    if (tick != never_ticks) levels.push_back({tick, one.qty, one.cross != 0});
  };
  if (from_map) add_waiting_levels(state, levels);
  if (from_map && !conditional) {
    for (const std::uint32_t at : dirty_) ask(positions_[at]);
    return levels;
  }
  for (const Position& one : positions_)
    if (!from_map || one.cross || one.dirty) ask(one);
  return levels;
}

}  // namespace v1
}  // namespace delever
