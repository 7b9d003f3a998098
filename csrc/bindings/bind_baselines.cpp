// What two models without an engine would have said, beside every check of a replay.
//
// `constant`: liquidated dollars are a constant times how far the price pushes its running low
// down, in percent, fitted on the hourly prints of the fit part. `persistence`: the last print of
// the fit part stays true; for the basis, the value at the low before. None where a model has
// nothing to say. Cost: O(bins) a fact.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings/results.hpp"
#include "sim/window_rules.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using py::arg;
using Guess = std::optional<double>;

constexpr const char* baselines_doc =
    R"(Two models without an engine, fitted once on a scenario's fit facts and a replay's path.

`constant`: liquidated dollars are a constant times how far the price pushes its running low down,
in percent, fitted on the hourly prints of the fit part. `persistence`: the last print of the fit
part stays true; for the basis, the value at the low before. None where a model has nothing to say.

Attributes
----------
usd_per_percent : float
    The constant.
)";

/// What is asked of a fact; its figures only where its rule has them.
struct Told {
  explicit Told(const py::handle& fact) : role(py::str(fact.attr("role"))) {
    const py::object rule = fact.attr("metric");
    const auto word = [&rule](const char* name) {
      return std::string(py::str(rule.attr("get")(name, "")));
    };
    kind = word("kind"), coin = word("coin"), side = word("side");
    source = py::str(fact.attr("source"));
    if (kind != "liquidations" && kind != "long_share" && kind != "basis_low") return;
    hours = rule.attr("get")("hours", 0.0).cast<double>();
    number = fact.attr("number").cast<double>();
    const py::tuple ends = fact.attr("span");
    span = {ends[0].cast<std::int64_t>(), ends[1].cast<std::int64_t>()};
  }

  std::string role, kind, coin, side, source;
  double hours = 0, number = 0;
  TimeSpan span;
};

class Baselines {
 public:
  Baselines(py::object scenario, py::object series)
      : scenario_(std::move(scenario)),
        series_(std::move(series)),
        source_(source_of(series_)),
        baseline_(py::module_::import("delever._core").attr("Baseline")) {
    for (const py::handle fact : scenario_.attr("facts")) facts_.emplace_back(fact);
    for (const Told& fact : facts_)
      if (fact.role == "fit" && fact.kind == "liquidations") prints_.push_back(fact);
    std::stable_sort(prints_.begin(), prints_.end(),
                     [](const Told& a, const Told& b) { return a.span.last < b.span.last; });
    const py::list coins = series_.attr("coins");
    follow_lows(coins[0].cast<std::string>());
    double moved = 0, usd = 0;
    for (const Told& fact : prints_) {
      if (fact.coin != "all" || fact.side != "total" || fact.hours != 1) continue;
      moved += percent(fact);
      usd += fact.number;
    }
    usd_per_percent_ = moved != 0 ? usd / moved : 0;
  }

  /// By how many percent the hours before the fact lowered the running low.
  double percent(const Told& fact) const {
    const Values sums =
        trailing_sum(source_.time_ns(), new_lows_, fact.hours, window_ends(fact.span));
    return std::accumulate(sums.begin(), sums.end(), 0.0) / static_cast<double>(sums.size());
  }
  py::object of(const Told& fact) const {
    if (fact.kind == "liquidations" && fact.side == "total") return of_liquidations(fact);
    if (fact.kind == "long_share") {
      const Guess longs = last(fact, "long", "long"), total = last(fact, "total", "long");
      return said({}, longs && total ? Guess(*longs / *total) : Guess());
    }
    return said({}, fact.kind == "basis_low" ? low_before(fact) : Guess());
  }
  double usd_per_percent() const { return usd_per_percent_; }

 private:
  py::object said(Guess constant, Guess persistence) const {
    return baseline_(constant, persistence);
  }
  void follow_lows(const std::string& coin) {
    const Values lows = source_.column("spot_low", coin);
    Guess before;
    for (const PublishedBar& bar : source_.path(coin))
      if (bar.time_ns < source_.time_ns().front())
        before = std::min(before.value_or(bar.low), bar.low);
    new_lows_ = new_low_percent(lows, before.value_or(lows.front()));
  }
  py::object of_liquidations(const Told& fact) const {
    double share = 1;
    if (fact.coin != "all") {
      const py::str name = py::str("liquidation_share_" + fact.coin).attr("lower")();
      share = scenario_.attr("parameter")(name).cast<double>();
    }
    const Guess before = last(fact, "total", "total");
    return said(usd_per_percent_ * percent(fact) * share,
                before ? Guess(*before * share) : Guess());
  }
  /// The last fit print before a fact, of sources that also print the side `beside`.
  Guess last(const Told& fact, const std::string& side, const std::string& beside) const {
    const auto prints_beside = [&](const Told& print) {
      return std::any_of(prints_.begin(), prints_.end(), [&](const Told& other) {
        return other.side == beside && other.source == print.source;
      });
    };
    Guess known;
    for (const Told& print : prints_)
      if (print.coin == "all" && print.side == side && print.hours == fact.hours &&
          print.span.last < fact.span.last && prints_beside(print))
        known = print.number;
    return known && *known != 0 ? known : Guess();
  }
  Guess low_before(const Told& fact) const {
    Guess low;
    std::pair<std::int64_t, double> latest{};
    for (const Told& other : facts_) {
      if (other.kind != "basis_low" || other.span.last >= fact.span.last) continue;
      const std::pair found{other.span.last, other.number};
      if (!low || found > latest) latest = found, low = other.number;
    }
    return low;
  }

  py::object scenario_, series_;
  const ReplaySource& source_;
  py::object baseline_;
  std::vector<Told> facts_, prints_;
  Values new_lows_;
  double usd_per_percent_ = 0;
};

}  // namespace

void register_baselines(py::module_& module) {
  const py::object tuple = py::module_::import("collections").attr("namedtuple");
  py::object baseline =
      tuple("Baseline", py::make_tuple("constant", "persistence"), arg("module") = "delever._core",
            arg("defaults") = py::make_tuple(py::none(), py::none()));
  baseline.attr("__doc__") = "The value of either model, in the fact's unit.";
  module.attr("Baseline") = baseline;
  py::class_<Baselines>(module, "Baselines", baselines_doc)
      .def(py::init<py::object, py::object>(), arg("scenario"), arg("series"))
      .def_property_readonly("usd_per_percent", &Baselines::usd_per_percent)
      .def(
          "percent",
          [](const Baselines& self, const py::object& fact) { return self.percent(Told(fact)); },
          arg("fact"), "Return by how many percent the fact's hours lowered the running low.")
      .def(
          "of", [](const Baselines& self, const py::object& fact) { return self.of(Told(fact)); },
          arg("fact"), "Return what both say about a fact.");
}

}  // namespace v1
}  // namespace delever
