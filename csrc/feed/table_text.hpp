// Text that comes in pieces, as rows; and the numbers of tables that are read as floating point.
//
// `RowReader` cuts bytes given in pieces of any size into rows (LF or CR LF, the last with or
// without it), passes over blank ones and counts the rest: where a fault lies. Memory: one
// unfinished row. `decimal_in` reads a plain decimal to the nearest double where it has at most
// fifteen digits, and within one unit in the last place beyond; no locale, no library.
// `clock_time_in` tells s, ms, us and ns since 1970 apart by their size (years 1973 to 5138).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "feed/delimited_row.hpp"

namespace delever {
inline namespace v1 {

/// A decimal as 12, -0.5, 1e-05; throws FeedFault with the column and the value otherwise.
double decimal_in(const Field& field);
/// A time since 1970 in s (with or without decimals), ms, us or ns; as ns.
std::int64_t clock_time_in(const Field& field);

class RowReader {
 public:
  template <class Take>
  void feed(std::string_view bytes, Take&& take) {
    for (std::size_t end = bytes.find('\n'); end != std::string_view::npos;
         end = bytes.find('\n')) {
      if (begun_.empty()) {
        give(bytes.substr(0, end), take);
      } else {
        begun_ += bytes.substr(0, end);
        give(begun_, take);
        begun_.clear();
      }
      bytes.remove_prefix(end + 1);
    }
    begun_ += bytes;
    if (begun_.size() > row_bytes_max) throw FeedFault("", "a row of 4 MiB; is this a table?");
  }
  template <class Take>
  void finish(Take&& take) {
    const std::string last = std::move(begun_);
    begun_.clear();
    give(last, take);
  }
  std::int64_t row() const { return row_; }

 private:
  template <class Take>
  void give(std::string_view line, Take&& take) {
    while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
    if (line.empty()) return;
    ++row_;
    take(line);
  }
  std::string begun_;
  std::int64_t row_ = 0;
};

}  // namespace v1
}  // namespace delever
