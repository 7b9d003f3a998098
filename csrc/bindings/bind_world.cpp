// The closed world, for Python: built from a dict, run in pieces without the interpreter's lock,
// and its steps, innovations and venues' series as numpy arrays.
#include <atomic>
#include <memory>

#include "bindings/bindings.hpp"
#include "bindings/series_arrays.hpp"
#include "bindings/sim_config.hpp"
#include "sim/cascade_tree.hpp"
#include "sim/world.hpp"
#include "sim/world_feed.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

/// A world that one thread at a time may run.
class WorldHandle {
 public:
  explicit WorldHandle(const py::dict& config) {
    WorldConfig parsed = world_config(config);
    const py::gil_scoped_release release;
    world_ = std::make_unique<World>(std::move(parsed));
  }

  void run(std::int64_t until_ns) {
    if (busy_.exchange(true)) throw running_elsewhere();
    const py::gil_scoped_release release;
    const Release guard{busy_};
    world_->run(until_ns);
  }
  const World& get() const {
    if (busy_) throw running_elsewhere();
    return *world_;
  }

 private:
  struct Release {
    std::atomic<bool>& flag;
    ~Release() { flag = false; }
  };
  static Misuse running_elsewhere() {
    return {Misunderstanding::Busy, "the world is running in another thread"};
  }
  std::unique_ptr<World> world_;
  std::atomic<bool> busy_{false};
};

/// The rows, which of them the venue's feed showed, and these summed as the true ones are.
void add_liquidations(py::dict& result, const PerpVenue& venue, const StepClock& clock) {
  const std::vector<Liquidation>& rows = venue.closings();
  const auto column = [&](auto Liquidation::* member) {
    using Value = std::remove_cvref_t<decltype(rows[0].*member)>;
    py::array_t<Value> array(static_cast<py::ssize_t>(rows.size()));
    for (std::size_t i = 0; i < rows.size(); ++i) array.mutable_data()[i] = rows[i].*member;
    return array;
  };
  py::dict columns;
  columns["time_ns"] = column(&Liquidation::time_ns);
  columns["price_usd"] = column(&Liquidation::price_usd);
  columns["usd"] = column(&Liquidation::usd);
  columns["coin"] = column(&Liquidation::instrument);
  columns["side"] = column(&Liquidation::side);
  const std::vector<std::uint8_t> shown = shown_by_feed(rows, clock, venue.feed());
  columns["shown"] = array_of(shown, {static_cast<py::ssize_t>(shown.size())});
  result["liquidation_rows"] = columns;
  const std::size_t bins = venue.series().time_ns.size();
  const auto shape = {static_cast<py::ssize_t>(bins),
                      static_cast<py::ssize_t>(venue.coins().size()), py::ssize_t{2}};
  const SimulationConfig& config = venue.config();
  result["shown_usd"] = array_of(
      sums_by_bin(rows, shown, venue.coins(), config.start_ns, config.sample_ns, bins), shape);
}

py::dict venue_result(const PerpVenue& venue, const StepClock& clock) {
  py::dict result;
  const ResultSeries& series = venue.series();
  const std::vector<std::uint32_t> coins(venue.coins().begin(), venue.coins().end());
  const auto count = static_cast<py::ssize_t>(coins.size());
  result["name"] = venue.name();
  result["coins"] = array_of(coins, {count});
  add_bins(result, series, count);
  const auto settlements = static_cast<py::ssize_t>(series.funding_time_ns.size());
  result["funding_time_ns"] = array_of(series.funding_time_ns, {settlements});
  result["funding_rate_e8"] = array_of(series.funding_rate_e8, {settlements, count});
  add_liquidations(result, venue, clock);
  result["worst_past_bankruptcy"] = series.worst_past_bankruptcy;
  result["liquidations"] = series.liquidations;
  result["fills"] = series.fills;
  result["traders_liquidated"] = venue.population().traders_liquidated();
  result["accounts"] = venue.population().traders().size();
  result["commands"] = venue.venue().command_count();
  result["rejected"] = venue.rejected();
  result["digest"] = venue.venue().digest();
  return result;
}

