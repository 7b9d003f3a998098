// The books of a recorded feed: of each instrument its orders (L3) or its level totals (L2),
// whichever its events speak of, brought forward event by event.
//
// Owns: one InstrumentBook per instrument that had an event, and counts of what contradicted them:
// events that name an order not there (feeds that begin in the middle have many), and orders added
// twice. Those change nothing else. Modify of an unknown order rests it; Reduce and Execute take at
// most what is left; a fill, a trade, a quote or a status changes no book.
//
// Complexity: a pass over the events; per event what the books cost. An instrument's memory is its
// peak of live orders and levels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "feed/depth_book.hpp"
#include "feed/feed_event.hpp"
#include "feed/l3_book.hpp"

namespace delever {
inline namespace v1 {

/// The best level of either side after an event; a quantity of 0: that side is empty.
struct TopOfBook {
  std::int64_t time_ns = 0;
  std::int64_t sequence = 0;
  std::int64_t bid_ticks = 0, bid_lots = 0, ask_ticks = 0, ask_lots = 0;

  bool crossed() const { return bid_lots != 0 && ask_lots != 0 && bid_ticks >= ask_ticks; }
};

class InstrumentBook {
 public:
  /// False where the event contradicts the book.
  bool apply(const FeedEvent& event);

  RestingLevel best(Side side) const {
    return has_totals_ ? totals_.best(side) : orders_.best(0, side);
  }
  std::vector<RestingLevel> depth(Side side, std::size_t count) const {
    return has_totals_ ? totals_.depth(side, count) : orders_.depth(0, side, count);
  }
  std::size_t levels(Side side) const {
    return has_totals_ ? totals_.levels(side) : orders_.level_count(0, side);
  }
  std::size_t live_orders() const { return orders_.live_orders(); }
  TopOfBook top() const;

  /// The orders at a price, the first in the queue first; none in a book of totals.
  std::vector<RestingOrder> queue(Side side, std::int64_t price) const;

 private:
  bool add(const FeedEvent& event);
  bool reduce(const FeedEvent& event);

  WideBooks orders_;
  DepthBook totals_;
  bool has_totals_ = false;
};

class RecordedBook {
 public:
  /// Applies events in order until one is later than `until_ns`; how many were applied.
  std::size_t apply(std::span<const FeedEvent> events, std::int64_t until_ns);
  /// Applies one event.
  void apply(const FeedEvent& event);
  /// Applies all events; the top of the event's instrument after each that ends an update.
  void apply(std::span<const FeedEvent> events, std::vector<TopOfBook>& tops);

  /// The instrument's book; an empty one where it had no event.
  const InstrumentBook& at(std::uint32_t instrument) const;
  std::size_t instruments() const { return books_.size(); }
  /// Events that contradicted the books.
  std::int64_t contradictions() const { return contradictions_; }
  /// Time of the last event applied.
  std::int64_t time_ns() const { return time_ns_; }

 private:
  std::vector<std::unique_ptr<InstrumentBook>> books_;
  InstrumentBook empty_;
  std::int64_t contradictions_ = 0;
  std::int64_t time_ns_ = 0;
};

}  // namespace v1
}  // namespace delever
