// Commands from columns: integer arrays of any width and stride become 64-byte records, a block at
// a time, so that a block's records stay in the nearest cache while its columns are written.
//
// A value that its field cannot hold is never cut: the column is named instead of the records.
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "bindings/machine_access.hpp"
#include "venue/command.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

constexpr std::size_t block_rows = 256;

// Copies values into a field of records; false where one does not fit.
using CopyRows = bool (*)(const char* values, py::ssize_t stride, char* field, std::size_t rows);

template <class Value, class Field>
bool copy_value(const char* from, char* field) {
  Value value;
  std::memcpy(&value, from, sizeof value);
  const auto held = static_cast<Field>(value);
  std::memcpy(field, &held, sizeof held);
  return std::in_range<Field>(value);
}

template <class Value, class Field>
bool copy_rows(const char* values, py::ssize_t stride, char* field, std::size_t rows) {
  bool fits = true;
  if (stride == sizeof(Value)) {  // dense, as nearly always: several rows a turn
    constexpr std::size_t step = 8;
    for (; rows >= step; rows -= step) {
      for (std::size_t row = 0; row < step; ++row)
        fits &=
            copy_value<Value, Field>(values + row * sizeof(Value), field + row * sizeof(Command));
      values += step * sizeof(Value);
      field += step * sizeof(Command);
    }
  }
  for (std::size_t row = 0; row < rows; ++row)
    fits &= copy_value<Value, Field>(values + static_cast<py::ssize_t>(row) * stride,
                                     field + row * sizeof(Command));
  return fits;
}

template <class Value>
CopyRows copier_into(const py::dtype& field) {
  const bool is_signed = field.kind() == 'i';
  switch (field.itemsize()) {
    case 1: return &copy_rows<Value, std::uint8_t>;
    case 2: return &copy_rows<Value, std::uint16_t>;
    case 4: return &copy_rows<Value, std::uint32_t>;
    default: return is_signed ? &copy_rows<Value, std::int64_t> : &copy_rows<Value, std::uint64_t>;
  }
}

CopyRows copier(const py::dtype& values, const py::dtype& field) {
  const bool is_signed = values.kind() == 'i';
  switch (values.itemsize()) {
    case 1: return is_signed ? copier_into<std::int8_t>(field) : copier_into<std::uint8_t>(field);
    case 2: return is_signed ? copier_into<std::int16_t>(field) : copier_into<std::uint16_t>(field);
    case 4: return is_signed ? copier_into<std::int32_t>(field) : copier_into<std::uint32_t>(field);
    default:
      return is_signed ? copier_into<std::int64_t>(field) : copier_into<std::uint64_t>(field);
  }
}

struct Column {
  const char* values;
  py::ssize_t stride;  ///< 0: one value for every row
  std::size_t offset;
  CopyRows copy;
  bool fits = true;
};

// A column of native integers, with so many rows or with one value for all of them.
Column column_of(const py::str& name, const py::array& values, const py::dict& fields,
                 std::size_t rows) {
  const bool one = values.ndim() == 0;
  if (values.ndim() > 1 || (!one && static_cast<std::size_t>(values.size()) != rows))
    throw Misuse(Misunderstanding::Data, "column '" + std::string(name) + "' has not the " +
                                             std::to_string(rows) + " rows of the others");
  const py::tuple field = fields[name];
  return {static_cast<const char*>(values.data()), one ? 0 : values.strides(0),
          field[1].cast<std::size_t>(), copier(values.dtype(), field[0].cast<py::dtype>())};
}

