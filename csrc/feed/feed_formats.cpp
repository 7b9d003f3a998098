#include "feed/feed_formats.hpp"

#include <algorithm>
#include <array>

#include "feed/binance_depth.hpp"
#include "feed/bitstamp.hpp"
#include "feed/databento.hpp"
#include "feed/itch_report.hpp"
#include "feed/lobster.hpp"
#include "feed/tardis.hpp"

namespace delever {
inline namespace v1 {
namespace {

struct Format {
  std::string_view name;
  MakeDecoder make;
};
constexpr std::array formats{
    Format{"lobster", &make_lobster},     Format{"lobster_orderbook", &make_lobster_orderbook},
    Format{"databento", &make_databento}, Format{"bitstamp", &make_bitstamp},
    Format{"tardis", &make_tardis},       Format{"binance", &make_binance},
};

/// A word that stands in the first line or in the name of files of one format.
struct Mark {
  std::string_view word, format;
};
constexpr std::array name_marks{
    Mark{"_message_", "lobster"}, Mark{"_orderbook_", "lobster_orderbook"},
    Mark{".dbn", "databento"},    Mark{"itch", "itch"},
    Mark{"ITCH", "itch"},
};
constexpr std::array line_marks{
    Mark{"symbol,timestamp,local_timestamp", "tardis"},
    Mark{"id,timestamp,exchange.timestamp,price", "bitstamp"},
    Mark{" order_created {", "bitstamp"},
    Mark{" order_changed {", "bitstamp"},
    Mark{" order_deleted {", "bitstamp"},
    Mark{"\"lastUpdateId\"", "binance"},
    Mark{"\"depthUpdate\"", "binance"},
    Mark{"\"bookTicker\"", "binance"},
    Mark{"\"aggTrade\"", "binance"},
    Mark{"\"e\":\"trade\"", "binance"},
};

template <std::size_t N>
std::string_view find_mark(std::string_view text, const std::array<Mark, N>& marks) {
  for (const Mark& mark : marks)
    if (text.find(mark.word) != std::string_view::npos) return mark.format;
  return {};
}

}  // namespace

MakeDecoder find_decoder(std::string_view format) {
  for (const Format& known : formats)
    if (known.name == format) return known.make;
  return nullptr;
}

std::string_view format_names() {
  return "lobster, lobster_orderbook, databento, bitstamp, tardis, binance, itch";
}

std::string_view sniff_format(std::string_view file_name, std::string_view head) {
  if (head.starts_with("DBN")) return "databento";
  if (begins_as_itch(head)) return "itch";
  // The first line that says something: recordings may begin with other messages.
  while (!head.empty()) {
    const std::size_t end = std::min(head.find('\n'), head.size());
    const std::string_view found = find_mark(head.substr(0, end), line_marks);
    if (!found.empty()) return found;
    head.remove_prefix(std::min(end + 1, head.size()));
  }
  return find_mark(file_name, name_marks);
}

}  // namespace v1
}  // namespace delever
