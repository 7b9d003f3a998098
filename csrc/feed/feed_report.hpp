// What was found in a feed, and a ladder, as text of at most 100 columns for people to read.
//
// Prices and quantities are written as decimals again, exactly; times as ISO 8601 in UTC with
// nanoseconds. Layout only: nothing is computed here, and no format is promised to programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "feed/feed_check.hpp"
#include "feed/feed_decoder.hpp"

namespace delever {
inline namespace v1 {

/// "add", "modify", ...; "other" for what is no kind.
const char* name_of(FeedKind kind);
/// 2012-06-21T13:30:00.004241176Z
std::string utc_text(std::int64_t time_ns);
/// Counts, times, crossed states and gaps, one line each.
std::string report(const FeedCheck& check, const FeedStream& stream);
/// Both sides of a book, best first.
std::string ladder(const InstrumentBook& book, const FeedContext& context, std::size_t levels);
std::string ladder(const std::vector<RestingLevel>& bids, const std::vector<RestingLevel>& asks,
                   const DecimalScale& price, const DecimalScale& qty);

// How fields of such texts are written.
std::string padded(std::int64_t number, std::size_t width);  ///< with zeros in front
std::string right(const std::string& text, std::size_t width);
std::string left(const std::string& text, std::size_t width);
std::string grouped(std::int64_t number);  ///< 1234567 as 1,234,567

}  // namespace v1
}  // namespace delever
