#include "sim/cascade_tree.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <stdexcept>
#include <string>

#include "sim/distributions.hpp"

namespace delever {
inline namespace v1 {

void PassageMap::move(std::int64_t from_ticks, std::int64_t to_ticks, std::int64_t mover) {
  if (to_ticks < from_ticks) assign(fallen_, to_ticks, from_ticks - 1, mover);
  if (to_ticks > from_ticks) assign(risen_, from_ticks + 1, to_ticks, mover);
}

std::int64_t PassageMap::mover_through(std::int64_t level_ticks, bool falling) const {
  return at(falling ? fallen_ : risen_, level_ticks);
}

void PassageMap::assign(Intervals& intervals, std::int64_t first, std::int64_t last,
                        std::int64_t mover) {
  const std::int64_t before = at(intervals, first - 1);
  const std::int64_t after = at(intervals, last + 1);
  intervals.erase(intervals.lower_bound(first), intervals.upper_bound(last + 1));
  if (after != mover) intervals[last + 1] = after;
  if (before != mover) intervals[first] = mover;
}

std::int64_t PassageMap::at(const Intervals& intervals, std::int64_t level) {
  const auto next = intervals.upper_bound(level);
  return next == intervals.begin() ? no_parent : std::prev(next)->second;
}

namespace {
void require(bool holds, const std::string& complaint) {
  if (!holds) throw std::invalid_argument(complaint);
}
}  // namespace

std::vector<Cascade> cascades(std::span<const std::int64_t> parents,
                              std::span<const std::int64_t> times_ns, std::span<const double> usd) {
  require(parents.size() == times_ns.size() && parents.size() == usd.size(),
          "cascades: parents, times_ns and usd differ in length; give one row a liquidation");
  std::vector<Cascade> trees;
  std::vector<std::size_t> tree_of(parents.size());
  std::vector<std::int64_t> depth_of(parents.size(), 1);
  for (std::size_t row = 0; row < parents.size(); ++row) {
    const auto index = static_cast<std::int64_t>(row);
    require(parents[row] >= no_parent && parents[row] < index,
            "cascades: the parent of row " + std::to_string(row) + " is " +
                std::to_string(parents[row]) + "; give -1 or an earlier row");
    if (parents[row] == no_parent) {
      tree_of[row] = trees.size();
      trees.push_back({index, 0, 0.0, times_ns[row], times_ns[row], 0});
    } else {
      const auto parent = static_cast<std::size_t>(parents[row]);
      tree_of[row] = tree_of[parent];
      depth_of[row] = depth_of[parent] + 1;
    }
    Cascade& tree = trees[tree_of[row]];
    ++tree.size;
    tree.usd += usd[row];
    tree.end_ns = std::max(tree.end_ns, times_ns[row]);
    tree.depth = std::max(tree.depth, depth_of[row]);
  }
  return trees;
}

CascadeSummary summary_of(std::span<const Cascade> trees, std::span<const std::int64_t> parents,
                          std::span<const double> usd) {
  require(parents.size() == usd.size(),
          "cascades: parents and usd differ in length; give one row a liquidation");
  CascadeSummary summary;
  summary.liquidations = static_cast<std::int64_t>(parents.size());
  summary.trees = static_cast<std::int64_t>(trees.size());
  double all = 0, led_to = 0;
  for (std::size_t row = 0; row < parents.size(); ++row) {
    all += usd[row];
    if (parents[row] != no_parent) led_to += usd[row];
  }
  if (!parents.empty()) {
    summary.branching = static_cast<double>(summary.liquidations - summary.trees) /
                        static_cast<double>(parents.size());
  }
  if (all > 0) summary.branching_usd = led_to / all;
  std::int64_t most = 0;
  for (std::size_t number = 0; number < trees.size(); ++number) {
    const std::int64_t size = trees[number].size;
    const auto bin = static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(size))) - 1;
    if (summary.sizes.size() <= bin) summary.sizes.resize(bin + 1);
    ++summary.sizes[bin];
    if (size > most) {
      most = size;
      summary.largest = static_cast<std::int64_t>(number);
    }
  }
  return summary;
}

TailFit hill_fit(std::span<const double> values, double minimum, bool integers) {
  require(minimum > 0, "hill_fit: minimum must be above 0");
  const double shift = integers ? 0.5 : 0.0;  // the continuous law that integers were cut from
  std::vector<double> logs;
  for (const double value : values) {
    if (value >= minimum) logs.push_back(natural_log((value - shift) / (minimum - shift)));
  }
  require(logs.size() >= 10, "hill_fit: only " + std::to_string(logs.size()) +
                                 " values reach the minimum; lower it or give more");
  std::sort(logs.begin(), logs.end());
  double sum = 0;
  for (const double log : logs) sum += log;
  require(sum > 0, "hill_fit: all values are the minimum; lower it");
  const auto count = static_cast<double>(logs.size());
  TailFit fit{count / sum, std::sqrt(count) / sum, 0, static_cast<std::int64_t>(logs.size())};
  for (std::size_t i = 0; i < logs.size(); ++i) {
    std::size_t last = i;  // of equal values
    while (last + 1 < logs.size() && logs[last + 1] == logs[i]) ++last;
    const double fitted = 1.0 - exponential(-fit.exponent * logs[i]);
    const double below = static_cast<double>(i) / count;
    const double up_to = static_cast<double>(last + 1) / count;
    const double gap = integers ? std::abs(fitted - below)
                                : std::max(std::abs(fitted - below), std::abs(fitted - up_to));
    fit.distance = std::max(fit.distance, gap);
    i = last;
  }
  return fit;
}

}  // namespace v1
}  // namespace delever
