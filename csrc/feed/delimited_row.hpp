// One row of comma-separated fields, and the ways a field is read: each names its column when the
// value is not what it should be.
//
// Owns nothing: the fields are views into the row. No quoting (no feed read here quotes); spaces
// around a field do not belong to it. At most `fields_max` fields: a row with more is refused.
// Cost: one pass over the row; nothing is allocated unless a field is at fault.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "feed/feed_decoder.hpp"

namespace delever {
inline namespace v1 {

/// A named field of a row or of a JSON object.
struct Field {
  const char* column;
  std::string_view text;
};

/// Readers of a field; each throws FeedFault with the column, the value and what to do.
std::int64_t integer_in(const Field& field);
std::uint64_t unsigned_in(const Field& field);
/// A whole number of `unit_ns`, as nanoseconds.
std::int64_t time_in(const Field& field, std::int64_t unit_ns);
/// Ticks; `shift` -4 where the feed writes ten-thousandths.
std::int64_t price_in(const Field& field, FeedContext& context, std::int32_t shift = 0);
/// Lots, at least 0.
std::int64_t qty_in(const Field& field, FeedContext& context, std::int32_t shift = 0);
/// The fault that a count which is not None stands for.
[[noreturn]] void refuse_count(const Field& field, const DecimalScale& scale, DecimalFault fault,
                               const char* option);

class DelimitedRow {
 public:
  static constexpr std::size_t fields_max = 2048;

  /// Splits a row.
  void split(std::string_view line);
  std::size_t size() const { return size_; }
  std::string_view operator[](std::size_t at) const { return fields_[at]; }
  /// The field under a name; empty where the row is too short.
  Field field(std::size_t at, const char* column) const {
    return {column, at < size_ ? fields_[at] : std::string_view{}};
  }
  /// Throws FeedFault unless the row has this many fields, up to `most`.
  void require(std::size_t least, std::size_t most) const;

 private:
  std::array<std::string_view, fields_max> fields_;
  std::size_t size_ = 0;
};

}  // namespace v1
}  // namespace delever
