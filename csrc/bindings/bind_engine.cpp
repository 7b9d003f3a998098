// The matching engine: how one is made. What it is asked and told, it is as a venue is.
#include <memory>

#include "bindings/machine_access.hpp"
#include "bindings/machine_config.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

std::shared_ptr<EngineHandle> make_engine(const py::list& instruments, const py::dict& rulebook,
                                          std::uint32_t retention, bool trace) {
  auto engine = std::make_shared<MatchingEngine>(instruments_from(instruments),
                                                 rulebook_from(rulebook), retention);
  engine->set_trace(trace);
  return std::make_shared<EngineHandle>(std::move(engine));
}

}  // namespace

void register_engine(py::module_& module) {
  MachineClass<EngineHandle> engine(module, "MatchingEngine",
                                    "Order books without accounts, in ticks, lots and ids.",
                                    py::is_final());
  engine.def(py::init(&make_engine), py::arg("instruments"), py::arg("rulebook"),
             py::arg("retention"), py::arg("trace"));
  define_work<EngineHandle>(engine);
  define_event_views<EngineHandle>(engine);
  define_market_views<EngineHandle>(engine);
}

}  // namespace v1
}  // namespace delever
