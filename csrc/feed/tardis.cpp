#include "feed/tardis.hpp"

#include <string>
#include <vector>

#include "feed/delimited_row.hpp"

namespace delever {
inline namespace v1 {
namespace {

constexpr std::size_t absent = DelimitedRow::fields_max;
constexpr std::int64_t microsecond_ns = 1000;
constexpr std::size_t nanosecond_digits = 19;

enum class Layout : std::uint8_t { Unknown, Incremental, Snapshot, Trades, Quotes };

/// Where the columns are.
struct Columns {
  std::size_t symbol = absent, time = absent, local_time = absent, is_snapshot = absent,
              id = absent;
  std::size_t side = absent, price = absent, amount = absent;
};

struct LevelColumns {
  std::uint8_t side;
  std::size_t price, amount;
};

class TardisDecoder final : public LineDecoder {
 public:
  using LineDecoder::LineDecoder;

 private:
  void decode(std::string_view line, FeedBatch& out) override {
    fields_.split(line);
    if (layout_ == Layout::Unknown) return read_header();
    fields_.require(width_, width_);
    FeedEvent event;
    event.instrument = context_.symbols.number_of(fields_[columns_.symbol]);
    event.time_ns = time_of(columns_.time, "timestamp");
    event.receive_time_ns = time_of(columns_.local_time, "local_timestamp");
    event.sequence = row_;
    switch (layout_) {
      case Layout::Incremental: return decode_level(event, out);
      case Layout::Trades: return decode_trade(event, out);
      case Layout::Snapshot: return decode_levels(event, FeedKind::Level, out);
      default: return decode_levels(event, FeedKind::Quote, out);
    }
  }

  void flush(FeedBatch& out) override { release(true, out); }

  void decode_level(FeedEvent& event, FeedBatch& out) {
    const Field snapshot = fields_.field(columns_.is_snapshot, "is_snapshot");
    const bool in_snapshot = snapshot.text == "true";
    if (!in_snapshot && snapshot.text != "false")
      throw FeedFault(snapshot.column, quoted(snapshot.text) + " is neither true nor false");
    read_order(event);
    event.kind = FeedKind::Level;
    event.flags = in_snapshot ? feed_snapshot : 0;
    release(held_.instrument != event.instrument || held_.receive_time_ns != event.receive_time_ns,
            out);
    if (in_snapshot_.size() <= event.instrument) in_snapshot_.resize(event.instrument + 1, false);
    if (in_snapshot && !in_snapshot_[event.instrument]) {
      FeedEvent clear = event;
      clear.kind = FeedKind::Clear;
      clear.side = 0;
      clear.price_ticks = clear.qty_lots = 0;
      out.push_back(clear);
    }
    in_snapshot_[event.instrument] = in_snapshot;
    held_ = event;
    holds_ = true;
  }

  // Lets go of the event held back: `last` where the message it belongs to has ended.
  void release(bool last, FeedBatch& out) {
    if (!holds_) return;
    if (last) held_.flags |= feed_last;
    out.push_back(held_);
    holds_ = false;
  }

  void decode_trade(FeedEvent& event, FeedBatch& out) {
    read_order(event);
    event.kind = FeedKind::Trade;
    event.flags = feed_last;
    std::uint64_t id = 0;
    if (columns_.id < fields_.size() && parse_unsigned(fields_[columns_.id], id))
      event.order_reference = id;
    out.push_back(event);
  }

  void decode_levels(FeedEvent& event, FeedKind kind, FeedBatch& out) {
    if (kind == FeedKind::Level) {
      event.flags = feed_snapshot;
      event.kind = FeedKind::Clear;
      out.push_back(event);
    }
    event.kind = kind;
    for (const LevelColumns& level : levels_) {
      if (fields_[level.price].empty()) continue;
      event.side = level.side;
      event.price_ticks = price_in(fields_.field(level.price, "price"), context_);
      event.qty_lots = qty_in(fields_.field(level.amount, "amount"), context_);
      out.push_back(event);
    }
    if (!out.empty() && out.back().sequence == row_) out.back().flags |= feed_last;
  }

  void read_order(FeedEvent& event) {
    const Field side = fields_.field(columns_.side, "side");
    if (side.text == "bid" || side.text == "buy") {
      event.side = feed_buy;
    } else if (side.text == "ask" || side.text == "sell") {
      event.side = feed_sell;
    } else if (side.text != "unknown" || layout_ != Layout::Trades) {
      throw FeedFault(side.column,
                      quoted(side.text) + (layout_ == Layout::Trades ? " is neither buy nor sell"
                                                                     : " is neither bid nor ask"));
    }
    event.price_ticks = price_in(fields_.field(columns_.price, "price"), context_);
    event.qty_lots = qty_in(fields_.field(columns_.amount, "amount"), context_);
  }

  std::int64_t time_of(std::size_t at, const char* column) const {
    const Field field = fields_.field(at, column);
    return time_in(field, field.text.size() >= nanosecond_digits ? 1 : microsecond_ns);
  }

  void read_header() {
    width_ = fields_.size();
    for (std::size_t at = 0; at < width_; ++at) name_column(fields_[at], at);
    const bool priced = columns_.price != absent && columns_.amount != absent;
    if (columns_.side != absent && priced)
      layout_ = columns_.is_snapshot != absent ? Layout::Incremental : Layout::Trades;
    if (!levels_.empty()) layout_ = is_quote_ ? Layout::Quotes : Layout::Snapshot;
    for (const LevelColumns& level : levels_)
      if (level.price >= width_ || level.amount >= width_) layout_ = Layout::Unknown;
    const bool timed = columns_.time != absent && columns_.local_time != absent;
    if (layout_ != Layout::Unknown && timed && columns_.symbol != absent) return;
    layout_ = Layout::Unknown;
    throw FeedFault("", quoted(fields_[0]) +
                            " ...: not the header of incremental_book_L2, book_snapshot_*, trades "
                            "or quotes; give the file its header, or convert it");
  }

  void name_column(std::string_view name, std::size_t at) {
    if (name == "symbol") columns_.symbol = at;
    if (name == "timestamp") columns_.time = at;
    if (name == "local_timestamp") columns_.local_time = at;
    if (name == "is_snapshot") columns_.is_snapshot = at;
    if (name == "id") columns_.id = at;
    if (name == "side") columns_.side = at;
    if (name == "price") columns_.price = at;
    if (name == "amount") columns_.amount = at;
    is_quote_ |= name == "bid_price";
    const bool bid = name.starts_with("bid");
    if (!bid && !name.starts_with("ask")) return;
    if (!name.ends_with("price")) return;
    std::string amount(name.substr(0, name.size() - 5));
    amount += "amount";
    std::size_t found = 0;
    while (found < fields_.size() && fields_[found] != amount) ++found;
    levels_.push_back({bid ? feed_buy : feed_sell, at, found});
  }

  DelimitedRow fields_;
  Layout layout_ = Layout::Unknown;
  bool is_quote_ = false;
  std::size_t width_ = 0;
  Columns columns_;
  std::vector<LevelColumns> levels_;
  std::vector<bool> in_snapshot_;  ///< by symbol: its row before was part of a snapshot
  FeedEvent held_;
  bool holds_ = false;
};

}  // namespace

std::unique_ptr<FeedDecoder> make_tardis(FeedContext& context, std::int64_t) {
  return std::make_unique<TardisDecoder>(context);
}

}  // namespace v1
}  // namespace delever
