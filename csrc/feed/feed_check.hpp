// What a pass over a feed finds: events by kind, the time they span, and where the books it
// rebuilds are not what a venue shows.
//
// Owns: the books and the counts. A state is looked at where a venue's update ends (feed_last);
// states are counted, not stretches: a book that stays crossed over three updates counts three. The
// first gap and the first crossed state keep their place. Cost: that of RecordedBook, and the two
// best levels at each update.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "feed/recorded_book.hpp"

namespace delever {
inline namespace v1 {

/// How often something was, and where first.
struct Finding {
  std::int64_t count = 0;
  std::int64_t first_time_ns = 0;
  std::int64_t first_sequence = 0;

  void note(const FeedEvent& event) {
    if (count++ != 0) return;
    first_time_ns = event.time_ns;
    first_sequence = event.sequence;
  }
};

class FeedCheck {
 public:
  void apply(std::span<const FeedEvent> events);

  const std::array<std::int64_t, feed_kind_count>& kinds() const { return kinds_; }
  std::int64_t events() const { return events_; }
  std::int64_t updates() const { return updates_; }
  std::int64_t first_time_ns() const { return first_time_ns_; }
  std::int64_t last_time_ns() const { return last_time_ns_; }
  const Finding& crossed() const { return crossed_; }
  const Finding& gaps() const { return gaps_; }
  const RecordedBook& book() const { return book_; }

 private:
  RecordedBook book_;
  std::array<std::int64_t, feed_kind_count> kinds_{};
  std::int64_t events_ = 0, updates_ = 0;
  std::int64_t first_time_ns_ = 0, last_time_ns_ = 0;  ///< the earliest and the latest
  Finding crossed_, gaps_;
};

}  // namespace v1
}  // namespace delever
