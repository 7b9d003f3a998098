#include <algorithm>
#include <cmath>
#include <set>

#include "check.hpp"
#include "sim/agenda.hpp"
#include "sim/makers.hpp"
#include "sim/priors.hpp"
#include "sim_fixture.hpp"

namespace delever::testing {
namespace {

DELEVER_TEST(sim_agenda_agrees_with_a_set_of_pairs) {
  constexpr std::uint32_t steps = 50, agents = 40;
  Agenda agenda(steps, agents);
  std::set<std::pair<std::uint32_t, std::uint32_t>> model;
  Random random(5);
  std::vector<std::uint32_t> due;
  for (std::uint32_t step = 0; step < steps; ++step) {
    for (int action = 0; action < 30; ++action) {
      const auto agent = static_cast<std::uint32_t>(random.below(agents));
      std::erase_if(model, [&](const auto& entry) { return entry.second == agent; });
      if (random.below(4) == 0) {
        agenda.remove(agent);
        continue;
      }
      const auto at = static_cast<std::uint32_t>(random.between(step, steps + 5));
      agenda.schedule(agent, at);
      if (at < steps) model.insert({at, agent});
    }
    agenda.take(step, due);
    std::vector<std::uint32_t> expected;
    for (const auto& [at, agent] : model) {
      if (at == step) expected.push_back(agent);
    }
    std::erase_if(model, [&](const auto& entry) { return entry.first == step; });
    CHECK(due == expected);
  }
}

DELEVER_TEST(sim_depth_survives_as_the_table_says) {
  CHECK_EQUAL(depth_survival(0.0), 1.0);
  CHECK_EQUAL(depth_survival(10.0), 1.0 / 1.75);
  CHECK_EQUAL(depth_survival(100.0), 1.0 / 6.1);
  for (double z = 0; z < 30; z += 0.1) CHECK(depth_survival(z) >= depth_survival(z + 0.1));
}

DELEVER_TEST(sim_recent_return_looks_one_minute_back) {
  RecentReturn recent;
  CHECK_EQUAL(recent.observe(0, 100.0), 0.0);
  CHECK(std::fabs(recent.observe(30 * second_ns, 101.0) - 0.01) < 1e-12);
  CHECK(std::fabs(recent.observe(60 * second_ns, 102.0) - 0.02) < 1e-12);
  CHECK(std::fabs(recent.observe(90 * second_ns, 101.0)) < 1e-12);
  for (int second = 91; second < 400; ++second) recent.observe(second * second_ns, 50.0);
  CHECK_EQUAL(recent.observe(400 * second_ns, 50.0), 0.0);
}

DELEVER_TEST(sim_makers_quote_the_published_depth_and_refill_what_was_eaten) {
  const SimulationConfig config = sim_config();
  Venue venue({config.instruments[0].spec}, config.rulebook);
  Desk desk(venue);
  desk.set_time(sim_start_ns);
  desk.update_index(0, 700'000, false);
  Makers makers(desk, config.market, config.instruments[0], 0);
  const auto depth = [&](Side side, std::int64_t middle = 700'000) {
    double usd = 0;
    for (std::int64_t price = venue.book(0).best(side); price > 0;
         price = venue.book(0).next_price(side, price)) {
      if (std::llabs(price - middle) > 7'000) break;
      usd += static_cast<double>(venue.book(0).level(side, price)->open_lots) * 70.0;
    }
    return usd;
  };
  makers.act(sim_start_ns, 70'000.0, 1.0);
  CHECK(std::fabs(depth(Side::Buy) / 20e6 - 1.0) < 0.03);
  CHECK(std::fabs(depth(Side::Sell) / 20e6 - 1.0) < 0.03);

  const AccountId seller = desk.open_account(1e9);
  desk.set_leverage(seller, 0, 1);
  desk.trade(seller, 0, Side::Sell, 150'000);  // half of the bids within 1 %
  const double eaten = depth(Side::Buy);
  CHECK(eaten < 12e6);
  desk.set_time(sim_start_ns + second_ns);
  makers.act(sim_start_ns + second_ns, 70'000.0, 1.0);
  CHECK(makers.inventory_usd() > 9e6);
  CHECK(depth(Side::Buy) > eaten);
  for (int second = 2; second < 300; ++second) {
    desk.set_time(sim_start_ns + second * second_ns);
    makers.act(sim_start_ns + second * second_ns, 70'000.0, 1.0);
  }
  // long makers quote lower: the middle is shifted by skew x inventory / depth
  const std::int64_t middle = (venue.book(0).best(Side::Buy) + venue.book(0).best(Side::Sell)) / 2;
  CHECK(middle < 700'000 * (1 - 0.002) && middle > 700'000 * (1 - 0.003));
  CHECK(depth(Side::Buy, middle) > 18e6);
  CHECK_EQUAL(desk.rejected(), std::int64_t{0});
}

DELEVER_TEST(sim_priors_spend_the_same_dollars_whatever_the_accounts) {
  for (const std::uint32_t accounts : {4'000u, 40'000u}) {
    double total = 0;
    constexpr int seeds = 8;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const SimulationConfig config = sim_config(seed, accounts);
      const Priors priors(config);
      for (std::uint32_t trader = 0; trader < accounts; ++trader) {
        const std::uint32_t id = priors.instrument(trader);
        const double size = priors.size_usd(trader, id);
        if (!priors.occupied(trader)) continue;
        const std::uint32_t leverage = priors.leverage(trader, id, size);
        if (priors.seeded(trader, id, leverage, size).survives) total += size;
      }
    }
    CHECK(std::fabs(total / seeds / (2e9 * 0.05) - 1.0) < 0.12);
  }
}

DELEVER_TEST(sim_priors_give_small_traders_more_leverage) {
  const SimulationConfig config = sim_config(3, 20'000);
  const Priors priors(config);
  double small = 0, large = 0, small_count = 0, large_count = 0;
  for (std::uint32_t trader = 0; trader < 20'000; ++trader) {
    const double size = priors.size_usd(trader, 0);
    const double leverage = priors.leverage(trader, 0, size);
    CHECK(leverage >= 1 && leverage <= 125);
    (size < 2'000 ? small : large) += leverage;
    (size < 2'000 ? small_count : large_count) += 1;
  }
  CHECK(small / small_count > large / large_count);
}

DELEVER_TEST(sim_history_decides_who_survived) {
  InstrumentConfig instrument = sim_instrument("BTCUSDT", 70'000, 0.1, 0.001);
  instrument.history = {
      {sim_start_ns - 48 * hour_ns, 24 * hour_ns, 80'000, 81'000, 79'000, 80'000},
      {sim_start_ns - 24 * hour_ns, 24 * hour_ns, 80'000, 80'500, 66'000, 70'000}};
  const EntryHistory history(instrument, sim_start_ns);
  const PastEntry old = history.entry(40, 0.5);
  CHECK_EQUAL(old.price, 80'000.0);
  CHECK_EQUAL(old.low_since, 66'000.0);
  CHECK_EQUAL(old.high_since, 80'500.0);
  const PastEntry recent = history.entry(1, 0.0);
  CHECK_EQUAL(recent.price, 66'000.0);
  CHECK_EQUAL(recent.low_since, 70'000.0);
  CHECK_EQUAL(history.entry(1e6, 0.0).price, 79'000.0);
  CHECK_EQUAL(history.start_price(), 70'000.0);
}

}  // namespace
}  // namespace delever::testing
