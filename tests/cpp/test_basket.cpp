// Baskets against the surplus itself: random pools of linear contracts under every tier rule,
// random budgets, and marks anywhere within what the guards allow.
#include <algorithm>
#include <array>
#include <vector>

#include "check.hpp"
#include "random_specs.hpp"
#include "risk/basket.hpp"
#include "risk/margin.hpp"

namespace delever {
namespace {

using testing::lots_near_a_tier;
using testing::Random;
using testing::random_spec;

struct Holding {
  InstrumentSpec spec;
  std::array<QtyLots, 2> legs;
  std::int64_t mark = 0;
  SlopeRun slope;

  Int128 surplus(std::int64_t tick) const { return surplus_of(spec, legs, PriceTicks{tick}); }
};

Holding random_holding(Random& random) {
  Holding one;
  do one.spec = random_spec(random);
  while (one.spec.is_inverse());
  for (std::size_t at = 0; at < (random.below(3) == 0 ? 2U : 1U); ++at)
    one.legs[at] = QtyLots{(random.below(2) == 0 ? 1 : -1) * lots_near_a_tier(one.spec, random)};
  one.mark = random.between(one.spec.price_ticks_min, one.spec.price_ticks_max);
  one.slope = slope_run(one.spec, one.legs, PriceTicks{one.mark});
  return one;
}

DELEVER_TEST(slopes_hold_within_their_run) {
  Random random(4'101);
  for (int trial = 0; trial < 20'000; ++trial) {
    const Holding one = random_holding(random);
    const SafeRun run = one.slope.run;
    CHECK(run.holds(one.mark));
    CHECK(run.low >= one.spec.price_ticks_min && run.high <= one.spec.price_ticks_max);
    const Int128 now = one.surplus(one.mark);
    for (int sample = 0; sample < 8; ++sample) {
      const std::int64_t tick =
          sample == 0 ? run.low : (sample == 1 ? run.high : random.between(run.low, run.high));
      const Int128 line = divide(one.slope.slope * (tick - one.mark), slope_scale, Round::Floor);
      const Int128 change = one.surplus(tick) - now;
      CHECK(change > line - one.slope.slack && change < line + one.slope.slack + 1);
    }
  }
}

/// Some holdings, their exposures and shares, and the baskets they are in.
struct Hand {
  std::vector<Holding> holdings;
  std::vector<BasketExposure> exposures;
  std::vector<BasketShare> shares;
  Baskets baskets;

  explicit Hand(Random& random) {
    const std::size_t count = 2 + static_cast<std::size_t>(random.below(4));
    while (holdings.size() < count) holdings.push_back(random_holding(random));
    for (std::uint16_t id = 0; id < count; ++id) {
      const Holding& one = holdings[id];
      const Int128 exposure =
          baskets.per_value(id, one.spec, PriceTicks{one.mark}, one.slope.slope);
      if (exposure != 0) exposures.push_back({exposure, id, id});
    }
    share_exposures(exposures, shares);
  }

  Int128 surplus(const std::vector<std::int64_t>& marks) const {
    Int128 sum = 0;
    for (const BasketExposure& one : exposures) sum += holdings[one.id].surplus(marks[one.id]);
    return sum;
  }
  Int128 slack() const {
    Int128 slack = 0;
    for (const BasketExposure& one : exposures) slack += holdings[one.id].slope.slack + 1;
    return slack;
  }
  std::int64_t value(std::size_t basket, const std::vector<std::int64_t>& marks) const {
    return baskets.value_of(baskets.list()[basket], [&](std::uint16_t id) { return marks[id]; });
  }
};

DELEVER_TEST(shares_are_sorted_and_make_up_the_exposures) {
  Random random(4'102);
  for (int trial = 0; trial < 5'000; ++trial) {
    const Hand hand(random);
    CHECK(hand.exposures.size() <= basket_members_max);
    for (std::size_t at = 0; at < hand.exposures.size(); ++at) {
      Int128 sum = 0;
      for (const BasketShare& share : hand.shares) {
        CHECK(share.coefficient > 0);
        CHECK(weight_of(hand.exposures, share) > 0);
        if (share.count > at) sum += share.coefficient;
      }
      const Int128 own = hand.exposures[at].per_value;
      CHECK(sum == (own < 0 ? -own : own));
    }
  }
}

// Wherever the marks go within the runs, the surplus falls by no more than the baskets' values say.
DELEVER_TEST(values_of_baskets_bound_the_surplus) {
  Random random(4'103);
  int tight = 0;
  for (int trial = 0; trial < 20'000; ++trial) {
    Hand hand(random);
    if (hand.shares.empty()) continue;
    std::vector<std::int64_t> before, after;
    for (const Holding& one : hand.holdings) {
      before.push_back(one.mark);
      after.push_back(random.between(std::max(one.slope.run.low, one.mark - 50),
                                     std::min(one.slope.run.high, one.mark + 50)));
    }
    Int128 worst = 0;
    for (const BasketShare& share : hand.shares) {
      const auto members = std::span(hand.exposures).first(share.count);
      const std::size_t at = hand.baskets.require(members);
      CHECK(at != Baskets::no_basket && hand.baskets.require(members) == at);
      const std::int64_t rise = hand.value(at, after) - hand.value(at, before);
      CHECK(hand.value(at, after) >= 0 && hand.value(at, before) >= 0);
      worst += share.coefficient * (Baskets::is_negative(members) ? -rise : rise);
    }
    const Int128 change = hand.surplus(after) - hand.surplus(before);
    const Int128 bound = divide(worst, slope_scale, Round::Floor);
    CHECK(change > bound - hand.slack());
    tight += change < bound + hand.slack() + 1 ? 1 : 0;
  }
  CHECK(tight > 19'000);
}

DELEVER_TEST(a_basket_that_nothing_waits_on_gives_way) {
  Random random(4'104);
  Baskets baskets;
  InstrumentSpec spec = testing::plain_spec();
  for (std::uint16_t id = 0; id < 200; ++id)
    CHECK(baskets.per_value(id, spec, PriceTicks{100}, slope_scale) > 0);
  const auto pair = [](std::uint16_t id) {
    return std::array<BasketExposure, 2>{{{slope_scale, id, 0}, {-slope_scale, 199, 1}}};
  };
  for (std::uint16_t id = 0; id < baskets_max; ++id) {
    CHECK_EQUAL(baskets.require(pair(id)), std::size_t{id});
    baskets.map(id).insert_long(5, id);
  }
  CHECK(baskets.require(pair(150)) == Baskets::no_basket);
  baskets.map(7).clear();
  CHECK_EQUAL(baskets.require(pair(150)), std::size_t{7});
  CHECK(!Baskets::is_negative(pair(150)));
}

}  // namespace
}  // namespace delever
