#include "feed/lobster.hpp"

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
    default: throw FeedFault(field.column, quoted(field.text) + " is no type of 1 .. 7; correct it");
  }
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
      throw FeedFault(direction.column, quoted(direction.text) + " is neither 1 nor -1; correct it");
    // A trade's side is the taker's; the file gives the side of the order that was hidden.
    event.side = (sign == 1) == (event.kind != FeedKind::Trade) ? feed_buy : feed_sell;
  }

  std::int64_t time_of(const Field& field) {
    std::int64_t since_midnight = 0;
    if (nanoseconds_.count(field.text, 0, since_midnight) != DecimalFault::None ||
        since_midnight < 0 || since_midnight > day_ns)
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
