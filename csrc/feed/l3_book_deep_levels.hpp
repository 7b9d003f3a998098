// The levels of a side beyond those of its row: a sorted vector with the best at its end and, past
// 1,024 entries, an ordered map for the worst half, which comes back as the vector empties.
//
// Invariants: keys are unique; the vector ascends; every key in the map is below every key in the
// vector; the map is empty where the vector is. The vector never has more than 1,024 entries.
//
// Complexity: O(log levels), plus the move of at most 1,024 entries, so that a book of a million
// levels on garbage input stays cheap.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <vector>

#include "units/ids.hpp"
#include "units/invariant.hpp"

namespace delever {
inline namespace v1 {

template <class Key>
class DeepLevels {
 public:
  struct Entry {
    Key key;
    std::uint32_t level;
  };

  bool empty() const { return near_.empty(); }
  std::size_t size() const { return near_.size() + far_.size(); }

  /// The level at the key, no_index where there is none.
  std::uint32_t find(Key key) const {
    const std::uint32_t near = find_near(key);
    if (near != no_index || far_.empty()) return near;
    const auto found = far_.find(key);
    return found == far_.end() ? no_index : found->second;
  }
  /// Like find, but only in the vector.
  std::uint32_t find_near(Key key) const {
    const std::size_t at = place_of(key);
    return holds(at, key) ? near_[at].level : no_index;
  }

  /// The level's slot at the key, made with no_index where there was none; valid until a change.
  std::uint32_t& occupy(Key key) {
    if (near_.size() == near_max) spill();
    const std::size_t at = place_of(key);
    if (holds(at, key)) return near_[at].level;
    if (at == 0 && !far_.empty()) return far_.try_emplace(key, no_index).first->second;
    return near_.insert(entry(at), Entry{key, no_index})->level;
  }

  /// Takes out an occupied key.
  void vacate(Key key) {
    const std::size_t at = place_of(key);
    if (holds(at, key)) {
      near_.erase(entry(at));
      if (near_.empty()) refill();
      return;
    }
    const std::size_t erased = far_.erase(key);
    DELEVER_INVARIANT(erased == 1);
  }

  /// Takes out the best; there must be one.
  Entry take_best() {
    const Entry best = near_.back();
    near_.pop_back();
    if (near_.empty()) refill();
    return best;
  }
  /// Adds a level that is better than all.
  void put_best(const Entry& entry) {
    if (near_.size() == near_max) spill();
    near_.push_back(entry);
  }

  /// Calls visit(key, level) from the best on, until it returns false.
  template <class Visit>
  void for_each(Visit visit) const {
    for (auto one = near_.rbegin(); one != near_.rend(); ++one)
      if (!visit(one->key, one->level)) return;
    for (auto one = far_.rbegin(); one != far_.rend(); ++one)
      if (!visit(one->first, one->second)) return;
  }

 private:
  static constexpr std::size_t near_max = 1024;

  /// Where the key is in near_, or the place before which it belongs. Without a branch that depends
  /// on the price: halving mispredicts every other step.
  std::size_t place_of(Key key) const {
    const Entry* first = near_.data();
    for (std::size_t left = near_.size(); left != 0; left /= 2) {
      const std::size_t half = left - left / 2;
      first += half * static_cast<std::size_t>(first[half - 1].key < key);
    }
    return static_cast<std::size_t>(first - near_.data());
  }
  bool holds(std::size_t at, Key key) const { return at < near_.size() && near_[at].key == key; }
  auto entry(std::size_t at) { return near_.begin() + static_cast<std::ptrdiff_t>(at); }

  void spill() {
    const auto half = near_.begin() + static_cast<std::ptrdiff_t>(near_max / 2);
    for (auto one = near_.begin(); one != half; ++one) far_.emplace(one->key, one->level);
    near_.erase(near_.begin(), half);
  }
  void refill() {
    while (near_.size() < near_max / 2 && !far_.empty()) {
      const auto best = std::prev(far_.end());
      near_.push_back(Entry{best->first, best->second});
      far_.erase(best);
    }
    std::reverse(near_.begin(), near_.end());
  }

  std::vector<Entry> near_;
  std::map<Key, std::uint32_t> far_;
};

}  // namespace v1
}  // namespace delever
