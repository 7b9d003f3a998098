#include "market/heap_forest.hpp"

#include <utility>

namespace delever {
inline namespace v1 {

// Restores rank and the leftist shape of one node; whether its rank changed.
bool HeapForest::lean_left(std::uint32_t node) {
  Node& at = nodes_[node];
  if (rank(at.left) < rank(at.right)) std::swap(at.left, at.right);
  const std::uint32_t before = std::exchange(at.rank, rank(at.right) + 1);
  return before != at.rank;
}

// Recurses along two right spines, which are at most log2(n + 1) nodes long each.
std::uint32_t HeapForest::join(std::uint32_t a, std::uint32_t b) {
  if (a == no_index) return b;
  if (b == no_index) return a;
  if (precedes(b, a)) std::swap(a, b);
  const std::uint32_t right = join(nodes_[a].right, b);
  nodes_[a].right = right;
  nodes_[right].parent = a;
  lean_left(a);
  return a;
}

std::uint32_t HeapForest::push(std::uint32_t& root, std::int64_t key, std::int64_t tie,
                               std::uint32_t value) {
  std::uint32_t node = free_node_;
  if (node == no_index) {
    DELEVER_INVARIANT(nodes_.size() < no_index);
    node = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
  } else {
    free_node_ = nodes_[node].parent;
    nodes_[node] = Node{};
  }
  nodes_[node].key = key;
  nodes_[node].tie = tie;
  nodes_[node].value = value;
  root = join(root, node);
  nodes_[root].parent = no_index;
  return node;
}

void HeapForest::take_out(std::uint32_t& root, std::uint32_t node) {
  DELEVER_INVARIANT(node < nodes_.size() && nodes_[node].rank != 0);
  const std::uint32_t parent = nodes_[node].parent;
  DELEVER_INVARIANT((parent == no_index) == (root == node));
  const std::uint32_t joined = join(nodes_[node].left, nodes_[node].right);
  if (joined != no_index) nodes_[joined].parent = parent;
  if (parent == no_index) {
    root = joined;
  } else {
    Node& above = nodes_[parent];
    (above.left == node ? above.left : above.right) = joined;
    for (std::uint32_t at = parent; at != no_index && lean_left(at);) at = nodes_[at].parent;
  }
  nodes_[node] = Node{};
  nodes_[node].rank = 0;
  nodes_[node].parent = free_node_;
  free_node_ = node;
}

void HeapForest::meld(std::uint32_t& root, std::uint32_t& other) {
  root = join(root, std::exchange(other, no_index));
  if (root != no_index) nodes_[root].parent = no_index;
}

}  // namespace v1
}  // namespace delever
