// The liquidation thresholds of the reduced model, ordered by price: one per trader and side.
//
// Thresholds are log prices in buckets of equal width, chained through the traders, so adding and
// removing are O(1). `take_crossed` walks only the buckets between the furthest occupied one and
// the price, and compares inside the last: in all O(buckets crossed + positions taken). Positions
// taken at one price are handed out bucket by bucket, nearest first; inside a bucket the latest
// entry comes first, which no sum depends on. Thresholds outside the range given are never
// crossed: the range must hold every price a run can reach. 24 bytes a trader, 8 a bucket;
// copying copies the whole state; nothing is allocated after construction.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "units/ids.hpp"

namespace delever {
inline namespace v1 {

class ReducedLadder {
 public:
  ReducedLadder(std::uint32_t traders, double low_log, double high_log);

  /// A long is crossed from above, a short from below. The trader must have no threshold yet.
  void add(std::uint32_t trader, bool is_long, double threshold_log);
  /// Does nothing where the trader has no threshold.
  void remove(std::uint32_t trader);

  /// Removes and hands out every trader whose threshold the price has reached.
  template <class Take>
  void take_crossed(double log_price, Take&& take) {
    const auto at = static_cast<std::int64_t>(bucket_of(log_price));
    for (; furthest_[0] >= at; --furthest_[0]) take_bucket(0, log_price, take);
    furthest_[0] = std::max(furthest_[0], at);
    for (; furthest_[1] <= at; ++furthest_[1]) take_bucket(1, log_price, take);
    furthest_[1] = std::min(furthest_[1], at);
  }

  /// Shows every trader of a side with a threshold in [low_log, high_log].
  template <class Visit>
  void visit_between(bool is_long, double low_log, double high_log, Visit&& visit) const {
    for (std::uint32_t bucket = bucket_of(low_log); bucket <= bucket_of(high_log); ++bucket) {
      for (std::uint32_t trader = heads_[is_long ? 0 : 1][bucket]; trader != no_index;
           trader = nodes_[trader].next) {
        const double threshold = nodes_[trader].threshold_log;
        if (threshold >= low_log && threshold <= high_log) visit(trader, threshold);
      }
    }
  }

 private:
  struct Node {
    double threshold_log = 0;
    std::uint32_t previous = no_index;
    std::uint32_t next = no_index;
    std::uint32_t chain = no_index;  // 2 * bucket + side
  };

  std::uint32_t bucket_of(double log_price) const {
    const double at = (log_price - low_log_) / width_log;
    return static_cast<std::uint32_t>(std::clamp(at, 0.0, static_cast<double>(buckets_ - 1)));
  }
  template <class Take>
  void take_bucket(std::size_t side, double log_price, Take&& take) {
    const auto bucket = static_cast<std::size_t>(furthest_[side]);
    for (std::uint32_t trader = heads_[side][bucket]; trader != no_index;) {
      const Node& node = nodes_[trader];
      const std::uint32_t next = node.next;
      const bool crossed =
          side == 0 ? node.threshold_log >= log_price : node.threshold_log <= log_price;
      if (crossed) {
        remove(trader);
        take(trader);
      }
      trader = next;
    }
  }

  static constexpr double width_log = 5e-4;
  double low_log_, high_log_;
  std::uint32_t buckets_;
  std::vector<std::uint32_t> heads_[2];  // longs, shorts
  std::vector<Node> nodes_;
  std::int64_t furthest_[2];  // beyond it towards the price's past, a side is empty
};

}  // namespace v1
}  // namespace delever
