// The levels of all books, each with its queue: which orders rest at a price, in their true order.
//
// Owns: the level records (price, side, symbol, totals, and the last order of the queue; 24 bytes
// with 32-bit prices). A queue is a list threaded through the order records by 32-bit slots, each
// order with the one before it and the one after it; the first is found from the last. Levels are
// small rather than self-sufficient: those of a whole exchange should stay in the nearest caches.
//
// Invariants: a level in use has at least one order; its quantity and count are those of its queue.
//
// Complexity: append touches the level and the order that was last; take the level and the two
// neighbours; both O(1). for_each is O(orders) and collects them first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "feed/l3_book_orders.hpp"
#include "market/order_types.hpp"
#include "units/huge_page_allocator.hpp"
#include "units/ids.hpp"
#include "units/invariant.hpp"

namespace delever {
inline namespace v1 {

/// The number by which a feed's messages name an instrument (ITCH: the stock locate).
using SymbolId = std::uint16_t;

template <class Price>
struct BookLevel {
  std::uint64_t qty;
  Price price;
  std::uint32_t orders;
  std::uint32_t last;  ///< slot of the order at the end; of a free record: the next free one
  SymbolId symbol;
  Side side;
};
static_assert(sizeof(BookLevel<std::uint32_t>) == 24);

template <class Price, class Orders>
class LevelQueues {
 public:
  using Level = BookLevel<Price>;

  /// A new level with one order, whose quantity is set.
  std::uint32_t open(SymbolId symbol, Side side, Price price, std::uint32_t slot, Orders& orders) {
    const std::uint32_t index = take_record();
    auto& order = orders[slot];
    levels_[index] = Level{static_cast<std::uint64_t>(order.qty), price, 1, slot, symbol, side};
    order.level = index;
    order.previous = order.next = null_slot;
    return index;
  }

  void append(std::uint32_t index, std::uint32_t slot, Orders& orders) {
    Level& level = levels_[index];
    auto& order = orders[slot];
    order.level = index;
    order.previous = level.last;
    order.next = null_slot;
    orders[level.last].next = slot;
    level.last = slot;
    level.qty += static_cast<std::uint64_t>(order.qty);
    ++level.orders;
  }

  /// Takes an order out of a queue that has others.
  void take(std::uint32_t slot, Orders& orders) {
    const auto& order = orders[slot];
    Level& level = levels_[order.level];
    level.qty -= static_cast<std::uint64_t>(order.qty);
    --level.orders;
    const std::uint32_t previous = order.previous;
    const std::uint32_t next = order.next;
    // Whether the order was the last cannot be predicted: no branch.
    const std::uint32_t was_last = 0 - static_cast<std::uint32_t>(next == null_slot);
    level.last = (previous & was_last) | (level.last & ~was_last);
    orders[previous].next = next;  // the record at null_slot takes what goes nowhere
    orders[next].previous = previous;
  }

  /// Gives back the record of a level whose orders are gone.
  void close(std::uint32_t index) {
    levels_[index].last = free_;
    free_ = index;
  }

  /// The slots of a level's orders, the first first.
  std::vector<std::uint32_t> queue(std::uint32_t index, const Orders& orders) const {
    std::vector<std::uint32_t> slots(levels_[index].orders);
    std::uint32_t slot = levels_[index].last;
    for (std::size_t at = slots.size(); at-- != 0; slot = orders[slot].previous) slots[at] = slot;
    return slots;
  }

  /// Starts to load a record that is or was in use; no_index is harmless.
  [[gnu::always_inline]] void prefetch(std::uint32_t index) const {
    const std::size_t known = 0 - static_cast<std::size_t>(index != no_index);
    prefetch_record(levels_.data() + (index & known));
  }

  Level& operator[](std::uint32_t index) { return levels_[index]; }
  const Level& operator[](std::uint32_t index) const { return levels_[index]; }
  std::size_t bytes() const { return levels_.capacity() * sizeof(Level); }

 private:
  std::uint32_t take_record() {
    const std::uint32_t index = free_;
    if (index != no_index) [[likely]] {
      free_ = levels_[index].last;
      return index;
    }
    DELEVER_INVARIANT(levels_.size() < no_index);
    levels_.emplace_back();
    return static_cast<std::uint32_t>(levels_.size() - 1);
  }

  HugeVector<Level> levels_;
  std::uint32_t free_ = no_index;
};

}  // namespace v1
}  // namespace delever
