#include "risk/deleveraging_queue.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "units/digest.hpp"

namespace delever {
inline namespace v1 {
namespace {

const Fixed score_min = Fixed::of_steps(10'000'000'000);  // 1e-8

Fixed at_least(Fixed value, Fixed least) { return value < least ? least : value; }

}  // namespace

LeverageProfit leverage_profit(Fixed unrealised, Fixed wallet, Fixed ratio) {
  const Fixed share = at_least(unrealised, 0) / at_least(wallet, 1);
  return {share, share * ratio};
}

Fixed margin_ratio(Fixed maintenance, Fixed wallet, Fixed unrealised) {
  const Fixed equity = wallet + unrealised;
  return equity <= 0 ? Fixed(0) : maintenance / equity;
}

Fixed effective_leverage_score(Fixed mark_value, Fixed entry_value, Fixed bankrupt_value) {
  const Fixed share = (mark_value - entry_value) / absolute(entry_value);
  const Fixed leverage = absolute(mark_value) / absolute(mark_value - bankrupt_value);
  return share > 0 ? share * leverage : share / leverage;
}

Fixed mark_over_entry_score(Fixed mark, Fixed entry, Fixed notional, Fixed account_value) {
  return (mark / entry) * (notional / account_value);
}

Fixed profit_leverage_score(Fixed notional, Fixed account_value, Fixed unrealised,
                            Fixed entry_notional) {
  const Fixed leverage = absolute(notional) / account_value;
  const Fixed share = at_least(unrealised, 0) / entry_notional;
  return at_least(leverage, score_min) * at_least(share, score_min);
}

std::vector<std::size_t> queue_order(const std::vector<QueuedPosition>& positions) {
  std::vector<std::size_t> order(positions.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t one, std::size_t other) {
    return positions[one].score > positions[other].score;
  });
  return order;
}

std::vector<QueueFill> deleverage_queue(const std::vector<QueuedPosition>& positions, Fixed qty) {
  if (qty < 0) throw std::domain_error("the quantity to deleverage is negative");
  std::vector<QueueFill> fills;
  for (const std::size_t at : queue_order(positions)) {
    if (qty <= 0) break;
    const QueuedPosition& position = positions[at];
    const Fixed given = position.qty < qty ? position.qty : qty;
    if (given <= 0) continue;
    fills.push_back({position.account, given, position.qty - given});
    qty -= given;
  }
  return fills;
}

std::vector<std::int64_t> queue_buckets(const std::vector<QueuedPosition>& positions,
                                        std::int64_t buckets) {
  if (buckets < 1) throw std::domain_error("there has to be a bucket");
  Fixed total = 0;
  for (const QueuedPosition& position : positions) total += position.qty;
  std::vector<std::int64_t> found(positions.size());
  Fixed passed = 0;
  for (const std::size_t at : queue_order(positions)) {
    passed += positions[at].qty;
    const Int128 bucket = wide_mul_div(passed.steps, buckets, total.steps, Rounding::Ceil);
    found[at] = static_cast<std::int64_t>(bucket);
  }
  return found;
}

std::vector<std::size_t> random_start_order(std::size_t count, std::uint64_t seed) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (count == 0) return order;
  const auto start = static_cast<std::ptrdiff_t>(splitmix64(seed) % count);
  std::rotate(order.begin(), order.begin() + start, order.end());
  return order;
}

}  // namespace v1
}  // namespace delever
