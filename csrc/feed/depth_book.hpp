// A book of price levels (L2): the total at each price, as a feed of totals states it.
//
// Owns: per side the levels in price order (SideLevels) and their totals in one slab with a LIFO
// free list. A total is above 0; a level set to 0 is gone. Books may cross, as feeds' books do:
// nothing is repaired. Prices are any 64-bit ticks, also negative.
//
// Complexity: set O(distance to the best) near the touch, O(log levels) elsewhere; best O(1).
// Memory: 24 bytes a level, kept for levels to come.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "feed/l3_book.hpp"
#include "feed/l3_book_levels.hpp"

namespace delever {
inline namespace v1 {

class DepthBook {
 public:
  /// The total at a price is now this; 0 takes the level away.
  void set(Side side, std::int64_t price, std::int64_t qty) {
    SideLevels<std::int64_t>& levels = sides_[index_of(side)];
    const std::int64_t key = key_of(side, price);
    if (qty == 0) {
      const std::uint32_t gone = levels.find(key);
      if (gone == no_index) return;
      levels.vacate(key);
      free_.push_back(gone);
      return;
    }
    std::uint32_t& slot = levels.occupy(key);
    if (slot == no_index) slot = acquire();
    totals_[slot] = qty;
  }

  void clear() {
    for (SideLevels<std::int64_t>& side : sides_) side.clear();
    totals_.clear();
    free_.clear();
  }

  /// The best `count` levels of a side, best first; `orders` is 0 for a level of unknown orders.
  std::vector<RestingLevel> depth(Side side, std::size_t count) const {
    std::vector<RestingLevel> found;
    if (count == 0) return found;
    sides_[index_of(side)].for_each([&](std::int64_t key, std::uint32_t slot) {
      found.push_back({key_of(side, key), totals_[slot], 0});
      return found.size() < count;
    });
    return found;
  }
  /// The best level; a quantity of 0 where the side is empty.
  RestingLevel best(Side side) const {
    RestingLevel found{};
    sides_[index_of(side)].for_each([&](std::int64_t key, std::uint32_t slot) {
      found = {key_of(side, key), totals_[slot], 0};
      return false;
    });
    return found;
  }
  std::size_t levels(Side side) const { return sides_[index_of(side)].size(); }

 private:
  static std::size_t index_of(Side side) { return side == Side::Sell ? 1 : 0; }
  /// Orders prices so that the best is the greatest; its own inverse.
  static std::int64_t key_of(Side side, std::int64_t price) {
    return side == Side::Sell ? ~price : price;
  }
  std::uint32_t acquire() {
    if (!free_.empty()) {
      const std::uint32_t slot = free_.back();
      free_.pop_back();
      return slot;
    }
    totals_.push_back(0);
    return static_cast<std::uint32_t>(totals_.size() - 1);
  }

  std::array<SideLevels<std::int64_t>, 2> sides_;  ///< bids, asks
  std::vector<std::int64_t> totals_;
  std::vector<std::uint32_t> free_;
};

}  // namespace v1
}  // namespace delever
