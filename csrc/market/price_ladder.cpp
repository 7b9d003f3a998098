#include "market/price_ladder.hpp"

namespace delever {
inline namespace v1 {

PriceLadder::PriceLadder(std::int64_t tick_max) : tick_max_(tick_max) {
  recent_keys_.fill(no_key);
  trunk_keys_.fill(no_key);
  DELEVER_INVARIANT(tick_max >= 0);
  // Shifting in two steps keeps each shift below the width of the type.
  while ((tick_max >> top_shift_ >> digit_bits) != 0) top_shift_ += digit_bits;
  nodes_.emplace_back();
  if (top_shift_ == 0) {
    remember(0, root);  // the only leaf, for good
  }
}

std::uint32_t PriceLadder::descend(std::int64_t tick) const {
  if (has_trunk(tick)) {
    const Node& stem = nodes_[trunk(tick)];
    const unsigned place = digit(tick, digit_bits);
    return has(stem, place) ? stem.slots[place] : no_index;
  }
  std::uint32_t index = root;
  for (unsigned shift = top_shift_; shift != 0; shift -= digit_bits) {
    const Node& node = nodes_[index];
    if (!has(node, digit(tick, shift))) return no_index;
    index = node.slots[digit(tick, shift)];
  }
  return index;
}

std::uint32_t PriceLadder::make_leaf(std::int64_t tick) {
  const bool from_trunk = has_trunk(tick);
  std::uint32_t index = from_trunk ? trunk(tick) : root;
  for (unsigned shift = from_trunk ? digit_bits : top_shift_; shift != 0; shift -= digit_bits) {
    const unsigned place = digit(tick, shift);
    if (shift == digit_bits) remember_trunk(tick, index);
    if (!has(nodes_[index], place)) {
      const std::uint32_t child = take_node();  // may move the slab: no reference is held across it
      nodes_[index].bits |= bit(place);
      nodes_[index].slots[place] = child;
    }
    index = nodes_[index].slots[place];
  }
  remember(tick, index);
  return index;
}

std::uint32_t PriceLadder::take_node() {
  if (free_node_ == no_index) {
    DELEVER_INVARIANT(nodes_.size() < no_index);
    grow_slab(nodes_, nodes_.size() + 1);
    nodes_.emplace_back();
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }
  const std::uint32_t index = free_node_;
  free_node_ = nodes_[index].slots[0];
  return index;
}

// The leaf of `tick` has just become empty: unhooks the chain of nodes that hold nothing else.
void PriceLadder::prune(std::int64_t tick) {
  recent_keys_[place_of(tick)] = no_key;
  if (has_trunk(tick)) {
    Node& stem = nodes_[trunk(tick)];
    if ((stem.bits & (stem.bits - 1)) != 0) {  // other leaves hang there
      const std::uint32_t leaf = stem.slots[digit(tick, digit_bits)];
      stem.bits &= ~bit(digit(tick, digit_bits));
      nodes_[leaf].slots[0] = free_node_;
      free_node_ = leaf;
      return;
    }
    trunk_keys_[trunk_place(tick)] = no_key;  // it may go, too
  }
  std::uint32_t anchor = root;
  unsigned anchor_shift = top_shift_;
  std::uint32_t index = root;
  for (unsigned shift = top_shift_; shift != 0; shift -= digit_bits) {
    if ((nodes_[index].bits & (nodes_[index].bits - 1)) != 0) {
      anchor = index;
      anchor_shift = shift;
    }
    index = nodes_[index].slots[digit(tick, shift)];
  }
  index = nodes_[anchor].slots[digit(tick, anchor_shift)];
  nodes_[anchor].bits &= ~bit(digit(tick, anchor_shift));
  for (unsigned shift = anchor_shift - digit_bits;; shift -= digit_bits) {
    Node& node = nodes_[index];
    const std::uint32_t child = shift == 0 ? no_index : node.slots[digit(tick, shift)];
    node.bits = 0;
    node.slots[0] = free_node_;
    free_node_ = index;
    if (shift == 0) break;
    index = child;
  }
}

// Walks towards `tick` and remembers the deepest node with something above the path: the answer is
// the lowest tick below that branch.
std::int64_t PriceLadder::search_above(std::int64_t tick) const {
  if (tick < 0) return lowest();
  if (tick >= tick_max_) return -1;
  if (has_trunk(tick)) {
    const Node& stem = nodes_[trunk(tick)];
    const unsigned place = digit(tick, digit_bits);
    if (has(stem, place)) {
      const std::uint64_t own = nodes_[stem.slots[place]].bits & bits_above(digit(tick, 0));
      if (own != 0) return join(tick, std::countr_zero(own));
    }
    if (const std::uint64_t rest = stem.bits & bits_above(place); rest != 0) {
      const int next = std::countr_zero(rest);
      const Node& leaf = nodes_[stem.slots[static_cast<unsigned>(next)]];
      return below_trunk(tick, next, std::countr_zero(leaf.bits));
    }
  }
  std::uint32_t index = root, branch = no_index;
  unsigned branch_shift = 0;
  std::uint64_t branch_bits = 0;
  for (unsigned shift = top_shift_;; shift -= digit_bits) {
    const Node& node = nodes_[index];
    const std::uint64_t rest = node.bits & bits_above(digit(tick, shift));
    if (rest != 0) {
      branch = index;
      branch_shift = shift;
      branch_bits = rest;
    }
    if (shift == 0 || !has(node, digit(tick, shift))) break;
    index = node.slots[digit(tick, shift)];
  }
  if (branch == no_index) return -1;
  const int place = std::countr_zero(branch_bits);
  const std::int64_t prefix = join(tick >> branch_shift, place);
  if (branch_shift == 0) return prefix;
  return lowest_below(nodes_[branch].slots[static_cast<unsigned>(place)], branch_shift - digit_bits,
                      prefix);
}

std::int64_t PriceLadder::search_below(std::int64_t tick) const {
  if (tick <= 0) return -1;
  if (tick > tick_max_) return highest();
  if (has_trunk(tick)) {
    const Node& stem = nodes_[trunk(tick)];
    const unsigned place = digit(tick, digit_bits);
    if (has(stem, place)) {
      const std::uint64_t own = nodes_[stem.slots[place]].bits & bits_below(digit(tick, 0));
      if (own != 0) return join(tick, 63 - std::countl_zero(own));
    }
    if (const std::uint64_t rest = stem.bits & bits_below(place); rest != 0) {
      const int next = 63 - std::countl_zero(rest);
      const Node& leaf = nodes_[stem.slots[static_cast<unsigned>(next)]];
      return below_trunk(tick, next, 63 - std::countl_zero(leaf.bits));
    }
  }
  std::uint32_t index = root, branch = no_index;
  unsigned branch_shift = 0;
  std::uint64_t branch_bits = 0;
  for (unsigned shift = top_shift_;; shift -= digit_bits) {
    const Node& node = nodes_[index];
    const std::uint64_t rest = node.bits & bits_below(digit(tick, shift));
    if (rest != 0) {
      branch = index;
      branch_shift = shift;
      branch_bits = rest;
    }
    if (shift == 0 || !has(node, digit(tick, shift))) break;
    index = node.slots[digit(tick, shift)];
  }
  if (branch == no_index) return -1;
  const int place = 63 - std::countl_zero(branch_bits);
  const std::int64_t prefix = join(tick >> branch_shift, place);
  if (branch_shift == 0) return prefix;
  return highest_below(nodes_[branch].slots[static_cast<unsigned>(place)],
                       branch_shift - digit_bits, prefix);
}

std::int64_t PriceLadder::lowest_below(std::uint32_t index, unsigned shift,
                                       std::int64_t prefix) const {
  for (;; shift -= digit_bits) {
    const Node& node = nodes_[index];
    const int place = std::countr_zero(node.bits);
    prefix = (prefix << digit_bits) | place;
    if (shift == 0) return prefix;
    index = node.slots[static_cast<unsigned>(place)];
  }
}

std::int64_t PriceLadder::highest_below(std::uint32_t index, unsigned shift,
                                        std::int64_t prefix) const {
  for (;; shift -= digit_bits) {
    const Node& node = nodes_[index];
    const int place = 63 - std::countl_zero(node.bits);
    prefix = (prefix << digit_bits) | place;
    if (shift == 0) return prefix;
    index = node.slots[static_cast<unsigned>(place)];
  }
}

}  // namespace v1
}  // namespace delever