// The records; the first column with a value that does not fit is left in `misfit`.
py::array_t<Command> records_from(const py::dict& columns, const py::dict& fields, std::size_t rows,
                                  py::object& misfit) {
  std::vector<Column> given;
  for (const auto& [name, values] : columns)
    given.push_back(column_of(py::str(name), values.cast<py::array>(), fields, rows));
  py::array_t<Command> records(static_cast<py::ssize_t>(rows));
  char* bytes = reinterpret_cast<char*>(records.mutable_data());
  for (std::size_t row = 0; row < rows; row += block_rows) {
    const std::size_t count = std::min(block_rows, rows - row);
    char* block = bytes + row * sizeof(Command);
    std::memset(block, 0, count * sizeof(Command));
    for (Column& one : given)
      one.fits &= one.copy(one.values + static_cast<py::ssize_t>(row) * one.stride, one.stride,
                           block + one.offset, count);
  }
  std::size_t at = 0;
  for (const auto& [name, values] : columns)
    if (!given[at++].fits && !misfit) misfit = py::reinterpret_borrow<py::object>(name);
  return records;
}

std::string joined(const py::handle& names) {
  return py::str(", ").attr("join")(names).cast<std::string>();
}

[[noreturn]] void refuse_name(const std::string& name, const py::dict& fields) {
  const py::list near = py::module_::import("difflib").attr("get_close_matches")(name, fields, 1);
  raise_data_error(near.empty() ? "unknown; the columns are " + joined(fields)
                                : "unknown; did you mean '" + std::string(py::str(near[0])) + "'?",
                   -1, name);
}

// Whatever was given, as an array of native integers.
py::array integers_from(const std::string& name, const py::handle& values, const py::dict& fields) {
  if (!fields.contains(name)) refuse_name(name, fields);
  const py::array array = py::module_::import("numpy").attr("asarray")(values);
  const char kind = array.dtype().kind();
  if (std::string_view("iub").find(kind) == std::string_view::npos)
    raise_data_error("holds " + std::string(py::str(array.dtype())) + ", not integers" +
                         (kind == 'f' ? "; write ticks, lots or atoms" : ""),
                     -1, name);
  const py::object native = array.dtype().attr("newbyteorder")("=");
  return array.attr("astype")(native, py::arg("copy") = false);
}

[[noreturn]] void refuse_value(const py::object& name, const py::dict& fields,
                               const py::object& column) {
  const py::module_ numpy = py::module_::import("numpy");
  const py::object limits = numpy.attr("iinfo")(py::tuple(fields[name])[0]);
  const py::object values = numpy.attr("atleast_1d")(column);
  const py::object low = limits.attr("min"), high = limits.attr("max");
  const py::object row =
      numpy.attr("argmax")(values.attr("__lt__")(low) | values.attr("__gt__")(high));
  raise_data_error(std::string(py::str(values[row])) + " is outside " + std::string(py::str(low)) +
                       " .. " + std::string(py::str(high)),
                   row.cast<std::int64_t>(), name.cast<std::string>());
}

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
  const py::dict fields = py::dict(py::dtype::of<Command>().attr("fields"));
  py::dict arrays, lengths;
  const auto take = [&](const py::handle& name, const py::handle& values) {
    const py::array array = integers_from(py::str(name), values, fields);
    arrays[name] = array;
    if (array.ndim() > 0) lengths[name] = py::len(array);
  };
  if (!columns.is_none())
    for (const py::handle name : columns)
      if (!more.contains(name)) take(name, columns[name]);
  for (const auto& [name, values] : more) take(name, values);
  const py::set distinct(lengths.attr("values")());
  if (distinct.size() > 1)
    throw Misuse(Misunderstanding::Data,
                 "columns differ in length: " + std::string(py::str(lengths)));
  const std::size_t rows = lengths.empty() ? 1 : (*lengths.begin()).second.cast<std::size_t>();
  py::object misfit;
  const py::array_t<Command> records = records_from(arrays, fields, rows, misfit);
  if (misfit) refuse_value(misfit, fields, arrays[misfit]);
  return records;
}

}  // namespace

void register_columns(py::module_& module) {
  module.def("commands", &commands, py::arg("columns") = py::none(), py::pos_only(), commands_doc);
}

}  // namespace v1
}  // namespace delever
