// The reduced model, for Python: a world drawn once, and questions answered without the
// interpreter's lock, on as many threads as ask.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "bindings/bindings.hpp"
#include "bindings/sim_config.hpp"
#include "sim/reduced_model.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;

/// A population on its clock and, where there is a recorded path, the driver before its first step.
class ReducedWorld {
 public:
  ReducedWorld(const py::dict& config, double control_s, double clip, double patience,
               double cluster_share, double k_max)
      : k_max_(k_max) {
    SimulationConfig parsed = simulation_config(config);
    const py::gil_scoped_release release;
    parsed.instruments.resize(1);
    parsed.population.scale *= k_max;
    const std::string complaint = parsed.validate();
    if (!complaint.empty()) throw Misuse(Misunderstanding::Config, complaint);
    calm_per_sqrt_minute_ = parsed.market.calm_per_sqrt_minute;
    depth_half_life_s_ = parsed.market.depth_half_life_s;
    driver_.emplace(parsed, static_cast<std::int64_t>(control_s * 1e9), clip, patience);
    population_ = draw_population(parsed, driver_->clock(), driver_->path(0), cluster_share);
  }
  explicit ReducedWorld(ReducedPopulation population) : population_(std::move(population)) {}

  ReducedAnswer ask(const ReducedTerms& terms, const ReducedQuestion& question,
                    std::optional<std::vector<double>> innovations) const {
    ReducedRun factual = run(terms, std::move(innovations));
    return answer(population(), terms, std::move(factual), question);
  }
  ReducedRun run(const ReducedTerms& terms, std::optional<std::vector<double>> innovations) const {
    if (innovations) return ReducedRun(population(), terms, std::move(*innovations));
    if (!driver_) throw Misuse(Misunderstanding::Config, "no recorded path: give innovations");
    return ReducedRun(population(), terms, *driver_);
  }

  const ReducedPopulation& population() const { return *population_; }
  std::uint32_t steps() const { return population().clock.step_count(); }
  const std::optional<Driver>& driver() const { return driver_; }
  double k_max() const { return k_max_; }
  DepthTerms depth_terms(bool withdrawal) const {
    return {withdrawal, calm_per_sqrt_minute_, depth_half_life_s_};
  }

 private:
  std::optional<ReducedPopulation> population_;
  std::optional<Driver> driver_;
  double k_max_ = 1;
  double calm_per_sqrt_minute_ = 0.0005;
  double depth_half_life_s_ = 300.0;
};

py::array_t<double> array_of(const std::vector<double>& values) {
  return py::array_t<double>(static_cast<py::ssize_t>(values.size()), values.data());
}

std::vector<double> vector_of(const Doubles& array) {
  return {array.data(), array.data() + array.size()};
}

/// Reads every known key of a dict of terms; an unknown one is refused by name.
ReducedTerms terms_from(const ReducedWorld& world, const py::dict& values) {
  ReducedTerms terms;
  double tau_hours = std::numeric_limits<double>::infinity(), kind = 0, k = 1;
  bool withdrawal = true;
  const std::vector<std::pair<const char*, double*>> numbers{
      {"depth", &terms.impact.depth_usd_per_percent},
      {"k", &k},
      {"tau_hours", &tau_hours},
      {"pi", &terms.impact.permanent_share},
      {"leverage_max", &terms.leverage_max},
      {"concave_scale", &terms.concave_scale},
      {"concave_exponent", &terms.concave_exponent},
      {"concave_half_life_s", &terms.concave_half_life_s}};
  const std::vector<std::pair<const char*, bool*>> switches{
      {"withdrawal", &withdrawal}, {"population_flow", &terms.population_flow}};
  for (const auto& item : values) {
    const auto key = py::cast<std::string>(item.first);
    bool known = false;
    for (const auto& [name, target] : numbers) {
      if (key == name) *target = py::cast<double>(item.second), known = true;
    }
    for (const auto& [name, target] : switches) {
      if (key == name) *target = py::cast<bool>(item.second), known = true;
    }
    if (key == "liquidations") {
      const auto word = py::cast<std::string>(item.second);
      kind = word == "on" ? 0 : word == "off" ? 1 : word == "off-book" ? 2 : -1;
      known = kind >= 0;
    }
    if (key == "rounds") terms.rounds = py::cast<std::uint32_t>(item.second), known = true;
    if (!known) {
      throw Misuse(Misunderstanding::Config, "the reduced model has no term '" + key + "' = " +
                                                 py::cast<std::string>(py::str(item.second)));
    }
  }
  if (!(terms.impact.depth_usd_per_percent > 0 && k > 0 && k <= world.k_max() && tau_hours > 0 &&
        terms.impact.permanent_share >= 0 && terms.impact.permanent_share <= 1 &&
        terms.leverage_max >= 1)) {
    throw Misuse(Misunderstanding::Config,
                 "depth and tau_hours must be > 0, k in 0..k_max of the world (" +
                     std::to_string(world.k_max()) + "), pi in 0..1, leverage_max >= 1");
  }
  terms.trader_share = k / world.k_max();
  terms.impact.half_life_s = tau_hours * 3600.0;
  terms.liquidations = static_cast<Liquidations>(static_cast<int>(kind));
  terms.depth = world.depth_terms(withdrawal);
  return terms;
}

