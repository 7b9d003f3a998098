// A recorder's series as numpy arrays: one row per bin, one column per instrument.
//
// Everything is copied, so that the arrays outlive the run and do not move with it. Shapes are said
// in delever/_core.pyi. O(bins x instruments).
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "sim/recorder.hpp"

namespace delever {
inline namespace v1 {

template <class T>
pybind11::array_t<T> array_of(const std::vector<T>& values, std::vector<pybind11::ssize_t> shape) {
  pybind11::array_t<T> array(std::move(shape));
  std::copy(values.begin(), values.end(), array.mutable_data());
  return array;
}

inline void add_bins(pybind11::dict& result, const ResultSeries& series,
                     pybind11::ssize_t instruments) {
  const auto bins = static_cast<pybind11::ssize_t>(series.time_ns.size());
  const auto table = [&](const auto& values) { return array_of(values, {bins, instruments}); };
  result["time_ns"] = array_of(series.time_ns, {bins});
  result["spot"] = table(series.spot);
  result["perp"] = table(series.perp);
  result["mark"] = table(series.mark);
  result["spot_low"] = table(series.spot_low);
  result["spot_high"] = table(series.spot_high);
  result["perp_low"] = table(series.perp_low);
  result["perp_high"] = table(series.perp_high);
  result["liquidated_long_usd"] = table(series.liquidated_long_usd);
  result["liquidated_short_usd"] = table(series.liquidated_short_usd);
  result["liquidated_count"] = table(series.liquidated_count);
  result["open_interest_lots"] = table(series.open_interest_lots);
  result["population_lots"] = array_of(series.population_lots, {bins, instruments, 2});
  result["depth_usd"] = array_of(series.depth_usd, {bins, instruments, 2});
  result["takeover_usd"] = array_of(series.takeover_usd, {bins});
  result["deleveraged_usd"] = array_of(series.deleveraged_usd, {bins});
  result["fund_usd"] = array_of(series.fund_usd, {bins});
}

}  // namespace v1
}  // namespace delever
