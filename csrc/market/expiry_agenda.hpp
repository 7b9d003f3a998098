// When the orders of limited life end: by time, then by age.
//
// Owns one heap of (expire_ns, acceptance sequence) in a HeapForest; a node's value is the order's
// slot. Who inserts keeps the returned node (OrderTerms::agenda_node) and hands it back when the
// order leaves early, so nothing stale waits here. Equal times leave in order of acceptance, hence
// the same commands expire the same orders in the same order.
//
// Cost: next_ns O(1); insert, remove and pop O(log n), also at worst. Memory: 40 B an order.
#pragma once

#include <cstdint>
#include <limits>

#include "market/heap_forest.hpp"

namespace delever {
inline namespace v1 {

class ExpiryAgenda {
 public:
  static constexpr std::int64_t never_ns = std::numeric_limits<std::int64_t>::max();

  /// Returns the node to remove it by.
  std::uint32_t insert(std::int64_t expire_ns, std::int64_t accepted, std::uint32_t slot) {
    const std::uint32_t node = forest_.push(root_, expire_ns, accepted, slot);
    look();
    return node;
  }
  void remove(std::uint32_t node) {
    forest_.take_out(root_, node);
    look();
  }

  /// The earliest expiry; never_ns where nothing expires.
  std::int64_t next_ns() const { return next_ns_; }

  /// Takes out and returns the slot of the first order with expire_ns <= now; no_index where there
  /// is none.
  std::uint32_t pop_due(std::int64_t now_ns) {
    if (root_ == no_index || forest_[root_].key > now_ns) return no_index;
    const std::uint32_t slot = forest_[root_].value;
    forest_.take_out(root_, root_);
    look();
    return slot;
  }

  std::size_t bytes() const { return forest_.bytes(); }

  template <class Archive>
  void serialize(Archive& archive) {
    forest_.serialize(archive);
    archive(root_);
    archive(next_ns_);
  }

 private:
  void look() { next_ns_ = root_ == no_index ? never_ns : forest_[root_].key; }

  HeapForest forest_;
  std::uint32_t root_ = no_index;
  std::int64_t next_ns_ = never_ns;  ///< the root's key
};

}  // namespace v1
}  // namespace delever
