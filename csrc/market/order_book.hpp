// The resting orders of one instrument: storage, not policy.
//
// Owns: the price levels (a slab with a LIFO free list) and one PriceLadder per side that maps a
// tick to its level. The orders themselves live in the venue's OrderPool and are linked through it
// into the FIFO of their level by u32 slots; `Order::level` names the level, so taking an order out
// searches nothing. Whether two orders may trade is decided elsewhere: a crossed book is storable.
//
// Priority within a level: the displayed orders by time, then the hidden ones (flag hidden_order)
// by time. Orders without a price rest at `unpriced_ticks` of their side, ahead of every price. The
// rest that an iceberg does not show counts as hidden lots of its level; its owner keeps the rest
// and passes it in.
//
// Invariants: a level exists exactly while it has orders; its open_lots and count are the sums over
// its displayed orders, its hidden_lots() that of the hidden ones and of the rests; best(side) and
// its level are cached and always current (bids: highest, asks: lowest).
//
// Complexity: best and front O(1); append at the best price, reduce, replenish, and remove from a
// level that keeps other orders O(1); what makes or empties a level adds one ladder step (O(1)
// within the 64 ticks touched last, O(height) else). Worst cases: append that grows a slab
// (amortised); best_displayed visits every hidden-only level ahead of it. Memory: 32 B an order
// (OrderPool), 32 B a level (40 B where something is hidden), and the ladder's nodes: 264 B for a
// level alone in 64 ticks. Slabs grow by an eighth; a book that is empty can start over.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "market/order_pool.hpp"
#include "market/order_types.hpp"
#include "market/price_ladder.hpp"
#include "units/inline.hpp"
#include "units/prefetch_record.hpp"
#include "units/quantity.hpp"

