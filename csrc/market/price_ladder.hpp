// The one ordered index: things waiting at a price, as a 64-ary trie over ticks 0 .. tick_max.
//
// Owns: the trie's nodes, in one slab with a LIFO free list (u32 indices). A node is a 64-bit
// occupancy bitmap and 64 slots: children in inner nodes, the owner's 32-bit values in leaves. Its
// height is fixed by tick_max: ceil(log2(tick_max + 1) / 6), 4 for ten million ticks.
//
// Invariants: a bit is set exactly where the slot below it is occupied; no node except the root is
// empty; what an unset slot holds is undefined. There is never a linear scan over ticks: the next
// price in an empty stretch, however long, costs one descent.
//
// Complexity: find, occupy, vacate, next_above, next_below, lowest, highest: O(height) bit scans,
// and O(1) where the tick lies in one of the 64 leaves (of 64 ticks) touched last, as it does within
// two thousand ticks of the touch of a book; below the sixteen nodes of 4,096 ticks touched last,
// one step. Worst case: 2 x height dependent loads (next_* across a subtree border). Memory follows
// occupation: a dense run costs 4.1 B a tick, a level alone in its neighbourhood a whole leaf (264
// B) and, at worst, its own chain of inner nodes (height x 264 B). The slab grows by an eighth and
// keeps what it has when levels go: in the steady state nothing is allocated.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "units/ids.hpp"
#include "units/invariant.hpp"
#include "units/slab_growth.hpp"

