// Tables of positions and prices as a stress test takes them: columns of numbers, or of text as
// (codes, names). What is wrong is a DataError that names column and row. Cost: one pass a column.
#pragma once

#include <pybind11/pybind11.h>

namespace delever {
inline namespace v1 {

void define_stress_tables(pybind11::module_& module);

}  // namespace v1
}  // namespace delever
