// What is registered for Python on top of runs and decoders: passes through recorded feeds, a
// replay's series and window rules, what models without an engine say, the result of a stress
// test, figures as text.
#pragma once

#include <pybind11/pybind11.h>

namespace delever {
inline namespace v1 {

class ReplaySource;

/// The series behind a Python `Series`, which must outlive the reference.
const ReplaySource& source_of(const pybind11::handle& series);

void register_baselines(pybind11::module_& module);
void register_figures(pybind11::module_& module);
void register_recorded(pybind11::module_& module);
void register_stress_result(pybind11::module_& module);
void register_measures(pybind11::module_& module);
void register_scenarios(pybind11::module_& module);
void register_switches(pybind11::module_& module);
void register_combined(pybind11::module_& module);

}  // namespace v1
}  // namespace delever
