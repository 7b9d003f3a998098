// The verdict's statistics, for Python: answers of the reduced model gathered into draws, and draws
// into one horizon's judgement.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "bindings/bindings.hpp"
#include "bindings/results.hpp"
#include "sim/verdict_statistics.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using py::arg;
using Numbers = std::vector<double>;
using Array = py::array_t<double, py::array::c_style | py::array::forcecast>;

constexpr double certain = 0.9, excursion_max = 0.01;
constexpr std::array classes{"ORDERLY", "AMPLIFIED", "SPIRAL", "NO FIT"};
constexpr std::array unknowns{"depth", "k", "k / depth", "tau_hours", "pi"};

struct Draws {
  std::vector<bool> fits;
  Numbers share, n;
  std::map<std::string, Numbers> unknowns;
};

std::vector<bool> at_least(const Numbers& values, double bound, const std::vector<bool>& fits) {
  std::vector<bool> hits;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (fits[i]) hits.push_back(values[i] >= bound);
  return hits;
}

Array flat(const Numbers& values) {
  return Array(static_cast<py::ssize_t>(values.size()), values.data());
}

/// In numpy's order, which decides where draws of equal values stand: seeds share their points.
double divided(const Numbers& values, const std::vector<bool>& hits) {
  const py::object order = py::module_::import("numpy").attr("argsort")(flat(values));
  return dividing_value(values, hits, order.cast<std::vector<std::size_t>>());
}

/// Depth per unit of under-reporting below which E and n pass their cut-offs, and nothing fits.
py::dict boundary_of(const Draws& draws) {
  Numbers ratio, fitting;
  std::vector<bool> misses;
  for (std::size_t i = 0; i < draws.fits.size(); ++i) {
    ratio.push_back(draws.unknowns.at("depth")[i] / draws.unknowns.at("k")[i]);
    misses.push_back(!draws.fits[i]);
    if (draws.fits[i]) fitting.push_back(ratio.back());
  }
  py::dict found;
  found["E=.2"] = divided(fitting, at_least(draws.share, orderly_share, draws.fits));
  found["E=.5"] = divided(fitting, at_least(draws.share, spiral_share, draws.fits));
  found["n=1"] = divided(fitting, at_least(draws.n, spiral_n, draws.fits));
  found["record"] = divided(ratio, misses);
  return found;
}

void check_lengths(const Draws& draws, const Numbers& fall, const Numbers& excursion) {
  const std::size_t count = draws.fits.size();
  bool is_even = count > 0 && draws.share.size() == count && draws.n.size() == count &&
                 fall.size() == count && excursion.size() == count;
  for (const char* name : {"depth", "k", "tau_hours", "pi"})
    is_even = is_even && draws.unknowns.contains(name) && draws.unknowns.at(name).size() == count;
  if (!is_even)
    throw Misuse(Misunderstanding::Config,
                 "a posterior needs a draw, and every column one of each");
}

py::dict judged(Draws draws, const Numbers& fall, const Numbers& excursion) {
  check_lengths(draws, fall, excursion);
  const std::size_t count = draws.fits.size();
  std::vector<std::int64_t> found;
  std::array<std::size_t, classes.size()> counts{};
  Numbers shares, ratio;
  std::size_t held = 0;
  for (std::size_t i = 0; i < count; ++i) {
    found.push_back(draws.fits[i] ? verdict_class(draws.share[i], draws.n[i]) : 3);
    ++counts[static_cast<std::size_t>(found.back())];
    ratio.push_back(draws.unknowns.at("k")[i] / draws.unknowns.at("depth")[i]);
    if (draws.fits[i]) shares.push_back(draws.share[i]), held += excursion[i] <= excursion_max;
  }
  draws.unknowns["k / depth"] = ratio;
  py::dict odds, settles, verdict;
  std::string name = "UNDETERMINED";
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const double part = static_cast<double>(counts[i]) / static_cast<double>(count);
    odds[classes[i]] = part;
    if (i < 3 && part >= certain) name = classes[i];
  }
  for (const char* what : unknowns) settles[what] = information(found, draws.unknowns.at(what));
  const auto part = [&shares](double p) { return shares.empty() ? NAN : quantile(shares, p); };
  verdict["name"] = name;
  verdict["probability"] = odds;
  verdict["share"] = py::make_tuple(part(0.05), part(0.5), part(0.95));
  verdict["settles"] = settles;
  verdict["boundary"] = boundary_of(draws);
  const auto nearest = std::min_element(excursion.begin(), excursion.end()) - excursion.begin();
  verdict["fall"] = fall[static_cast<std::size_t>(nearest)];
  const auto fitting = static_cast<double>(shares.size());
  verdict["held"] = shares.empty() ? 0.0 : static_cast<double>(held) / fitting;
  return verdict;
}

// ---- answers of the reduced model as draws ------------------------------------------------------