namespace delever {
inline namespace v1 {

struct PriceLevel {
  std::int64_t price_ticks = 0;
  std::int64_t open_lots = 0;  ///< sum over the displayed orders, of what they show
  std::uint32_t head = no_index;
  std::uint32_t tail = no_index;
  std::uint32_t count = 0;               ///< displayed orders
  std::uint32_t hidden_head = no_index;  ///< first hidden order; of a free level: the next free one
};
static_assert(sizeof(PriceLevel) == 32, "two to a cache line");
static_assert(std::has_unique_object_representations_v<PriceLevel>, "snapshots copy the bytes");

class OrderBook {
 public:
  /// A book for prices 1 .. price_ticks_max.
  explicit OrderBook(std::int64_t price_ticks_max);

  /// Rests the order behind those of its kind at a price; its side, flags and open_lots (what it
  /// shows) are set. `rest_lots`: what an iceberg does not show.
  DELEVER_INLINE void append(OrderPool& orders, std::uint32_t slot, std::int64_t price_ticks,
                             std::int64_t rest_lots = 0) {
    DELEVER_INVARIANT(!orders[slot].rests());
    if (rest_lots == 0 && !is_hidden(orders[slot])) [[likely]]
      return append_shown(orders, slot, price_ticks);
    orders[slot].level = level_for(orders[slot].side, price_ticks);
    append_hidden(orders, slot, rest_lots);
  }

  /// As append, of an order that shows all of itself and does not rest.
  DELEVER_INLINE void append_shown(OrderPool& orders, std::uint32_t slot,
                                   std::int64_t price_ticks) {
    Order& order = orders[slot];
    const std::uint32_t index = level_for(order.side, price_ticks);
    PriceLevel& level = levels_[index];
    order.level = index;
    if (level.hidden_head != no_index) [[unlikely]]
      return append_hidden(orders, slot, 0);
    order.fifo_previous = level.tail;
    order.fifo_next = no_index;
    (level.tail == no_index ? level.head : orders[level.tail].fifo_next) = slot;
    level.tail = slot;
    level.open_lots += order.open_lots;
    ++level.count;
  }

  /// Where a new order would rest: the level, if it is among those that are found at once. To be
  /// asked for well before append_new, so that what that needs is on its way.
  DELEVER_INLINE std::uint32_t level_nearby(const OrderPool& orders, Side side,
                                            std::int64_t price_ticks) const {
    const std::uint32_t index = half(side).ladder.find_recent(price_ticks);
    if (index == no_index || levels_[index].hidden_head != no_index) [[unlikely]]
      return no_index;
    orders.prefetch_slot(levels_[index].tail);
    return index;
  }
  /// Rests a new order, which shows all of itself, in a slot that was taken for it, where
  /// level_nearby said: as `write` and append_shown, with every word written once.
  DELEVER_INLINE void append_new(OrderPool& orders, std::uint32_t slot, Order order,
                                 std::int64_t price_ticks, std::uint32_t nearby) {
    order.generation = orders[slot].generation;
    if (nearby == no_index) [[unlikely]] {
      orders[slot] = order;
      return append_apart(orders, slot, price_ticks);
    }
    PriceLevel& level = levels_[nearby];
    order.level = nearby;
    order.fifo_previous = level.tail;
    orders[level.tail].fifo_next = slot;
    orders[slot] = order;
    level.tail = slot;
    level.open_lots += order.open_lots;
    ++level.count;
  }

  /// Starts loading the level where an order will come or go; a wrong guess costs a needless load.
  DELEVER_INLINE void prefetch_level(Side side, std::int64_t price_ticks) const {
    prefetch_record(levels_.data(), half(side).ladder.guess(price_ticks));
  }
  DELEVER_INLINE void prefetch_level(const Order& order) const {
    prefetch_record(levels_.data(), order.level);
  }

  /// Takes a resting order out, with its unshown rest, and its level where it was the last of it.
  DELEVER_INLINE void remove(OrderPool& orders, std::uint32_t slot, std::int64_t rest_lots = 0) {
    Order& order = orders[slot];
    DELEVER_INVARIANT(order.rests());
    const std::uint32_t index = order.level;
    PriceLevel& level = levels_[index];
    order.level = no_index;
    if (rest_lots != 0 || is_hidden(order)) [[unlikely]]
      forget_hidden(order, slot, index, rest_lots);
    if (level.head == level.tail) return erase_level(order.side, index);
    if (!is_hidden(order)) [[likely]] {
      level.open_lots -= order.open_lots;
      --level.count;
    }
    unlink(orders, slot, level);
    order.fifo_previous = order.fifo_next = no_index;
  }

  /// As remove, of an order that shows all of itself and ends: its record still names its place.
  DELEVER_INLINE void end(OrderPool& orders, std::uint32_t slot) {
    const Order& order = orders[slot];
    PriceLevel& level = levels_[order.level];
    if (level.head == level.tail) return erase_level(order.side, order.level);
    level.open_lots -= order.open_lots;
    --level.count;
    unlink(orders, slot, level);
  }

  /// As end, of the first order at the best price.
  DELEVER_INLINE void end_front(OrderPool& orders, Side side) {
    PriceLevel& level = levels_[half(side).best_level];
    if (level.head == level.tail) return erase_level(side, half(side).best_level);
    const Order& order = orders[level.head];
    level.open_lots -= order.open_lots;
    --level.count;
    level.head = order.fifo_next;
    orders[level.head].fifo_previous = no_index;
  }
  /// As reduce, of the first order at the best price, which shows all of itself and stays.
  DELEVER_INLINE void reduce_front(OrderPool& orders, Side side, std::int64_t lots) {
    PriceLevel& level = levels_[half(side).best_level];
    level.open_lots -= lots;
    orders[level.head].open_lots -= lots;
  }

  /// Shrinks a resting order in place; it keeps its priority. An order at 0 still rests: remove or
  /// replenish it.
  DELEVER_INLINE void reduce(OrderPool& orders, std::uint32_t slot, QtyLots by) {
    Order& order = orders[slot];
    DELEVER_INVARIANT(order.rests() && by.value >= 0 && by.value <= order.open_lots);
    order.open_lots -= by.value;
    (is_hidden(order) ? hidden_of(order.level) : levels_[order.level].open_lots) -= by.value;
  }

  /// Moves `lots` of an iceberg's rest into sight, and the order to the back of the displayed ones.
  void replenish(OrderPool& orders, std::uint32_t slot, std::int64_t lots);

  /// As replenish, with the order keeping its place.
  void replenish_in_place(OrderPool& orders, std::uint32_t slot, std::int64_t lots);

  /// Grows (or, below 0, shrinks) the unshown rest of a resting iceberg in place.
  void change_rest(const OrderPool& orders, std::uint32_t slot, std::int64_t by);

  /// The price of a resting order.
  std::int64_t price_of(const Order& order) const { return levels_[order.level].price_ticks; }

  /// Best price of the side (Buy: bids, Sell: asks), whoever rests there; -1 where it is empty.
  std::int64_t best(Side side) const { return half(side).best_price; }
  bool empty(Side side) const { return half(side).best_level == no_index; }

  /// Best price at which a displayed order with a price rests; -1 where there is none.
  std::int64_t best_displayed(Side side) const {
    const Half& half = this->half(side);
    if (half.best_level == no_index) return -1;
    const bool shown = levels_[half.best_level].count != 0 && !is_unpriced(half.best_price);
    return shown ? half.best_price : next_displayed(side, half.best_price);
  }

  /// The price at which orders without one rest.
  std::int64_t unpriced_ticks(Side side) const {
    return side == Side::Buy ? price_ticks_max() + 1 : 0;
  }
  bool is_unpriced(std::int64_t price) const { return price == 0 || price > price_ticks_max(); }

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

  /// Sum over the hidden orders of a level and the rests of its icebergs.
  std::int64_t hidden_lots(const PriceLevel& level) const {
    const auto index = static_cast<std::size_t>(&level - levels_.data());
    return index < hidden_lots_.size() ? hidden_lots_[index] : 0;
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

  /// The order after a resting one by priority, across levels; no_index after the last.
  std::uint32_t next_slot(const OrderPool& orders, std::uint32_t slot) const {
    const Order& order = orders[slot];
    if (order.fifo_next != no_index) return order.fifo_next;
    const std::int64_t price = next_price(order.side, price_of(order));
    return price < 0 ? no_index : level(order.side, price)->head;
  }

  /// The `count` best levels with displayed orders at a price, best first.
  void depth(Side side, std::size_t count, std::vector<PriceLevel>& out) const;

  std::size_t level_count(Side side) const { return half(side).ladder.size(); }
  std::int64_t price_ticks_max() const { return halves_[0].ladder.tick_max() - 1; }
  std::size_t bytes() const;

  /// Lets go of all levels; nothing may rest.
  void start_over();

  template <class Archive>
  void serialize(Archive& archive) {
    archive(levels_);
    archive(hidden_lots_);
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

  static bool is_hidden(const Order& order) { return (order.flags & hidden_order) != 0; }
  std::int64_t next_displayed(Side side, std::int64_t price) const;
  void append_apart(OrderPool& orders, std::uint32_t slot, std::int64_t price_ticks);
  void append_hidden(OrderPool& orders, std::uint32_t slot, std::int64_t rest_lots);
  void forget_hidden(const Order& order, std::uint32_t slot, std::uint32_t index,
                     std::int64_t rest_lots);
  void link(OrderPool& orders, std::uint32_t slot, PriceLevel& level, std::uint32_t before);
  static void unlink(OrderPool& orders, std::uint32_t slot, PriceLevel& level) {
    const Order& order = orders[slot];
    const bool is_first = order.fifo_previous == no_index;
    const bool is_last = order.fifo_next == no_index;
    *(is_first ? &level.head : &orders[order.fifo_previous].fifo_next) = order.fifo_next;
    *(is_last ? &level.tail : &orders[order.fifo_next].fifo_previous) = order.fifo_previous;
  }
  /// The hidden lots of a level, which nearly no level has: they are kept apart.
  std::int64_t& hidden_of(std::uint32_t index) {
    if (index >= hidden_lots_.size()) hidden_lots_.resize(levels_.size());
    return hidden_lots_[index];
  }
  DELEVER_INLINE std::uint32_t level_for(Side side, std::int64_t price) {
    Half& half = this->half(side);
    DELEVER_INVARIANT(price >= 0);  // -1 is the best price of an empty side
    if (price == half.best_price) return half.best_level;
    std::uint32_t& value = half.ladder.occupy(price);
    if (value != no_index) [[likely]]
      return value;
    return value = add_level(half, side, price);
  }
  std::uint32_t add_level(Half& half, Side side, std::int64_t price);
  std::uint32_t new_level(std::int64_t price);
  void erase_level(Side side, std::uint32_t level);

  std::array<Half, 2> halves_;  ///< bids, asks
  std::vector<PriceLevel> levels_;
  std::vector<std::int64_t> hidden_lots_;  ///< by level; no longer than it has to be
  std::uint32_t free_level_ = no_index;
};

}  // namespace v1
}  // namespace delever
