// A closed world's arrays in the form of a simulation's: sums over its venues, by bin and coin, and
// spot by bin instead of by step. Also the largest fall of a path. Cost: one pass over each array.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "bindings/results.hpp"

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

py::tuple largest_fall(const Numbers& log_price) {
  const double* const path = log_price.data();
  py::ssize_t high = 0, from = 0, low = 0;
  double deepest = 0;
  for (py::ssize_t at = 0; at < log_price.size(); ++at) {
    if (path[at] > path[high]) high = at;
    if (path[at] - path[high] < deepest) deepest = path[at] - path[high], from = high, low = at;
  }
  return py::make_tuple(100 * (1 - std::exp(deepest)), from, low);
}

}  // namespace

void register_combined(py::module_& module) {
  module.def("combined", &combined, arg("config"), arg("steps"), arg("price"),
             "Return a world's result in the form of a simulation's; `price` by step and coin.");
  module.def("largest_fall", &largest_fall, arg("log_price"),
             "Return a path's largest fall in percent, and where its high and its low are.");
}

}  // namespace v1
}  // namespace delever
