#include "feed/itch_report.hpp"

#include <algorithm>
#include <array>

#include "feed/feed_report.hpp"
#include "feed/itch_messages.hpp"

namespace delever {
inline namespace v1 {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

struct TypeName {
  char type;
  const char* name;
};
constexpr std::array type_names{
    TypeName{'S', "system event"},
    TypeName{'R', "stock directory"},
    TypeName{'H', "trading action"},
    TypeName{'Y', "short sale restriction"},
    TypeName{'L', "market maker"},
    TypeName{'V', "circuit breaker level"},
    TypeName{'W', "circuit breaker"},
    TypeName{'K', "initial offering"},
    TypeName{'J', "auction collar"},
    TypeName{'h', "operational halt"},
    TypeName{'A', "add"},
    TypeName{'F', "add, attributed"},
    TypeName{'E', "execute"},
    TypeName{'C', "execute at a price"},
    TypeName{'X', "reduce"},
    TypeName{'D', "delete"},
    TypeName{'U', "replace"},
    TypeName{'P', "trade, not shown"},
    TypeName{'Q', "auction trade"},
    TypeName{'B', "broken trade"},
    TypeName{'I', "imbalance"},
    TypeName{'N', "retail interest"},
    TypeName{'O', "listing price"},
};

std::string count_text(std::uint64_t count) { return grouped(static_cast<std::int64_t>(count)); }

std::string first_of(const ItchFinding& finding) {
  if (finding.count == 0) return "";
  return ", first at " + clock_text(finding.first_time_ns) + ", message " +
         std::to_string(finding.first_message);
}

}  // namespace

std::string clock_text(std::int64_t time_ns) {
  const std::int64_t seconds = time_ns / second_ns;
  return padded(seconds / 3600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" +
         padded(seconds % 60, 2) + "." + padded(time_ns % second_ns, 9);
}

std::optional<std::int64_t> parse_clock(std::string_view text) {
  std::int64_t whole = 0;
  if (text.find_first_not_of("0123456789:.") != std::string_view::npos) return std::nullopt;
  if (text.find(':') == std::string_view::npos)
    return parse_integer(text, whole) ? std::optional(whole) : std::nullopt;
  DecimalScale nanoseconds{"0.000000001"};
  std::int64_t fields[3] = {};
  for (std::size_t at = 0; at < 3 && !text.empty(); ++at) {
    const std::size_t end = std::min(text.find(':'), text.size());
    const std::string_view field = text.substr(0, end);
    const bool split = end < text.size();
    text.remove_prefix(split ? end + 1 : end);
    if (field.size() < 2 || (at == 2 && split) || (split && text.empty())) return std::nullopt;
    if (at < 2 && !(field.size() == 2 && parse_integer(field, fields[at]))) return std::nullopt;
    if (at == 2 && nanoseconds.count(field, 0, fields[at]) != DecimalFault::None)
      return std::nullopt;
  }
  if (fields[0] > 24 || fields[1] > 59 || fields[2] >= 60 * second_ns) return std::nullopt;
  return (fields[0] * 3600 + fields[1] * 60) * second_ns + fields[2];
}

std::string report(const ItchCheck& check) {
  const CompactBooks& books = check.books().books();
  std::string text = "  messages  " + right(count_text(check.messages()), 23) + "\n";
  for (const TypeName& one : type_names) {
    const std::uint64_t count = check.books().messages()[static_cast<std::uint8_t>(one.type)];
    if (count != 0)
      text += std::string("  ") + one.type + " " + left(one.name, 22) +
              right(count_text(count), 9 + (count > 99'999'999 ? 4 : 0)) + "\n";
  }
  if (check.messages() != 0)
    text += "  time      " + clock_text(check.first_time_ns()) + " .. " +
            clock_text(check.last_time_ns()) + " since the exchange's midnight\n";
  text += "  backward  " + count_text(check.backward().count) + first_of(check.backward()) + "\n";
  text += "  books     " + count_text(check.books().symbols().size()) + " symbols, " +
          count_text(books.live_orders()) + " orders rest at the end\n";
  text += "  crossed   " + count_text(check.crossed().count) + " of " +
          count_text(check.updates()) + " states" + first_of(check.crossed()) + "\n";
  const std::uint64_t unknown = books.results(BookResult::UnknownReference);
  std::uint64_t wrong = 0;
  for (std::size_t at = 1; at < book_results; ++at)
    wrong += books.results(static_cast<BookResult>(at));
  return text + "  unknown   " + count_text(unknown) +
         " messages about orders that are not there, " + count_text(wrong - unknown) +
         " other contradictions";
}

std::string ladder(const CompactBooks& books, SymbolId symbol, std::size_t levels) {
  return ladder(books.depth(symbol, Side::Buy, levels), books.depth(symbol, Side::Sell, levels),
                DecimalScale{"0.0001"}, DecimalScale{"1"});
}

bool begins_as_itch(std::string_view head) {
  if (head.size() < 3) return false;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(head.data());
  const std::size_t declared = big_endian<std::uint16_t>(bytes);
  const std::size_t known = itch_lengths[bytes[2]];
  return known != 0 && (declared == known || declared == 0);
}

}  // namespace v1
}  // namespace delever
