// Thresholds and guards of isolated positions against a scan of every tick: each contract and tier
// rule, closing fees, marks anywhere.
#include "random_specs.hpp"
#include "risk/threshold.hpp"

namespace delever {
namespace {

using testing::lots_near_a_tier;
using testing::Random;
using testing::random_scale;
using testing::random_spec;

Position random_position(const InstrumentSpec& spec, Random& random) {
  Position position;
  position.qty = QtyLots{(random.below(2) == 0 ? 1 : -1) * lots_near_a_tier(spec, random)};
  const PriceTicks entry{random.between(spec.price_ticks_min, spec.price_ticks_max)};
  const Money value = notional_of(spec, position.qty, entry);
  position.cost = spec.cost_of(position.qty, value);
  position.margin = Money{value.value / random_scale(random, 7) - random.below(5)};
  return position;
}

// Often a few ticks from where the notional passes a tier's floor.
std::int64_t mark_near_a_tier(const InstrumentSpec& spec, QtyLots qty, Random& random) {
  std::int64_t mark = random.between(spec.price_ticks_min, spec.price_ticks_max);
  const auto tier =
      static_cast<std::size_t>(random.below(static_cast<std::int64_t>(spec.tiers.size())));
  if (tier == 0) return mark;
  for (std::int64_t tick = spec.price_ticks_min; tick < spec.price_ticks_max; ++tick) {
    const bool before = notional_of(spec, qty, PriceTicks{tick}) > spec.tiers[tier].floor;
    const bool after = notional_of(spec, qty, PriceTicks{tick + 1}) > spec.tiers[tier].floor;
    if (before != after) mark = tick;
  }
  return spec.clamp_price(mark + random.between(-3, 3));
}

struct Asked {
  const InstrumentSpec& spec;
  const Position& position;
  bool at_equality;

  bool breached(std::int64_t tick) const {
    return is_breached(spec, position, PriceTicks{tick}, at_equality);
  }
  /// The first breached tick from `from` on, going `way`.
  std::int64_t next_breached(std::int64_t from, std::int64_t way) const {
    for (std::int64_t tick = from; spec.is_price(tick); tick += way)
      if (breached(tick)) return tick;
    return never_ticks;
  }
};

DELEVER_TEST(thresholds_are_the_scanned_ones) {
  Random random(5'051);
  int found = 0;
  for (int trial = 0; trial < 40'000; ++trial) {
    const InstrumentSpec spec = random_spec(random);
    const Position position = random_position(spec, random);
    const bool is_long = position.qty.value > 0;
    const Asked asked{spec, position, random.below(2) == 0};
    const std::int64_t mark =
        random.below(8) == 0 ? 0 : random.between(spec.price_ticks_min, spec.price_ticks_max);
    const bool from_mark = mark != 0 && is_two_sided(spec, position.qty);
    const std::int64_t safest = is_long ? spec.price_ticks_max : spec.price_ticks_min;
    const std::int64_t expected = asked.next_breached(from_mark ? mark : safest, is_long ? -1 : 1);
    const std::int64_t tick =
        liquidation_threshold(spec, position, PriceTicks{mark}, asked.at_equality);
    CHECK_EQUAL(tick, expected);
    found += tick != never_ticks && tick != safest ? 1 : 0;
  }
  CHECK(found > 15'000);
}

DELEVER_TEST(guards_stand_before_every_breached_tick) {
  Random random(5'052);
  int favourable = 0;
  for (int trial = 0; trial < 40'000; ++trial) {
    const InstrumentSpec spec = random_spec(random);
    Position position = random_position(spec, random);
    const Asked asked{spec, position, random.below(2) == 0};
    const std::int64_t mark = mark_near_a_tier(spec, position.qty, random);
    if (random.below(4) != 0) {  // a margin that just suffices
      const Money maintenance = maintenance_of(spec, position.qty, PriceTicks{mark});
      position.margin += maintenance - equity_of(spec, position, PriceTicks{mark});
      position.margin += Money{random_scale(random, 16)};
    }
    const GuardTicks guards = guard_ticks(spec, position, PriceTicks{mark}, asked.at_equality);
    const auto crosses = [&](std::int64_t tick) {
      return tick <= guards.low || (guards.high != never_ticks && tick >= guards.high);
    };
    if (asked.breached(mark)) {
      CHECK(crosses(mark));
      continue;
    }
    CHECK(!crosses(mark));
    const std::int64_t below = asked.next_breached(mark, -1);
    const std::int64_t above = asked.next_breached(mark, 1);
    CHECK_EQUAL(guards.low, below);
    CHECK_EQUAL(guards.high, above);
    favourable += (position.qty.value > 0 ? above : below) != never_ticks ? 1 : 0;
  }
  CHECK(favourable > 100);
}

DELEVER_TEST(a_two_sided_position_is_asked_at_its_first_mark) {
  InstrumentSpec spec = testing::plain_spec();
  spec.tier_rule = TierRule::Step;
  Position position;
  position.qty = QtyLots{5};
  CHECK(guard_ticks(spec, position, PriceTicks{0}, true) ==
        (GuardTicks{spec.price_ticks_max, never_ticks}));
  position.qty = QtyLots{-5};
  CHECK(!is_two_sided(spec, position.qty));
}

}  // namespace
}  // namespace delever
