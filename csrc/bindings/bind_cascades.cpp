// Cascade trees, their tails, and Hawkes processes as Python sees them: columns in, arrays out.
//
// Arrays own their memory; what the functions refuse is a ConfigError.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <span>
#include <vector>

#include "bindings/bindings.hpp"
#include "sim/cascade_tree.hpp"
#include "sim/hawkes.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

template <class T>
using Column = py::array_t<T, py::array::c_style | py::array::forcecast>;

template <class T>
std::span<const T> span_of(const Column<T>& column) {
  if (column.ndim() != 1)
    throw Misuse(Misunderstanding::Data, "not a one-dimensional array; give one value a row");
  return {column.data(), static_cast<std::size_t>(column.size())};
}

template <class T>
py::array_t<T> array_of(const std::vector<T>& values) {
  py::array_t<T> array(static_cast<py::ssize_t>(values.size()));
  std::copy(values.begin(), values.end(), array.mutable_data());
  return array;
}

py::dict dict_of(const HawkesLaw& law) {
  py::dict values;
  values["base_per_s"] = law.base_per_s;
  values["branching"] = law.branching;
  values["decay_per_s"] = law.decay_per_s;
  return values;
}

py::dict dict_of(const TailFit& fit) {
  py::dict values;
  values["exponent"] = fit.exponent;
  values["standard_error"] = fit.standard_error;
  values["distance"] = fit.distance;
  values["count"] = fit.count;
  return values;
}

void register_hawkes(py::module_& module) {
  module.def(
      "simulate_hawkes",
      [](double base_per_s, double branching, double decay_per_s, double horizon_s,
         std::uint64_t seed) {
        return array_of(simulate_hawkes({base_per_s, branching, decay_per_s}, horizon_s, seed));
      },
      py::arg("base_per_s"), py::arg("branching"), py::arg("decay_per_s"), py::arg("horizon_s"),
      py::arg("seed"), "Times in s of a Hawkes process with an exponential kernel.");
  module.def(
      "fit_hawkes",
      [](const Column<double>& times_s, double horizon_s) {
        return dict_of(fit_hawkes(span_of(times_s), horizon_s));
      },
      py::arg("times_s"), py::arg("horizon_s"),
      "Base rate, branching ratio and decay, by maximum likelihood.");
  module.def(
      "branching_from_counts",
      [](const Column<double>& times_s, double horizon_s, double window_s) {
        return branching_from_counts(span_of(times_s), horizon_s, window_s);
      },
      py::arg("times_s"), py::arg("horizon_s"), py::arg("window_s"),
      "The mean-variance estimate of the branching ratio.");
  module.def(
      "burst_times",
      [](const Column<double>& times_s, double apart_s) {
        return array_of(burst_times(span_of(times_s), apart_s));
      },
      py::arg("times_s"), py::arg("apart_s"),
      "The first time of each run of events no further apart than this.");
}

}  // namespace

void register_cascades(py::module_& module) {
  PYBIND11_NUMPY_DTYPE(Cascade, root, size, usd, start_ns, end_ns, depth);
  module.def(
      "cascades",
      [](const Column<std::int64_t>& parents, const Column<std::int64_t>& times_ns,
         const Column<double>& usd) {
        return array_of(cascades(span_of(parents), span_of(times_ns), span_of(usd)));
      },
      py::arg("parents"), py::arg("times_ns"), py::arg("usd"),
      "The trees of these parents (-1: none): root, size, usd, start_ns, end_ns, depth.");
  module.def(
      "hill_fit",
      [](const Column<double>& values, double minimum, bool integers) {
        return dict_of(hill_fit(span_of(values), minimum, integers));
      },
      py::arg("values"), py::arg("minimum"), py::kw_only(), py::arg("integers") = false,
      "Tail exponent of the values of at least a minimum, and its distance from them.");
  py::class_<PassageMap>(module, "PassageMap", "Who last moved the price through each level.")
      .def(py::init<>())
      .def("move", &PassageMap::move, py::arg("from_ticks"), py::arg("to_ticks"), py::arg("mover"),
           "The price went there through a mover's trading (-1: nobody's).")
      .def("mover_through", &PassageMap::mover_through, py::arg("level_ticks"), py::arg("falling"),
           "Who last brought the price to this level; -1: nobody known.");
  register_hawkes(module);
}

}  // namespace v1
}  // namespace delever
