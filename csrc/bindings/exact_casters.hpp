// How the exact numbers of the rules cross into Python: Fixed as decimal.Decimal, Int128 as int,
// Ratio as fractions.Fraction.
//
// Nothing is rounded on the way in: a float is refused because it has been rounded already, and so
// is a decimal with more than 18 places; what does not fit 128 bits is refused too. Text is read as
// Decimal and Fraction read it. A cast costs about a microsecond.
#pragma once

#include <pybind11/pybind11.h>

#include <string>

#include "bindings/bindings.hpp"
#include "units/fixed.hpp"
#include "units/ratio.hpp"

namespace delever {
inline namespace v1 {

/// Throws Misuse(Data) where the object is no such number.
Fixed fixed_from(pybind11::handle source);
Int128 integer_from(pybind11::handle source);
Ratio ratio_from(pybind11::handle source);

pybind11::object to_decimal(Fixed value);
pybind11::object to_int(Int128 value);
pybind11::object to_fraction(const Ratio& value);

}  // namespace v1
}  // namespace delever

namespace pybind11::detail {

template <>
struct type_caster<delever::Fixed> {
  PYBIND11_TYPE_CASTER(delever::Fixed, io_name("str | int | decimal.Decimal", "decimal.Decimal"));
  bool load(handle source, bool) {
    if (!source || source.is_none()) return false;
    value = delever::fixed_from(source);
    return true;
  }
  static handle cast(delever::Fixed number, return_value_policy, handle) {
    return delever::to_decimal(number).release();
  }
};

template <>
struct type_caster<delever::Int128> {
  PYBIND11_TYPE_CASTER(delever::Int128, const_name("int"));
  bool load(handle source, bool) {
    if (!source || source.is_none()) return false;
    value = delever::integer_from(source);
    return true;
  }
  static handle cast(delever::Int128 number, return_value_policy, handle) {
    return delever::to_int(number).release();
  }
};

template <>
struct type_caster<delever::Ratio> {
  PYBIND11_TYPE_CASTER(delever::Ratio,
                       io_name("str | int | fractions.Fraction", "fractions.Fraction"));
  bool load(handle source, bool) {
    if (!source || source.is_none()) return false;
    value = delever::ratio_from(source);
    return true;
  }
  static handle cast(const delever::Ratio& number, return_value_policy, handle) {
    return delever::to_fraction(number).release();
  }
};

}  // namespace pybind11::detail
