// What is done to a venue or a matching engine: commands in, snapshots and copies.
#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "bindings/command_columns.hpp"
#include "bindings/machine_access.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

std::string difference(const py::dtype& got, const py::dtype& wanted) {
  const py::object fields = got.attr("fields");
  if (fields.is_none()) return "it holds " + std::string(py::str(got)) + ", not command records";
  std::string text;
  for (const py::handle name : wanted.attr("names")) {
    if (!fields.contains(name)) {
      text += " missing '" + std::string(py::str(name)) + "';";
    } else if (!fields[name].equal(wanted.attr("fields")[name])) {
      text += " '" + std::string(py::str(name)) + "' is " +
              std::string(py::str(fields[name][py::int_(0)])) + " at byte " +
              std::string(py::str(fields[name][py::int_(1)])) + " instead of " +
              std::string(py::str(wanted.attr("fields")[name][py::int_(0)])) + " at byte " +
              std::string(py::str(wanted.attr("fields")[name][py::int_(1)])) + ";";
    }
  }
  for (const py::handle name : got.attr("names"))
    if (!wanted.attr("fields").contains(name))
      text += " unknown '" + std::string(py::str(name)) + "';";
  return "fields differ from COMMAND_DTYPE:" + (text.empty() ? " padding" : text);
}

template <class Handle>
using MachineOf = typename Handle::machine_type;

// Records are made of the columns a block at a time, and applied before the next are.
template <class Handle>
void apply_columns(Handle& handle, const CommandColumns& columns) {
  constexpr std::size_t block_rows = 256;
  work_in(handle, [&](MachineOf<Handle>& machine) {
    std::array<Command, block_rows> block;
    for (std::size_t row = 0; row < columns.rows(); row += block_rows) {
      const std::size_t count = std::min(block_rows, columns.rows() - row);
      columns.write(row, count, block.data());
      machine.apply(std::span<const Command>(block.data(), count));
    }
  });
}

template <class Handle>
void apply(Handle& handle, const py::object& commands) {
  if (py::hasattr(commands, "keys"))  // a mapping
    return apply_columns(handle, CommandColumns(commands, py::dict()));
  const py::array records = command_array(commands);
  const std::span batch(static_cast<const Command*>(records.data()),
                        static_cast<std::size_t>(records.size()));
  work_in(handle, [&](MachineOf<Handle>& machine) { machine.apply(batch); });
}

template <class Handle>
py::bytes snapshot(Handle& handle) {
  const auto bytes = work_in(handle, [](MachineOf<Handle>& machine) { return machine.snapshot(); });
  return py::bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

template <class Handle>
std::shared_ptr<Handle> restore(const py::bytes& bytes) {
  const auto text = static_cast<std::string_view>(bytes);
  std::shared_ptr<MachineOf<Handle>> machine =
      MachineOf<Handle>::restore({reinterpret_cast<const std::byte*>(text.data()), text.size()});
  return std::make_shared<Handle>(std::move(machine));
}

template <class Handle>
std::shared_ptr<Handle> branch(Handle& handle) {
  std::shared_ptr<MachineOf<Handle>> copy =
      work_in(handle, [](MachineOf<Handle>& machine) { return machine.branch(); });
  return std::make_shared<Handle>(std::move(copy));
}

}  // namespace

void check_id(const char* what, std::int64_t id, std::size_t count) {
  if (id >= 0 && id < static_cast<std::int64_t>(count)) return;
  throw Misuse(Misunderstanding::UnknownId, std::string(what) + " " + std::to_string(id) +
                                                " does not exist: the venue has 0 .. " +
                                                std::to_string(count - 1));
}

py::array command_array(const py::handle& commands) {
  if (!py::isinstance<py::array>(commands))
    throw Misuse(Misunderstanding::Data,
                 "commands must be a numpy array of delever.COMMAND_DTYPE, not " +
                     std::string(py::str(py::type::of(commands).attr("__name__"))) +
                     "; build one with delever.commands(...)");
  auto array = py::reinterpret_borrow<py::array>(commands);
  const py::dtype wanted = py::dtype::of<Command>();
  if (!array.dtype().is(wanted) && !array.dtype().equal(wanted))
    throw Misuse(Misunderstanding::Data,
                 "commands have the wrong dtype: " + difference(array.dtype(), wanted) +
                     " build them with delever.commands(...)");
  constexpr int ready =
      py::detail::npy_api::NPY_ARRAY_C_CONTIGUOUS_ | py::detail::npy_api::NPY_ARRAY_ALIGNED_;
  if ((array.flags() & ready) != ready) array = py::array(array.attr("copy")());
  return array;
}

template <class Handle>
void define_work(MachineClass<Handle>& machine) {
  machine
      .def("apply", &apply<Handle>, py::arg("commands"),
           "Applies an array of COMMAND_DTYPE, or a mapping of its columns, in order.")
      .def("snapshot", &snapshot<Handle>, "The whole state, as bytes.")
      .def_static("restore", &restore<Handle>, py::arg("snapshot"), "One from a snapshot.")
      .def("branch", &branch<Handle>, "A copy that continues on its own, with an empty event log.")
      .def(
          "set_retention",
          [](Handle& handle, std::uint32_t mask) {
            work_in(handle, [=](MachineOf<Handle>& m) { m.log().set_retention(mask); });
          },
          py::arg("mask"), "Which families are kept from now on: bit f for family f.");
}

template void define_work(MachineClass<VenueHandle>&);
template void define_work(MachineClass<EngineHandle>&);

}  // namespace v1
}  // namespace delever
