// What every recorded feed is turned into: one record of 56 bytes per event, whatever the venue.
//
// An event states what changed, in integer ticks and lots; a book that applies the events in order
// is the venue's book. L3 feeds speak of orders (Add .. Execute), L2 feeds of level totals (Level),
// and both of trades and of the venue's own quotes, which change no book and are there to be
// compared. `flags & feed_last` marks where a venue's update ends: only there is the book one that
// the venue itself showed. The layout is the numpy dtype of `delever.recorded`; fields are added,
// never moved. Enumerations are by value: the numbers are public.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace delever {
inline namespace v1 {

enum class FeedKind : std::uint8_t {
  Clear = 1,    ///< the book of the instrument is empty from here on
  Add = 2,      ///< an order rests
  Modify = 3,   ///< an order now has this price and this remainder; an unknown one rests
  Reduce = 4,   ///< an order shrinks by so much
  Delete = 5,   ///< an order leaves; the quantity is what was left, where the feed says it
  Execute = 6,  ///< a resting order trades so much, and shrinks by it
  Fill = 7,     ///< a resting order traded; the event that shrinks it follows
  Trade = 8,    ///< a trade that names no resting order; the side is the taker's
  Level = 9,    ///< the total at a price is now this; 0: nothing is there
  Quote = 10,   ///< the best price of a side as the venue states it
  Status = 11,  ///< a halt or a resumption; the quantity is the venue's code
};
constexpr std::size_t feed_kind_count = 12;  // 0 is no kind

constexpr std::uint8_t feed_buy = 1;
constexpr std::uint8_t feed_sell = 2;

constexpr std::uint16_t feed_last = 1;      ///< the venue's update ends here
constexpr std::uint16_t feed_snapshot = 2;  ///< part of a snapshot, not of what happened
constexpr std::uint16_t feed_gap = 4;       ///< the venue's numbering has a hole before this
constexpr std::uint16_t feed_late = 8;      ///< about an order already deleted: changes no book

struct FeedEvent {
  std::int64_t time_ns = 0;           ///< the venue's, UTC since 1970
  std::int64_t receive_time_ns = 0;   ///< the recorder's; 0 where the feed has none
  std::uint64_t order_reference = 0;  ///< the venue's order or trade number; 0: none
  std::int64_t price_ticks = 0;
  std::int64_t qty_lots = 0;
  std::int64_t sequence = 0;  ///< the venue's update number, or the row of the file
  std::uint32_t instrument = 0;
  FeedKind kind{};
  std::uint8_t side = 0;  ///< 1 buy, 2 sell, 0 neither
  std::uint16_t flags = 0;
};
static_assert(sizeof(FeedEvent) == 56);

/// Instruments of one feed are numbered from 0, below this.
constexpr std::size_t feed_symbols_max = std::size_t{1} << 16;

using FeedBatch = std::vector<FeedEvent>;

}  // namespace v1
}  // namespace delever
