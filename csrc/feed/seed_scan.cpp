#include "feed/seed_scan.hpp"

#include <limits>

namespace delever {
inline namespace v1 {
namespace {

constexpr std::int64_t qty_max = std::int64_t{1} << 52;  // of a book's order

bool names_an_order(FeedKind kind) {
  return kind == FeedKind::Modify || kind == FeedKind::Reduce || kind == FeedKind::Delete ||
         kind == FeedKind::Execute;
}

}  // namespace

void SeedScan::apply(std::span<const FeedEvent> events) {
  for (const FeedEvent& event : events) {
    if (event.instrument >= feed_symbols_max) continue;
    if (!started_) first_time_ns_ = event.time_ns;
    started_ = true;
    if (event.instrument >= known_.size()) known_.resize(std::size_t{event.instrument} + 1);
    SparseReferences& live = known_[event.instrument].live;
    OrderReference& first = known_[event.instrument].first_added;
    if (event.kind == FeedKind::Add) {
      if (first == ~OrderReference{0}) first = event.order_reference;
      live.insert(event.order_reference, 0);
    } else if (names_an_order(event.kind)) {
      if (live.find(event.order_reference) == no_index) {
        take(event);
      } else if (event.kind == FeedKind::Delete) {
        live.erase(event.order_reference);
      }
    }
  }
}

void SeedScan::take(const FeedEvent& event) {
  SparseReferences& found = known_[event.instrument].found;
  std::uint32_t place = found.find(event.order_reference);
  if (place == no_index) {
    place = static_cast<std::uint32_t>(seeds_.size());
    if (place == no_index || event.side == 0) return;
    found.insert(event.order_reference, place);
    seeds_.push_back({event});
    seeds_.back().event.qty_lots = 0;
  }
  Seed& seed = seeds_[place];
  if (seed.is_complete || event.qty_lots < 0 || event.qty_lots > qty_max) return;
  if (seed.event.qty_lots <= qty_max) seed.event.qty_lots += event.qty_lots;
  seed.is_complete = event.kind == FeedKind::Modify || event.kind == FeedKind::Delete;
}

FeedBatch SeedScan::orders(bool every) const {
  FeedBatch orders;
  for (const Seed& seed : seeds_) {
    const bool came_later = seed.event.order_reference > known_[seed.event.instrument].first_added;
    if (seed.event.qty_lots <= 0 || (came_later && !every)) continue;
    FeedEvent order = seed.event;
    order.kind = FeedKind::Add;
    order.flags = feed_snapshot;
    order.time_ns = first_time_ns_;
    order.receive_time_ns = order.sequence = 0;
    orders.push_back(order);
  }
  if (!orders.empty()) orders.back().flags |= feed_last;
  return orders;
}

}  // namespace v1
}  // namespace delever
