// The levels of one side of one book, in the order in which they trade.
//
// Owns: pairs (key, level). A key orders prices so that the best is the greatest (bids: the price;
// asks: its complement). The best levels are a sorted vector with the best at its end, which a feed
// reads and changes within a few entries of the end; past 1,024 of them the worst half goes to an
// ordered map, and comes back as the vector empties.
//
// Invariants: keys are unique; the vector ascends; every key in the map is below every key in the
// vector; the map is empty where the vector is. `near_` is never larger than `near_max`.
//
// Complexity: O(distance to the best) near the touch, O(log levels) elsewhere plus the move of at
// most 1,024 entries, so a book of a million levels on garbage input stays cheap. One cache line
// besides the vector's header in the usual case.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "units/ids.hpp"
#include "units/invariant.hpp"

namespace delever {
inline namespace v1 {

template <class Key>
class SideLevels {
 public:
  struct Entry {
    Key key;
    std::uint32_t level;
  };

  bool empty() const { return near_.empty(); }
  std::size_t size() const { return near_.size() + (far_ ? far_->size() : 0); }
  /// The greatest key's entry; the side must not be empty.
  const Entry& best() const { return near_.back(); }

  /// The level at the key, no_index where there is none.
  std::uint32_t find(Key key) const {
    const std::size_t at = place_of(key);
    if (at < near_.size() && near_[at].key == key) return near_[at].level;
    if (at != 0 || !far_) return no_index;
    const auto found = far_->find(key);
    return found == far_->end() ? no_index : found->second;
  }

  /// The level's slot at the key, made with no_index where there was none; valid until a change.
  std::uint32_t& occupy(Key key) {
    std::size_t at = place_of(key);
    if (at < near_.size() && near_[at].key == key) [[likely]]
      return near_[at].level;
    if (at == 0 && far_ && !far_->empty()) return far_->try_emplace(key, no_index).first->second;
    if (near_.size() == near_max) {
      at -= spill(at);
      if (at == 0) return far_->try_emplace(key, no_index).first->second;
    }
    return insert(at, key).level;
  }

  /// Takes out an occupied key.
  void vacate(Key key) {
    const std::size_t at = place_of(key);
    if (at < near_.size() && near_[at].key == key) [[likely]] {
      erase(at);
      if (near_.empty() && far_) refill();
      return;
    }
    const std::size_t erased = far_ ? far_->erase(key) : 0;
    DELEVER_INVARIANT(erased == 1);
  }

  /// Calls visit(key, level) from the best on, until it returns false.
  template <class Visit>
  void for_each(Visit visit) const {
    for (auto entry = near_.rbegin(); entry != near_.rend(); ++entry)
      if (!visit(entry->key, entry->level)) return;
    if (!far_) return;
    for (auto entry = far_->rbegin(); entry != far_->rend(); ++entry)
      if (!visit(entry->first, entry->second)) return;
  }

  /// Behind the best: worth loading before a change.
  const void* end() const { return near_.data() + near_.size(); }

  void clear() {
    near_.clear();
    far_.reset();
  }

 private:
  static constexpr std::size_t near_max = 1024;
  static constexpr std::size_t scanned = 8;  ///< rows of eight, before a binary search

  /// Where the key is in near_, or the place before which it belongs. Eight entries at a time are
  /// compared without a branch: how far from the best a price lies cannot be predicted.
  std::size_t place_of(Key key) const {
    std::size_t at = near_.size();
    for (std::size_t rows = 0; at != 0 && rows < scanned; ++rows) {
      std::size_t reached = 0;
      for (std::size_t i = 1; i <= 8; ++i)
        reached += near_[at > i ? at - i : 0].key >= key ? 1 : 0;  // the first may count repeatedly
      at -= std::min(reached, at);
      if (reached < 8) return at;
    }
    const auto end = near_.begin() + static_cast<std::ptrdiff_t>(at);
    const auto found = std::lower_bound(
        near_.begin(), end, key, [](const Entry& entry, Key wanted) { return entry.key < wanted; });
    return static_cast<std::size_t>(found - near_.begin());
  }

  Entry& insert(std::size_t at, Key key) {
    near_.push_back(Entry{key, no_index});
    std::size_t place = near_.size() - 1;
    if (place - at > 16) {
      std::move_backward(near_.begin() + static_cast<std::ptrdiff_t>(at), near_.end() - 1,
                         near_.end());
    } else {
      for (; place != at; --place) near_[place] = near_[place - 1];
    }
    return near_[at] = Entry{key, no_index};
  }
  void erase(std::size_t at) {
    if (near_.size() - at > 16) {
      near_.erase(near_.begin() + static_cast<std::ptrdiff_t>(at));
    } else {
      for (; at + 1 < near_.size(); ++at) near_[at] = near_[at + 1];
      near_.pop_back();
    }
  }

  /// Moves the worst half to the map; returns how far the place `at` has moved, at most to 0.
  std::size_t spill(std::size_t at) {
    if (!far_) far_ = std::make_unique<std::map<Key, std::uint32_t>>();
    const std::size_t moved = near_max / 2;
    for (std::size_t i = 0; i < moved; ++i) far_->emplace(near_[i].key, near_[i].level);
    near_.erase(near_.begin(), near_.begin() + static_cast<std::ptrdiff_t>(moved));
    return std::min(at, moved);
  }

  void refill() {
    while (near_.size() < near_max / 2 && !far_->empty()) {
      const auto best = std::prev(far_->end());
      near_.push_back(Entry{best->first, best->second});
      far_->erase(best);
    }
    std::reverse(near_.begin(), near_.end());
  }

  std::vector<Entry> near_;
  std::unique_ptr<std::map<Key, std::uint32_t>> far_;
};

}  // namespace v1
}  // namespace delever
