// Certificates against a scan of every tick: random instruments of each contract and tier rule,
// single legs and hedges, budgets from nothing to more than everything, marks at the edges.
#include <algorithm>
#include <array>
#include <vector>

#include "check.hpp"
#include "random_specs.hpp"
#include "risk/certificate.hpp"
#include "risk/margin.hpp"

namespace delever {
namespace {

using testing::lots_near_a_tier;
using testing::Random;
using testing::random_spec;

constexpr std::size_t legs_max = 2;

struct Holding {
  std::array<QtyLots, legs_max> legs;
  std::size_t count = 0;

  std::span<const QtyLots> span() const { return std::span(legs).first(count); }
};

Holding random_holding(const InstrumentSpec& spec, Random& random) {
  Holding holding;
  holding.count = random.below(3) == 0 ? 1 : 2;
  for (std::size_t at = 0; at < holding.count; ++at) {
    const std::int64_t side =
        holding.count == 2 ? (at == 0 ? 1 : -1) : random.between(0, 1) * 2 - 1;
    holding.legs[at] = QtyLots{side * lots_near_a_tier(spec, random)};
  }
  if (holding.count == 2 && random.below(4) == 0) holding.legs[1] = -holding.legs[0];
  if (random.below(20) == 0) holding.legs[0] = QtyLots{0};
  return holding;
}

// The surplus from its definition, term by term, with the arithmetic of the margin functions.
Int128 naive_surplus(const InstrumentSpec& spec, const Holding& holding, std::int64_t tick) {
  Int128 sum = 0;
  for (const QtyLots qty : holding.span()) {
    sum += spec.signed_value(qty, PriceTicks{tick}).value;
    sum -= maintenance_of(spec, qty, PriceTicks{tick}).value;
  }
  return sum;
}

SafeRun scanned_run(const InstrumentSpec& spec, const Holding& holding, std::int64_t mark,
                    Int128 least) {
  SafeRun run{mark, mark};
  while (run.low > spec.price_ticks_min && naive_surplus(spec, holding, run.low - 1) >= least)
    --run.low;
  while (run.high < spec.price_ticks_max && naive_surplus(spec, holding, run.high + 1) >= least)
    ++run.high;
  return run;
}

std::int64_t random_mark(const InstrumentSpec& spec, Random& random) {
  const std::int64_t edge = random.below(8);
  if (edge == 0) return spec.price_ticks_min;
  if (edge == 1) return spec.price_ticks_max;
  return random.between(spec.price_ticks_min, spec.price_ticks_max);
}

std::int64_t random_budget(Random& random, Int128 scale) {
  const std::int64_t shift = random.below(40);
  if (shift == 0) return random.below(3);
  return static_cast<std::int64_t>(scale >> shift) + random.below(4);
}

// Atoms by which a run may stop early: what the proof sets aside.
Int128 slack_of(const InstrumentSpec& spec, const Holding& holding, std::int64_t tick) {
  Int128 slack = 8;
  for (const QtyLots qty : holding.span()) {
    if (spec.tier_rule != TierRule::SizeLinear || !spec.is_inverse()) continue;
    const Int128 notional = notional_of(spec, qty, PriceTicks{tick}).value;
    slack += 4 + notional * 2 * spec.maintenance_slope_e12 / rate_e8_scale / rate_e12_scale;
  }
  return slack;
}

DELEVER_TEST(safe_runs_hold_and_are_nearly_maximal) {
  Random random(4'041);
  int maximal = 0;
  int trials = 0;
  for (; trials < 30'000; ++trials) {
    const InstrumentSpec spec = random_spec(random);
    const Holding holding = random_holding(spec, random);
    const std::int64_t mark = random_mark(spec, random);
    const Int128 now = naive_surplus(spec, holding, mark);
    CHECK(surplus_of(spec, holding.span(), PriceTicks{mark}) == now);
    const Int128 budget = random_budget(random, now < 0 ? -now : now);
    const SafeRun run = safe_run(spec, holding.span(), PriceTicks{mark}, budget);
    const SafeRun whole = scanned_run(spec, holding, mark, now - budget);
    CHECK(run.low <= mark && run.high >= mark);
    CHECK(run.low >= whole.low && run.high <= whole.high);
    maximal += run == whole ? 1 : 0;
    // Where the budget is worth less than the roundings, or a piece begins on the verge, it may
    // stop after some steps.
    if (spec.tier_rule == TierRule::Step || budget < slack_of(spec, holding, mark)) continue;
    for (const std::int64_t end : {run.low, run.high}) {
      const std::int64_t next = end == run.low && end <= mark ? end - 1 : end + 1;
      if (whole.holds(next) && !run.holds(next))
        CHECK(naive_surplus(spec, holding, next) < now - budget + slack_of(spec, holding, next));
    }
  }
  CHECK(maximal > trials * 9 / 10);
}

DELEVER_TEST(exact_runs_are_the_scanned_ones) {
  Random random(4'042);
  for (int trial = 0; trial < 30'000; ++trial) {
    const InstrumentSpec spec = random_spec(random);
    const Holding holding = random_holding(spec, random);
    const std::int64_t mark = random_mark(spec, random);
    const Int128 now = naive_surplus(spec, holding, mark);
    const Int128 least = now - random_budget(random, now < 0 ? -now : now);
    CHECK(run_above(spec, holding.span(), PriceTicks{mark}, least, RunEnds::Exact) ==
          scanned_run(spec, holding, mark, least));
  }
}

// Ticks of a run to look at: its ends, what is next to them, and any.
std::int64_t sampled_tick(const SafeRun& run, Random& random) {
  const std::int64_t near = random.below(1 + std::min<std::int64_t>(40, run.high - run.low));
  switch (random.below(3)) {
    case 0: return run.low + near;
    case 1: return run.high - near;
    default: return random.between(run.low, run.high);
  }
}

DELEVER_TEST(runs_hold_at_any_scale) {
  Random random(4'045);
  int sound = 0;
  for (int trial = 0; trial < 20'000; ++trial) {
    const InstrumentSpec spec = testing::vast_spec(random);
    if (!spec.validate().empty()) continue;
    ++sound;
    Holding holding = random_holding(spec, random);
    for (QtyLots& qty : holding.legs)
      qty.value *= random.between(
          1, spec.position_lots_max / std::max<std::int64_t>(1, absolute(qty).value));
    const std::int64_t mark = random_mark(spec, random);
    const Int128 now = naive_surplus(spec, holding, mark);
    const Int128 budget = random_budget(random, now < 0 ? -now : now);
    const Int128 least = now - budget;
    const SafeRun near = safe_run(spec, holding.span(), PriceTicks{mark}, budget);
    CHECK(near.holds(mark));
    for (int sample = 0; sample < 60; ++sample)
      CHECK(naive_surplus(spec, holding, sampled_tick(near, random)) >= least);
    if (holding.count == 2) continue;  // an exact run may be long to walk where a hedge is flat
    const SafeRun exact = run_above(spec, holding.span(), PriceTicks{mark}, least, RunEnds::Exact);
    CHECK(exact.low <= near.low && exact.high >= near.high);
    for (int sample = 0; sample < 60; ++sample)
      CHECK(naive_surplus(spec, holding, sampled_tick(exact, random)) >= least);
    if (exact.low > spec.price_ticks_min)
      CHECK(naive_surplus(spec, holding, exact.low - 1) < least);
    if (exact.high < spec.price_ticks_max)
      CHECK(naive_surplus(spec, holding, exact.high + 1) < least);
  }
  CHECK(sound > 15'000);
}

DELEVER_TEST(a_step_breaches_on_a_favourable_tick) {
  InstrumentSpec spec = testing::plain_spec();
  spec.tier_rule = TierRule::Step;
  spec.tiers = {{Money{0}, 10'000, Money{0}, 50}, {Money{1'000'000}, 20'000, Money{0}, 20}};
  CHECK(spec.validate().empty());
  // 100 lots x 10 atoms: the notional passes 1,000,000 above tick 1,000, where mm doubles to
  // 20,020.
  const std::array<QtyLots, 1> legs{QtyLots{100}};
  const SafeRun run = safe_run(spec, legs, PriceTicks{1'000}, 5'000);
  CHECK_EQUAL(run.high, 1'000);
  CHECK_EQUAL(run.low, 995);  // 990 atoms a tick: 5 ticks are 4,950
  // Ten ticks further up the gain has paid for the step.
  CHECK_EQUAL(safe_run(spec, legs, PriceTicks{1'000}, 9'021).high, spec.price_ticks_max);
}

DELEVER_TEST(worths_of_collateral_against_a_scan) {
  Random random(4'043);
  for (int trial = 0; trial < 20'000; ++trial) {
    const Valuation valuation{random.between(1, 50'000),
                              random.below(8) * 125'000 + random.below(2), random.between(1, 400)};
    const Int128 amount = random.between(-3'000'000, 3'000'000);
    const PriceTicks price{random.between(0, valuation.price_ticks_max)};
    const Int128 budget = random.below(4) == 0 ? 0 : random.below(1 << random.below(20));
    const Int128 least = worth_of(valuation, amount, price) - budget;
    SafeRun scanned{price.value, price.value};
    while (scanned.low > 0 && worth_of(valuation, amount, PriceTicks{scanned.low - 1}) >= least)
      --scanned.low;
    while (scanned.high < valuation.price_ticks_max &&
           worth_of(valuation, amount, PriceTicks{scanned.high + 1}) >= least)
      ++scanned.high;
    CHECK(worth_run(valuation, amount, price, budget) == scanned);
  }
}

DELEVER_TEST(budgets_never_exceed_the_surplus) {
  Random random(4'044);
  for (int trial = 0; trial < 10'000; ++trial) {
    std::vector<std::uint64_t> weights(static_cast<std::size_t>(random.between(1, 12)));
    for (std::uint64_t& weight : weights)
      weight = random.below(3) == 0 ? 0 : random.next() >> random.below(64);
    std::vector<Int128> budgets(weights.size());
    const Int128 surplus = static_cast<Int128>(random.between(-100, 1LL << 60)) * 7;
    split_budget(surplus, weights, budgets);
    Int128 sum = 0;
    for (std::size_t at = 0; at < budgets.size(); ++at) {
      CHECK(budgets[at] >= 0);
      sum += budgets[at];
    }
    CHECK(sum <= std::max<Int128>(surplus, 0));
    if (surplus > 0) CHECK(sum > surplus - 4 * static_cast<Int128>(weights.size()));
  }
  std::array<Int128, 3> budgets;
  split_budget(1'000, std::array<std::uint64_t, 3>{1, 0, 3}, budgets);
  CHECK(budgets[0] == 250 && budgets[1] == 0 && budgets[2] == 750);
  split_budget(1'000, std::array<std::uint64_t, 3>{}, budgets);
  CHECK(budgets[0] == 333 && budgets[2] == 333);
}

}  // namespace
}  // namespace delever
