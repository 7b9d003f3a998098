// What was found in an ITCH 5.0 stream, and a symbol's ladder, as text of at most 100 columns for
// people to read; and the times of day that people write.
//
// Prices are written in dollars, exactly; times as the exchange's clock has them, HH:MM:SS with
// nanoseconds. Layout only: nothing is computed here, and no format is promised to programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "feed/itch_check.hpp"

namespace delever {
inline namespace v1 {

/// 34200000000001 as 09:30:00.000000001
std::string clock_text(std::int64_t time_ns);
/// The reverse, with up to nine decimals; also whole nanoseconds. None: it is neither.
std::optional<std::int64_t> parse_clock(std::string_view text);
/// Messages by type, times, crossed states and contradictions, one line each.
std::string report(const ItchCheck& check);
/// Both sides of a symbol's book, best first.
std::string ladder(const CompactBooks& books, SymbolId symbol, std::size_t levels);
/// Whether the bytes a stream begins with are those of an ITCH 5.0 message.
bool begins_as_itch(std::string_view head);

}  // namespace v1
}  // namespace delever
