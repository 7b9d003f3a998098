// Thresholds of positions, waiting at a tick of the mark price: who is to be asked when it moves.
//
// Owns: two PriceLadders (longs wait below the mark, shorts above it) whose payload is unordered
// bags: chains of 64-byte blocks of up to 12 items (u32, the owner's position indices) in one slab
// with a free list. The order within a bag means nothing, so an item leaves by swapping the bag's
// last into its place; the owner keeps each item's Handle in its position record and is told of the
// move. Linked lists through the records would cost a cache miss per item when a crash drains them.
//
// Invariants: only the first block of a chain is part-filled and none is empty; the touch (highest
// long, lowest short) is cached and current. A negative tick means never: it is not stored and
// gives an empty Handle. Beyond tick_max a long always stands crossed (kept at tick_max), a short
// never is.
//
// Complexity: crossed O(1), two comparisons; insert and remove one ladder step and two cache lines;
// drain_crossed O(levels + items crossed), after splicing all of them out, so the visitor may
// insert. Worst case memory: items alone at their ticks cost a 64 B block each and their ladder
// leaves.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "market/price_ladder.hpp"
#include "units/ids.hpp"
#include "units/invariant.hpp"

namespace delever {
inline namespace v1 {

enum class ThresholdSide : std::uint8_t { Long = 0, Short = 1 };

class LiquidationMap {
 public:
  /// Where an item sits; default: nowhere.
  struct Handle {
    std::uint32_t block = no_index;
    std::uint32_t place_and_side = 0;  ///< place << 1 | side

    explicit operator bool() const { return block != no_index; }
    friend bool operator==(Handle, Handle) = default;
  };

  /// Thresholds at ticks 0 .. price_ticks_max.
  explicit LiquidationMap(std::int64_t price_ticks_max);

  /// A long is crossed when the mark is at or below its tick, a short when at or above it.
  Handle insert_long(std::int64_t tick, std::uint32_t item);
  Handle insert_short(std::int64_t tick, std::uint32_t item);

  /// Takes out the item of a current handle (an empty one does nothing). Where another item had to
  /// move, calls moved(u32 item, Handle handle) with its new handle.
  template <class Moved>
  void remove(Handle handle, Moved&& moved) {
    if (!handle) return;
    const std::uint32_t place = handle.place_and_side >> 1;
    DELEVER_INVARIANT(handle.block < blocks_.size() && place < blocks_[handle.block].count);
    const std::uint32_t item = take_last(handle);
    if (item == no_index) return;
    blocks_[handle.block].items[place] = item;
    moved(item, handle);
  }

  /// Starts loading what `remove` reads first; for callers that know a batch of removals ahead.
  void prefetch(Handle handle) const {
    if (handle) prefetch_block(handle.block);
  }

  /// Whether any threshold is crossed at this mark, >= 0.
  bool crossed(std::int64_t mark) const { return highest_long_ >= mark || lowest_short_ <= mark; }

  /// Takes out every crossed item, then calls visit(u32 item) for each, in no promised order. Their
  /// handles are void from the start: the visitor forgets its item's handle, may insert, and must
  /// not remove an item that this drain has still to visit.
  template <class Visit>
  void drain_crossed(std::int64_t mark, Visit&& visit) {
    drain_crossed(mark, std::forward<Visit>(visit), [](std::uint32_t) {});
  }

  /// As above; `prefetch(u32 item)` is called for each item some visits ahead of visit(item).
  template <class Visit, class Prefetch>
  void drain_crossed(std::int64_t mark, Visit&& visit, Prefetch&& prefetch) {
    if (!crossed(mark)) [[likely]]
      return;
    std::vector<std::uint32_t> items = splice_crossed(mark);
    const std::size_t count = items.size();
    for (std::size_t i = 0; i < count && i < visits_ahead; ++i) prefetch(items[i]);
    for (std::size_t i = 0; i < count; ++i) {
      if (i + visits_ahead < count) prefetch(items[i + visits_ahead]);
      visit(items[i]);
    }
    items.clear();
    spliced_items_ = std::move(items);  // gives the memory back for the next drain
  }

  /// Calls visit(i64 tick, u32 count) per level, from the touch outward.
  template <class Visit>
  void for_each_level(ThresholdSide side, Visit&& visit) const {
    for (std::int64_t tick = touch(side); tick >= 0; tick = further(side, tick)) {
      std::uint32_t count = 0;
      for (std::uint32_t block = ladder(side).find(tick); block != no_index;) {
        count += blocks_[block].count;
        block = blocks_[block].next;
      }
      visit(tick, count);
    }
  }

  /// Calls visit(i64 tick, u32 item) per item, from the touch outward.
  template <class Visit>
  void for_each_item(ThresholdSide side, Visit&& visit) const {
    for (std::int64_t tick = touch(side); tick >= 0; tick = further(side, tick)) {
      for (std::uint32_t index = ladder(side).find(tick); index != no_index;) {
        const Block& block = blocks_[index];
        for (std::uint32_t i = 0; i < block.count; ++i) visit(tick, block.items[i]);
        index = block.next;
      }
    }
  }

  /// Calls visit(u32 item) for each item crossed at this mark, and leaves them where they are.
  template <class Visit>
  void for_each_crossed(std::int64_t mark, Visit&& visit) const {
    for (const ThresholdSide side : {ThresholdSide::Long, ThresholdSide::Short}) {
      const bool is_long = side == ThresholdSide::Long;
      for (std::int64_t tick = touch(side); tick >= 0 && (is_long ? tick >= mark : tick <= mark);
           tick = further(side, tick)) {
        for (std::uint32_t index = ladder(side).find(tick); index != no_index;
             index = blocks_[index].next) {
          const Block& block = blocks_[index];
          for (std::uint32_t i = 0; i < block.count; ++i) visit(block.items[i]);
        }
      }
    }
  }

  std::int64_t tick_of(Handle handle) const { return blocks_[handle.block].tick; }
  /// Tick next to the mark (highest long, lowest short); -1 where there is none.
  std::int64_t touch(ThresholdSide side) const {
    if (side == ThresholdSide::Long) return highest_long_;
    return lowest_short_ == no_short ? -1 : lowest_short_;
  }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear();
  std::size_t bytes() const;

 private:
  static constexpr std::size_t block_items = 12;
  static constexpr std::size_t visits_ahead = 16;
  static constexpr std::int64_t no_short = std::numeric_limits<std::int64_t>::max();

  struct alignas(64) Block {
    std::int64_t tick = 0;
    std::uint32_t next = no_index;  ///< next block of the chain, or of the free list
    std::uint32_t count = 0;
    std::array<std::uint32_t, block_items> items{};
  };
  static_assert(sizeof(Block) == 64);

  const PriceLadder& ladder(ThresholdSide side) const {
    return ladders_[static_cast<std::size_t>(side)];
  }
  PriceLadder& ladder(ThresholdSide side) { return ladders_[static_cast<std::size_t>(side)]; }
  std::int64_t further(ThresholdSide side, std::int64_t tick) const {
    return side == ThresholdSide::Long ? ladder(side).next_below(tick)
                                       : ladder(side).next_above(tick);
  }

  Handle insert(ThresholdSide side, std::int64_t tick, std::uint32_t item);
  std::uint32_t new_block(std::int64_t tick, std::uint32_t next);
  void free_block(std::uint32_t index);
  std::uint32_t take_last(Handle handle);
  void drop_level(ThresholdSide side, std::int64_t tick);
  void prefetch_block(std::uint32_t index) const;
  std::vector<std::uint32_t> splice_crossed(std::int64_t mark);

  std::int64_t highest_long_ = -1;
  std::int64_t lowest_short_ = no_short;
  std::array<PriceLadder, 2> ladders_;  ///< longs, shorts
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> spliced_chains_;
  std::vector<std::uint32_t> spliced_items_;
  std::uint32_t free_block_ = no_index;
  std::size_t size_ = 0;
};

}  // namespace v1
}  // namespace delever
