// The event log: one column table per event family, appended to by the venue, read as arrays.
//
// Owns: the tables' columns, each in reserved address space (reserved_column.hpp): they grow in
// place, so views of rows already written stay valid until clear() or the log's end. Which words a
// family keeps, and their names, is in event_schema.hpp. Retention is a mask of families; what it
// leaves out is not stored (the venue's digest covers every event all the same).
//
// Invariants: all columns of a table have the same number of rows; rows are in the order of their
// sequence; a family takes address space (2^28 rows, 2 GiB per column) with its first row and not
// before. Not copyable and not movable: a branch of a venue starts with an empty log.
//
// A sparse column holds one usual value nearly always: it is stored only where it differs, and the
// gaps are filled when somebody looks (so looking is not for two threads at once). The two families
// of every order's life keep their dense words in rows (event_rows.hpp) until then: their columns
// take space with the first look and hold the rows of the last one.
//
// Complexity: append is one capacity check, and eight stores to one cache line or one store per
// dense column. A first look at rows costs what storing them in columns would have. Worst case:
// every 8 MiB per column two system calls per column, and a page fault per 4 KiB of column (2 MiB
// where the system grants huge pages); at 2^28 rows std::length_error, with the log unchanged. A
// log with all seven families in use takes 206 GiB of address space (not memory) and, once its
// columns are long, three times 89 kernel mappings: some 240 such logs fit a Linux process's
// default vm.max_map_count.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "units/inline.hpp"
#include "venue/event.hpp"
#include "venue/event_rows.hpp"
#include "venue/event_schema.hpp"
#include "venue/reserved_column.hpp"

