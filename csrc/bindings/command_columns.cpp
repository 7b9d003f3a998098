#include "bindings/command_columns.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "bindings/bindings.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

constexpr std::size_t word_bytes = 8;
constexpr std::size_t command_words = sizeof(Command) / word_bytes;

// Adds values to words, each at its field's place there.
template <class Value>
void add_values(const char* values, py::ssize_t stride, unsigned shift, std::uint64_t* words,
                std::size_t rows) {
  const auto add = [&](std::size_t row, const char* from) {
    Value value;
    std::memcpy(&value, from, sizeof value);
    words[row] |= static_cast<std::uint64_t>(value) << shift;
  };
  if (stride == sizeof(Value)) {  // dense, as nearly always: several rows at once
    for (std::size_t row = 0; row < rows; ++row) add(row, values + row * sizeof(Value));
  } else {
    for (std::size_t row = 0; row < rows; ++row)
      add(row, values + static_cast<py::ssize_t>(row) * stride);
  }
}

// Puts rows of words together from eight arrays of words.
void interleave(const std::array<const char*, command_words>& words, std::size_t rows, char* to) {
  const std::array<const char*, command_words> from = words;  // nothing written changes these
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t word = 0; word < command_words; ++word)
      std::memcpy(to + word * word_bytes, from[word] + row * word_bytes, word_bytes);
    to += sizeof(Command);
  }
}

// Starts to load rows of a column, which the processor cannot foresee between others. Inlined by
// force: a function that only prefetches is taken for one that does nothing.
[[gnu::always_inline]] inline void prefetch_rows(const char* values, py::ssize_t stride,
                                                 std::size_t first, std::size_t rows) {
#if defined(__GNUC__)
  const py::ssize_t line = 64;
  const py::ssize_t step = stride < 0 ? std::min(stride, -line) : std::max(stride, line);
  const auto end = static_cast<py::ssize_t>(first + rows) * stride;
  for (auto at = static_cast<py::ssize_t>(first) * stride; stride < 0 ? at > end : at < end;
       at += step)
    __builtin_prefetch(values + at);
#else
  static_cast<void>(values), static_cast<void>(stride);
  static_cast<void>(first), static_cast<void>(rows);
#endif
}

/// The bits, as far as 64 go, that are set in any of the values; a sign counts as all upper ones.
template <class Value>
std::uint64_t bits_used(const char* values, py::ssize_t stride, std::size_t rows) {
  std::uint64_t bits = 0;
  const auto add = [&](const char* from) {
    Value value;
    std::memcpy(&value, from, sizeof value);
    bits |= static_cast<std::uint64_t>(value);
  };
  if (stride == sizeof(Value)) {
    for (std::size_t row = 0; row < rows; ++row) add(values + row * sizeof(Value));
  } else {
    for (std::size_t row = 0; row < rows; ++row)
      add(values + static_cast<py::ssize_t>(row) * stride);
  }
  return bits;
}

// Calls what(Value{}) with the type that a column's values have.
template <class What>
auto with_type_of(const py::dtype& values, What what) {
  const bool is_signed = values.kind() == 'i';
  switch (values.itemsize()) {
    case 1: return is_signed ? what(std::int8_t{}) : what(std::uint8_t{});
    case 2: return is_signed ? what(std::int16_t{}) : what(std::uint16_t{});
    case 4: return is_signed ? what(std::int32_t{}) : what(std::uint32_t{});
    default: return is_signed ? what(std::int64_t{}) : what(std::uint64_t{});
  }
}

// Whether the field can hold every value of the column. Of fields, only 64-bit ones are signed.
bool fits(const py::array& values, const py::dtype& field) {
  const py::dtype type = values.dtype();
  const bool same_sign = (type.kind() == 'i') == (field.kind() == 'i');
  const auto width = 8 * static_cast<unsigned>(field.itemsize());
  const bool is_wide = width == 64;
  if (is_wide ? same_sign : same_sign && type.itemsize() <= field.itemsize()) return true;
  const std::uint64_t forbidden = ~std::uint64_t{0} << (is_wide ? 63 : width);
  const auto rows = static_cast<std::size_t>(values.size());
  const py::ssize_t stride = values.ndim() == 0 ? 0 : values.strides(0);
  const std::uint64_t used = with_type_of(type, [&](auto value) {
    return bits_used<decltype(value)>(static_cast<const char*>(values.data()), stride, rows);
  });
  return (used & forbidden) == 0;
}

[[noreturn]] void refuse_name(const std::string& name, const py::dict& fields) {
  const py::list near = py::module_::import("difflib").attr("get_close_matches")(name, fields, 1);
  const std::string known = py::str(py::str(", ").attr("join")(fields));
  raise_data_error(near.empty() ? "unknown; the columns are " + known
                                : "unknown; did you mean '" + std::string(py::str(near[0])) + "'?",
                   -1, name);
}

bool are_integers(const py::dtype& type) {
  return std::string_view("iub").find(type.kind()) != std::string_view::npos;
}

