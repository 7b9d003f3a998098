#include "feed/binance_depth.hpp"

#include <string>
#include <utility>
#include <vector>

#include "feed/delimited_row.hpp"
#include "feed/json_cursor.hpp"

namespace delever {
inline namespace v1 {
namespace {

constexpr std::int64_t millisecond_ns = 1'000'000;
/// The combined stream puts a message under this key.
constexpr std::string_view wrapper = "data";
constexpr std::size_t waiting_bytes_max = std::size_t{1} << 24;

class BinanceDecoder final : public LineDecoder {
 public:
  using LineDecoder::LineDecoder;

 private:
  /// The numbering of a depth stream.
  struct Sequence {
    bool synchronised = false;  ///< a snapshot has come
    bool continued = false;     ///< and a difference has followed it
    std::int64_t last = 0;      ///< the snapshot's lastUpdateId, then u of the last difference
  };
  /// A difference that came before the snapshot.
  struct Waiting {
    FeedEvent event;
    std::string message;
  };

  void decode(std::string_view line, FeedBatch& out) override {
    FeedEvent event;
    event.sequence = row_;
    const std::size_t brace = std::min(line.find('{'), line.size());
    std::string_view prefix = line.substr(0, brace);
    while (prefix.ends_with(' ')) prefix.remove_suffix(1);
    if (!prefix.empty()) event.receive_time_ns = time_in({"receive time", prefix}, 1);
    const std::string_view text = line.substr(brace);
    const JsonObject body(text, wrapper);
    if (body.has("lastUpdateId")) return decode_snapshot(body, event, out);
    const std::string_view type = body.find("e");
    event.time_ns =
        body.has("E") ? time_in(body.field("E"), millisecond_ns) : event.receive_time_ns;
    event.instrument = body.has("s") ? context_.symbols.number_of(body.find("s")) : 0;
    if (type == "depthUpdate") return decode_difference(body, text, event, out);
    if (type == "trade" || type == "aggTrade") return decode_trade(body, event, out);
    if (type == "bookTicker" || (type.empty() && body.has("B") && body.has("A")))
      return decode_quotes(body, event, out);
    ++context_.ignored_rows;
  }

  void decode_snapshot(const JsonObject& body, FeedEvent& event, FeedBatch& out) {
    const std::int64_t number = integer_in(body.field("lastUpdateId"));
    if (sequence_.continued && number <= sequence_.last) {
      ++context_.ignored_rows;  // older than the book
      return;
    }
    event.time_ns =
        body.has("E") ? time_in(body.field("E"), millisecond_ns) : event.receive_time_ns;
    event.sequence = number;
    event.flags = feed_snapshot;
    event.kind = FeedKind::Clear;
    event.instrument = instrument_;
    has_instrument_ = true;  // a snapshot bears no symbol: 0, unless a difference was before it
    out.push_back(event);
    append_levels(body.field("bids"), feed_buy, event, out);
    append_levels(body.field("asks"), feed_sell, event, out);
    out.back().flags |= feed_last;
    sequence_ = {true, false, number};
    follow(out);
  }

  // The differences that had to wait for the snapshot, which are in order among themselves.
  void follow(FeedBatch& out) {
    const std::vector<Waiting> waiting = std::exchange(waiting_, {});
    waiting_bytes_ = 0;
    for (const Waiting& one : waiting) {
      FeedEvent event = one.event;
      apply(JsonObject(one.message, wrapper), event, out);
    }
  }

  void decode_difference(const JsonObject& body, std::string_view text, FeedEvent& event,
                         FeedBatch& out) {
    if (!has_instrument_) instrument_ = event.instrument;
    has_instrument_ = true;
    if (event.instrument != instrument_) refuse_symbol(body);
    if (sequence_.synchronised) return apply(body, event, out);
    measure(body);
    waiting_bytes_ += text.size() + sizeof(Waiting);
    if (waiting_bytes_ > waiting_bytes_max)
      throw FeedFault("lastUpdateId", "there is none in the first " +
                                          std::to_string(waiting_bytes_max) +
                                          " bytes of depth messages; give the depth snapshot that "
                                          "was fetched with them (snapshot=FILE)");
    waiting_.push_back({event, std::string(text)});
  }

  void apply(const JsonObject& body, FeedEvent& event, FeedBatch& out) {
    const std::int64_t first = integer_in(body.field("U"));
    const std::int64_t last = integer_in(body.field("u"));
    const std::int64_t due = sequence_.last + (body.has("pu") ? 0 : 1);
    if (!sequence_.continued && last < due) return;  // the snapshot has it
    if (!follows(body, first, last)) note_gap(body, first);
    event.sequence = last;
    const std::size_t before = out.size();
    append_levels(body.field("b"), feed_buy, event, out);
    append_levels(body.field("a"), feed_sell, event, out);
    if (out.size() > before) out.back().flags |= feed_last;
    sequence_.continued = true;
    sequence_.last = last;
  }

  bool follows(const JsonObject& body, std::int64_t first, std::int64_t last) const {
    const bool is_future = body.has("pu");
    if (sequence_.continued)
      return is_future ? integer_in(body.field("pu")) == sequence_.last
                       : first == sequence_.last + 1;
    const std::int64_t due = sequence_.last + (is_future ? 0 : 1);
    return first <= due && due <= last;
  }

  void note_gap(const JsonObject& body, std::int64_t first) {
    if (context_.tolerates_gaps) {
      gap_pending_ = true;
      return;
    }
    const char* fix = "; messages are missing: use a later snapshot, or tolerate_gaps=True";
    const bool pu = sequence_.continued && body.has("pu");
    const std::string value = pu ? std::string(body.find("pu")) : std::to_string(first);
    throw FeedFault(pu ? "pu" : "U",
                    "'" + value + "' does not follow " +
                        (sequence_.continued ? "u " : "the snapshot's lastUpdateId ") +
                        std::to_string(sequence_.last) + fix);
  }

  void append_levels(const Field& levels, std::uint8_t side, FeedEvent event, FeedBatch& out) {
    event.kind = FeedKind::Level;
    event.side = side;
    for_each_level(levels, [&](const Field& price, const Field& qty) {
      event.price_ticks = price_in(price, context_);
      event.qty_lots = qty_in(qty, context_);
      out.push_back(event);
      if (std::exchange(gap_pending_, false)) out.back().flags |= feed_gap;
    });
  }

  void decode_trade(const JsonObject& body, FeedEvent& event, FeedBatch& out) {
    const bool aggregate = body.find("e") == "aggTrade";
    event.kind = FeedKind::Trade;
    event.flags = feed_last;
    event.order_reference = unsigned_in(body.field(aggregate ? "a" : "t"));
    event.price_ticks = price_in(body.field("p"), context_);
    event.qty_lots = qty_in(body.field("q"), context_);
    const Field maker = body.field("m");
    if (maker.text != "true" && maker.text != "false")
      throw FeedFault(maker.column, quoted(maker.text) + " is neither true nor false");
    event.side = maker.text == "true" ? feed_sell : feed_buy;  // whether the buyer was the maker
    out.push_back(event);
  }

  void decode_quotes(const JsonObject& body, FeedEvent& event, FeedBatch& out) {
    event.kind = FeedKind::Quote;
    event.sequence = integer_in(body.field("u"));
    event.side = feed_buy;
    event.price_ticks = price_in(body.field("b"), context_);
    event.qty_lots = qty_in(body.field("B"), context_);
    out.push_back(event);
    event.side = feed_sell;
    event.flags = feed_last;
    event.price_ticks = price_in(body.field("a"), context_);
    event.qty_lots = qty_in(body.field("A"), context_);
    out.push_back(event);
  }

  // Refuses a malformed difference when it comes, and takes its decimals into account.
  void measure(const JsonObject& body) {
    FeedBatch discarded;
    append_levels(body.field("b"), feed_buy, {}, discarded);
    append_levels(body.field("a"), feed_sell, {}, discarded);
    integer_in(body.field("U"));
    integer_in(body.field("u"));
    if (body.has("pu")) integer_in(body.field("pu"));
  }

  [[noreturn]] static void refuse_symbol(const JsonObject& body) {
    throw FeedFault("s", quoted(body.find("s")) +
                             " is a second symbol's depth; split the file, one symbol in each");
  }

  Sequence sequence_;
  std::uint32_t instrument_ = 0;  ///< whose depth this is
  bool has_instrument_ = false;
  bool gap_pending_ = false;  ///< the next level's event is the first after a gap
  std::vector<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
};

}  // namespace

std::unique_ptr<FeedDecoder> make_binance(FeedContext& context, std::int64_t) {
  return std::make_unique<BinanceDecoder>(context);
}

}  // namespace v1
}  // namespace delever