std::optional<std::vector<double>> given(const ReducedWorld& world,
                                         const std::optional<Doubles>& innovations) {
  if (!innovations) return std::nullopt;
  if (innovations->size() != world.steps()) {
    throw Misuse(Misunderstanding::Config,
                 "give one innovation for each of " + std::to_string(world.steps()) + " intervals");
  }
  return vector_of(*innovations);
}

ReducedQuestion question_from(const ReducedWorld& world,
                              const std::vector<std::pair<std::uint32_t, std::uint32_t>>& horizons,
                              const std::vector<std::uint32_t>& kicks, bool branches,
                              std::uint32_t kick_horizon, double kick_usd) {
  ReducedQuestion question;
  question.kick_usd = kick_usd;
  question.branches = branches;
  question.kick_horizon_steps = kick_horizon;
  for (const auto& [first, last] : horizons) {
    if (first > last || last >= world.steps()) {
      throw Misuse(Misunderstanding::Config, "a horizon lies outside the intervals");
    }
    question.horizons.push_back({first, last});
  }
  for (const std::uint32_t step : kicks) {
    const bool ascends = question.kick_steps.empty() || step >= question.kick_steps.back();
    if (!ascends || step >= world.steps()) {
      throw Misuse(Misunderstanding::Config, "kick steps must ascend and lie inside the run");
    }
    question.kick_steps.push_back(step);
  }
  return question;
}

py::dict dict_of(const ReducedAnswer& answer, bool series) {
  py::dict result;
  const auto column = [&](const char* name, auto&& of) {
    std::vector<double> values;
    for (const FallShare& fall : answer.falls) values.push_back(of(fall));
    result[name] = array_of(values);
  };
  column("fall", [](const FallShare& fall) { return fall.with; });
  column("fall_without", [](const FallShare& fall) { return fall.without; });
  column("share_at_low", [](const FallShare& fall) { return fall.at_low(); });
  column("share_own", [](const FallShare& fall) { return fall.own(); });
  column("share", [](const FallShare& fall) { return fall.share(); });
  column("low_step", [](const FallShare& fall) { return double(fall.low_step); });
  column("high_step", [](const FallShare& fall) { return double(fall.high_step); });
  result["first_generation"] = array_of(answer.first_generation);
  result["multiplier"] = array_of(answer.multiplier);
  result["liquidated_long_usd"] = answer.liquidated_long_usd;
  result["liquidated_short_usd"] = answer.liquidated_short_usd;
  result["path_error"] = answer.path_error;
  result["clipped_share"] = answer.clipped_share;
  result["excursion"] = answer.excursion_log;
  if (series) {
    result["factual_log"] = array_of(answer.factual_log);
    result["counterfactual_log"] = array_of(answer.counterfactual_log);
    result["innovations"] = array_of(answer.innovations);
    result["long_usd"] = array_of(answer.long_usd);
    result["short_usd"] = array_of(answer.short_usd);
  }
  return result;
}

py::dict ask(const ReducedWorld& world, const py::dict& terms,
             const std::vector<std::pair<std::uint32_t, std::uint32_t>>& horizons,
             const std::vector<std::uint32_t>& kicks, bool branches, std::uint32_t kick_horizon,
             double kick_usd, const std::optional<Doubles>& innovations, bool series) {
  const ReducedTerms read = terms_from(world, terms);
  const ReducedQuestion question =
      question_from(world, horizons, kicks, branches, kick_horizon, kick_usd);
  std::optional<std::vector<double>> moves = given(world, innovations);
  ReducedAnswer found;
  {
    const py::gil_scoped_release release;
    found = world.ask(read, question, std::move(moves));
  }
  return dict_of(found, series);
}

