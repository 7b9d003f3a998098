// The simulation, for Python: built from a dict, run in pieces without the interpreter's lock, and
// its series as numpy arrays.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <atomic>
#include <vector>

#include "bindings/bindings.hpp"
#include "bindings/series_arrays.hpp"
#include "bindings/sim_config.hpp"
#include "sim/simulation.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

/// A simulation that one thread at a time may run.
class SimulationHandle {
 public:
  explicit SimulationHandle(const py::dict& config) {
    SimulationConfig parsed = simulation_config(config);
    const py::gil_scoped_release release;
    simulation_ = std::make_unique<Simulation>(std::move(parsed));
  }

  void run(std::int64_t until_ns) {
    if (busy_.exchange(true)) {
      throw Misuse(Misunderstanding::Busy, "the simulation is running in another thread");
    }
    const py::gil_scoped_release release;
    const Release guard{busy_};
    simulation_->run(until_ns);
  }
  const Simulation& get() const {
    if (busy_) throw Misuse(Misunderstanding::Busy, "the simulation is running in another thread");
    return *simulation_;
  }

 private:
  struct Release {
    std::atomic<bool>& flag;
    ~Release() { flag = false; }
  };
  std::unique_ptr<Simulation> simulation_;
  std::atomic<bool> busy_{false};
};

void add_map(py::dict& result, const Simulation& simulation) {
  const ResultSeries& series = simulation.series();
  const MapHistogram& map = simulation.population().map();
  std::vector<double> edges;
  for (std::uint32_t bin = 0; bin <= map.bins(); ++bin) edges.push_back(map.edge_usd(bin));
  const auto samples = static_cast<py::ssize_t>(series.map_time_ns.size());
  result["map_time_ns"] = array_of(series.map_time_ns, {samples});
  result["map_edges"] = array_of(edges, {static_cast<py::ssize_t>(edges.size())});
  result["map_usd"] = array_of(series.map_usd, {samples, map.bins(), 2});
}

void add_counts(py::dict& result, const Simulation& simulation) {
  const ResultSeries& series = simulation.series();
  const Venue& venue = simulation.venue();
  result["worst_past_bankruptcy"] = series.worst_past_bankruptcy;
  result["digest"] = venue.digest();
  result["commands"] = venue.command_count();
  result["accounts"] = simulation.config().population.accounts;
  result["events"] = venue.next_sequence();
  result["liquidations"] = series.liquidations;
  result["fills"] = series.fills;
  result["traders_liquidated"] = simulation.population().traders_liquidated();
  result["rejected"] = simulation.rejected();
}

void add_priors(py::dict& result, const Simulation& simulation) {
  const Priors& priors = simulation.population().priors();
  std::vector<double> size_min, surviving;
  for (std::uint32_t id = 0; id < simulation.config().instruments.size(); ++id) {
    size_min.push_back(priors.size_min_usd(id));
    surviving.push_back(priors.surviving_share(id));
  }
  const auto count = static_cast<py::ssize_t>(size_min.size());
  result["size_min_usd"] = array_of(size_min, {count});
  result["surviving_share"] = array_of(surviving, {count});
}

py::dict result_of(const Simulation& simulation) {
  const ResultSeries& series = simulation.series();
  const auto instruments = static_cast<py::ssize_t>(simulation.config().instruments.size());
  py::dict result;
  add_bins(result, series, instruments);
  add_map(result, simulation);
  const auto settlements = static_cast<py::ssize_t>(series.funding_time_ns.size());
  result["funding_time_ns"] = array_of(series.funding_time_ns, {settlements});
  result["funding_rate_e8"] = array_of(series.funding_rate_e8, {settlements, instruments});
  add_counts(result, simulation);
  add_priors(result, simulation);
  return result;
}

}  // namespace

void register_sim(py::module_& module) {
  py::class_<SimulationHandle>(module, "Simulation",
                               "One market day on the venue, from a configuration dict.")
      .def(py::init<const py::dict&>(), py::arg("config"))
      .def("run", &SimulationHandle::run, py::arg("until_ns"),
           "Run every step that begins before `until_ns`; the interpreter stays free.")
      .def(
          "result", [](const SimulationHandle& self) { return result_of(self.get()); },
          "Series and counts so far, copied into numpy arrays.")
      .def_property_readonly("time_ns",
                             [](const SimulationHandle& self) { return self.get().time_ns(); })
      .def_property_readonly(
          "end_ns", [](const SimulationHandle& self) { return self.get().config().end_ns(); })
      .def_property_readonly(
          "commands",
          [](const SimulationHandle& self) { return self.get().venue().command_count(); })
      .def_property_readonly(
          "audit", [](const SimulationHandle& self) { return self.get().venue().audit(); });
}

}  // namespace v1
}  // namespace delever
