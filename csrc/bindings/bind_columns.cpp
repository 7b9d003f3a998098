// Commands from columns as an array of 64-byte records, written a block at a time.
#include <algorithm>

#include "bindings/bindings.hpp"
#include "bindings/command_columns.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

constexpr const char* commands_doc =
    R"(Write commands from columns; a single value stands for every row.

Parameters
----------
columns, more
    Column name -> integers; the names are those of `COMMAND_DTYPE`. What is left out is 0.

Returns
-------
numpy.ndarray
    Records of `COMMAND_DTYPE`, for `Venue.apply`.

Raises
------
DataError
    For an unknown column, floats, or a value its field cannot hold; it names row and column.

Examples
--------
>>> batch = commands(kind=1, amount_atoms=[5 * 10**8, 10**8])
>>> batch.shape, int(batch["kind"][1])
((2,), 1)
>>> commands(knd=1)
Traceback (most recent call last):
...
delever.errors.DataError: column 'knd': unknown; did you mean 'kind'?
)";

py::array_t<Command> commands(const py::object& columns, const py::kwargs& more) {
  constexpr std::size_t block_rows = 256;  // they stay in the nearest cache
  const CommandColumns given(columns, more);
  py::array_t<Command> records(static_cast<py::ssize_t>(given.rows()));
  Command* const first = records.mutable_data();
  for (std::size_t row = 0; row < given.rows(); row += block_rows)
    given.write(row, std::min(block_rows, given.rows() - row), first + row);
  return records;
}

}  // namespace

void register_columns(py::module_& module) {
  module.def("commands", &commands, py::arg("columns") = py::none(), py::pos_only(), commands_doc);
}

}  // namespace v1
}  // namespace delever
