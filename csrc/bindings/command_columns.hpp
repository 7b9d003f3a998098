// Commands given as columns: integers of any width and stride by the names of COMMAND_DTYPE's
// fields, or one value for every row; what is left out is 0.
//
// Owns: references to the arrays, and what every row has alike. All that can be wrong is found when
// it is made, before a command exists: unknown names, floats, lengths that differ, a value that its
// field cannot hold (it is never cut). From then on `write` makes records of any rows, a block at a
// time, without the interpreter: a block's records stay in the nearest cache until they are
// applied.
//
// Cost: columns of 64-bit fields are read where they are; those of narrower fields are first put
// together into words of the record, several rows at a time; then each record is written word by
// word. Columns wider than their field are read once more, to see that they fit.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "venue/command.hpp"

namespace delever {
inline namespace v1 {

class CommandColumns {
 public:
  /// Of a mapping (or None) and more columns, which go before those of the same name.
  CommandColumns(const pybind11::object& columns, const pybind11::dict& more);

  /// As long as its columns; 1 where each is a single value.
  std::size_t rows() const { return rows_; }

  /// Writes the records of rows `first` to `first + count - 1`.
  void write(std::size_t first, std::size_t count, Command* records) const;

 private:
  using AddValues = void (*)(const char* values, pybind11::ssize_t stride, unsigned shift,
                             std::uint64_t* words, std::size_t rows);
  struct Column {
    const char* values;
    pybind11::ssize_t stride;
    std::size_t word;  ///< of the record, and where in it
    unsigned shift;
    AddValues add;  ///< nullptr: its values are the words
  };

  void take(const pybind11::handle& name, const pybind11::handle& values);
  void add_column(const pybind11::handle& name, const pybind11::array& values);

  pybind11::dict fields_, arrays_, lengths_;
  std::size_t rows_ = 1;
  std::array<std::uint64_t, 8> usual_{};  ///< by word: what every row has
  std::array<const char*, 8> ready_{};    ///< by word: a dense column of it, if there is one
  std::vector<Column> columns_;
};

}  // namespace v1
}  // namespace delever
