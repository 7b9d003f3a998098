#include "sim/reduced_ladder.hpp"

#include <cmath>

namespace delever {
inline namespace v1 {

ReducedLadder::ReducedLadder(std::uint32_t traders, double low_log, double high_log)
    : low_log_(low_log),
      high_log_(high_log),
      buckets_(static_cast<std::uint32_t>(std::ceil((high_log - low_log) / width_log)) + 1),
      nodes_(traders),
      furthest_{0, static_cast<std::int64_t>(buckets_) - 1} {
  for (auto& heads : heads_) heads.assign(buckets_, no_index);
}

void ReducedLadder::add(std::uint32_t trader, bool is_long, double threshold_log) {
  if (!(threshold_log > low_log_ && threshold_log < high_log_)) return;
  const std::size_t side = is_long ? 0 : 1;
  const std::uint32_t bucket = bucket_of(threshold_log);
  std::uint32_t& head = heads_[side][bucket];
  nodes_[trader] = {threshold_log, no_index, head, 2 * bucket + static_cast<std::uint32_t>(side)};
  if (head != no_index) nodes_[head].previous = trader;
  head = trader;
  furthest_[side] = is_long ? std::max<std::int64_t>(furthest_[side], bucket)
                            : std::min<std::int64_t>(furthest_[side], bucket);
}

void ReducedLadder::remove(std::uint32_t trader) {
  Node& node = nodes_[trader];
  if (node.chain == no_index) return;
  if (node.next != no_index) nodes_[node.next].previous = node.previous;
  (node.previous == no_index ? heads_[node.chain % 2][node.chain / 2]
                             : nodes_[node.previous].next) = node.next;
  node = Node{};
}

}  // namespace v1
}  // namespace delever
