#include "feed/feed_report.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

namespace delever {
inline namespace v1 {
namespace {

constexpr std::size_t wide = 20;

std::string first_of(const Finding& finding) {
  if (finding.count == 0) return "";
  return ", first at " + utc_text(finding.first_time_ns) + ", sequence " +
         std::to_string(finding.first_sequence);
}

struct LadderSide {
  std::string price, qty, orders;
};

LadderSide side_of(const std::vector<RestingLevel>& levels, std::size_t at,
                   const DecimalScale& price, const DecimalScale& qty) {
  if (at >= levels.size()) return {};
  const RestingLevel& level = levels[at];
  return {price.text(level.price), qty.text(level.qty),
          level.orders == 0 ? "" : std::to_string(level.orders)};
}

}  // namespace

std::string padded(std::int64_t number, std::size_t width) {
  std::string text = std::to_string(number);
  return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

std::string right(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string left(const std::string& text, std::size_t width) {
  return text.size() < width ? text + std::string(width - text.size(), ' ') : text;
}

std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3 + (number < 0 ? 1U : 0U);) text.insert(at -= 3, 1, ',');
  return text;
}

const char* name_of(FeedKind kind) {
  constexpr std::array<const char*, feed_kind_count> names{"other",  "clear",  "add",     "modify",
                                                           "reduce", "delete", "execute", "fill",
                                                           "trade",  "level",  "quote",   "status"};
  const auto at = static_cast<std::size_t>(kind);
  return names[at < feed_kind_count ? at : 0];
}

std::string utc_text(std::int64_t time_ns) {
  using namespace std::chrono;
  const sys_time<nanoseconds> time{nanoseconds{time_ns}};
  const sys_days day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  return padded(int{date.year()}, 4) + "-" + padded(unsigned{date.month()}, 2) + "-" +
         padded(unsigned{date.day()}, 2) + "T" + padded(clock.hours().count(), 2) + ":" +
         padded(clock.minutes().count(), 2) + ":" + padded(clock.seconds().count(), 2) + "." +
         padded(clock.subseconds().count(), 9) + "Z";
}

std::string report(const FeedCheck& check, const FeedStream& stream) {
  const FeedContext& context = stream.context();
  std::string text = "  rows      " + grouped(stream.row()) + ", " + grouped(context.ignored_rows) +
                     " of other kinds\n  units     tick size " + context.price.text() +
                     ", lot size " + context.qty.text() + "; " +
                     grouped(static_cast<std::int64_t>(context.symbols.names().size())) +
                     " instruments\n";
  for (std::size_t kind = 0; kind < feed_kind_count; ++kind)
    if (check.kinds()[kind] != 0)
      text += "  " + left(name_of(static_cast<FeedKind>(kind)), 9) +
              right(grouped(check.kinds()[kind]), 13) + "\n";
  if (check.events() != 0)
    text += "  time      " + utc_text(check.first_time_ns()) + " .. " +
            utc_text(check.last_time_ns()) + "\n";
  text += "  crossed   " + grouped(check.crossed().count) + " of " + grouped(check.updates()) +
          " states" + first_of(check.crossed()) + "\n";
  text += "  gaps      " + grouped(check.gaps().count) + first_of(check.gaps()) + "\n";
  text += "  unknown   " + grouped(check.book().contradictions()) +
          " events about orders that are not there";
  return text;
}

std::string ladder(const std::vector<RestingLevel>& bids, const std::vector<RestingLevel>& asks,
                   const DecimalScale& price, const DecimalScale& qty) {
  std::string text = right("orders", 7) + right("bid quantity", wide) + right("bid", wide) + " | " +
                     left("ask", wide) + left("ask quantity", wide) + "orders";
  for (std::size_t at = 0; at < std::max(bids.size(), asks.size()); ++at) {
    const LadderSide bid = side_of(bids, at, price, qty);
    const LadderSide ask = side_of(asks, at, price, qty);
    std::string line = right(bid.orders, 7) + right(bid.qty, wide) + right(bid.price, wide) +
                       " | " + left(ask.price, wide) + left(ask.qty, wide) + ask.orders;
    while (line.ends_with(' ')) line.pop_back();
    text += "\n" + line;
  }
  return text;
}

std::string ladder(const InstrumentBook& book, const FeedContext& context, std::size_t levels) {
  return ladder(book.depth(Side::Buy, levels), book.depth(Side::Sell, levels), context.price,
                context.qty);
}

}  // namespace v1
}  // namespace delever
