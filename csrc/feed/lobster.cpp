#include "feed/lobster.hpp"

#include <chrono>
#include <string>

#include "feed/delimited_row.hpp"

namespace delever {
inline namespace v1 {
namespace {

constexpr std::int32_t ten_thousandths = -4;
constexpr std::int64_t day_ns = 86'400'000'000'000;
/// Stands for "no such level" in an orderbook file, with its sign by side.
constexpr std::string_view no_level = "9999999999";

FeedKind kind_of(std::int64_t type, const Field& field) {
  switch (type) {
    case 1: return FeedKind::Add;
    case 2: return FeedKind::Reduce;
    case 3: return FeedKind::Delete;
    case 4: return FeedKind::Execute;
    case 5: [[fallthrough]];
    case 6: return FeedKind::Trade;
    case 7: return FeedKind::Status;
    default:
      throw FeedFault(field.column, quoted(field.text) + " is no type of 1 .. 7; correct it");
  }
}

// A day written as 2012-06-21 and nothing else.
std::optional<std::chrono::year_month_day> day_in(std::string_view text) {
  std::int64_t year = 0;
  std::int64_t month = 0;
  std::int64_t day = 0;
  if (text[4] != '-' || text[7] != '-' || !parse_integer(text.substr(0, 4), year) ||
      !parse_integer(text.substr(5, 2), month) || !parse_integer(text.substr(8, 2), day) ||
      year < 1970 || month < 1 || day < 1)
    return std::nullopt;
  const std::chrono::year_month_day found{std::chrono::year(static_cast<int>(year)),
                                          std::chrono::month(static_cast<unsigned>(month)),
                                          std::chrono::day(static_cast<unsigned>(day))};
  return found.ok() && year < 2262 ? std::optional(found) : std::nullopt;
}

class LobsterDecoder final : public LineDecoder {
 public:
  LobsterDecoder(FeedContext& context, std::int64_t origin_ns)
      : LineDecoder(context), origin_ns_(origin_ns) {}

 private:
  void decode(std::string_view line, FeedBatch& out) override {
    fields_.split(line);
    fields_.require(6, 7);  // newer files add the participant
    const Field type = fields_.field(1, "type");
    FeedEvent event;
    event.kind = kind_of(integer_in(type), type);
    event.time_ns = time_of(fields_.field(0, "time"));
    event.sequence = row_;
    event.flags = feed_last;
    if (event.kind == FeedKind::Status) {
      event.qty_lots = integer_in(fields_.field(4, "price"));
    } else {
      read_order(event);
    }
    out.push_back(event);
  }

  void read_order(FeedEvent& event) {
    event.order_reference = unsigned_in(fields_.field(2, "order id"));
    event.qty_lots = qty_in(fields_.field(3, "size"), context_);
    event.price_ticks = price_in(fields_.field(4, "price"), context_, ten_thousandths);
    const Field direction = fields_.field(5, "direction");
    const std::int64_t sign = integer_in(direction);
    if (sign != 1 && sign != -1)
      throw FeedFault(direction.column,
                      quoted(direction.text) + " is neither 1 nor -1; correct it");
    // A trade's side is the taker's; the file gives the side of the order that was hidden.
    event.side = (sign == 1) == (event.kind != FeedKind::Trade) ? feed_buy : feed_sell;
  }

  std::int64_t time_of(const Field& field) {
    std::int64_t since_midnight = 0;
    // Some files have times that went through binary floating point: 35821.088778456004.
    DecimalFault fault = nanoseconds_.count(field.text, 0, since_midnight);
    if (fault != DecimalFault::None) [[unlikely]]
      fault = nanoseconds_.count_nearest(field.text, since_midnight);
    if (fault != DecimalFault::None || since_midnight < 0 || since_midnight > day_ns)
      throw FeedFault(field.column, quoted(field.text) +
                                        " is no time in seconds after midnight; correct the row");
    return origin_ns_ + since_midnight;
  }

  std::int64_t origin_ns_;
  DecimalScale nanoseconds_{"1e-9"};
  DelimitedRow fields_;
};

class LobsterOrderbookDecoder final : public LineDecoder {
 public:
  using LineDecoder::LineDecoder;

 private:
  void decode(std::string_view line, FeedBatch& out) override {
    fields_.split(line);
    if (fields_.size() % 4 != 0)
      throw FeedFault("", "the row has " + std::to_string(fields_.size()) +
                              " fields, 4 for each level are due; correct the row");
    FeedEvent event;
    event.sequence = row_;
    event.flags = feed_snapshot;
    event.kind = FeedKind::Clear;
    out.push_back(event);
    event.kind = FeedKind::Level;
    for (std::size_t at = 0; at < fields_.size(); at += 2) {
      const Field price = fields_.field(at, at % 4 == 0 ? "ask price" : "bid price");
      if (price.text.ends_with(no_level)) continue;
      event.side = at % 4 == 0 ? feed_sell : feed_buy;
      event.price_ticks = price_in(price, context_, ten_thousandths);
      event.qty_lots = qty_in(fields_.field(at + 1, "size"), context_);
      out.push_back(event);
    }
    out.back().flags |= feed_last;
  }

  DelimitedRow fields_;
};

}  // namespace

std::optional<std::int64_t> lobster_midnight_ns(std::string_view file_name) {
  for (std::size_t at = 0; at + 10 <= file_name.size(); ++at)
    if (const auto day = day_in(file_name.substr(at, 10))) {
      using namespace std::chrono;
      const sys_days summer = sys_days(day->year() / March / Sunday[2]);
      const sys_days winter = sys_days(day->year() / November / Sunday[1]);
      // The clocks change at two in the morning: midnight of these days is still of the season
      // before.
      const bool is_summer = sys_days(*day) > summer && sys_days(*day) <= winter;
      const hours behind{is_summer ? 4 : 5};
      return nanoseconds(sys_days(*day).time_since_epoch() + behind).count();
    }
  return std::nullopt;
}

std::unique_ptr<FeedDecoder> make_lobster(FeedContext& context, std::int64_t origin_ns) {
  context.symbols.number_of("");
  return std::make_unique<LobsterDecoder>(context, origin_ns);
}

std::unique_ptr<FeedDecoder> make_lobster_orderbook(FeedContext& context, std::int64_t) {
  context.symbols.number_of("");
  return std::make_unique<LobsterOrderbookDecoder>(context);
}

}  // namespace v1
}  // namespace delever
