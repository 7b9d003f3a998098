// What was found in a feed, and a ladder, as text of at most 100 columns for people to read.
//
// Prices and quantities are written as decimals again, exactly; times as ISO 8601 in UTC with
// nanoseconds. Layout only: nothing is computed here, and no format is promised to programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

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

}  // namespace v1
}  // namespace delever
