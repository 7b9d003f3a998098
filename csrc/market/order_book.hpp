// The resting orders of one instrument: storage, not policy.
//
// Owns: the price levels (a slab with a LIFO free list) and one PriceLadder per side that maps a
// tick to its level. The orders themselves live in the venue's OrderPool and are linked through it
// into the FIFO of their level by u32 slots; `Order::level` names the level, so taking an order out
// searches nothing. Whether two orders may trade is decided elsewhere: a crossed book is storable.
//
// Invariants: a level exists exactly while it has orders; its open_lots and count are the sums over
// its FIFO; best(side) and its level are cached and always current (bids: highest, asks: lowest).
//
// Complexity: best and front O(1); append at the best price, reduce, and remove from a level that
// keeps other orders O(1); what makes or empties a level adds one ladder step (O(1) within the 64
// ticks touched last, O(height) else). Worst case: append that grows a slab (amortised). Memory: 64
// B an order (OrderPool), 32 B a level, and the ladder's nodes: 264 B for a level alone in 64
// ticks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "market/order_pool.hpp"
#include "market/order_types.hpp"
#include "market/price_ladder.hpp"
#include "units/quantity.hpp"

namespace delever {
inline namespace v1 {

struct PriceLevel {
  std::int64_t price_ticks = 0;
  std::int64_t open_lots = 0;  ///< sum over the orders
  std::uint32_t head = no_index;
  std::uint32_t tail = no_index;
  std::uint32_t count = 0;
  std::uint32_t next_free = no_index;  ///< only of a level on the free list
};
static_assert(sizeof(PriceLevel) == 32);

class OrderBook {
 public:
  /// A book for prices 0 .. price_ticks_max.
  explicit OrderBook(std::int64_t price_ticks_max);

  /// Rests the order at the tail of its level; side, price_ticks and open_lots are set.
  void append(OrderPool& orders, std::uint32_t slot);

  /// Takes a resting order out, and its level where it was the last of it.
  void remove(OrderPool& orders, std::uint32_t slot);

  /// Shrinks a resting order in place; it keeps its priority. An order at 0 still rests: remove it.
  void reduce(OrderPool& orders, std::uint32_t slot, QtyLots by) {
    Order& order = orders[slot];
    DELEVER_INVARIANT(order.rests() && by.value >= 0 && by.value <= order.open_lots);
    order.open_lots -= by.value;
    levels_[order.level].open_lots -= by.value;
  }

  /// Best price of the side (Buy: bids, Sell: asks); -1 where it is empty.
  std::int64_t best(Side side) const { return half(side).best_price; }
  bool empty(Side side) const { return half(side).best_level == no_index; }

  /// Slot of the first order at the best price; no_index where the side is empty.
  std::uint32_t front(Side side) const {
    const std::uint32_t level = half(side).best_level;
    return level == no_index ? no_index : levels_[level].head;
  }
  /// The level at the best price; nullptr where the side is empty. Valid until the next append.
  const PriceLevel* best_level(Side side) const {
    const std::uint32_t level = half(side).best_level;
    return level == no_index ? nullptr : &levels_[level];
  }

  /// The level at a price; nullptr where nothing rests there. Valid until the next append.
  const PriceLevel* level(Side side, std::int64_t price) const {
    const std::uint32_t index = half(side).ladder.find(price);
    return index == no_index ? nullptr : &levels_[index];
  }
  /// The next occupied price strictly further from the touch; -1 where there is none.
  std::int64_t next_price(Side side, std::int64_t price) const {
    const PriceLadder& ladder = half(side).ladder;
    return side == Side::Buy ? ladder.next_below(price) : ladder.next_above(price);
  }

  /// The `count` best levels, best first.
  void depth(Side side, std::size_t count, std::vector<PriceLevel>& out) const;

  std::size_t level_count(Side side) const { return half(side).ladder.size(); }
  std::int64_t price_ticks_max() const { return halves_[0].ladder.tick_max(); }
  std::size_t bytes() const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(levels_);
    archive(free_level_);
    for (Half& side : halves_) {
      side.ladder.serialize(archive);
      archive(side.best_price);
      archive(side.best_level);
    }
  }

 private:
  struct Half {
    std::int64_t best_price = -1;
    std::uint32_t best_level = no_index;
    PriceLadder ladder;
  };

  const Half& half(Side side) const { return halves_[side == Side::Sell ? 1 : 0]; }
  Half& half(Side side) { return halves_[side == Side::Sell ? 1 : 0]; }

  std::uint32_t level_for(Side side, std::int64_t price);
  std::uint32_t new_level(std::int64_t price);
  void erase_level(Side side, std::uint32_t level);

  std::array<Half, 2> halves_;  ///< bids, asks
  std::vector<PriceLevel> levels_;
  std::uint32_t free_level_ = no_index;
};

}  // namespace v1
}  // namespace delever
