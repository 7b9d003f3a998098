// What is registered for Python on top of runs and decoders: passes through recorded feeds, a
// replay's series and window rules, the result of a stress test, figures as text.
#pragma once

#include <pybind11/pybind11.h>

namespace delever {
inline namespace v1 {

void register_figures(pybind11::module_& module);
void register_recorded(pybind11::module_& module);
void register_stress_result(pybind11::module_& module);
void register_measures(pybind11::module_& module);

}  // namespace v1
}  // namespace delever
