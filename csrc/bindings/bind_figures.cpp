// Published and replayed figures as people write them, for Python: a value may also be a text, or
// several numbers that are a range or a list.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "bindings/bindings.hpp"
#include "bindings/results.hpp"
#include "sim/plain_figures.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using py::arg;
using Object = py::object;
using Numbers = py::array_t<double, py::array::c_style | py::array::forcecast>;

std::string written(const char* pattern, double value) {
  return py::str(pattern).attr("format")(value).cast<std::string>();
}

std::string unit_after(const std::string& unit, const std::string& otherwise) {
  return unit == "percent" ? " %" : unit == "hours" ? " h" : unit == "x" ? "x" : otherwise;
}

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

/// With three digits or so.
std::string rounded_figure(double value, const std::string& unit) {
  if (unit == "USD") return dollars(value);
  if (unit == "fraction") return written("{:.0f} %", 100 * value);
  std::string text =
      std::fabs(value) >= 100 ? written("{:,.0f}", value) : trimmed(written("{:.2f}", value));
  if (text.front() == '-') text = "−" + text.substr(1);
  return text + unit_after(unit, "");
}

/// With every digit it has.
std::string exact_figure(double value, const std::string& unit) {
  const double size = std::fabs(value);
  const bool is_usd = unit == "USD";
  const double scale = !is_usd || size < 1e6 ? 1 : size < 1e9 ? 1e6 : 1e9;
  const std::string text = written("{:,.12g}", size / scale), sign = value < 0 ? "−" : "";
  if (is_usd) return sign + "$" + text + (scale == 1e9 ? "B" : scale == 1e6 ? "M" : "");
  return sign + text + unit_after(unit, " " + unit);
}

using Write = std::string (*)(double, const std::string&);

std::string value_text(const Object& value, const std::string& unit, Write write,
                       const char* list_mark) {
  if (py::isinstance<py::str>(value)) return value.cast<std::string>();
  if (!py::isinstance<py::tuple>(value)) return write(value.cast<double>(), unit);
  const py::tuple parts = value;
  std::string text;
  for (const py::handle part : parts)
    text += (text.empty()        ? ""
             : parts.size() == 2 ? "…"
                                 : list_mark) +
            value_text(py::reinterpret_borrow<Object>(part), unit, write, list_mark);
  return text;
}

std::string figure(const Object& value, const std::string& unit) {
  const bool is_unknown = value.is_none() || value.equal(py::str(""));
  return is_unknown ? "–" : value_text(value, unit, &rounded_figure, "/");
}

std::string exact(const Object& value, const std::string& unit) {
  return value_text(value, unit, &exact_figure, " / ");
}

/// Whether a replayed value agrees with a published one; None where there is nothing to compare.
Object within(const Object& value, const py::dict& rule, const Object& replayed) {
  if (rule.empty() || replayed.is_none() || py::isinstance<py::str>(value)) return py::none();
  const Numbers published(value);
  const auto [least, most] =
      std::minmax_element(published.data(), published.data() + published.size());
  const auto found = replayed.cast<double>();
  if (rule.contains("bound"))
    return py::bool_(py::str(rule["bound"]).equal(py::str("at_least")) ? found >= *least
                                                                       : found <= *most);
  const auto part = rule.attr("get")("rel", 0.0).cast<double>();
  const auto slack = rule.attr("get")("abs", 0.0).cast<double>();
  return py::bool_(*least - std::fabs(*least) * part - slack <= found &&
                   found <= *most + std::fabs(*most) * part + slack);
}

/// The tolerance of a fact.
std::string tolerance(const py::dict& rule, const std::string& unit) {
  if (rule.contains("bound")) return py::str(rule["bound"].attr("replace")("_", " "));
  const bool is_relative = rule.contains("rel");
  const auto slack = rule[is_relative ? "rel" : "abs"].cast<double>();
  if (is_relative) return written("±{:.0f} %", 100 * slack);
  return unit == "fraction" ? written("±{:.0f} pt", 100 * slack) : written("±{:g}", slack);
}

}  // namespace

void register_figures(py::module_& module) {
  module.def("figure", &figure, arg("value"), arg("unit"),
             "Write a value of a fact as people do; None is a dash.");
  module.def("exact_figure", &exact, arg("value"), arg("unit"),
             "Write a value of a fact with every digit it has.");
  module.def("within", &within, arg("value"), arg("rule"), arg("replayed"),
             "Return whether a value agrees with a published one under a rule; None: no saying.");
  module.def("tolerance", &tolerance, arg("rule"), arg("unit"), "Write the tolerance of a fact.");
  module.def("dollars", &dollars, arg("value"),
             "Write $431M, $2.51B or $63,280: three digits, or the whole price.");
  module.def("clock", &day_and_clock, arg("ns"), "Write a time in ns since 1970 as day and UTC.");
  module.def(
      "sparkline",
      [](const Numbers& values) {
        return sparkline({values.data(), static_cast<std::size_t>(values.size())});
      },
      arg("values"), "Draw one block per value, the largest full.");
}

}  // namespace v1
}  // namespace delever
