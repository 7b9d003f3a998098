// The levels of all books, each with its queue: which orders rest at a price, in their true order.
//
// Owns: the level records, a cache line each: price, side, symbol, totals, and the slots of the
// first orders in the queue (10 with 32-bit prices, 9 with 64-bit ones); and for longer queues a
// list of blocks of 12 slots, a cache line each. An order knows the row of slots that it stands
// in, and nothing of its neighbours: whoever joins or leaves a short queue touches one line beside
// its own record, and of a long queue two, wherever it stands.
//
// Invariants: a level in use has at least one order; its quantity and count are those of its
// queue. Slots in a row stand as they queue and without gaps; those in the level's own row come
// before those of its blocks. No block is empty. An order joins the last block where there is one.
//
// Complexity: O(1): a row is searched by looking at all its slots, without a branch that depends
// on where the order stands. queue is O(orders).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "units/prefetch_record.hpp"
#include "market/order_types.hpp"
#include "units/huge_page_allocator.hpp"
#include "units/ids.hpp"
#include "units/invariant.hpp"

namespace delever {
inline namespace v1 {

/// The number by which a feed's messages name an instrument (ITCH: the stock locate).
using SymbolId = std::uint16_t;

/// The slots of orders that stand in a row, the first first.
template <std::size_t Capacity>
struct QueueRow {
  std::array<std::uint32_t, Capacity> slots;

  /// Takes out a slot that is there, and closes the gap. Where it is cannot be predicted: all
  /// places are looked at, and a mask says which take what is in the next.
  void take(std::uint32_t slot) {
    std::uint32_t past = 0;
    for (std::size_t at = 0; at + 1 < Capacity; ++at) {
      past |= 0 - static_cast<std::uint32_t>(slots[at] == slot);
      slots[at] ^= (slots[at] ^ slots[at + 1]) & past;
    }
  }
};

/// What a line begins with, whatever it is.
struct QueueHead {
  SymbolId symbol = 0;
  Side side = Side::None;  ///< only a level in use has one
  std::uint8_t count = 0;  ///< of the line's own row
};

template <class Price>
struct alignas(64) BookLevel {
  static constexpr std::size_t row_max = (64 - 20 - sizeof(Price)) / 4;

  QueueHead head;
  std::uint32_t orders;
  std::uint64_t qty;
  Price price;
  std::uint32_t last_block;  ///< no_index: none; of a free line: the next free one
  QueueRow<row_max> row;
};
static_assert(sizeof(BookLevel<std::uint32_t>) == 64 && sizeof(BookLevel<std::int64_t>) == 64);

struct alignas(64) QueueBlock {
  static constexpr std::size_t row_max = 12;

  QueueHead head;
  std::uint32_t level;
  std::uint32_t previous;  ///< no_index: the level's own row
  std::uint32_t next;      ///< no_index: none
  QueueRow<row_max> row;
};
static_assert(sizeof(QueueBlock) == 64);

template <class Price>
class LevelQueues {
 public:
  using Level = BookLevel<Price>;

  /// A new level with one order.
  template <class Order>
  std::uint32_t open(SymbolId symbol, Side side, Price price, std::uint32_t slot, Order& order) {
    const std::uint32_t index = take_line();
    Level& level = lines_[index].level;
    level.qty = static_cast<std::uint64_t>(order.qty);
    level.price = price;
    level.orders = 1;
    level.last_block = no_index;
    level.head = {symbol, side, 1};
    level.row.slots[0] = slot;
    order.row = index;
    return index;
  }

  template <class Order>
  void append(std::uint32_t index, std::uint32_t slot, Order& order) {
    Level& level = lines_[index].level;
    level.qty += static_cast<std::uint64_t>(order.qty);
    ++level.orders;
    if (level.last_block != no_index || level.head.count == Level::row_max) [[unlikely]] {
      order.row = append_to_block(index, slot);
    } else {
      level.row.slots[level.head.count++] = slot;
      order.row = index;
    }
  }

  /// Takes an order out of the queue of a level, which has others.
  template <class Order>
  void take(Level& level, std::uint32_t slot, const Order& order) {
    level.qty -= static_cast<std::uint64_t>(order.qty);
    --level.orders;
    if (is_block(order.row)) [[unlikely]]
      return take_from_block(order.row ^ block_bit, slot);
    level.row.take(slot);
    --level.head.count;
  }

  /// Gives back the record of a level whose orders are gone, and its blocks.
  void close(std::uint32_t index) {
    for (std::uint32_t at = lines_[index].level.last_block; at != no_index;) {
      const std::uint32_t previous = lines_[at].block.previous;
      release_line(at);
      at = previous;
    }
    release_line(index);
  }

  /// The slots of a level's orders, the first first.
  std::vector<std::uint32_t> queue(std::uint32_t index) const {
    const Level& level = lines_[index].level;
    std::vector<std::uint32_t> slots(level.orders);
    std::size_t end = slots.size();
    for (std::uint32_t at = level.last_block; at != no_index; at = lines_[at].block.previous)
      for (std::size_t place = lines_[at].block.head.count; place-- != 0;)
        slots[--end] = lines_[at].block.row.slots[place];
    for (std::size_t place = level.head.count; place-- != 0;) slots[--end] = level.row.slots[place];
    return slots;
  }

  /// The level of the orders that stand in a row.
  std::uint32_t level_of(std::uint32_t row) const {
    return is_block(row) ? lines_[row ^ block_bit].block.level : row;
  }
  /// Whether an index that is or was a level's is that of this one, and in use.
  bool is_at(std::uint32_t index, SymbolId symbol, Side side, Price price) const {
    const Level& level = lines_[index].level;
    return (level.head.side == side) & (level.head.symbol == symbol) & (level.price == price);
  }

  /// Starts to load the line of a row that is or was in use; no_index is harmless.
  [[gnu::always_inline]] void prefetch(std::uint32_t row) const {
    const std::uint32_t known = 0 - static_cast<std::uint32_t>(row != no_index);
    prefetch_record(lines_.data() + std::size_t{row & ~block_bit & known});
  }

  Level& operator[](std::uint32_t index) { return lines_[index].level; }
  const Level& operator[](std::uint32_t index) const { return lines_[index].level; }
  std::size_t bytes() const { return lines_.capacity() * sizeof(Line); }

 private:
  /// Of a row: it is a block's, not a level's own.
  static constexpr std::uint32_t block_bit = std::uint32_t{1} << 31;
  static bool is_block(std::uint32_t row) { return (row & block_bit) != 0; }

  // Levels and blocks in one slab: a row is found without asking whose it is.
  union Line {
    Level level;
    QueueBlock block;
    Line() : level{} {}  // all begin alike: the head may be read of either
  };

  std::uint32_t take_line() {
    const std::uint32_t index = free_;
    if (index != no_index) [[likely]] {
      free_ = lines_[index].level.last_block;
      return index;
    }
    DELEVER_INVARIANT(lines_.size() < block_bit - 1);
    lines_.emplace_back();
    return static_cast<std::uint32_t>(lines_.size() - 1);
  }
  void release_line(std::uint32_t index) {
    lines_[index].level.head.side = Side::None;
    lines_[index].level.last_block = free_;
    free_ = index;
  }

  /// Puts the slot last in the level's last block, or in a new one; returns the row.
  [[gnu::noinline]] std::uint32_t append_to_block(std::uint32_t index, std::uint32_t slot) {
    const std::uint32_t last = lines_[index].level.last_block;
    const bool has_room = last != no_index && lines_[last].block.head.count != QueueBlock::row_max;
    const std::uint32_t at = has_room ? last : add_block(index, last);
    QueueBlock& block = lines_[at].block;
    block.row.slots[block.head.count++] = slot;
    return at | block_bit;
  }

  std::uint32_t add_block(std::uint32_t index, std::uint32_t last) {
    const std::uint32_t added = take_line();
    QueueBlock block{};
    block.level = index;
    block.previous = last;
    block.next = no_index;
    lines_[added].block = block;
    if (last != no_index) lines_[last].block.next = added;
    return lines_[index].level.last_block = added;
  }

  [[gnu::noinline]] void take_from_block(std::uint32_t at, std::uint32_t slot) {
    QueueBlock& block = lines_[at].block;
    block.row.take(slot);
    if (--block.head.count != 0) return;
    if (block.previous != no_index) lines_[block.previous].block.next = block.next;
    (block.next == no_index ? lines_[block.level].level.last_block
                            : lines_[block.next].block.previous) = block.previous;
    release_line(at);
  }

  HugeVector<Line> lines_;
  std::uint32_t free_ = no_index;
};

}  // namespace v1
}  // namespace delever
