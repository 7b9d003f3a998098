// The venue: how one is made, and the door to the C interface. The rest of it is registered by
// concern (bind_work, bind_events, bind_market, bind_state, bind_map).
#include <memory>

#include "bindings/machine_access.hpp"
#include "bindings/machine_config.hpp"
#include "capi/capi.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

std::shared_ptr<VenueHandle> make_venue(const py::list& instruments, const py::dict& rulebook,
                                        std::uint32_t retention, bool trace) {
  auto venue =
      std::make_shared<Venue>(instruments_from(instruments), rulebook_from(rulebook), retention);
  venue->set_trace(trace);
  return std::make_shared<VenueHandle>(std::move(venue));
}

py::capsule capsule_of(const py::object& self) {
  self.inc_ref();  // the capsule keeps the venue
  auto* handle = &self.cast<VenueHandle&>();
  py::capsule capsule(handle, DELEVER_VENUE_CAPSULE);
  PyCapsule_SetContext(capsule.ptr(), self.ptr());
  PyCapsule_SetDestructor(capsule.ptr(), [](PyObject* dying) {
    Py_XDECREF(static_cast<PyObject*>(PyCapsule_GetContext(dying)));
  });
  return capsule;
}

void define_own(VenueClass& venue) {
  venue
      .def(py::init(&make_venue), py::arg("instruments"), py::arg("rulebook"), py::arg("retention"),
           py::arg("trace"))
      .def("handle", &capsule_of, "A capsule with this venue for the C interface (capi.pxd).");
}

}  // namespace

void register_venue(py::module_& module) {
  PYBIND11_NUMPY_DTYPE(Command, kind, instrument, side, order_type, time_in_force, flags, time_ns,
                       account, other_account, order_id, client_id, price_ticks, qty_lots,
                       amount_atoms);
  module.attr("COMMAND_DTYPE") = py::dtype::of<Command>();
  module.attr("_C_API") = py::capsule(&capi_table(), DELEVER_CAPI_CAPSULE);
  VenueClass venue(module, "Venue", "A venue in ticks, lots, atoms and ids.", py::is_final());
  define_own(venue);
  define_work<VenueHandle>(venue);
  define_event_views<VenueHandle>(venue);
  define_market_views<VenueHandle>(venue);
  define_state_views(venue);
  define_breaches(venue);
  define_advisor(venue);
}

}  // namespace v1
}  // namespace delever