/// All liquidations with the one that led to each, their trees, and what these amount to.
py::dict cascades_of(const World& world) {
  const CascadeRows& rows = world.cascades();
  std::vector<std::int64_t> times;
  std::vector<double> usd;
  for (const Liquidation& one : rows.liquidations) {
    times.push_back(one.time_ns);
    usd.push_back(one.usd);
  }
  const std::vector<Cascade> trees = cascades(rows.parents, times, usd);
  const CascadeSummary summary = summary_of(trees, rows.parents, usd);
  const auto flat = [](const auto& values) {
    return array_of(values, {static_cast<py::ssize_t>(values.size())});
  };
  py::dict result;
  result["liquidations"] = flat(rows.liquidations);
  result["venue"] = flat(rows.venues);
  result["threshold_ticks"] = flat(rows.threshold_ticks);
  result["parent"] = flat(rows.parents);
  result["trees"] = flat(trees);
  result["sizes"] = flat(summary.sizes);
  result["branching"] = summary.branching;
  result["branching_usd"] = summary.branching_usd;
  result["largest"] = summary.largest;
  return result;
}

void add_steps(py::dict& result, const World& world, py::ssize_t coins) {
  std::vector<std::int64_t> times;
  for (std::uint32_t step = 0; step < world.step(); ++step) {
    times.push_back(world.clock().time_ns(step));
  }
  const auto steps = static_cast<py::ssize_t>(times.size());
  const WorldSeries& series = world.series();
  result["time_ns"] = array_of(times, {steps});
  result["log_price"] = array_of(series.log_price, {steps, coins});
  result["impact"] = array_of(series.impact, {steps, coins});
  result["flow_usd"] = array_of(series.flow_usd, {steps, coins});
  result["forced_usd"] = array_of(series.forced_usd, {steps, coins});
  result["depth_usd"] = array_of(series.depth_usd, {steps, coins});
}

py::dict result_of(const World& world) {
  py::dict result;
  const auto coins = static_cast<py::ssize_t>(world.config().market.instruments.size());
  add_steps(result, world, coins);
  std::vector<double> errors, clipped, saved;
  for (std::uint32_t coin = 0; coin < static_cast<std::uint32_t>(coins); ++coin) {
    errors.push_back(world.driver().path_error(coin));
    clipped.push_back(world.driver().clipped_share(coin));
    const std::vector<double>& own = world.driver().saved()[coin];
    saved.insert(saved.end(), own.begin(), own.end());
  }
  const auto intervals = static_cast<py::ssize_t>(saved.size()) / coins;
  result["saved"] = array_of(saved, {coins, intervals});
  result["path_error"] = array_of(errors, {coins});
  result["clipped_share"] = array_of(clipped, {coins});
  py::list venues;
  for (std::size_t i = 0; i < world.venue_count(); ++i)
    venues.append(venue_result(world.venue(i), world.clock()));
  result["venues"] = venues;
  result["cascades"] = cascades_of(world);
  result["commands"] = world.command_count();
  result["spot_commands"] = world.spot().venue().command_count();
  result["digest"] = world.digest();
  return result;
}

}  // namespace

void register_world(py::module_& module) {
  py::class_<WorldHandle>(module, "World",
                          "A closed market of spot and venues, from a configuration dict.")
      .def(py::init<const py::dict&>(), py::arg("config"))
      .def("run", &WorldHandle::run, py::arg("until_ns"),
           "Run every step that begins before `until_ns`; the interpreter stays free.")
      .def(
          "result", [](const WorldHandle& self) { return result_of(self.get()); },
          "All steps, innovations and venues' series so far, copied into numpy arrays.")
      .def_property_readonly("time_ns",
                             [](const WorldHandle& self) { return self.get().time_ns(); })
      .def_property_readonly(
          "end_ns", [](const WorldHandle& self) { return self.get().config().market.end_ns(); })
      .def_property_readonly("digest", [](const WorldHandle& self) { return self.get().digest(); })
      .def_property_readonly("commands",
                             [](const WorldHandle& self) { return self.get().command_count(); })
      .def_property_readonly("audit", [](const WorldHandle& self) {
        const World& world = self.get();
        std::string broken = world.spot().venue().audit();
        for (std::size_t i = 0; i < world.venue_count() && broken.empty(); ++i) {
          broken = world.venue(i).venue().audit();
        }
        return broken;
      });
}

}  // namespace v1
}  // namespace delever
