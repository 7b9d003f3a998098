#include "feed/delimited_row.hpp"

#include <limits>

namespace delever {
inline namespace v1 {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::int64_t count(const Field& field, DecimalScale& scale, std::int32_t shift,
                   const char* option) {
  std::int64_t units = 0;
  const DecimalFault fault = scale.count(field.text, shift, units);
  if (fault != DecimalFault::None) [[unlikely]]
    refuse_count(field, scale, fault, option);
  return units;
}

}  // namespace

void refuse_count(const Field& field, const DecimalScale& scale, DecimalFault fault,
                  const char* option) {
  const std::string value = quoted(field.text);
  switch (fault) {
    case DecimalFault::NoMultiple:
      throw FeedFault(field.column, value + " is no multiple of the " + option + " " +
                                        scale.text() + "; give a finer " + option);
    case DecimalFault::TooLong:
      throw FeedFault(field.column, value + " has too many digits for the " + option + " " +
                                        (scale.known() ? scale.text() : "deduced") +
                                        "; correct the row or give a coarser " + option);
    default: throw FeedFault(field.column, value + " is no decimal number; correct the row");
  }
}

std::int64_t integer_in(const Field& field) {
  std::int64_t value = 0;
  if (!parse_integer(field.text, value)) [[unlikely]]
    throw FeedFault(field.column, quoted(field.text) + " is no whole number; correct the row");
  return value;
}

std::uint64_t unsigned_in(const Field& field) {
  std::uint64_t value = 0;
  if (!parse_unsigned(field.text, value)) [[unlikely]]
    throw FeedFault(field.column,
                    quoted(field.text) + " is no whole number from 0 on; correct the row");
  return value;
}

std::int64_t time_in(const Field& field, std::int64_t unit_ns) {
  const std::int64_t time = integer_in(field);
  if (time < 0 || time > std::numeric_limits<std::int64_t>::max() / unit_ns) [[unlikely]]
    throw FeedFault(field.column, quoted(field.text) +
                                      " is no time from 1970 to 2262 in units of " +
                                      std::to_string(unit_ns) + " ns; correct the row");
  return time * unit_ns;
}

std::int64_t price_in(const Field& field, FeedContext& context, std::int32_t shift) {
  return count(field, context.price, shift, "tick_size");
}

std::int64_t qty_in(const Field& field, FeedContext& context, std::int32_t shift) {
  const std::int64_t lots = count(field, context.qty, shift, "lot_size");
  if (lots < 0) [[unlikely]]
    throw FeedFault(field.column, quoted(field.text) + " is below 0; correct the row");
  return lots;
}

void DelimitedRow::split(std::string_view line) {
  size_ = 0;
  while (true) {
    if (size_ == fields_max)
      throw FeedFault("", "the row has more than " + std::to_string(fields_max) +
                              " fields; is this the format?");
    const std::size_t comma = line.find(',');
    fields_[size_++] = trimmed(line.substr(0, comma));
    if (comma == std::string_view::npos) return;
    line.remove_prefix(comma + 1);
  }
}

void DelimitedRow::require(std::size_t least, std::size_t most) const {
  if (size_ >= least && size_ <= most) [[likely]]
    return;
  throw FeedFault("", "the row has " + std::to_string(size_) + " fields, " + std::to_string(least) +
                          " are due; correct the row");
}

}  // namespace v1
}  // namespace delever
