#include "venue/event_log.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace delever {
inline namespace v1 {

std::size_t EventTable::committed_bytes() const {
  std::size_t rows = rows_column_.committed();
  for (const ReservedColumn& column : columns_) rows += column.committed();
  return rows * sizeof(std::int64_t);
}

void EventTable::grow(EventFamily family) {
  if (capacity_ == rows_max_) {
    throw std::length_error(
        std::string("event log: the table '") + name_of(family) + "' is full at " +
        std::to_string(rows_max_) +
        " rows; take the rows out and call clear(), or leave this family out of "
        "the retention mask");
  }
  const std::size_t rows = std::min(ReservedColumn::grown(capacity_), rows_max_);
  if (has_rows(family)) {
    if (rows_column_.rows_max() == 0) rows_column_.reserve(rows_max_ * event_row_words);
    rows_column_.commit(rows * event_row_words);
  }
  const std::span<const ColumnSchema> schema = schema_of(family);
  for (std::size_t i = 0; i < schema.size(); ++i)
    if (!is_in_row(family, schema[i].word)) commit_column(i, rows);
  capacity_ = rows;  // only now: a refusal on the way leaves the rows as they were
  if (!has_rows(family)) return;
  if (packed_ == nullptr)
    packed_ = next_ = reinterpret_cast<std::uint64_t*>(rows_column_.data());
  end_ = packed_ + capacity_ * event_row_words;
}

void EventTable::commit_column(std::size_t index, std::size_t rows) const {
  // One page and five cache lines apart from column to column: no shared cache or TLB set.
  constexpr std::size_t stagger = 4096 + 320;
  ReservedColumn& column = columns_[index];
  if (column.rows_max() == 0) column.reserve(rows_max_, index * stagger);
  column.commit(rows);
  data_[index] = column.data();
}

// A few rows at a time, column by column: they stay in the first cache.
void EventTable::unpack_rows(EventFamily family) const {
  constexpr std::size_t step = 128;
  const std::span<const RowPart> parts = row_parts_of(family);
  for (const RowPart& part : parts) commit_column(column_of(family, part.word), capacity_);
  const std::size_t rows = this->rows();
  for (; unpacked_ < rows; unpacked_ = std::min(unpacked_ + step, rows)) {
    const std::size_t end = std::min(unpacked_ + step, rows);
    for (const RowPart& part : parts) {
      std::int64_t* const column = data_[column_of(family, part.word)];
      for (std::size_t row = unpacked_; row < end; ++row)
        column[row] = unpack(packed_ + row * event_row_words, part);
    }
  }
}

// A row with a word that its place in the row does not hold: it goes straight to the columns.
void EventTable::store_unpacked(EventFamily family, const Event& event) {
  unpack_rows(family);
  const std::size_t row = rows();
  for (const RowPart& part : row_parts_of(family))
    data_[column_of(family, part.word)][row] = event[part.word];
  next_ += event_row_words;
  unpacked_ = row + 1;
}

EventLog::EventLog(std::uint32_t retention, std::size_t rows_max)
    : retention_(retention & retain_all) {
  for (EventTable& table : tables_) table.set_rows_max(rows_max);
}

void EventLog::clear() {
  for (EventTable& table : tables_) table.clear();
}

std::size_t EventLog::committed_bytes() const {
  std::size_t bytes = 0;
  for (const EventTable& table : tables_) bytes += table.committed_bytes();
  return bytes;
}

}  // namespace v1
}  // namespace delever
