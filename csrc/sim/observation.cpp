#include "sim/observation.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace delever {
inline namespace v1 {

FeedFilter::FeedFilter(std::vector<FeedRule> rules) : rules_(std::move(rules)) {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].keeps != FeedKeeps::All && rules_[i].window_ns <= 0) {
      throw std::invalid_argument("feed rule " + std::to_string(i) + ": window_ns is " +
                                  std::to_string(rules_[i].window_ns) + "; give more than 0");
    }
    if (i > 0 && rules_[i].from_ns <= rules_[i - 1].from_ns) {
      throw std::invalid_argument("feed rule " + std::to_string(i) +
                                  ": begins before the one above it; order them by time");
    }
  }
  rules_.insert(rules_.begin(), FeedRule{INT64_MIN, 1, FeedKeeps::All});
}

const FeedRule& FeedFilter::rule_at(std::int64_t time_ns) const {
  std::size_t at = rules_.size() - 1;
  while (rules_[at].from_ns > time_ns) --at;
  return rules_[at];
}

std::vector<std::size_t> observed(std::span<const Liquidation> truth,
                                  const std::vector<FeedRule>& rules) {
  FeedFilter filter(rules);
  std::vector<std::size_t> shown;
  const auto show = [&shown](const Liquidation&, std::size_t row) { shown.push_back(row); };
  for (std::size_t row = 0; row < truth.size(); ++row) {
    if (row > 0 && truth[row].time_ns < truth[row - 1].time_ns) {
      throw std::invalid_argument("liquidations: row " + std::to_string(row) +
                                  " is earlier than the row before; sort by time_ns");
    }
    filter.add(truth[row], row, show);
  }
  filter.finish(show);
  std::sort(shown.begin(), shown.end());
  return shown;
}

}  // namespace v1
}  // namespace delever
