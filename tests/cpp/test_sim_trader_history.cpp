// Traders seeded before the start: what they lived through is what a run from then on does.
#include <cmath>

#include "check.hpp"
#include "sim/simulation.hpp"
#include "sim_fixture.hpp"

namespace delever::testing {
namespace {

constexpr std::int64_t later_ns = sim_start_ns + 3 * hour_ns;

SimulationConfig early() {
  SimulationConfig config = sim_config(7, 20'000);
  config.windows = {{sim_start_ns + 4 * hour_ns, 30 * second_ns}};
  config.population.holding_hours = {0.5, 3.0, 48.0};
  config.population.reentry_hours = 1.0;
  config.population.exit_drawdown_slope = 0.2;
  return config;
}

/// The same, begun three hours later.
SimulationConfig late() {
  SimulationConfig config = early();
  config.start_ns = later_ns;
  for (InstrumentConfig& instrument : config.instruments) {
    std::vector<PriceBar> path;
    for (const PriceBar& bar : instrument.path) {
      (bar.time_ns < later_ns ? instrument.history : path).push_back(bar);
    }
    instrument.path = path;
  }
  return config;
}

double held(const Simulation& simulation, bool is_long) {
  return static_cast<double>(simulation.population().lots(0, is_long));
}

DELEVER_TEST(sim_traders_lived_through_what_a_run_does_to_them) {
  Simulation run(early());
  run.run(later_ns);
  SimulationConfig config = late();
  const Simulation anew(config);
  config.population.seeded_ns = sim_start_ns;
  const Simulation lived(config);
  std::size_t same = 0, liquidated = 0;
  const std::vector<Trader>& there = run.population().traders();
  for (std::size_t i = 0; i < there.size(); ++i) {
    const Trader& here = lived.population().traders()[i];
    const auto sign = [](std::int32_t lots) { return (lots > 0) - (lots < 0); };
    same += sign(here.lots) == sign(there[i].lots) && here.episode == there[i].episode;
    liquidated += there[i].was_liquidated;
  }
  CHECK(liquidated > there.size() / 10);  // the fall was felt
  CHECK(same > there.size() * 93 / 100);  // but for whom the early exits chose, the very same
  for (const bool is_long : {true, false}) {
    const double off = std::fabs(held(lived, is_long) / held(run, is_long) - 1);
    CHECK(off < 0.08);
    CHECK(off < 0.6 * std::fabs(held(anew, is_long) / held(run, is_long) - 1));
  }
  CHECK(held(anew, true) > 1.05 * held(run, true));  // nobody has lost to the fall
}

DELEVER_TEST(sim_traders_seeded_at_the_start_have_no_history) {
  SimulationConfig config = late();
  Simulation plain(config);
  plain.run(config.end_ns());
  config.population.seeded_ns = sim_start_ns;
  Simulation lived(config), again(config);
  lived.run(config.end_ns());
  again.run(config.end_ns());
  CHECK(lived.venue().digest() != plain.venue().digest());
  CHECK_EQUAL(lived.venue().digest(), again.venue().digest());
  CHECK(lived.venue().audit().empty());
}

}  // namespace
}  // namespace delever::testing
