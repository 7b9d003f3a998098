// Thresholds, bankruptcy prices and deleveraging scores, worked by hand; and the score's caps,
// which no random sequence reaches.
#include "random_commands.hpp"
#include "risk/liquidation.hpp"
#include "risk/threshold.hpp"

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
  CHECK_EQUAL(liquidation_threshold(spec, bought, PriceTicks{0}, true), 903);
  CHECK_EQUAL(bankruptcy_price(spec, bought).value, 900);
  // The same short: 11,000,000 - 10,000 t reaches 40 t at t = 1,095.6.
  const Position sold = position_of(-10, -10'000'000, 1'000'000);
  CHECK_EQUAL(liquidation_threshold(spec, sold, PriceTicks{0}, true), 1'096);
  CHECK_EQUAL(bankruptcy_price(spec, sold).value, 1'100);
  // A whole margin cannot be lost by a long.
  CHECK_EQUAL(
      liquidation_threshold(spec, position_of(10, 10'000'000, 10'000'000), PriceTicks{0}, true),
      never_ticks);
}

void check_thresholds(const InstrumentSpec& spec, std::uint64_t seed) {
  Random random(seed);
  for (int trial = 0; trial < 20'000; ++trial) {
    const std::int64_t side = random.below(2) == 0 ? 1 : -1;
    const std::int64_t lots = random.between(1, spec.position_lots_max);
    const PriceTicks entry{random.between(500, 3'500)};
    const std::int64_t cost = spec.value_of(entry, QtyLots{lots}).value;
    const Position position =
        position_of(side * lots, spec.cost_of(QtyLots{side}, Money{cost}).value,
                    random.between(-cost / 50, cost / 2));
    const bool at_equality = random.below(2) == 0;
    const std::int64_t tick = liquidation_threshold(spec, position, PriceTicks{0}, at_equality);
    const auto breached = [&](std::int64_t mark) {
      return is_breached(spec, position, PriceTicks{mark}, at_equality);
    };
    if (tick == never_ticks) {
      CHECK(!breached(side > 0 ? spec.price_ticks_min : spec.price_ticks_max));
      continue;
    }
    CHECK(breached(tick));
    const std::int64_t safer = tick + side;
    if (safer >= 1 && safer <= spec.price_ticks_max) CHECK(!breached(safer));
  }
}

InstrumentSpec small_inverse() {
  InstrumentSpec spec = small_instrument("INV");
  spec.contract = ContractKind::Inverse;
  spec.atom_ticks_per_lot = 1'000'000;  // a lot is worth 1,000 atoms at a price of 1,000
  CHECK(spec.validate().empty());
  return spec;
}

DELEVER_TEST(thresholds_are_where_the_predicate_turns) {
  check_thresholds(small_instrument("AAA"), 77);
  check_thresholds(small_inverse(), 78);
}

DELEVER_TEST(an_inverse_long_and_short_worked_by_hand) {
  const InstrumentSpec spec = small_inverse();
  // Seven lots at 1,003: 7,000,000 / 1,003 = 6,979.06 atoms, charged at 6,980.
  CHECK_EQUAL(spec.value_of(PriceTicks{1'003}, QtyLots{7}).value, 6'980);
  CHECK_EQUAL(spec.signed_value(QtyLots{7}, PriceTicks{1'003}).value, -6'980);
  CHECK_EQUAL(spec.signed_value(QtyLots{-7}, PriceTicks{1'003}).value, 6'979);
  CHECK_EQUAL(spec.cost_of(QtyLots{7}, Money{6'980}).value, -6'980);
  CHECK_EQUAL(spec.cost_of(QtyLots{-7}, Money{6'980}).value, 6'980);
  // Ten lots bought at 1,000, margin a tenth: 11,000 - x reaches 0.004 x at x = 10,956.2, a price
  // of 912.7; it is bankrupt at 10,000,000 / 11,000 = 909.09.
  const Position bought = position_of(10, -10'000, 1'000);
  CHECK_EQUAL(liquidation_threshold(spec, bought, PriceTicks{0}, true), 912);
  CHECK_EQUAL(bankruptcy_price(spec, bought).value, 910);
  // Sold: x - 9,000 reaches 0.004 x at x = 9,036.1, a price of 1,106.7; bankrupt at 1,111.1.
  const Position sold = position_of(-10, 10'000, 1'000);
  CHECK_EQUAL(liquidation_threshold(spec, sold, PriceTicks{0}, true), 1'107);
  CHECK_EQUAL(bankruptcy_price(spec, sold).value, 1'111);
  // The margin pays for the whole coin: no price is too high for the short.
  CHECK_EQUAL(liquidation_threshold(spec, position_of(-10, 10'000, 10'000), PriceTicks{0}, true),
              never_ticks);
  CHECK_EQUAL(bankruptcy_price(spec, position_of(-10, 10'000, 10'000)).value, spec.price_ticks_max);
  // Nothing could save this long: the best price there is.
  CHECK_EQUAL(bankruptcy_price(spec, position_of(10, 0, 0)).value, spec.price_ticks_max);
}

DELEVER_TEST(maintenance_of_each_rule_worked_by_hand) {
  InstrumentSpec step = small_instrument("STEP");
  step.tier_rule = TierRule::Step;
  step.tiers = {{Money{0}, 4'000, Money{0}, 125}, {Money{1'000'000}, 10'000, Money{0}, 50}};
  step.maintenance_fee_ppm = 500;
  CHECK(step.validate().empty());
  CHECK_EQUAL(maintenance_of(step, QtyLots{1}, Money{1'000'000}).value, 4'500);
  CHECK_EQUAL(maintenance_of(step, QtyLots{1}, Money{1'000'001}).value, 10'001 + 501);
  CHECK_EQUAL(maintenance_of(step, QtyLots{-1'000}, PriceTicks{2}).value, 20'000 + 1'000);
  // 1 % and 0.01 % per lot: 50 lots need 1.5 %.
  InstrumentSpec grows = small_instrument("GROWS");
  grows.tier_rule = TierRule::SizeLinear;
  grows.tiers = {{Money{0}, 10'000, Money{0}, 50, 20'000}};
  grows.maintenance_slope_e12 = grows.initial_slope_e12 = 100'000'000;
  CHECK(grows.validate().empty());
  CHECK_EQUAL(maintenance_of(grows, QtyLots{-50}, Money{1'000'001}).value, 15'001);
  CHECK_EQUAL(initial_margin(grows, QtyLots{-50}, Money{1'000'001}, 50).value, 25'001);
  CHECK_EQUAL(initial_margin(grows, QtyLots{-50}, Money{1'000'001}, 20).value, 50'001);
  // Inverse: 1 % and 0.5 % per 100 coins; 200 coins need 2 %.
  InstrumentSpec coins = small_inverse();
  coins.tier_rule = TierRule::SizeLinear;
  coins.tiers = grows.tiers;
  coins.maintenance_slope_e12 = 50'000'000;
  CHECK(coins.validate().empty());
  CHECK_EQUAL(maintenance_of(coins, QtyLots{1}, Money{20'000'000'000}).value, 400'000'000);
}

DELEVER_TEST(initial_rate_rises_with_the_open_interest) {
  InstrumentSpec spec = small_instrument("DYDX");
  spec.tiers = {{Money{0}, 30'000, Money{0}, 20, 50'000}};
  spec.open_interest_lower = Money{1'000};
  spec.open_interest_upper = Money{2'000};
  CHECK(spec.validate().empty());
  const auto margin = [&](std::int64_t open_interest) {
    return initial_margin(spec, QtyLots{1}, Money{1'000'000}, 20, Money{open_interest}).value;
  };
  CHECK_EQUAL(margin(0), 50'000);
  CHECK_EQUAL(margin(1'000), 50'000);
  CHECK_EQUAL(margin(1'500), 525'000);
  CHECK_EQUAL(margin(9'999), 1'000'000);
  const auto need = [&](std::int64_t open_interest) {
    return order_need(spec, PriceTicks{1'000}, QtyLots{1}, 20, 1, PriceTicks{1'000},
                      Money{open_interest});
  };
  CHECK_EQUAL((need(1'500) - need(0)).value, 475'000);
  CHECK(need(0) == order_reserve(spec, PriceTicks{1'000}, QtyLots{1}, 20));
}

DELEVER_TEST(needs_of_inverse_orders_count_the_loss_at_the_mark) {
  InstrumentSpec spec = small_inverse();
  spec.maker_fee_ppm = spec.taker_fee_ppm = 0;
  const PriceTicks mark{1'000};
  const auto need = [&](std::int64_t price, int way) {
    return order_need(spec, PriceTicks{price}, QtyLots{10}, 10, way, mark).value;
  };
  CHECK_EQUAL(need(1'000, 1), 1'000);
  CHECK_EQUAL(need(1'250, 1), 800 + 2'000);  // bought for 8,000 what is worth 10,000 in coin
  CHECK_EQUAL(need(800, 1), 1'250);
  CHECK_EQUAL(need(800, -1), 1'250 + 2'500);
  CHECK_EQUAL(need(1'250, -1), 800);
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
