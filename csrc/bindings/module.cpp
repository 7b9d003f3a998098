#include "bindings/bindings.hpp"
#include "bindings/results.hpp"

PYBIND11_MODULE(_core, module, pybind11::mod_gil_not_used()) {
  module.doc() = "The compiled core of delever; use the names that `delever` re-exports.";
  module.attr("__version__") = DELEVER_VERSION;
  delever::register_errors(module);
  delever::register_units(module);
  delever::register_events(module);
  delever::register_map(module);
  delever::register_feed(module);
  delever::register_venue(module);
  delever::register_engine(module);
  delever::register_columns(module);
  delever::register_itch(module);
  delever::register_recorded(module);
#ifdef DELEVER_HAS_SIM
  delever::register_sim(module);
  delever::register_reduced(module);
  delever::register_world(module);
  delever::register_stress(module);
  delever::register_recordings(module);
  delever::register_cascades(module);
  delever::register_stress_result(module);
  delever::register_measures(module);
  delever::register_baselines(module);
  delever::register_figures(module);
  delever::register_scenarios(module);
  delever::register_switches(module);
  delever::register_combined(module);
#endif
}
