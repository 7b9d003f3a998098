// Liquidation and bankruptcy prices, schedules and order costs: against their own equations,
// against the engine's predicate, and at the edges.
#include <algorithm>
#include <stdexcept>

#include "check.hpp"
#include "decimals.hpp"
#include "risk/account_health.hpp"
#include "risk/liquidation_price.hpp"
#include "risk/margin.hpp"
#include "risk/margin_schedule.hpp"
#include "risk/order_cost.hpp"
#include "risk/threshold.hpp"

namespace delever {
inline namespace v1 {
namespace {

using testing::decimal;
using testing::near;
using testing::Random;

constexpr ContractKind kinds[] = {ContractKind::Linear, ContractKind::Inverse};

Fixed random_fixed(Random& random, std::int64_t low, std::int64_t high, std::int64_t scale) {
  return Fixed::of_steps(Fixed::one_steps / scale * random.between(low, high));
}

Fixed surplus_at(ContractKind kind, const std::vector<MarginedLeg>& legs, Fixed wallet, Fixed fee,
                 Fixed price) {
  Fixed surplus = wallet;
  for (const MarginedLeg& leg : legs) {
    const Fixed value = absolute(position_value(kind, leg.qty, price));
    surplus += profit(kind, leg.qty, leg.entry, price) - value * (leg.maintenance_rate + fee);
    surplus += leg.deduction;
  }
  return surplus;
}

DELEVER_TEST(the_liquidation_price_solves_its_equation) {
  Random random(21);
  int solved = 0;
  for (int trial = 0; trial < 4'000; ++trial) {
    const ContractKind kind = kinds[trial % 2];
    std::vector<MarginedLeg> legs;
    for (std::int64_t leg = random.between(1, 2); leg > 0; --leg)
      legs.push_back({random_fixed(random, -9'000, 9'000, 10), random_fixed(random, 100, 9'000, 10),
                      random_fixed(random, 1, 200, 1'000), random_fixed(random, 0, 100, 1'000)});
    const Fixed wallet = random_fixed(random, 1, 5'000, 10);
    const Fixed fee = random_fixed(random, 0, 10, 10'000);
    const std::optional<Fixed> price = price_at_maintenance(kind, legs, wallet, fee);
    if (!price || *price < decimal("0.01") || *price > Fixed(1'000'000)) continue;
    CHECK(near(surplus_at(kind, legs, wallet, fee, *price), 0, "0.000000001"));
    ++solved;
  }
  CHECK(solved > 1'000);
}

DELEVER_TEST(no_price_liquidates_what_is_fully_paid) {
  const MarginedLeg coin{1, 100, decimal("0.01"), 0};
  CHECK(!price_at_maintenance(ContractKind::Linear, {coin}, 200, 0));
  CHECK(price_at_maintenance(ContractKind::Linear, {coin}, 100, 0) == Fixed(0));
  CHECK(!isolated_price(ContractKind::Inverse, {-1, 100, 0, 0}, 1, 0));  // 1x inverse short
  CHECK(isolated_price(ContractKind::Inverse, {1, 100, 0, 0}, 1, 0) == Fixed(50));
  CHECK(isolated_price(ContractKind::Linear, {1, 40, 0, 0}, 1, 0) == Fixed(0));
  CHECK(!price_at_loss(ContractKind::Linear, 0, 100, 1));
  CHECK(!price_at_loss(ContractKind::Linear, 1, 100, 101));
  CHECK(!price_at_maintenance(ContractKind::Linear, {}, 100, 0));
  CHECK(!isolated_price(ContractKind::Linear, {0, 40, 0, 0}, 1, 0));
}

DELEVER_TEST(hedged_legs_share_one_price) {
  const std::vector<MarginedLeg> hedge = {{20, decimal("6563.665"), decimal("0.005"), 50},
                                          {-10, decimal("6563.86"), decimal("0.005"), 50}};
  const std::optional<Fixed> price = price_at_maintenance(ContractKind::Linear, hedge, 15'000, 0);
  CHECK(price && near(surplus_at(ContractKind::Linear, hedge, 15'000, 0, *price), 0, "0.000001"));
  const std::vector<MarginedLeg> flat = {{1, 100, 0, 0}, {-1, 100, 0, 0}};
  CHECK(!price_at_maintenance(ContractKind::Linear, flat, 5, 0));
}

DELEVER_TEST(the_bracket_is_that_of_the_answer) {
  const std::vector<MarginBracket> brackets = {
      {0, decimal("0.004"), 0}, {50'000, decimal("0.005"), 50}, {600'000, decimal("0.0065"), 950}};
  for (const int qty : {1, 7, 40, -1, -7, -40}) {
    const Fixed wallet = Fixed(absolute(Fixed(qty))) * 1'000;
    const std::optional<Fixed> price =
        price_at_maintenance(ContractKind::Linear, qty, 10'000, wallet, 0, brackets);
    CHECK(price.has_value());
    const Fixed value = absolute(Fixed(qty) * *price);
    const Fixed equity = wallet + profit(ContractKind::Linear, qty, 10'000, *price);
    CHECK(near(equity, maintenance_margin(value, brackets), "0.000000001"));
  }
}

InstrumentSpec spec_of(ContractKind kind, std::int64_t maintenance_ppm) {
  InstrumentSpec spec;
  spec.symbol = "TEST";
  spec.contract = kind;
  spec.atoms_per_tick_lot = 1'000;
  spec.atom_ticks_per_lot = 200'000'000'000;
  spec.price_ticks_min = kind == ContractKind::Inverse ? 1'000 : 1;
  spec.price_ticks_max = 1'000'000;
  spec.order_lots_max = spec.position_lots_max = 10'000;
  spec.tiers = {{Money{0}, maintenance_ppm, Money{0}, 100}};
  return spec;
}

// The engine counts ticks of 1, lots of 1 and atoms; so does this.
DELEVER_TEST(the_closed_form_is_the_engines_threshold) {
  Random random(23);
  int compared = 0;
  for (int trial = 0; trial < 4'000; ++trial) {
    const ContractKind kind = kinds[trial % 2];
    const InstrumentSpec spec = spec_of(kind, random.between(1, 200) * 1'000);
    CHECK(spec.validate().empty());
    Position position;
    position.qty = QtyLots{random.between(1, 9'000) * (trial % 4 < 2 ? 1 : -1)};
    const PriceTicks entry{random.between(20'000, 400'000)};
    position.cost = spec.cost_of(position.qty, notional_of(spec, position.qty, entry));
    position.margin = Money{absolute(position.cost).value / random.between(2, 50)};
    const std::int64_t threshold = liquidation_threshold(spec, position, entry, true);
    const bool linear = kind == ContractKind::Linear;
    const Fixed unit = Fixed::of_steps(
        Fixed::one_steps * (linear ? spec.atoms_per_tick_lot : spec.atom_ticks_per_lot));
    const Fixed qty = Fixed(static_cast<int>(position.qty.value)) * unit;
    const Fixed rate = Fixed(static_cast<int>(spec.tiers[0].maintenance_ppm)) / Fixed(1'000'000);
    const Fixed wallet =
        Fixed::of_steps(Fixed::one_steps * (position.margin - position.cost).value);
    const std::optional<Fixed> price = price_at_maintenance(kind, {{qty, 0, rate, 0}}, wallet, 0);
    if (!price || *price < Fixed(2'000) || *price > Fixed(999'000)) continue;
    // A tick, and what an atom of rounding moves the price by.
    const Fixed slack = linear ? Fixed(2) : Fixed(2) + *price * *price / absolute(qty) * Fixed(4);
    CHECK(absolute(Fixed(static_cast<int>(threshold)) - *price) <= slack);
    ++compared;
  }
  CHECK(compared > 2'000);
}

DELEVER_TEST(schedules_at_their_edges) {
  const RiskSteps steps{200, 150, decimal("0.005"), decimal("0.01")};
  CHECK(risk_step_rates(200, steps).maintenance == decimal("0.005"));
  CHECK(risk_step_rates(decimal("200.000000001"), steps).maintenance == decimal("0.01"));
  CHECK(risk_step_rates(350, steps).initial == decimal("0.015"));
  CHECK(risk_step_rates(351, steps).initial == decimal("0.02"));
  CHECK(risk_step_rates(0, steps).initial == decimal("0.01"));
  CHECK_THROWS(tier_rate(11, {{10, 1}}), std::domain_error);
  CHECK(tier_rate(10, {{10, 1}, {20, 2}}) == 1);
  CHECK_THROWS(bracket_deductions({0, 1}, {0}), std::domain_error);
  CHECK_THROWS(bracket_deductions({0, 0}, {0, 1}), std::domain_error);
  CHECK_THROWS(maintenance_margin(1, {{2, 0, 0}}), std::domain_error);
  CHECK(bracket_deductions({}, {}).empty());
  CHECK(maintenance_margin(1, {{0, decimal("0.01"), 5}}) == 0);
  CHECK_THROWS(maintenance_rate_at(0), std::domain_error);
  CHECK(size_margin(0, decimal("0.02"), 1, 100) == 0);
}

DELEVER_TEST(order_costs_of_both_sides) {
  const Fixed taker = decimal("0.00055");
  for (const ContractKind kind : kinds) {
    for (const int qty : {10'000, -10'000}) {
      const OrderCost cost = order_cost(kind, qty, 2'000, 25, taker);
      const Fixed margin = initial_margin(kind, qty, 2'000, 25);
      const std::optional<Fixed> bankrupt = isolated_price(kind, {qty, 2'000, 0, 0}, 25, 0);
      const Fixed value = absolute(position_value(kind, qty, *bankrupt));
      CHECK(cost.initial_margin == margin);
      CHECK(near(cost.close_fee, value * taker, "0.00000000000001"));
      CHECK(cost.total() == cost.initial_margin + cost.open_fee + cost.close_fee);
    }
  }
  CHECK(order_cost(ContractKind::Inverse, -1, 100, 1, taker).close_fee == 0);
}

DELEVER_TEST(health_and_windows) {
  const HealthWeights weights{decimal("0.8"), decimal("1.2"), decimal("0.8"), decimal("1.2"),
                              decimal("0.95")};
  CHECK(weighted_health(-10, 100, 5, weights) == decimal("30.4"));
  CHECK(weighted_health(10, -100, 5, weights) == -72);
  CHECK(weighted_health(0, 0, 5, weights) == 0);
  CHECK(left_after_windows(150, 100, 3) == 0);
}

}  // namespace
}  // namespace v1
}  // namespace delever