namespace delever {
inline namespace v1 {

constexpr std::uint32_t family_bit(EventFamily family) {
  return std::uint32_t{1} << static_cast<unsigned>(family);
}
constexpr std::uint32_t retain_all = (std::uint32_t{1} << event_family_count) - 1;
constexpr std::uint32_t retain_none = 0;
constexpr std::size_t event_rows_max = std::size_t{1} << 28;

// What is in a row is unpacked, and what is sparse is filled: never both.
constexpr bool is_sparse_in_row(EventFamily family) {
  for (const ColumnSchema& schema : schema_of(family))
    if (schema.sparse && is_in_row(family, schema.word)) return true;
  return false;
}
static_assert(!is_sparse_in_row(EventFamily::Orders) && !is_sparse_in_row(EventFamily::Fills));

/// The columns of one family.
class EventTable {
 public:
  EventTable() = default;
  EventTable(const EventTable&) = delete;
  EventTable& operator=(const EventTable&) = delete;

  template <EventFamily family>
  DELEVER_INLINE void append(const Event& event) {
    constexpr std::make_index_sequence<schema_of(family).size()> columns;
    if constexpr (has_rows(family)) {
      constexpr std::make_index_sequence<row_parts_of(family).size()> parts;
      const std::uint64_t excess = excess_of<family>(event, parts);
      const std::uint64_t unusual = unusual_of<family>(event, columns);
      if (next_ == end_ || (excess | unusual) != 0) [[unlikely]] {
        if (next_ == end_) grow(family);
        if (unusual != 0) store_sparse<family>(event, columns);
        if (excess != 0) {
          const Event copy = event;  // only the copy is ever in memory
          return store_unpacked(family, copy);
        }
      }
      pack<family>(event, next_, parts);
      next_ += event_row_words;
    } else {
      if (rows_ == capacity_) [[unlikely]]
        grow(family);
      store_row<family>(rows_, event, columns);
      ++rows_;
    }
  }

  std::size_t rows() const {
    return rows_ + static_cast<std::size_t>(next_ - packed_) / event_row_words;
  }
  /// nullptr before the family's first row. Fills in what the columns have left out so far.
  const std::int64_t* column(EventFamily family, std::size_t index) const {
    if (has_rows(family) && unpacked_ < rows()) unpack_rows(family);
    const ColumnSchema& schema = schema_of(family)[index];
    if (schema.sparse) fill(index, rows(), schema.usual);
    return data_[index];
  }
  void clear() {
    rows_ = unpacked_ = 0;
    next_ = packed_;
    filled_ = {};
  }
  void set_rows_max(std::size_t rows_max) { rows_max_ = rows_max; }
  /// Memory usable without another system call; pages not yet written cost nothing.
  std::size_t committed_bytes() const;

 private:
  template <EventFamily family, std::size_t... column>
  DELEVER_INLINE void store_row(std::size_t row, const Event& event,
                                std::index_sequence<column...>) {
    (store<family, column>(row, event[schema_of(family)[column].word]), ...);
  }
  template <EventFamily family, std::size_t column>
  DELEVER_INLINE void store(std::size_t row, std::int64_t value) {
    constexpr ColumnSchema schema = schema_of(family)[column];
    if constexpr (schema.sparse) {
      if (value == schema.usual) [[likely]]
        return;
      fill(column, row, schema.usual);
      filled_[column] = row + 1;
    }
    data_[column][row] = value;
  }

  // Of a family with rows, only what is sparse has columns before somebody looks.
  template <EventFamily family, std::size_t column>
  DELEVER_INLINE static std::uint64_t unusual_of(const Event& event) {
    constexpr ColumnSchema schema = schema_of(family)[column];
    if constexpr (!schema.sparse) return 0;
    return static_cast<std::uint64_t>(event[schema.word] ^ schema.usual);
  }
  /// 0 where every sparse column has its usual value.
  template <EventFamily family, std::size_t... column>
  DELEVER_INLINE static std::uint64_t unusual_of(const Event& event,
                                                 std::index_sequence<column...>) {
    return (unusual_of<family, column>(event) | ...);
  }
  template <EventFamily family, std::size_t... column>
  DELEVER_INLINE void store_sparse(const Event& event, std::index_sequence<column...>) {
    const std::size_t row = rows();
    (store_if_sparse<family, column>(row, event), ...);
  }
  template <EventFamily family, std::size_t column>
  DELEVER_INLINE void store_if_sparse(std::size_t row, const Event& event) {
    constexpr ColumnSchema schema = schema_of(family)[column];
    if constexpr (schema.sparse) store<family, column>(row, event[schema.word]);
  }

  /// Writes the usual value into the rows of a sparse column that have none yet.
  [[gnu::noinline]] void fill(std::size_t column, std::size_t rows, std::int64_t usual) const {
    std::fill(data_[column] + filled_[column], data_[column] + rows, usual);
    filled_[column] = rows;
  }
  void grow(EventFamily family);
  void commit_column(std::size_t index, std::size_t rows) const;
  void unpack_rows(EventFamily family) const;
  DELEVER_OUTLINE void store_unpacked(EventFamily family, const Event& event);

  // Of a family that has rows: the first, the next, and the end of what they may take.
  std::uint64_t* packed_ = nullptr;
  std::uint64_t* next_ = nullptr;
  std::uint64_t* end_ = nullptr;
  std::size_t rows_ = 0;  ///< of one that has none
  std::size_t capacity_ = 0;
  std::size_t rows_max_ = event_rows_max;
  ReservedColumn rows_column_;       ///< what holds them
  // What a look may change.
  mutable std::array<std::int64_t*, event_columns_max> data_{};
  mutable std::array<ReservedColumn, event_columns_max> columns_;
  mutable std::array<std::size_t, event_columns_max> filled_{};  ///< rows that sparse columns hold
  mutable std::size_t unpacked_ = 0;  ///< rows that the columns of a family with rows hold
};

class EventLog {
 public:
  /// `retention`: a mask of family_bit(); `rows_max`: capacity of each family.
  explicit EventLog(std::uint32_t retention = retain_all, std::size_t rows_max = event_rows_max);

  void append(const Event& event) {
    const EventFamily family = family_of(static_cast<EventKind>(event[Word::Kind]));
    if ((retention_ & family_bit(family)) == 0) return;
    EventTable& table = tables_[static_cast<std::size_t>(family)];
    switch (family) {
      case EventFamily::Accounts: return table.append<EventFamily::Accounts>(event);
      case EventFamily::Rejections: return table.append<EventFamily::Rejections>(event);
      case EventFamily::Orders: return table.append<EventFamily::Orders>(event);
      case EventFamily::Fills: return table.append<EventFamily::Fills>(event);
      case EventFamily::Marks: return table.append<EventFamily::Marks>(event);
      case EventFamily::Risk: return table.append<EventFamily::Risk>(event);
      case EventFamily::Funding: return table.append<EventFamily::Funding>(event);
    }
  }

  /// The table of a family that is kept; nullptr for one that is not.
  template <EventFamily family>
  DELEVER_INLINE EventTable* kept() {
    const bool keeps = (retention_ & family_bit(family)) != 0;
    return keeps ? &tables_[static_cast<std::size_t>(family)] : nullptr;
  }

  std::size_t rows(EventFamily family) const { return table(family).rows(); }
  /// Rows of the column with this index in schema_of(family); nullptr before the first row.
  const std::int64_t* column(EventFamily family, std::size_t index) const {
    return table(family).column(family, index);
  }
  std::span<const std::int64_t> values(EventFamily family, std::size_t index) const {
    return {column(family, index), rows(family)};
  }

  /// Forgets all rows and keeps the memory: views taken before come to show what is written next.
  void clear();

  std::uint32_t retention() const { return retention_; }
  void set_retention(std::uint32_t retention) { retention_ = retention & retain_all; }
  std::size_t committed_bytes() const;

 private:
  const EventTable& table(EventFamily family) const {
    return tables_[static_cast<std::size_t>(family)];
  }

  std::uint32_t retention_ = retain_all;
  std::array<EventTable, event_family_count> tables_;
};

}  // namespace v1
}  // namespace delever
