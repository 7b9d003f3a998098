#include "feed/bitstamp.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "feed/delimited_row.hpp"
#include "feed/json_cursor.hpp"
#include "feed/l3_book_orders.hpp"

namespace delever {
inline namespace v1 {
namespace {

constexpr std::int64_t millisecond_ns = 1'000'000;
constexpr std::int32_t hundred_millionths = -8;

FeedKind kind_of(const Field& action) {
  std::string_view name = action.text;
  if (name.starts_with("order_")) name.remove_prefix(6);
  if (name == "created") return FeedKind::Add;
  if (name == "changed") return FeedKind::Modify;
  if (name == "deleted") return FeedKind::Delete;
  throw FeedFault(action.column, quoted(action.text) + " is none of created, changed, deleted");
}

std::uint8_t side_of(const Field& field, std::string_view buy, std::string_view sell) {
  if (field.text == buy) return feed_buy;
  if (field.text == sell) return feed_sell;
  throw FeedFault(field.column, quoted(field.text) + " is neither " + std::string(buy) + " nor " +
                                    std::string(sell) + "; correct the row");
}

std::int64_t nearest(const Field& field, const DecimalScale& scale, const char* option) {
  std::int64_t units = 0;
  const DecimalFault fault = scale.count_nearest(field.text, units);
  if (fault != DecimalFault::None) refuse_count(field, scale, fault, option);
  return units;
}

// The orders deleted last: the venue's numbers are not used again, so that whatever comes about one
// of these has been overtaken by its deletion.
class RecentlyDeleted {
 public:
  void add(OrderReference order) {
    if (!known_.insert(order, 0)) return;
    if (ring_.size() < remembered) {
      ring_.push_back(order);
      return;
    }
    known_.erase(std::exchange(ring_[oldest_], order));
    oldest_ = (oldest_ + 1) % remembered;
  }
  bool has(OrderReference order) const { return known_.find(order) != no_index; }

 private:
  static constexpr std::size_t remembered = 1024;
  SparseReferences known_;
  std::vector<OrderReference> ring_;
  std::size_t oldest_ = 0;
};

class BitstampDecoder final : public LineDecoder {
 public:
  using LineDecoder::LineDecoder;

 private:
  enum Column : std::uint8_t { Id, Timestamp, Price, Volume, Action, Direction, column_count };
  static constexpr std::array<const char*, column_count> names{"id",     "timestamp", "price",
                                                               "volume", "action",    "direction"};

  void decode(std::string_view line, FeedBatch& out) override {
    if (is_log_ || (width_ == 0 && line.find('{') != std::string_view::npos)) {
      is_log_ = true;
      return decode_log(line, out);
    }
    fields_.split(line);
    if (width_ == 0) return read_header();
    fields_.require(width_, width_);
    FeedEvent event = stamped(column(Timestamp));
    event.kind = kind_of(column(Action));
    event.side = side_of(column(Direction), "bid", "ask");
    event.order_reference = unsigned_in(column(Id));
    event.price_ticks = price_in(column(Price), context_);
    event.qty_lots = qty_in(column(Volume), context_, hundred_millionths);
    note_deletion(event);
    out.push_back(event);
  }

  void decode_log(std::string_view line, FeedBatch& out) {
    const std::size_t first = line.find(' ');
    const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    if (second == std::string_view::npos)
      throw FeedFault("", quoted(line) + " is not: time event {...}; correct or remove the row");
    FeedEvent event = stamped({"time", line.substr(0, first)});
    const Field name{"event", line.substr(first + 1, second - first - 1)};
    const JsonObject body(line.substr(second + 1));
    if (name.text == "order_book") return decode_quotes(event, body, out);
    if (name.text == "trade") {
      decode_trade(event, body);
    } else {
      event.kind = kind_of(name);
      event.side = side_of(body.field("order_type"), "0", "1");
      event.order_reference = unsigned_in(body.field("id"));
      event.price_ticks = price_in(body.field("price"), context_);
      event.qty_lots = qty_in(body.field("amount"), context_);
      note_deletion(event);
    }
    out.push_back(event);
  }

  void note_deletion(FeedEvent& event) {
    if (deleted_.has(event.order_reference)) event.flags |= feed_late;
    if (event.kind == FeedKind::Delete) deleted_.add(event.order_reference);
  }

  void decode_trade(FeedEvent& event, const JsonObject& body) {
    event.kind = FeedKind::Trade;
    event.order_reference = unsigned_in(body.field("id"));
    event.price_ticks = nearest(body.field("price"), context_.price, "tick_size");
    event.qty_lots = nearest(body.field("amount"), context_.qty, "lot_size");
  }

  void decode_quotes(FeedEvent event, const JsonObject& body, FeedBatch& out) {
    event.kind = FeedKind::Quote;
    for (const char* name : {"bids", "asks"}) {
      bool first = true;
      event.side = name[0] == 'b' ? feed_buy : feed_sell;
      for_each_level(body.field(name), [&](const Field& price, const Field& qty) {
        if (!first) return;
        first = false;
        event.price_ticks = price_in(price, context_);
        event.qty_lots = qty_in(qty, context_);
        out.push_back(event);
      });
    }
  }

  FeedEvent stamped(const Field& time) const {
    FeedEvent event;
    event.time_ns = event.receive_time_ns = time_in(time, millisecond_ns);
    event.sequence = row_;
    event.flags = feed_last;
    return event;
  }

  Field column(Column which) const { return fields_.field(columns_[which], names[which]); }

  void read_header() {
    for (std::size_t which = 0; which < column_count; ++which) {
      std::size_t at = 0;
      while (at < fields_.size() && fields_[at] != names[which]) ++at;
      if (at == fields_.size())
        throw FeedFault(names[which],
                        "the header has no such column; give the file its header: "
                        "id,timestamp,price,volume,action,direction");
      columns_[which] = at;
    }
    width_ = fields_.size();
  }

  DelimitedRow fields_;
  RecentlyDeleted deleted_;
  std::array<std::size_t, column_count> columns_{};
  std::size_t width_ = 0;
  bool is_log_ = false;
};

}  // namespace

std::unique_ptr<FeedDecoder> make_bitstamp(FeedContext& context, std::int64_t) {
  context.symbols.number_of("");
  return std::make_unique<BitstampDecoder>(context);
}

}  // namespace v1
}  // namespace delever