py::dict run(const ReducedWorld& world, const py::dict& terms,
             const std::optional<Doubles>& innovations) {
  const ReducedTerms read = terms_from(world, terms);
  ReducedRun made = world.run(read, given(world, innovations));
  {
    const py::gil_scoped_release release;
    made.run_to(world.steps());
  }
  py::dict result;
  result["price_log"] = array_of(made.price_log());
  result["low_log"] = array_of(made.low_log());
  result["long_usd"] = array_of(made.long_usd());
  result["short_usd"] = array_of(made.short_usd());
  result["innovations"] = array_of(made.innovations());
  result["impact_log"] = made.impact_log();
  result["digest"] = made.digest();
  return result;
}

std::vector<std::tuple<double, double, double, double>> ladder(
    const ReducedWorld& world, const py::dict& terms, const std::vector<double>& prices,
    const std::optional<Doubles>& innovations) {
  const ReducedTerms read = terms_from(world, terms);
  ReducedRun made = world.run(read, given(world, innovations));
  std::vector<std::tuple<double, double, double, double>> rows;
  const py::gil_scoped_release release;
  made.run_to(world.steps());
  for (const NextLevel& level : next_levels(made, prices)) {
    rows.emplace_back(level.price, level.liquidated_usd, level.pushed_log, level.stop_price);
  }
  return rows;
}

ReducedWorld fixed(const Doubles& threshold_log, const Doubles& size_usd, double first_log_price,
                   std::uint32_t steps, double step_s) {
  if (threshold_log.size() != size_usd.size() || steps == 0 || !(step_s > 0)) {
    throw Misuse(Misunderstanding::Config,
                 "give as many thresholds as sizes, at least one step, and a length of it");
  }
  const auto step_ns = static_cast<std::int64_t>(step_s * 1e9);
  const StepClock clock(0, {{step_ns * steps, step_ns}});
  return ReducedWorld(
      fixed_positions(clock, first_log_price, vector_of(threshold_log), vector_of(size_usd)));
}

}  // namespace

void register_reduced(py::module_& module) {
  py::class_<ReducedWorld>(module, "ReducedWorld",
                           "The leveraged population of one coin on one price, drawn once.")
      .def(py::init<const py::dict&, double, double, double, double, double>(), py::arg("config"),
           py::arg("control_s") = 10.0, py::arg("clip") = 0.01, py::arg("patience") = 0.0,
           py::arg("cluster_share") = 0.0, py::arg("k_max") = 1.0)
      .def_static("fixed", &fixed, py::arg("threshold_log"), py::arg("size_usd"),
                  py::arg("first_log_price"), py::arg("steps"), py::arg("step_s") = 10.0,
                  "Positions with a threshold each, held from start to end.")
      .def("ask", &ask, py::arg("terms"), py::arg("horizons"),
           py::arg("kicks") = std::vector<std::uint32_t>{}, py::arg("branches") = false,
           py::arg("kick_horizon") = 360, py::arg("kick_usd") = 0.0,
           py::arg("innovations") = py::none(), py::arg("series") = false,
           "Falls with and without liquidations, and kicks.")
      .def("run", &run, py::arg("terms"), py::arg("innovations") = py::none(),
           "One run's series per interval.")
      .def("ladder", &ladder, py::arg("terms"), py::arg("prices"),
           py::arg("innovations") = py::none(),
           "Rows (price, liquidated USD, pushed log, stop price) below the end of a run.")
      .def_property_readonly("steps", &ReducedWorld::steps)
      .def_property_readonly("held",
                             [](const ReducedWorld& self) {
                               std::size_t held = 0;
                               for (const ReducedIntent& intent : self.population().intents)
                                 held += intent.held;
                               return held;
                             })
      .def_property_readonly(
          "intents", [](const ReducedWorld& self) { return self.population().intents.size(); })
      .def_property_readonly("time_ns",
                             [](const ReducedWorld& self) {
                               std::vector<std::int64_t> times;
                               for (std::uint32_t step = 0; step < self.steps(); ++step) {
                                 times.push_back(self.population().clock.time_ns(step));
                               }
                               return times;
                             })
      .def_property_readonly("path", [](const ReducedWorld& self) {
        return self.driver() ? array_of(self.driver()->path(0)) : array_of({});
      });
}

}  // namespace v1
}  // namespace delever
