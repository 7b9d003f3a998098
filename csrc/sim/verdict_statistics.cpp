#include "sim/verdict_statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace delever {
inline namespace v1 {
namespace {

constexpr std::size_t bins = 3;

double entropy(const std::array<std::size_t, 4>& counts) {
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), 0UL));
  double sum = 0;
  for (const std::size_t count : counts) {
    const double p = static_cast<double>(count) / total;
    if (count > 0) sum += p * std::log2(p);
  }
  return -sum;
}

std::vector<std::size_t> order_of(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [values](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  return order;
}

}  // namespace

std::int64_t verdict_class(double share, double n) {
  if (share < orderly_share && n < orderly_n) return 0;
  return share >= spiral_share && n >= spiral_n ? 2 : 1;
}

double information(std::span<const std::int64_t> classes, std::span<const double> unknown) {
  std::array<std::array<std::size_t, 4>, bins> counts{};
  std::array<std::size_t, 4> all{};
  const std::vector<std::size_t> order = order_of(unknown);
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const auto kind = static_cast<std::size_t>(classes[order[rank]]);
    ++counts[rank * bins / order.size()][kind], ++all[kind];
  }
  double known = 0;
  for (const std::array<std::size_t, 4>& bin : counts) {
    const auto size = static_cast<double>(std::accumulate(bin.begin(), bin.end(), 0UL));
    if (size > 0) known += size / static_cast<double>(order.size()) * entropy(bin);
  }
  return std::max(0.0, entropy(all) - known);
}

double dividing_value(std::span<const double> values, const std::vector<bool>& hits,
                      std::span<const std::size_t> order) {
  int sum = 0, most = 0;
  double found = 0;
  for (const std::size_t at : order) {
    sum += hits[at] ? 1 : -1;
    if (sum > most) most = sum, found = values[at];
  }
  return found;
}

std::vector<std::size_t> kick_steps(std::span<const double> log_path, std::size_t first,
                                    std::size_t last) {
  const auto from = log_path.begin() + static_cast<std::ptrdiff_t>(first);
  const auto low = std::min_element(from, log_path.begin() + static_cast<std::ptrdiff_t>(last) + 1);
  const auto high = std::max_element(from, low + 1);
  const double fall = std::min(*low - *high, -1e-9);
  std::vector<std::size_t> steps;
  for (const int part : {1, 2}) {
    const auto passes = [&](double at) { return (at - *high) / fall >= part / 3.0; };
    const auto found = std::find_if(high, low + 1, passes);
    steps.push_back(static_cast<std::size_t>((found == low + 1 ? high : found) - log_path.begin()));
  }
  return steps;
}

double quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  const double at = part * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const double first = values[below], last = values[std::min(below + 1, values.size() - 1)];
  const double over = at - static_cast<double>(below);
  return over < 0.5 ? first + (last - first) * over : last - (last - first) * (1 - over);
}

}  // namespace v1
}  // namespace delever
