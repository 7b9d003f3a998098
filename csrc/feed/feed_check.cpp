#include "feed/feed_check.hpp"

#include <algorithm>

namespace delever {
inline namespace v1 {

void FeedCheck::apply(std::span<const FeedEvent> events) {
  for (const FeedEvent& event : events) {
    const auto kind = static_cast<std::size_t>(event.kind);
    ++kinds_[kind < feed_kind_count ? kind : 0];
    if (events_++ == 0) first_time_ns_ = last_time_ns_ = event.time_ns;
    first_time_ns_ = std::min(first_time_ns_, event.time_ns);
    last_time_ns_ = std::max(last_time_ns_, event.time_ns);
    if ((event.flags & feed_gap) != 0) gaps_.note(event);
    book_.apply(event);
    if ((event.flags & feed_last) == 0) continue;
    ++updates_;
    if (book_.at(event.instrument).top().crossed()) crossed_.note(event);
  }
}

}  // namespace v1
}  // namespace delever
