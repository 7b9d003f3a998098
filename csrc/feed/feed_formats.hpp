// The formats by name, and what a file's name and first bytes say about its format.
//
// ITCH has a name here and no decoder of this shape: its books are of all symbols (itch_books).
// `sniff_format` looks at the name first (LOBSTER and DBN files are named by rule) and then at the
// first line for words that only one format has; it answers "" rather than guess.
#pragma once

#include <string_view>

#include "feed/feed_decoder.hpp"

namespace delever {
inline namespace v1 {

/// A decoder by name: "lobster", "databento", ...; null where there is none of that name.
MakeDecoder find_decoder(std::string_view format);
/// The names that find_decoder knows, for messages: "lobster, databento, ...".
std::string_view format_names();
/// The name of the format; empty where nothing is recognised. `head`: decompressed, some KiB.
std::string_view sniff_format(std::string_view file_name, std::string_view head);

}  // namespace v1
}  // namespace delever