namespace delever {
inline namespace v1 {

class PriceLadder {
 public:
  /// Ticks 0 .. tick_max can be occupied; tick_max >= 0.
  explicit PriceLadder(std::int64_t tick_max);

  /// The value at the tick; no_index where it is not occupied or out of range.
  std::uint32_t find(std::int64_t tick) const {
    if (!in_range(tick)) [[unlikely]]
      return no_index;
    const std::uint32_t leaf = leaf_of(tick);
    if (leaf == no_index || !has(nodes_[leaf], digit(tick, 0))) return no_index;
    return nodes_[leaf].slots[digit(tick, 0)];
  }

  /// The value at a tick whose leaf is among those touched last, if there is one; else anything.
  std::uint32_t guess(std::int64_t tick) const {
    return nodes_[recent_leaf(tick)].slots[digit(tick, 0)];
  }

  /// As find, but asks only the leaves touched last: no_index does not say that nothing is there.
  std::uint32_t find_recent(std::int64_t tick) const {
    if (leaf_key(tick) != recent_key(tick)) [[unlikely]]
      return no_index;
    const Node& node = nodes_[recent_leaf(tick)];
    return has(node, digit(tick, 0)) ? node.slots[digit(tick, 0)] : no_index;
  }

  /// Occupies the tick (value no_index where it was not) and returns the value's slot, which is
  /// valid until the next occupy or vacate.
  std::uint32_t& occupy(std::int64_t tick) {
    DELEVER_INVARIANT(in_range(tick));
    const std::uint32_t leaf =
        leaf_key(tick) == recent_key(tick) ? recent_leaf(tick) : make_leaf(tick);
    Node& node = nodes_[leaf];
    std::uint32_t& slot = node.slots[digit(tick, 0)];
    if (!has(node, digit(tick, 0))) {
      node.bits |= bit(digit(tick, 0));
      slot = no_index;
      ++size_;
    }
    return slot;
  }

  /// Frees the tick, which must be occupied, and every node that empties; returns the value.
  std::uint32_t vacate(std::int64_t tick) {
    DELEVER_INVARIANT(in_range(tick));
    const std::uint32_t leaf = leaf_of(tick);
    DELEVER_INVARIANT(leaf != no_index && has(nodes_[leaf], digit(tick, 0)));
    Node& node = nodes_[leaf];
    const std::uint32_t value = node.slots[digit(tick, 0)];
    node.bits &= ~bit(digit(tick, 0));
    --size_;
    if (node.bits == 0 && leaf != root) [[unlikely]]
      prune(tick);
    else
      remember(tick, leaf);
    return value;
  }

  /// As vacate, and then the nearest occupied tick above (`up`) or below with its value; -1 and
  /// no_index where there is none.
  struct Place {
    std::int64_t tick = -1;
    std::uint32_t value = no_index;
  };
  Place vacate_to_next(std::int64_t tick, bool up) {
    const unsigned index = digit(tick, 0);
    if (leaf_key(tick) == recent_key(tick)) [[likely]] {
      Node& node = nodes_[recent_leaf(tick)];
      const std::uint64_t rest = node.bits & (up ? bits_above(index) : bits_below(index));
      if (rest != 0 && has(node, index)) [[likely]] {
        node.bits &= ~bit(index);
        --size_;
        const int next = up ? std::countr_zero(rest) : 63 - std::countl_zero(rest);
        return {join(tick, next), node.slots[static_cast<unsigned>(next)]};
      }
    }
    vacate(tick);
    const std::int64_t next = up ? next_above(tick) : next_below(tick);
    return {next, find(next)};
  }

  /// Lowest and highest occupied tick; -1 where there is none.
  std::int64_t lowest() const { return empty() ? -1 : lowest_below(root, top_shift_, 0); }
  std::int64_t highest() const { return empty() ? -1 : highest_below(root, top_shift_, 0); }

  /// The nearest occupied tick strictly above (below) any tick; -1 where there is none.
  std::int64_t next_above(std::int64_t tick) const {
    if (leaf_key(tick) == recent_key(tick)) [[likely]] {
      const std::uint64_t rest = nodes_[recent_leaf(tick)].bits & bits_above(digit(tick, 0));
      if (rest != 0) return join(tick, std::countr_zero(rest));
    }
    return search_above(tick);
  }
  std::int64_t next_below(std::int64_t tick) const {
    if (leaf_key(tick) == recent_key(tick)) [[likely]] {
      const std::uint64_t rest = nodes_[recent_leaf(tick)].bits & bits_below(digit(tick, 0));
      if (rest != 0) return join(tick, 63 - std::countl_zero(rest));
    }
    return search_below(tick);
  }

  bool empty() const { return size_ == 0; }
  /// Occupied ticks.
  std::size_t size() const { return size_; }
  std::int64_t tick_max() const { return tick_max_; }
  std::size_t bytes() const { return nodes_.capacity() * sizeof(Node); }

  /// Without what is remembered: a ladder that is read in finds its way anew.
  template <class Archive>
  void serialize(Archive& archive) {
    archive(nodes_);
    archive(tick_max_);
    archive(top_shift_);
    archive(size_);
    archive(free_node_);
  }

 private:
  static constexpr unsigned digit_bits = 6;
  static constexpr std::size_t recent_count = 64;
  static constexpr std::size_t trunk_count = 16;
  static constexpr std::uint32_t root = 0;

  struct Node {
    std::uint64_t bits = 0;
    std::array<std::uint32_t, 64> slots{};  ///< slots[0] of a free node: the next free node
  };
  static_assert(sizeof(Node) == 264);

  static std::uint64_t bit(unsigned index) { return std::uint64_t{1} << index; }
  static std::uint64_t bits_above(unsigned index) { return (~std::uint64_t{0} << index) << 1; }
  static std::uint64_t bits_below(unsigned index) { return bit(index) - 1; }
  static bool has(const Node& node, unsigned index) { return (node.bits >> index & 1) != 0; }
  static unsigned digit(std::int64_t tick, unsigned shift) {
    return static_cast<unsigned>(tick >> shift) & 63;
  }
  static std::int64_t leaf_key(std::int64_t tick) { return tick >> digit_bits; }
  /// The tick whose leaf is that of `tick` and whose place in it is `index`.
  static std::int64_t join(std::int64_t tick, int index) {
    return (tick >> digit_bits << digit_bits) | index;
  }
  bool in_range(std::int64_t tick) const { return tick >= 0 && tick <= tick_max_; }

  std::uint32_t leaf_of(std::int64_t tick) const {
    return leaf_key(tick) == recent_key(tick) ? recent_leaf(tick) : descend(tick);
  }

  // The leaves touched last, each in the one place that its key gives it.
  static std::size_t place_of(std::int64_t tick) {
    return static_cast<std::size_t>(leaf_key(tick)) % recent_count;
  }
  std::int64_t recent_key(std::int64_t tick) const { return recent_keys_[place_of(tick)]; }
  std::uint32_t recent_leaf(std::int64_t tick) const { return recent_leaves_[place_of(tick)]; }
  void remember(std::int64_t tick, std::uint32_t leaf) {
    recent_keys_[place_of(tick)] = leaf_key(tick);
    recent_leaves_[place_of(tick)] = leaf;
  }

  // The nodes of 4,096 ticks touched last, kept alike: a leaf that comes, goes or is looked for
  // next is nearly always below one of them.
  static std::int64_t trunk_key(std::int64_t tick) { return tick >> (2 * digit_bits); }
  static std::size_t trunk_place(std::int64_t tick) {
    return static_cast<std::size_t>(trunk_key(tick)) % trunk_count;
  }
  bool has_trunk(std::int64_t tick) const {
    return trunk_keys_[trunk_place(tick)] == trunk_key(tick);
  }
  std::uint32_t trunk(std::int64_t tick) const { return trunks_[trunk_place(tick)]; }
  void remember_trunk(std::int64_t tick, std::uint32_t node) {
    trunk_keys_[trunk_place(tick)] = trunk_key(tick);
    trunks_[trunk_place(tick)] = node;
  }
  /// The tick at `place` of the leaf at `leaf_place` of the trunk of `tick`.
  static std::int64_t below_trunk(std::int64_t tick, int leaf_place, int place) {
    return (((trunk_key(tick) << digit_bits) | leaf_place) << digit_bits) | place;
  }

  std::uint32_t descend(std::int64_t tick) const;
  std::uint32_t make_leaf(std::int64_t tick);
  std::uint32_t take_node();
  void prune(std::int64_t tick);
  std::int64_t search_above(std::int64_t tick) const;
  std::int64_t search_below(std::int64_t tick) const;
  std::int64_t lowest_below(std::uint32_t node, unsigned shift, std::int64_t prefix) const;
  std::int64_t highest_below(std::uint32_t node, unsigned shift, std::int64_t prefix) const;

  std::vector<Node> nodes_;
  std::int64_t tick_max_ = 0;
  std::uint64_t size_ = 0;
  std::uint32_t top_shift_ = 0;  ///< shift of the root's digit
  std::uint32_t free_node_ = no_index;

  static constexpr std::int64_t no_key = -0x4000'0000'0000'0000;  ///< no tick has this leaf key
  std::array<std::int64_t, recent_count> recent_keys_;
  std::array<std::uint32_t, recent_count> recent_leaves_{};
  std::array<std::int64_t, trunk_count> trunk_keys_;
  std::array<std::uint32_t, trunk_count> trunks_{};
};

}  // namespace v1
}  // namespace delever
