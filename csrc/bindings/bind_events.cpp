// Event columns as read-only arrays without copying, and the schema they follow.
#include <algorithm>
#include <string>
#include <vector>

#include "bindings/machine_access.hpp"
#include "venue/command.hpp"
#include "venue/event_schema.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

EventFamily family_from(std::int64_t family) {
  if (family < 0 || family >= static_cast<std::int64_t>(event_family_count))
    throw Misuse(Misunderstanding::UnknownId, "event family " + std::to_string(family) +
                                                  " is not one of 0 .. " +
                                                  std::to_string(event_family_count - 1));
  return static_cast<EventFamily>(family);
}

py::dict schema() {
  py::dict families;
  for (std::size_t family = 0; family < event_family_count; ++family) {
    py::list columns;
    for (const ColumnSchema& column : schema_of(static_cast<EventFamily>(family)))
      columns.append(py::make_tuple(column.name, column.doc));
    families[name_of(static_cast<EventFamily>(family))] = columns;
  }
  return families;
}

constexpr const char* layout_doc =
    R"(Describe the command and event records, field by field, with their layout versions.

Examples
--------
>>> print(layout().splitlines()[0])
commands (layout version 3, 64 bytes)
)";

std::string layout() {
  const auto padded = [](const py::handle& word, std::size_t width) {
    std::string text = py::str(word);
    text.resize(std::max(text.size(), width), ' ');
    return text;
  };
  std::string text =
      "commands (layout version " + std::to_string(command_layout_version) + ", 64 bytes)";
  for (const auto& [name, field] : py::dict(py::dtype::of<Command>().attr("fields")))
    text += "\n  " + padded(name, 16) + " " + padded(field[py::int_(0)], 7) + " byte " +
            std::string(py::str(field[py::int_(1)]));
  text +=
      "\nevents (layout version " + std::to_string(event_layout_version) + ", every column int64)";
  for (std::size_t family = 0; family < event_family_count; ++family) {
    text += "\n  " + std::string(name_of(static_cast<EventFamily>(family)));
    for (const ColumnSchema& column : schema_of(static_cast<EventFamily>(family)))
      text += "\n    " + padded(py::str(column.name), 16) + " " + column.doc;
  }
  return text;
}

void make_read_only(py::array& array) {
  py::detail::array_proxy(array.ptr())->flags &= ~py::detail::npy_api::NPY_ARRAY_WRITEABLE_;
}

py::dict columns(const py::object& self, const EventLog& log, EventFamily family) {
  const auto rows = static_cast<py::ssize_t>(log.rows(family));
  py::dict views;
  const auto schema = schema_of(family);
  for (std::size_t at = 0; at < schema.size(); ++at) {
    py::array view(py::dtype::of<std::int64_t>(), {rows}, {py::ssize_t{8}}, log.column(family, at),
                   self);
    make_read_only(view);
    views[schema[at].name] = view;
  }
  return views;
}

py::tuple event_rows(const EventLog& log) {
  py::tuple rows(event_family_count);
  for (std::size_t family = 0; family < event_family_count; ++family)
    rows[family] = log.rows(static_cast<EventFamily>(family));
  return rows;
}

py::array event_words(std::span<const Event> trace) {
  const auto rows = static_cast<py::ssize_t>(trace.size());
  const auto width = static_cast<py::ssize_t>(event_word_count);
  return py::array(py::dtype::of<std::int64_t>(), {rows, width}, trace.data());
}

}  // namespace

template <class Handle>
void define_event_views(MachineClass<Handle>& machine) {
  machine
      .def(
          "events",
          [](const py::object& self, std::int64_t family) {
            const EventFamily known = family_from(family);
            return columns(self, idle(self.cast<const Handle&>()).log(), known);
          },
          py::arg("family").noconvert(),
          "Columns of a family, by name: read-only views that never move.")
      .def(
          "event_rows", [](const Handle& handle) { return event_rows(idle(handle).log()); },
          "Retained rows of each family.")
      .def(
          "event_words", [](const Handle& handle) { return event_words(idle(handle).trace()); },
          "All events since the start, 16 words each; empty unless all are traced.")
      .def(
          "clear_events",
          [](Handle& handle) {
            work_in(handle, [](typename Handle::machine_type& machine) {
              machine.log().clear();
              machine.clear_trace();
            });
          },
          "Forgets retained events; earlier views then show later ones.");
}

template void define_event_views(MachineClass<VenueHandle>&);
template void define_event_views(MachineClass<EngineHandle>&);

void register_events(py::module_& module) {
  module.def("event_schema", &schema, "Family name -> [(column, what it holds)], in column order.");
  module.def("layout", &layout, layout_doc);
}

}  // namespace v1
}  // namespace delever
