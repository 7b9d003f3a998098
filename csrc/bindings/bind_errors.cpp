// The one place where C++ exceptions become Python's: the classes of delever/errors.py.
#include <exception>
#include <new>
#include <stdexcept>

#include "bindings/bindings.hpp"
#include "units/invariant.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

const char* class_name(Misunderstanding kind) {
  switch (kind) {
    case Misunderstanding::Config: return "ConfigError";
    case Misunderstanding::Data: return "DataError";
    case Misunderstanding::UnknownId: return "UnknownIdError";
    case Misunderstanding::Busy: return "BusyError";
  }
  return "DeleverError";
}

void raise(const char* name, const char* message) {
  const py::object error = py::module_::import("delever.errors").attr(name);
  PyErr_SetString(error.ptr(), message);
}

void translate(std::exception_ptr pending) {
  if (!pending) return;
  try {
    std::rethrow_exception(pending);
  } catch (const Misuse& misuse) {
    raise(class_name(misuse.kind()), misuse.what());
  } catch (const InvariantViolation& violation) {
    raise("InvariantError", violation.what());
  } catch (const std::invalid_argument& complaint) {
    raise("ConfigError", complaint.what());
  } catch (const std::domain_error& outside) {
    raise("DataError", outside.what());
  } catch (const std::overflow_error& beyond) {
    raise("DataError", beyond.what());
  } catch (const std::length_error& full) {
    raise("CapacityError", full.what());
  }
}

}  // namespace

void raise_data_error(const std::string& message, std::int64_t row, const std::string& column) {
  const py::object kind = py::module_::import("delever.errors").attr("DataError");
  const py::object error =
      kind(message, py::arg("row") = row < 0 ? py::object(py::none()) : py::int_(row),
           py::arg("column") = column);
  PyErr_SetObject(kind.ptr(), error.ptr());
  throw py::error_already_set();
}

void register_errors(py::module_&) { py::register_local_exception_translator(translate); }

}  // namespace v1
}  // namespace delever
