#include "feed/databento.hpp"

#include <cstring>
#include <limits>
#include <string>
#include <utility>

namespace delever {
inline namespace v1 {
namespace {

constexpr std::size_t header_bytes = 16;
constexpr std::size_t order_bytes = 56;
constexpr std::size_t trade_bytes = 48;
constexpr std::uint8_t order_record = 0xA0;
constexpr std::uint8_t trade_record = 0x00;
/// Statuses, definitions, errors, symbol mappings, system messages and statistics: 0x12 .. 0x18.
constexpr std::uint8_t notes_from = 0x12;
constexpr std::uint8_t notes_to = 0x18;
constexpr std::int64_t no_price = std::numeric_limits<std::int64_t>::max();
constexpr std::int32_t billionths = -9;

constexpr std::uint8_t flag_last = 0x80;
constexpr std::uint8_t flag_snapshot = 0x20;
constexpr std::uint8_t flag_maybe_bad_book = 0x04;

template <class Integer>
Integer read(std::string_view record, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t byte = sizeof(Integer); byte-- != 0;)
    value = value << 8 | static_cast<unsigned char>(record[at + byte]);
  return static_cast<Integer>(value);
}

// Where the fields lie that orders and trades do not share.
struct Offsets {
  std::size_t price, size, flags, action, side, receive_time, sequence;
};
constexpr Offsets order_offsets{24, 32, 36, 38, 39, 40, 52};
constexpr Offsets trade_offsets{16, 24, 30, 28, 29, 32, 44};

FeedKind kind_of(char action) {
  switch (action) {
    case 'A': return FeedKind::Add;
    case 'C': return FeedKind::Reduce;
    case 'M': return FeedKind::Modify;
    case 'R': return FeedKind::Clear;
    case 'T': return FeedKind::Trade;
    case 'F': return FeedKind::Fill;
    case 'N': return FeedKind::Status;
    default: throw FeedFault("action", quoted({&action, 1}) + " is none of A, C, M, R, T, F, N");
  }
}

std::uint8_t side_of(char side) {
  switch (side) {
    case 'B': return feed_buy;
    case 'A': return feed_sell;
    case 'N': return 0;
    default: throw FeedFault("side", quoted({&side, 1}) + " is none of A, B, N");
  }
}

class DatabentoDecoder final : public FeedDecoder {
 public:
  using FeedDecoder::FeedDecoder;

  void feed(std::string_view bytes, FeedBatch& out) override {
    while (!bytes.empty()) {
      if (begun_.empty() && bytes.size() >= length_of(bytes)) {
        const std::size_t length = length_of(bytes);
        decode(bytes.substr(0, length), out);
        bytes.remove_prefix(length);
        continue;
      }
      const std::size_t wanted = begun_.empty() ? length_of(bytes) : length_of(begun_);
      const std::size_t taken = std::min(bytes.size(), wanted - begun_.size());
      begun_ += bytes.substr(0, taken);
      bytes.remove_prefix(taken);
      if (begun_.size() < wanted) return;
      const std::string record = std::exchange(begun_, {});
      decode(record, out);
    }
  }

  void finish(FeedBatch&) override {
    if (begun_.empty()) return;
    ++row_;
    throw FeedFault("", "the record ends after " + std::to_string(begun_.size()) + " of " +
                            std::to_string(length_of(begun_)) + " bytes; the file is cut off");
  }

 private:
  // The first byte counts words of four.
  std::size_t length_of(std::string_view record) {
    const std::size_t length = std::size_t{4} * static_cast<unsigned char>(record[0]);
    if (length >= header_bytes) return length;
    ++row_;
    throw FeedFault("length", "'" + std::to_string(length) +
                                  "' bytes are less than a record's header; is this DBN?");
  }

  void decode(std::string_view record, FeedBatch& out) {
    ++row_;
    const auto type = read<std::uint8_t>(record, 1);
    if (type == order_record && record.size() >= order_bytes)
      return decode(record, order_offsets, read<std::uint64_t>(record, 16), out);
    if (type == trade_record && record.size() >= trade_bytes)
      return decode(record, trade_offsets, 0, out);
    if (type < notes_from || type > notes_to)
      throw FeedFault("rtype", "'" + std::to_string(type) + "' of " +
                                   std::to_string(record.size()) +
                                   " bytes holds no order; fetch the data in the schema mbo");
    ++context_.ignored_rows;
  }

  void decode(std::string_view record, const Offsets& at, std::uint64_t order, FeedBatch& out) {
    FeedEvent event;
    event.kind = kind_of(record[at.action]);
    event.side = side_of(record[at.side]);
    event.order_reference = order;
    event.time_ns = time_in(record, 8, "ts_event");
    event.receive_time_ns = time_in(record, at.receive_time, "ts_recv");
    event.sequence = read<std::uint32_t>(record, at.sequence);
    event.qty_lots = qty_of(read<std::uint32_t>(record, at.size));
    event.price_ticks = price_of(read<std::int64_t>(record, at.price), event.kind);
    event.instrument = instrument_of(read<std::uint32_t>(record, 4));
    const auto flags = read<std::uint8_t>(record, at.flags);
    if ((flags & flag_last) != 0) event.flags |= feed_last;
    if ((flags & flag_snapshot) != 0) event.flags |= feed_snapshot;
    if ((flags & flag_maybe_bad_book) != 0) note_gap(event);
    out.push_back(event);
  }

  void note_gap(FeedEvent& event) const {
    if (!context_.tolerates_gaps)
      throw FeedFault("flags", "'F_MAYBE_BAD_BOOK': the venue's feed had a gap before sequence " +
                                   std::to_string(event.sequence) +
                                   "; fetch the data again, or read with tolerate_gaps=True");
    event.flags |= feed_gap;
  }

  static std::int64_t time_in(std::string_view record, std::size_t at, const char* column) {
    const auto time = read<std::uint64_t>(record, at);
    if (time == std::numeric_limits<std::uint64_t>::max()) return 0;  // "no time"
    if (time > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      throw FeedFault(column, "'" + std::to_string(time) + "' is no time from 1970 to 2262 in ns");
    return static_cast<std::int64_t>(time);
  }

  std::int64_t qty_of(std::uint32_t size) {
    std::int64_t lots = 0;
    const DecimalFault fault = context_.qty.count(Decimal{size, 0}, lots);
    if (fault != DecimalFault::None)
      throw FeedFault("size", "'" + std::to_string(size) + "' is no multiple of the lot_size " +
                                  context_.qty.text() + "; give a finer lot_size");
    return lots;
  }

  std::int64_t price_of(std::int64_t price, FeedKind kind) {
    const bool unpriced = kind == FeedKind::Clear || kind == FeedKind::Status;
    if (price == no_price) {
      if (unpriced) return 0;
      throw FeedFault("price", "there is none; correct or remove the record");
    }
    std::int64_t ticks = 0;
    Decimal value{price, billionths};
    if (!context_.price.known()) value = without_zeros(value);
    const DecimalFault fault = context_.price.count(value, ticks);
    if (fault != DecimalFault::None)
      throw FeedFault("price", "'" + std::to_string(price) + "' x 1e-9 is no multiple of the " +
                                   "tick_size " + context_.price.text() +
                                   "; give a finer tick_size");
    return ticks;
  }

  std::uint32_t instrument_of(std::uint32_t id) {
    if (id != instrument_id_ || context_.symbols.names().empty()) {
      instrument_ = context_.symbols.number_of(std::to_string(id));
      instrument_id_ = id;
    }
    return instrument_;
  }

  std::string begun_;  ///< the start of a record whose end has not come
  std::uint32_t instrument_id_ = 0;
  std::uint32_t instrument_ = 0;
};

}  // namespace

std::unique_ptr<FeedDecoder> make_databento(FeedContext& context, std::int64_t) {
  return std::make_unique<DatabentoDecoder>(context);
}

}  // namespace v1
}  // namespace delever
