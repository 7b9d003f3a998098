#include "venue/event_log.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace delever {
inline namespace v1 {

std::size_t EventTable::committed_bytes() const {
  std::size_t rows = 0;
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
  const std::size_t columns = schema_of(family).size();
  for (std::size_t i = 0; i < columns; ++i) {
    // One page and five cache lines apart from column to column: no shared cache or TLB set.
    constexpr std::size_t stagger = 4096 + 320;
    if (columns_[i].rows_max() == 0) columns_[i].reserve(rows_max_, i * stagger);
    columns_[i].commit(rows);
    data_[i] = columns_[i].data();
  }
  capacity_ = rows;  // only now: a refusal on the way leaves the rows as they were
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
