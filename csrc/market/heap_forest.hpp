// Many min-heaps in one slab of nodes, which can be melded and lose any node: leftist heaps.
//
// A heap is named by the u32 index of its root (no_index: empty); who holds a root owns the heap.
// Nodes are ordered by (key, tie) and carry a u32 value. Freed nodes are reused last freed first,
// and the free list is part of the state, so that a restored snapshot continues alike.
//
// Invariants: no node's (key, tie) is below its parent's; the right spine of every node is the
// shortest way down (rank). Cost: top O(1); push, pop, take_out and meld O(log n), also at worst,
// save for the slab's growth (amortised). Memory: 40 B a node.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "units/ids.hpp"
#include "units/invariant.hpp"

namespace delever {
inline namespace v1 {

class HeapForest {
 public:
  struct Node {
    std::int64_t key = 0;
    std::int64_t tie = 0;
    std::uint32_t value = 0;
    std::uint32_t left = no_index;
    std::uint32_t right = no_index;
    std::uint32_t parent = no_index;  ///< of a free node: the next free one
    std::uint32_t rank = 1;           ///< nodes on the right spine; 0: on the free list
    std::uint32_t unused = 0;
  };
  static_assert(sizeof(Node) == 40 && std::has_unique_object_representations_v<Node>);

  const Node& operator[](std::uint32_t node) const { return nodes_[node]; }

  /// Adds to the heap at `root` and returns the new node.
  std::uint32_t push(std::uint32_t& root, std::int64_t key, std::int64_t tie, std::uint32_t value);
  /// Takes a node out of the heap at `root`, which must be its heap.
  void take_out(std::uint32_t& root, std::uint32_t node);
  /// Moves all nodes of the heap at `other` into the one at `root`.
  void meld(std::uint32_t& root, std::uint32_t& other);

  std::size_t bytes() const { return nodes_.capacity() * sizeof(Node); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(nodes_);
    archive(free_node_);
  }

 private:
  bool precedes(std::uint32_t a, std::uint32_t b) const {
    const Node& left = nodes_[a];
    const Node& right = nodes_[b];
    return left.key != right.key ? left.key < right.key : left.tie < right.tie;
  }
  std::uint32_t rank(std::uint32_t node) const { return node == no_index ? 0 : nodes_[node].rank; }
  std::uint32_t join(std::uint32_t a, std::uint32_t b);
  bool lean_left(std::uint32_t node);

  std::vector<Node> nodes_;
  std::uint32_t free_node_ = no_index;
};

}  // namespace v1
}  // namespace delever
