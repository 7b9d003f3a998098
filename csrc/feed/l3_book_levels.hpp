// The levels of one side of one book, in the order in which they trade.
//
// Owns: pairs (key, level). A key orders prices so that the best is the greatest (bids: the price;
// asks: its complement) and is signed, as processors compare several at once. The best are a row in
// four cache lines (30 levels with 32-bit prices, 20 with 64-bit ones), the keys before the levels;
// the others are DeepLevels.
//
// Invariants: keys ascend in the row, the best last; unused places hold the greatest key, so that
// a search counts all places and has no branch that depends on the price; every deep key is below
// every key of the row; nothing is deep where the row is empty.
//
// Complexity: O(1) in the row, O(log levels) below it. A row that is full gives its worst quarter
// to the deep levels, one that is less than five eighths full takes as many back.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

#include "feed/l3_book_deep_levels.hpp"
#include "units/prefetch_record.hpp"
#include "units/ids.hpp"
#include "units/invariant.hpp"

namespace delever {
inline namespace v1 {

template <class Key>
class alignas(64) SideLevels {
 public:
  SideLevels() { keys_.fill(unused); }

  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_ + (deep_ ? deep_->size() : 0); }
  /// The level of the greatest key; the side must not be empty.
  std::uint32_t best() const { return levels_[count_ - 1]; }

  /// The level at the key, no_index where there is none.
  std::uint32_t find(Key key) const {
    const std::size_t at = place_of(key);
    if (holds(at, key)) return levels_[at];
    return at == 0 && deep_ ? deep_->find(key) : no_index;
  }

  /// Like find, but only in the row. Whether a level is there cannot be predicted: no branch.
  [[gnu::always_inline]] std::uint32_t find_near(Key key) const {
    const std::size_t at = std::min(place_of(key), row_max - 1);
    const bool is_there = (at < count_) & (keys_[at] == key);
    return levels_[at] | (static_cast<std::uint32_t>(is_there) - 1);
  }

  /// Starts to load what a search here will read: with `all` 1; 0: the first line only.
  [[gnu::always_inline]] void prefetch(std::size_t all) const {
    for (std::size_t line = 0; line < sizeof(*this); line += 64)
      prefetch_record(reinterpret_cast<const char*>(this) + line * all);
  }

  /// The level's slot at the key, made with no_index where there was none; valid until a change.
  std::uint32_t& occupy(Key key) {
    std::size_t at = place_of(key);
    if (holds(at, key)) [[likely]]
      return levels_[at];
    if (at == 0 && deep_ && !deep_->empty()) return deep_->occupy(key);
    if (count_ == row_max) {
      spill();
      if (at < moved) return deep_->occupy(key);
      at -= moved;
    }
    for (std::size_t place = count_++; place != at; --place) {
      keys_[place] = keys_[place - 1];
      levels_[place] = levels_[place - 1];
    }
    keys_[at] = key;
    return levels_[at] = no_index;
  }

  /// Takes out an occupied key.
  void vacate(Key key) {
    std::size_t at = place_of(key);
    if (!holds(at, key)) [[unlikely]] {
      DELEVER_INVARIANT(deep_);
      return deep_->vacate(key);
    }
    for (--count_; at != count_; ++at) {
      keys_[at] = keys_[at + 1];
      levels_[at] = levels_[at + 1];
    }
    keys_[at] = unused;
    if (count_ < count_low && deep_ && !deep_->empty()) [[unlikely]]
      refill();
  }

  /// Calls visit(key, level) from the best on, until it returns false.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::size_t at = count_; at-- != 0;)
      if (!visit(keys_[at], levels_[at])) return;
    if (deep_) deep_->for_each(visit);
  }

  void clear() { *this = SideLevels(); }

 private:
  static constexpr std::size_t row_max = (256 - 16) / (sizeof(Key) + sizeof(std::uint32_t));
  static constexpr std::size_t count_low = row_max * 5 / 8;
  static constexpr std::uint32_t moved = row_max / 4;
  static constexpr Key unused = std::numeric_limits<Key>::max();

  /// How many keys are below; where the key is in the row, or would be.
  std::size_t place_of(Key key) const {
    std::uint32_t below = 0;
    for (const Key one : keys_) below += one < key ? 1 : 0;
    return below;
  }
  bool holds(std::size_t at, Key key) const { return at < count_ && keys_[at] == key; }

  void spill() {
    if (!deep_) deep_ = std::make_unique<DeepLevels<Key>>();
    for (std::size_t at = 0; at < moved; ++at) deep_->put_best({keys_[at], levels_[at]});
    std::copy(keys_.begin() + moved, keys_.end(), keys_.begin());
    std::copy(levels_.begin() + moved, levels_.end(), levels_.begin());
    count_ -= moved;
    std::fill(keys_.begin() + count_, keys_.end(), unused);
  }
  void refill() {
    std::array<typename DeepLevels<Key>::Entry, moved> taken;
    std::size_t more = 0;
    while (more < moved && !deep_->empty()) taken[more++] = deep_->take_best();
    std::copy_backward(keys_.begin(), keys_.begin() + count_, keys_.begin() + count_ + more);
    std::copy_backward(levels_.begin(), levels_.begin() + count_, levels_.begin() + count_ + more);
    for (std::size_t at = 0; at < more; ++at) {
      keys_[at] = taken[more - 1 - at].key;
      levels_[at] = taken[more - 1 - at].level;
    }
    count_ += static_cast<std::uint32_t>(more);
  }

  std::array<Key, row_max> keys_;
  std::uint32_t count_ = 0;
  std::array<std::uint32_t, row_max> levels_{};
  std::unique_ptr<DeepLevels<Key>> deep_;
};
static_assert(sizeof(SideLevels<std::int32_t>) == 256 && sizeof(SideLevels<std::int64_t>) == 256);

}  // namespace v1
}  // namespace delever
