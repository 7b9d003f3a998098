// A closed world's arrays in the form of a simulation's: sums over its venues, by bin and coin, and
// spot by bin instead of by step. And how much of a run's fall another lacks. Cost: one pass over
// each.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "bindings/bindings.hpp"
#include "bindings/results.hpp"
#include "sim/reduced_model.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using py::arg;
using Numbers = py::array_t<double, py::array::c_style | py::array::forcecast>;
using Integers = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;

/// Adds one venue's column to the sum, each number times its coin's factor.
void add_to(Numbers& sum, const Numbers& own, const std::vector<double>& factors) {
  for (py::ssize_t i = 0; i < own.size(); ++i) {
    const double factor =
        factors.empty() ? 1 : factors[static_cast<std::size_t>(i) % factors.size()];
    sum.mutable_data()[i] += factor * own.data()[i];
  }
}

Numbers summed(const py::list& venues, const char* name,
               const std::vector<std::vector<double>>& factors) {
  const Numbers first(venues[0][name]);
  Numbers sum(std::vector<py::ssize_t>(first.shape(), first.shape() + first.ndim()));
  std::fill_n(sum.mutable_data(), sum.size(), 0.0);
  for (std::size_t i = 0; i < venues.size(); ++i)
    add_to(sum, Numbers(venues[i][name]), factors.empty() ? std::vector<double>{} : factors[i]);
  return sum;
}

/// Spot at the end of each bin, and its extremes over the steps that begin in it.
void add_spot(py::dict& result, const Integers& steps, const Numbers& price, const Integers& ends) {
  const py::ssize_t coins = price.shape(1), last_step = price.shape(0);
  Numbers spot({ends.size(), coins}), low({ends.size(), coins}), high({ends.size(), coins});
  py::ssize_t start = 0;
  for (py::ssize_t bin = 0; bin < ends.size(); ++bin) {
    const auto* const found =
        std::lower_bound(steps.data(), steps.data() + steps.size(), ends.data()[bin]);
    const py::ssize_t end = found - steps.data();
    const py::ssize_t from = std::min(start, last_step - 1);
    for (py::ssize_t coin = 0; coin < coins; ++coin) {
      spot.mutable_at(bin, coin) = price.at(end - 1, coin);
      double least = price.at(from, coin), most = least;
      for (py::ssize_t step = from + 1; step < end; ++step) {
        least = std::min(least, price.at(step, coin));
        most = std::max(most, price.at(step, coin));
      }
      low.mutable_at(bin, coin) = least, high.mutable_at(bin, coin) = most;
    }
    start = end;
  }
  result["spot"] = spot, result["spot_low"] = low, result["spot_high"] = high;
}

/// Lots of a venue's coins in those of the whole world.
std::vector<std::vector<double>> lots_of(const py::dict& config) {
  std::vector<double> own;
  std::vector<std::vector<double>> lots;
  for (const py::handle one : config["market"]["instruments"])
    own.push_back(one["lot_coin"].cast<double>());
  for (const py::handle venue : config["venues"]) {
    lots.emplace_back();
    for (const py::handle one : venue["listings"])
      lots.back().push_back(one["lot_coin"].cast<double>() / own.at(lots.back().size()));
  }
  return lots;
}

py::dict combined(const py::dict& config, const py::dict& steps, const Numbers& price) {
  const py::list venues = steps["venues"];
  py::dict result;
  for (const char* name : {"time_ns", "perp", "mark", "perp_low", "perp_high"})
    result[name] = venues[0][name];
  for (const char* name : {"liquidated_long_usd", "liquidated_short_usd", "liquidated_count",
                           "depth_usd", "takeover_usd", "deleveraged_usd", "fund_usd"})
    result[name] = summed(venues, name, {});
  result["liquidated_count"] = result["liquidated_count"].attr("astype")("int64");
  result["open_interest_lots"] = summed(venues, "open_interest_lots", lots_of(config));
  add_spot(result, Integers(steps["time_ns"]), price, Integers(result["time_ns"]));
  double worst = 0;
  for (const py::handle venue : venues)
    worst = std::max(worst, venue["worst_past_bankruptcy"].cast<double>());
  result["worst_past_bankruptcy"] = worst;
  return result;
}

constexpr const char* shares_doc =
    R"(How much of a horizon's fall the difference between two runs is.

Attributes
----------
fall, fall_without : float
    The largest falls of both, in percent.
at_low, own : float
    E = 1 - fall without / fall with, of the prices at the factual high and low, and of each run's
    own.
endogenous : float
    The smaller of both shares, which a verdict uses.
amplification : float
    A = fall with / fall without.
)";

FallShare fall_share(const Numbers& with, const Numbers& without) {
  if (with.size() != without.size() || with.size() == 0)
    throw Misuse(Misunderstanding::Config, "give two paths (in logs) of the same steps");
  const std::vector<double> mine(with.data(), with.data() + with.size());
  const std::vector<double> theirs(without.data(), without.data() + without.size());
  const Horizon all{0, static_cast<std::uint32_t>(mine.size() - 1)};
  const auto fall = [](const std::vector<double>& path, const FallShare& at) {
    return 1 - std::exp(path[at.low_step] - path[at.high_step]);
  };
  FallShare found = largest_fall(mine, all);
  found.with = fall(mine, found);
  found.without = fall(theirs, found);
  found.without_own = fall(theirs, largest_fall(theirs, all));
  return found;
}

double amplification(const FallShare& self) {
  return self.without_own > 0 ? self.with / self.without_own : INFINITY;
}

py::dict plain(const FallShare& self) {
  return py::dict(arg("fall") = 100 * self.with, arg("fall_without") = 100 * self.without_own,
                  arg("at_low") = self.at_low(), arg("own") = self.own());
}

void register_shares(py::module_& module) {
  py::class_<FallShare>(module, "Shares", shares_doc)
      .def(py::init(&fall_share), arg("with_path"), arg("without_path"))
      .def_property_readonly("fall", [](const FallShare& self) { return 100 * self.with; })
      .def_property_readonly("fall_without",
                             [](const FallShare& self) { return 100 * self.without_own; })
      .def_property_readonly("at_low", &FallShare::at_low)
      .def_property_readonly("own", &FallShare::own)
      .def_property_readonly("endogenous", &FallShare::share)
      .def_property_readonly("amplification", &amplification)
      .def("as_dict", &plain, "Return falls and shares as plain data.")
      .def("__repr__", [](const FallShare& self) {
        return "Shares(" + py::str(plain(self)).cast<std::string>() + ")";
      });
}

}  // namespace

void register_combined(py::module_& module) {
  module.def("combined", &combined, arg("config"), arg("steps"), arg("price"),
             "Return a world's result in the form of a simulation's; `price` by step and coin.");
  register_shares(module);
}

}  // namespace v1
}  // namespace delever
