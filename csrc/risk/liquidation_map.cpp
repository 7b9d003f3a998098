#include "risk/liquidation_map.hpp"

#include <algorithm>

namespace delever {
inline namespace v1 {

LiquidationMap::LiquidationMap(std::int64_t price_ticks_max)
    : ladders_{PriceLadder(price_ticks_max), PriceLadder(price_ticks_max)} {}

LiquidationMap::Handle LiquidationMap::insert_long(std::int64_t tick, std::uint32_t item) {
  if (tick < 0) return Handle{};
  tick = std::min(tick, ladders_[0].tick_max());
  highest_long_ = std::max(highest_long_, tick);
  return insert(ThresholdSide::Long, tick, item);
}

LiquidationMap::Handle LiquidationMap::insert_short(std::int64_t tick, std::uint32_t item) {
  if (tick < 0 || tick > ladders_[1].tick_max()) return Handle{};
  lowest_short_ = std::min(lowest_short_, tick);
  return insert(ThresholdSide::Short, tick, item);
}

void LiquidationMap::clear() {
  const std::int64_t tick_max = ladders_[0].tick_max();
  ladders_ = {PriceLadder(tick_max), PriceLadder(tick_max)};
  blocks_.clear();
  free_block_ = no_index;
  size_ = 0;
  highest_long_ = -1;
  lowest_short_ = no_short;
}

std::size_t LiquidationMap::bytes() const {
  return ladders_[0].bytes() + ladders_[1].bytes() + blocks_.capacity() * sizeof(Block) +
         (spliced_chains_.capacity() + spliced_items_.capacity()) * sizeof(std::uint32_t);
}

LiquidationMap::Handle LiquidationMap::insert(ThresholdSide side, std::int64_t tick,
                                              std::uint32_t item) {
  DELEVER_INVARIANT(item != no_index);
  std::uint32_t& head = ladder(side).occupy(tick);
  if (head == no_index || blocks_[head].count == block_items) head = new_block(tick, head);
  Block& block = blocks_[head];
  const std::uint32_t place = block.count++;
  block.items[place] = item;
  ++size_;
  return Handle{head, place << 1 | static_cast<std::uint32_t>(side)};
}

std::uint32_t LiquidationMap::new_block(std::int64_t tick, std::uint32_t next) {
  std::uint32_t index = free_block_;
  if (index == no_index) {
    DELEVER_INVARIANT(blocks_.size() < no_index);
    index = static_cast<std::uint32_t>(blocks_.size());
    blocks_.emplace_back();
  } else {
    free_block_ = blocks_[index].next;
  }
  Block& block = blocks_[index];
  block.tick = tick;
  block.next = next;
  block.count = 0;
  return index;
}

void LiquidationMap::free_block(std::uint32_t index) {
  blocks_[index].count = 0;  // so that a stale handle is noticed
  blocks_[index].next = free_block_;
  free_block_ = index;
}

// Takes the last item out of the handle's bag; no_index where that is the handle's own.
std::uint32_t LiquidationMap::take_last(Handle handle) {
  const auto side = static_cast<ThresholdSide>(handle.place_and_side & 1);
  const std::int64_t tick = blocks_[handle.block].tick;
  // A part-filled block heads its chain; a full one has to ask the ladder who does.
  const bool heads = blocks_[handle.block].count < block_items;
  const std::uint32_t head = heads ? handle.block : ladder(side).find(tick);
  Block& block = blocks_[head];
  const std::uint32_t last = --block.count;
  const std::uint32_t item = block.items[last];
  const bool own = head == handle.block && last == handle.place_and_side >> 1;
  --size_;
  if (last == 0) {
    const std::uint32_t next = block.next;
    free_block(head);
    if (next == no_index) {
      drop_level(side, tick);
    } else {
      ladder(side).occupy(tick) = next;
    }
  }
  return own ? no_index : item;
}

void LiquidationMap::drop_level(ThresholdSide side, std::int64_t tick) {
  ladder(side).vacate(tick);
  if (tick != touch(side)) return;
  const std::int64_t next = further(side, tick);
  if (side == ThresholdSide::Long) {
    highest_long_ = next;
  } else {
    lowest_short_ = next < 0 ? no_short : next;
  }
}

void LiquidationMap::prefetch_block(std::uint32_t index) const {
#if defined(__GNUC__)
  __builtin_prefetch(&blocks_[index], 1);
#else
  static_cast<void>(index);
#endif
}

// Unhooks all crossed levels, then empties their chains: the blocks lie anywhere, so each is
// prefetched while earlier ones are copied.
std::vector<std::uint32_t> LiquidationMap::splice_crossed(std::int64_t mark) {
  DELEVER_INVARIANT(mark >= 0);  // -1 is the touch of an empty side
  spliced_chains_.clear();
  while (highest_long_ >= mark) {
    spliced_chains_.push_back(ladders_[0].vacate(highest_long_));
    highest_long_ = ladders_[0].next_below(highest_long_);
  }
  while (lowest_short_ <= mark) {
    spliced_chains_.push_back(ladders_[1].vacate(lowest_short_));
    const std::int64_t next = ladders_[1].next_above(lowest_short_);
    lowest_short_ = next < 0 ? no_short : next;
  }
  std::vector<std::uint32_t> items = std::move(spliced_items_);
  items.clear();
  constexpr std::size_t chains_ahead = 16;
  for (std::size_t i = 0; i < spliced_chains_.size(); ++i) {
    if (i + chains_ahead < spliced_chains_.size())
      prefetch_block(spliced_chains_[i + chains_ahead]);
    for (std::uint32_t index = spliced_chains_[i]; index != no_index;) {
      const Block& block = blocks_[index];
      items.insert(items.end(), block.items.begin(), block.items.begin() + block.count);
      const std::uint32_t next = block.next;
      free_block(index);
      index = next;
    }
  }
  size_ -= items.size();
  return items;
}

}  // namespace v1
}  // namespace delever
