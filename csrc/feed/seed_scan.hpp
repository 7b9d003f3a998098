// The orders that rested already when a recording of orders (L3) began.
//
// Such a recording has no snapshot: some of the orders that it reduces, executes or deletes it
// never added. One pass over the events finds them; each is given back as an Add with the quantity
// that the feed takes from it (up to where it states what remains), so that a book which applies
// these first follows the feed from its first event on. Venues number orders upwards: one numbered
// above the first that was added was not there before; its addition is missing, or comes late.
// Orders that rest throughout leave no trace and cannot be found.
//
// Memory: the orders live at a time, and 56 bytes for each order found. O(1) per event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "feed/feed_event.hpp"
#include "feed/l3_book_orders.hpp"

namespace delever {
inline namespace v1 {

class SeedScan {
 public:
  void apply(std::span<const FeedEvent> events);
  /// The orders found, in the order in which the feed first names them: Add, feed_snapshot, at the
  /// time of the first event, sequence 0.
  /// With `every`, those too that are numbered above the first order added.
  FeedBatch orders(bool every = false) const;

 private:
  struct Known {
    SparseReferences live;   ///< added, and not deleted since
    SparseReferences found;  ///< place in seeds_
    OrderReference first_added = ~OrderReference{0};
  };
  struct Seed {
    FeedEvent event;
    bool is_complete = false;  ///< the feed has stated what remains
  };

  void take(const FeedEvent& event);

  std::vector<Known> known_;  ///< by instrument: venues number orders by book
  std::vector<Seed> seeds_;
  bool started_ = false;
  std::int64_t first_time_ns_ = 0;
};

}  // namespace v1
}  // namespace delever
