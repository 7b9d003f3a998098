#include "bindings/exact_casters.hpp"

#include <algorithm>

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

[[noreturn]] void refuse(py::handle source, const std::string& why) {
  throw Misuse(Misunderstanding::Data, std::string(py::repr(source)) + " " + why);
}

void refuse_float(py::handle source) {
  if (PyFloat_Check(source.ptr()))
    refuse(source, "is a float and already rounded; write it as text");
}

py::object number_class(const char* module, const char* name) {
  return py::module_::import(module).attr(name);
}

py::object as_number(py::handle source, const char* module, const char* name) {
  refuse_float(source);
  const bool is_text = py::isinstance<py::str>(source);
  const py::object wanted = number_class(module, name);
  try {
    if (is_text || py::isinstance(source, wanted)) return wanted(source);
    const py::object index = py::reinterpret_steal<py::object>(PyNumber_Index(source.ptr()));
    if (!index) throw py::error_already_set();
    return wanted(index);
  } catch (const py::error_already_set&) {
    refuse(source, std::string("is not a number; write text, an int or a ") + name);
  }
}

// (sign, digits, exponent) to steps of 1e-18, all of it or nothing.
Int128 steps_of(py::handle source, const py::tuple& parts) {
  if (!py::isinstance<py::int_>(parts[2])) refuse(source, "is not a finite number");
  std::int64_t exponent = parts[2].cast<std::int64_t>() + Fixed::places;
  const auto digits = parts[1].cast<py::tuple>();
  std::size_t kept = digits.size();
  for (; exponent < 0 && kept > 0; ++exponent, --kept)
    if (digits[kept - 1].cast<int>() != 0) refuse(source, "has more than 18 decimals; round it");
  Int128 steps = 0;
  for (std::size_t at = 0; at < kept; ++at)
    steps = checked_add(checked_multiply(steps, 10), digits[at].cast<int>());
  if (steps != 0)
    steps = checked_multiply(steps, power_of_ten(std::max<std::int64_t>(exponent, 0)));
  return parts[0].cast<int>() != 0 ? -steps : steps;
}

std::string digits_of(Int128 value) {
  std::string text;
  const bool negative = value < 0;
  Uint128 rest = negative ? ~static_cast<Uint128>(value) + 1 : static_cast<Uint128>(value);
  for (; rest != 0 || text.empty(); rest /= 10)
    text.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
  if (negative) text.push_back('-');
  std::reverse(text.begin(), text.end());
  return text;
}

}  // namespace

Fixed fixed_from(py::handle source) {
  const py::object number = as_number(source, "decimal", "Decimal");
  return Fixed::of_steps(steps_of(source, number.attr("as_tuple")()));
}

Int128 integer_from(py::handle source) {
  refuse_float(source);
  const py::object index = py::reinterpret_steal<py::object>(PyNumber_Index(source.ptr()));
  if (!index) {
    PyErr_Clear();
    refuse(source, "is not an integer");
  }
  const py::object high = index.attr("__rshift__")(64);
  int overflow = 0;
  const long long top = PyLong_AsLongLongAndOverflow(high.ptr(), &overflow);
  if (overflow != 0) refuse(source, "does not fit 128 bits");
  const unsigned long long low = PyLong_AsUnsignedLongLongMask(index.ptr());
  return static_cast<Int128>((static_cast<Uint128>(static_cast<Int128>(top)) << 64) | low);
}

Ratio ratio_from(py::handle source) {
  const py::object number = as_number(source, "fractions", "Fraction");
  return Ratio::of(integer_from(number.attr("numerator")),
                   integer_from(number.attr("denominator")));
}

py::object to_decimal(Fixed value) {
  std::string text = digits_of(value.steps < 0 ? checked_subtract(0, value.steps) : value.steps);
  const auto places = static_cast<std::size_t>(Fixed::places);
  if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
  text.insert(text.size() - places, 1, '.');
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return number_class("decimal", "Decimal")((value.steps < 0 ? "-" : "") + text);
}

py::object to_int(Int128 value) {
  return py::reinterpret_steal<py::object>(
      PyLong_FromString(digits_of(value).c_str(), nullptr, 10));
}

py::object to_fraction(const Ratio& value) {
  return number_class("fractions", "Fraction")(to_int(value.numerator), to_int(value.denominator));
}

}  // namespace v1
}  // namespace delever