using Kicks = std::map<std::string, std::vector<std::int64_t>>;

/// Two kicks a leg.
std::vector<std::size_t> kicks_of_leg(const Array& log_path, std::size_t first, std::size_t last) {
  const auto size = static_cast<std::size_t>(log_path.size());
  if (first > last || last >= size)
    throw Misuse(Misunderstanding::Config, "a leg lies outside the path");
  return kick_steps({log_path.data(), size}, first, last);
}

/// Mean of an answer's values over the kicks that count for a horizon; of 5 minutes, the nearest.
double mean_over_kicks(const Kicks& kicks, const py::dict& answer, const char* key,
                       const std::string& horizon) {
  const Array values(answer[key]), worst(answer["high_step"]);
  std::vector<std::int64_t> steps;
  for (const auto& [leg, of_leg] : kicks) steps.insert(steps.end(), of_leg.begin(), of_leg.end());
  std::sort(steps.begin(), steps.end());
  const auto away = [&](std::int64_t step) {
    return std::fabs(static_cast<double>(step) - worst.at(0));
  };
  if (horizon == "5 min") {
    const auto nearest = std::min_element(steps.begin(), steps.end(),
                                          [&](auto a, auto b) { return away(a) < away(b); });
    return values.at(nearest - steps.begin());
  }
  const auto leg = kicks.find(horizon);
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool counts =
        leg == kicks.end() || std::count(leg->second.begin(), leg->second.end(), steps[i]) > 0;
    if (counts) sum += values.at(static_cast<py::ssize_t>(i)), ++count;
  }
  return sum / count;
}

/// n of a point: its first generation, or M / (1 + M) of its multiplier, each pooled over seeds.
double branching(const std::vector<std::pair<Kicks, py::dict>>& cells, std::size_t from,
                 std::size_t seeds, const std::string& horizon) {
  double first = 0, more = 0;
  for (std::size_t i = from; i < from + seeds; ++i) {
    first += mean_over_kicks(cells[i].first, cells[i].second, "first_generation", horizon);
    more += mean_over_kicks(cells[i].first, cells[i].second, "multiplier", horizon);
  }
  first /= static_cast<double>(seeds), more /= static_cast<double>(seeds);
  more = more < 0 ? 0 : more;
  const double part = more / (1 + more);
  return std::isnan(part) || part > first ? part : first;
}

py::dict pooled(const std::vector<std::pair<Kicks, py::dict>>& cells,
                const std::vector<std::string>& horizons, std::size_t seeds) {
  py::dict shares, all_n, falls, found;
  for (std::size_t h = 0; h < horizons.size(); ++h) {
    Numbers share, n, fall;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto at = static_cast<py::ssize_t>(h);
      share.push_back(Array(cells[i].second["share"]).at(at));
      fall.push_back(100 * Array(cells[i].second["fall"]).at(at));
      if (i % seeds == 0) n.insert(n.end(), seeds, branching(cells, i, seeds, horizons[h]));
    }
    const char* name = horizons[h].c_str();
    shares[name] = flat(share), all_n[name] = flat(n), falls[name] = flat(fall);
  }
  Numbers clipped, excursion;
  for (const auto& [kicks, answer] : cells) {
    clipped.push_back(answer["clipped_share"].cast<double>());
    excursion.push_back(answer["excursion"].cast<double>());
  }
  found["share"] = shares, found["n"] = all_n, found["fall"] = falls;
  found["clipped"] = flat(clipped), found["excursion"] = flat(excursion);
  return found;
}

}  // namespace

void register_verdicts(py::module_& module) {
  module.def(
      "judge",
      [](const std::vector<bool>& fits, const Numbers& share, const Numbers& n,
         const std::map<std::string, Numbers>& unknowns, const Numbers& fall,
         const Numbers& excursion) { return judged({fits, share, n, unknowns}, fall, excursion); },
      arg("fits"), arg("share"), arg("n"), arg("unknowns"), arg("fall"), arg("excursion"),
      "Judge one horizon of a posterior: the fields of a verdict, over draws with or without a "
      "fit.");
  module.attr("VERDICT_CUTS") =
      py::make_tuple(orderly_share, spiral_share, orderly_n, spiral_n, certain);
  module.attr("EXCURSION_MAX") = excursion_max;
  module.def("kick_steps", &kicks_of_leg, arg("log_path"), arg("first"), arg("last"),
             "Return where a path first passes a third and two thirds of its fall.");
  module.def("pooled", &pooled, arg("cells"), arg("horizons"), arg("seeds"),
             "Return the columns of a posterior from pairs of kicks and answers, point by point.");
  module.def("classify", py::vectorize(&verdict_class), arg("share"), arg("n"),
             "Return 0 ORDERLY, 1 AMPLIFIED, 2 SPIRAL for endogenous shares and branching ratios.");
}

}  // namespace v1
}  // namespace delever
