// Which liquidation led to which: a cascade worked by hand, a closing in steps, and whole worlds.
#include <cmath>

#include "check.hpp"
#include "world_fixture.hpp"

namespace delever::testing {
namespace {

constexpr double first_log = 6.907755278982137;  // of 1,000

/// One price, two venues of a coin whose ticks are a hundredth; marks are told by hand.
struct Stage {
  WorldCascades cascades{1, 2, 1};
  double log_price = first_log;
  double index_log = first_log;
  std::int64_t step = 0;

  static std::int64_t ticks(double log_value) { return std::llround(100 * std::exp(log_value)); }
  /// A step in which the price moves by so much besides what was pushed in the last one; marks
  /// follow the index (the price of a step ago), or the price itself.
  void begin(double others, double pushed = 0, bool at_once = false) {
    ++step;
    cascades.begin_step();
    cascades.end_innovation(0);
    index_log = log_price;
    log_price += others + pushed;
    cascades.set_price(0, 0, log_price);
    cascades.set_index(0, index_log);
    for (std::size_t venue = 0; venue < 2; ++venue) {
      cascades.set_mark(venue, 0, 0, ticks(at_once ? log_price : index_log));
    }
  }
  /// A long whose threshold lies so far below 1,000 (in logs), and what it does to the price.
  std::int64_t liquidate(std::size_t venue, double threshold_log, double push,
                         bool is_long = true) {
    const auto local = static_cast<std::int64_t>(cascades.count(venue));
    const auto row = static_cast<std::int64_t>(cascades.rows().parents.size());
    cascades.add(venue, {step, 0, 1, 0, is_long ? long_position : short_position},
                 ticks(first_log + threshold_log));
    if (push != 0) cascades.push(venue, local, 0, 0, push);
    return row;
  }
  std::int64_t parent(std::int64_t row) const {
    return cascades.rows().parents[static_cast<std::size_t>(row)];
  }
};

DELEVER_TEST(sim_cascades_of_a_tree_made_by_hand) {
  Stage stage;
  stage.begin(0);
  stage.begin(-0.010);
  stage.begin(0);  // marks see the fall of 1 %
  const std::int64_t a = stage.liquidate(0, -0.004, -0.005);
  const std::int64_t b = stage.liquidate(1, -0.009, -0.003);
  stage.begin(0, -0.008);
  stage.begin(0);  // marks go to -1.8 %, to -1.5 % by a, the rest by b
  const std::int64_t c = stage.liquidate(0, -0.012, -0.004);
  const std::int64_t d = stage.liquidate(0, -0.016, -0.001);
  const std::int64_t e = stage.liquidate(1, -0.0149, 0);
  stage.begin(0, -0.005);
  stage.begin(0);  // to -2.2 % by c, to -2.3 % by d
  const std::int64_t f = stage.liquidate(1, -0.019, -0.002);
  const std::int64_t g = stage.liquidate(1, -0.0225, 0);
  stage.begin(0.020, -0.002);
  stage.begin(-0.022);  // everybody else takes it up and down again
  stage.begin(0);
  const std::int64_t h = stage.liquidate(0, -0.0195, 0);
  CHECK_EQUAL(stage.parent(a), no_parent);
  CHECK_EQUAL(stage.parent(b), no_parent);
  CHECK_EQUAL(stage.parent(c), a);
  CHECK_EQUAL(stage.parent(d), b);
  CHECK_EQUAL(stage.parent(e), a);
  CHECK_EQUAL(stage.parent(f), c);
  CHECK_EQUAL(stage.parent(g), d);
  CHECK_EQUAL(stage.parent(h), no_parent);

  const CascadeRows& rows = stage.cascades.rows();
  const std::vector<std::int64_t> times(rows.parents.size(), 0);
  const std::vector<double> usd{8, 4, 2, 1, 1, 1, 1, 6};
  const std::vector<Cascade> trees = cascades(rows.parents, times, usd);
  CHECK_EQUAL(trees.size(), std::size_t{3});
  const CascadeSummary summary = summary_of(trees, rows.parents, usd);
  CHECK_EQUAL(summary.liquidations, std::int64_t{8});
  CHECK_EQUAL(summary.branching, 5.0 / 8.0);
  CHECK_EQUAL(summary.branching_usd, 6.0 / 24.0);
  CHECK_EQUAL(trees[static_cast<std::size_t>(summary.largest)].size, std::int64_t{4});
  CHECK_EQUAL(trees[static_cast<std::size_t>(summary.largest)].depth, std::int64_t{3});
  CHECK(summary.sizes == std::vector<std::int64_t>({1, 1, 1}));  // h; b d g; a c e f
}

DELEVER_TEST(sim_cascades_follow_a_mark_that_does_not_wait_for_the_index) {
  Stage stage;
  stage.begin(0, 0, true);
  stage.begin(-0.010, 0, true);
  const std::int64_t a = stage.liquidate(0, -0.004, -0.005);
  stage.begin(-0.002, -0.005, true);  // the others' part of the fall comes first
  const std::int64_t b = stage.liquidate(0, -0.011, 0);
  const std::int64_t c = stage.liquidate(1, -0.014, 0.004);  // as if its buys lifted the price
  stage.begin(-0.001, 0.004, true);
  const std::int64_t d = stage.liquidate(0, -0.0165, 0, false);
  CHECK_EQUAL(stage.parent(a), no_parent);
  CHECK_EQUAL(stage.parent(b), no_parent);
  CHECK_EQUAL(stage.parent(c), a);
  CHECK_EQUAL(stage.parent(d), c);  // a short, by the rise
}

DELEVER_TEST(sim_cascades_of_one_coin_reach_those_that_follow_it) {
  WorldCascades cascades(1, 1, 2);
  double shown[] = {first_log, first_log};
  const auto step = [&](double first, double other, bool innovates) {
    cascades.begin_step();
    if (innovates) {
      cascades.follow(0, 1, 1.5);
      cascades.end_innovation(0);
    }
    cascades.set_price(0, 0, first);
    cascades.set_price(0, 1, other);
    cascades.set_index(0, shown[0]);  // the price of a step ago
    cascades.set_index(1, shown[1]);
    shown[0] = first;
    shown[1] = other;
    cascades.set_mark(0, 0, 0, Stage::ticks(first));
    cascades.set_mark(0, 0, 1, Stage::ticks(other));
  };
  step(first_log, first_log, true);
  cascades.add(0, {0, 0, 1, 0, long_position}, Stage::ticks(first_log));
  cascades.push(0, 0, 0, 0, -0.01);
  step(first_log - 0.01, first_log, false);
  step(first_log - 0.01, first_log - 0.015, true);
  cascades.add(0, {0, 0, 1, 1, long_position}, Stage::ticks(first_log - 0.007));
  CHECK_EQUAL(cascades.rows().parents[1], std::int64_t{0});
}

/// A venue's desk on which a long of 100 lots waits, and the price it fails at.
DELEVER_TEST(sim_cascades_know_the_mark_that_breached) {
  SimulationConfig config = sim_config();
  for (const Side side : {Side::Buy, Side::Sell}) {
    Venue venue{{config.instruments[0].spec},
                Rulebook{},
                family_bit(EventFamily::Fills) | family_bit(EventFamily::Risk)};
    Desk desk{venue};
    desk.set_time(sim_start_ns);
    desk.update_index(0, 700'000, false);
    const AccountId trader = desk.open_account(1'000), other = desk.open_account(1e9);
    desk.set_leverage(trader, 0, 20);
    desk.set_leverage(other, 0, 1);
    CHECK(desk.seed(trader, other, 0, side, 700'000, 100));
    const std::int64_t level = venue.liquidation_price(trader, 0);
    const std::int64_t past = side == Side::Buy ? level - 3'000 : level + 3'000;
    desk.update_index(0, past, false);
    FlowMeter meter(venue);
    meter.read();
    CHECK_EQUAL(meter.liquidation_rows().size(), std::size_t{1});
    const auto row = static_cast<std::size_t>(meter.liquidation_rows()[0]);
    constexpr EventFamily risk = EventFamily::Risk;
    const std::int64_t deficit = venue.log().column(risk, column_of(risk, Word::OtherAmount))[row];
    const std::int64_t found =
        breach_ticks(venue.instrument(0), side == Side::Buy ? 100 : -100, past, deficit);
    CHECK(std::abs(found - level) <= 2);
  }
}

/// A closing in steps: what it sells at later points is still its own, and the fund's after it.
DELEVER_TEST(sim_flow_of_a_liquidation_in_steps_is_its_own_to_the_end) {
  SimulationConfig config = sim_config();
  Rulebook rules;
  rules.procedure.reduce = Reduce::Fraction;
  rules.procedure.remainder = Remainder::Wait;
  Venue venue{{config.instruments[0].spec},
              rules,
              family_bit(EventFamily::Fills) | family_bit(EventFamily::Risk)};
  Desk desk{venue};
  desk.set_time(sim_start_ns);
  desk.update_index(0, 700'000, false);
  const AccountId trader = desk.open_account(4'000), other = desk.open_account(1e9);
  desk.set_leverage(trader, 0, 20);
  desk.set_leverage(other, 0, 1);
  CHECK(desk.seed(trader, other, 0, Side::Buy, 700'000, 1'000));
  desk.quote(other, 0, Side::Buy, 666'000, 10'000);
  FlowMeter meter(venue, rules.procedure.steps());
  double sold = 0, closed = 0;
  int points = 0;
  for (int point = 1; point <= 30 && desk.lots_of(trader, 0) != 0; ++point) {
    desk.set_time(sim_start_ns + point * second_ns);
    const std::int64_t before = desk.lots_of(trader, 0);
    desk.update_index(0, 667'400 - 20 * point, false);
    meter.read();
    venue.log().clear();
    for (const Closing& closing : meter.closings()) {
      CHECK_EQUAL(closing.liquidation, std::int64_t{0});
      closed += closing.usd;
    }
    const double traded = static_cast<double>(before - desk.lots_of(trader, 0)) * 66.6;
    if (traded == 0) continue;
    ++points;
    CHECK_EQUAL(meter.forced_flows().size(), std::size_t{1});
    CHECK_EQUAL(meter.forced_flows()[0].liquidation, std::int64_t{0});
    CHECK(std::fabs(meter.forced_flows()[0].usd + traded) < 0.01 * traded);
    CHECK_EQUAL(meter.forced_flows()[0].usd, meter.forced_usd()[0]);
    sold += traded;
  }
  CHECK(points > 1);
  CHECK(sold > 0);
  CHECK(std::fabs(closed - sold) < 0.01 * sold);  // what closed, not the position at each start
}

/// What a fund takes over counts as closed where steps are counted, and only there: a venue that
/// closes whole has counted the position when it began.
DELEVER_TEST(sim_liquidated_dollars_count_a_takeover_once) {
  for (const bool steps : {false, true}) {
    SimulationConfig config = sim_config();
    Rulebook rules;
    if (steps) rules.procedure.reduce = Reduce::NextTier;
    Venue venue{{config.instruments[0].spec},
                rules,
                family_bit(EventFamily::Fills) | family_bit(EventFamily::Risk)};
    Desk desk{venue};
    desk.set_time(sim_start_ns);
    desk.fund_insurance(1e6);
    desk.update_index(0, 700'000, false);
    const AccountId trader = desk.open_account(4'000), other = desk.open_account(1e9);
    desk.set_leverage(trader, 0, 20);
    desk.set_leverage(other, 0, 1);
    CHECK(desk.seed(trader, other, 0, Side::Buy, 700'000, 1'000));
    FlowMeter meter(venue, rules.procedure.steps());
    desk.update_index(0, 666'000, false);  // nobody bids
    meter.read();
    CHECK_EQUAL(desk.lots_of(trader, 0), std::int64_t{0});
    double closed = 0;
    for (const Closing& closing : meter.closings()) closed += closing.usd;
    CHECK(std::fabs(closed - 66'600) < 1);
  }
}

CascadeSummary summary_of(const World& world) {
  const CascadeRows& rows = world.cascades();
  std::vector<std::int64_t> times;
  std::vector<double> usd;
  for (const Liquidation& one : rows.liquidations) {
    times.push_back(one.time_ns);
    usd.push_back(one.usd);
  }
  return delever::summary_of(cascades(rows.parents, times, usd), rows.parents, usd);
}

DELEVER_TEST(sim_world_links_every_liquidation_to_an_earlier_one_on_its_way) {
  const WorldConfig config = world_config();
  const auto world = run_world(config);
  const CascadeRows& rows = world->cascades();
  CHECK_EQUAL(static_cast<std::int64_t>(rows.parents.size()), liquidations_of(*world));
  for (std::size_t row = 0; row < rows.parents.size(); ++row) {
    const Liquidation& one = rows.liquidations[row];
    const double tick = config.market.instruments[one.instrument].tick_usd;
    const double past = one.price_usd - static_cast<double>(rows.threshold_ticks[row]) * tick;
    CHECK(one.side == long_position ? past < 2 * tick : past > -2 * tick);
    if (rows.parents[row] == no_parent) continue;
    const auto& parent = rows.liquidations[static_cast<std::size_t>(rows.parents[row])];
    CHECK(parent.time_ns < one.time_ns);
    CHECK(parent.side == one.side);  // longs fall by sales, shorts rise by buys
  }
  const CascadeSummary factual = summary_of(*world);
  CHECK(factual.branching > 0.05);
  CHECK(factual.branching < 1);
  CHECK(factual.sizes.size() > 1);

  WorldConfig other = counterfactual_of(config, *world);
  other.switches.liquidations = ForcedClosing::AtMark;  // no flow, so nobody leads to anybody
  const auto flowless = run_world(other);
  CHECK(!flowless->cascades().parents.empty());
  CHECK_EQUAL(summary_of(*flowless).branching, 0.0);
  other.switches.liquidations = ForcedClosing::Book;
  other.switches.depth = 10;
  CHECK(summary_of(*run_world(other)).branching < 0.5 * factual.branching);
  std::cout << "cascades: branching " << factual.branching << " (" << factual.branching_usd
            << " of the dollars), " << factual.trees << " trees of " << factual.liquidations
            << "\n";
}

}  // namespace
}  // namespace delever::testing
