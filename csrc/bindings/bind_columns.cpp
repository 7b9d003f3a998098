// Commands from columns: integer arrays of any width and stride become 64-byte records, a block at
// a time, so that a block's records stay in the nearest cache while its columns are written.
//
// A value that its field cannot hold is never cut: the column is named instead of the records.
#include <array>
#include <cstdint>
#include <cstring>
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

// The records, or the name of the first column with a value that does not fit.
py::object commands_from(const py::dict& columns, std::size_t rows) {
  const py::dict fields = py::dtype::of<Command>().attr("fields");
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
    if (!given[at++].fits) return py::reinterpret_borrow<py::object>(name);
  return std::move(records);
}

}  // namespace

void register_columns(py::module_& module) {
  module.def("commands_from", &commands_from, py::arg("columns"), py::arg("rows"),
             "Records of COMMAND_DTYPE from columns of native integers; the name of the first "
             "column that does not fit, where one does not.");
}

}  // namespace v1
}  // namespace delever
