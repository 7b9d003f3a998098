// Thresholds, bankruptcy prices and deleveraging scores, worked by hand; and the score's caps,
// which no random sequence reaches.
#include "random_commands.hpp"
#include "risk/liquidation.hpp"

namespace delever {
namespace {

using testing::Random;
using testing::small_instrument;

Position position_of(std::int64_t lots, std::int64_t cost, std::int64_t margin) {
  Position position;
  position.qty = QtyLots{lots};
  position.cost = Money{cost};
  position.margin = Money{margin};
  return position;
}

DELEVER_TEST(a_long_and_a_short_worked_by_hand) {
  const InstrumentSpec spec = small_instrument("AAA");  // 1,000 atoms a tick and lot, 0.4 %
  // Ten lots at 1,000, margin a tenth: equity 10,000 t - 9,000,000 reaches 40 t at t = 903.6.
  const Position bought = position_of(10, 10'000'000, 1'000'000);
  CHECK_EQUAL(liquidation_threshold(spec, bought, true), 903);
  CHECK_EQUAL(bankruptcy_price(spec, bought).value, 900);
  // The same short: 11,000,000 - 10,000 t reaches 40 t at t = 1,095.6.
  const Position sold = position_of(-10, -10'000'000, 1'000'000);
  CHECK_EQUAL(liquidation_threshold(spec, sold, true), 1'096);
  CHECK_EQUAL(bankruptcy_price(spec, sold).value, 1'100);
  // A whole margin cannot be lost by a long.
  CHECK_EQUAL(liquidation_threshold(spec, position_of(10, 10'000'000, 10'000'000), true),
              never_ticks);
}

DELEVER_TEST(thresholds_are_where_the_predicate_turns) {
  const InstrumentSpec spec = small_instrument("AAA");
  Random random(77);
  for (int trial = 0; trial < 20'000; ++trial) {
    const std::int64_t side = random.below(2) == 0 ? 1 : -1;
    const std::int64_t lots = random.between(1, spec.position_lots_max);
    const std::int64_t cost = lots * random.between(500, 3'500) * spec.atoms_per_tick_lot;
    const Position position =
        position_of(side * lots, side * cost, random.between(-cost / 50, cost / 2));
    const bool at_equality = random.below(2) == 0;
    const std::int64_t tick = liquidation_threshold(spec, position, at_equality);
    const auto breached = [&](std::int64_t mark) {
      return is_breached(spec, position, PriceTicks{mark}, at_equality);
    };
    if (tick == never_ticks) {
      CHECK(!breached(side > 0 ? 1 : spec.price_ticks_max));
      continue;
    }
    CHECK(breached(tick));
    const std::int64_t safer = tick + side;
    if (safer >= 1 && safer <= spec.price_ticks_max) CHECK(!breached(safer));
  }
}

DELEVER_TEST(deleveraging_scores_and_their_caps) {
  const InstrumentSpec spec = small_instrument("AAA");
  const PriceTicks mark{2'000};
  // Profit 10,000,000 on a margin of 5,000,000: 2,000,000 ppm; maintenance 80,000 of an equity of
  // 15,000,000: 5,333 ppm.
  CHECK_EQUAL(deleveraging_score(spec, position_of(10, 10'000'000, 5'000'000), mark),
              std::int64_t{2'000'000} * 5'333);
  // No margin at all: the profit's share is capped at 1e12 ppm.
  CHECK_EQUAL(deleveraging_score(spec, position_of(10, 10'000'000, 0), mark),
              std::int64_t{1'000'000'000'000} * 8'000);
  // Equity below the maintenance margin: the ratio is capped at 1e6 ppm.
  CHECK_EQUAL(deleveraging_score(spec, position_of(10, 10'000'000, -9'990'000), mark),
              std::int64_t{1'000'000'000'000} * 1'000'000);
  CHECK_EQUAL(deleveraging_score(spec, position_of(-10, -10'000'000, 5'000'000), mark), 0);
}

}  // namespace
}  // namespace delever