// Whatever was given, as an array of native integers.
py::array integers_from(const py::handle& name, const py::handle& values) {
  const bool is_array = py::isinstance<py::array>(values);
  const auto array = is_array ? py::reinterpret_borrow<py::array>(values)
                              : py::array(py::module_::import("numpy").attr("asarray")(values));
  const py::dtype type = array.dtype();
  if (!are_integers(type))
    raise_data_error("holds " + std::string(py::str(type)) + ", not integers" +
                         (type.kind() == 'f' ? "; write ticks, lots or atoms" : ""),
                     -1, py::str(name));
  if (type.byteorder() == '=' || type.byteorder() == '|') return array;
  return array.attr("astype")(type.attr("newbyteorder")("="));
}

[[noreturn]] void refuse_value(const py::handle& name, const py::dtype& field,
                               const py::array& column) {
  const py::module_ numpy = py::module_::import("numpy");
  const py::object limits = numpy.attr("iinfo")(field);
  const py::object values = numpy.attr("atleast_1d")(column);
  const py::object low = limits.attr("min"), high = limits.attr("max");
  const py::object row =
      numpy.attr("argmax")(values.attr("__lt__")(low) | values.attr("__gt__")(high));
  raise_data_error(std::string(py::str(values[row])) + " is outside " + std::string(py::str(low)) +
                       " .. " + std::string(py::str(high)),
                   row.cast<std::int64_t>(), name.cast<std::string>());
}

}  // namespace

CommandColumns::CommandColumns(const py::object& columns, const py::dict& more)
    : fields_(py::dtype::of<Command>().attr("fields")) {
  if (!columns.is_none())
    for (const py::handle name : columns)
      if (!more.contains(name)) take(name, columns[name]);
  for (const auto& [name, values] : more) take(name, values);
  const py::set distinct(lengths_.attr("values")());
  if (distinct.size() > 1)
    throw Misuse(Misunderstanding::Data,
                 "columns differ in length: " + std::string(py::str(lengths_)));
  if (!lengths_.empty()) rows_ = (*lengths_.begin()).second.cast<std::size_t>();
  for (const auto& [name, values] : arrays_)
    add_column(name, py::reinterpret_borrow<py::array>(values));
}

void CommandColumns::take(const py::handle& name, const py::handle& values) {
  if (!fields_.contains(name)) refuse_name(py::str(name), fields_);
  const py::array array = integers_from(name, values);
  arrays_[name] = array;
  if (array.ndim() > 0) lengths_[name] = py::len(array);
}

void CommandColumns::add_column(const py::handle& name, const py::array& values) {
  const bool one = values.ndim() == 0;
  if (values.ndim() > 1)
    throw Misuse(Misunderstanding::Data, "column '" + std::string(py::str(name)) +
                                             "' has not the " + std::to_string(rows_) +
                                             " rows of the others");
  const py::tuple field = fields_[name];
  const auto type = field[0].cast<py::dtype>();
  if (!fits(values, type)) refuse_value(name, type, values);
  const auto offset = field[1].cast<std::size_t>();
  const auto* const bytes = static_cast<const char*>(values.data());
  const std::size_t word = offset / word_bytes;
  const auto add =
      with_type_of(values.dtype(), [](auto value) { return &add_values<decltype(value)>; });
  const auto shift = static_cast<unsigned>(offset % word_bytes * 8);
  if (one) return add(bytes, 0, shift, &usual_[word], 1);
  const bool is_word = type.itemsize() == word_bytes && values.itemsize() == word_bytes &&
                       values.strides(0) == word_bytes;
  if (is_word) ready_[word] = bytes;
  columns_.push_back({bytes, values.strides(0), word, shift, is_word ? nullptr : add});
}

void CommandColumns::write(std::size_t first, std::size_t count, Command* records) const {
  constexpr std::size_t step = 128;  // what is made on the way stays in the nearest cache
  constexpr std::size_t ahead = 2 * step;
  std::array<std::array<std::uint64_t, step>, command_words> made;
  for (std::size_t done = 0; done < count; done += step) {
    const std::size_t row = first + done, rows = std::min(step, count - done);
    std::array<const char*, command_words> words;
    for (std::size_t word = 0; word < command_words; ++word) {
      const bool is_ready = ready_[word] != nullptr;
      if (!is_ready) made[word].fill(usual_[word]);
      words[word] = is_ready ? ready_[word] + row * word_bytes
                             : reinterpret_cast<const char*>(made[word].data());
    }
    for (const Column& column : columns_) {
      prefetch_rows(column.values, column.stride, row + ahead, rows);
      if (column.add == nullptr) continue;
      column.add(column.values + static_cast<py::ssize_t>(row) * column.stride, column.stride,
                 column.shift, made[column.word].data(), rows);
    }
    interleave(words, rows, reinterpret_cast<char*>(records + done));
  }
}

}  // namespace v1
}  // namespace delever
