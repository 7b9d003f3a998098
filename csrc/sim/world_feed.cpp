#include "sim/world_feed.hpp"

#include <algorithm>
#include <numeric>

namespace delever {
inline namespace v1 {

namespace {
/// Moves the rows of one step, [from, until), to their places in it; a coin's by themselves.
void spread(std::vector<Liquidation>& rows, std::size_t from, std::size_t until,
            std::int64_t step_ns) {
  std::vector<std::int64_t> of_coin, seen;
  for (std::size_t row = from; row < until; ++row) {
    if (of_coin.size() <= rows[row].instrument) of_coin.resize(rows[row].instrument + 1);
    ++of_coin[rows[row].instrument];
  }
  seen.resize(of_coin.size());
  for (std::size_t row = from; row < until; ++row) {
    const std::size_t coin = rows[row].instrument;
    const double part =
        (static_cast<double>(seen[coin]++) + 0.5) / static_cast<double>(of_coin[coin]);
    rows[row].time_ns += static_cast<std::int64_t>(part * static_cast<double>(step_ns));
  }
}
}  // namespace

std::vector<std::uint8_t> shown_by_feed(std::span<const Liquidation> liquidations,
                                        const StepClock& clock,
                                        const std::vector<FeedRule>& rules) {
  std::vector<Liquidation> rows(liquidations.begin(), liquidations.end());
  for (std::size_t from = 0; from < rows.size();) {
    const std::int64_t time_ns = rows[from].time_ns;
    std::size_t until = from;
    while (until < rows.size() && rows[until].time_ns == time_ns) ++until;
    const std::uint32_t step = clock.step_at(time_ns);
    if (step != no_step) spread(rows, from, until, clock.duration_ns(step));
    from = until;
  }
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t row) { return rows[row].time_ns; });
  std::vector<Liquidation> sorted;
  sorted.reserve(rows.size());
  for (const std::size_t row : order) sorted.push_back(rows[row]);
  std::vector<std::uint8_t> shown(rows.size());
  for (const std::size_t at : observed(sorted, rules)) shown[order[at]] = 1;
  return shown;
}

std::vector<double> sums_by_bin(std::span<const Liquidation> liquidations,
                                std::span<const std::uint8_t> marked,
                                std::span<const std::uint32_t> coins, std::int64_t start_ns,
                                std::int64_t bin_ns, std::size_t bins) {
  std::vector<double> sums(bins * coins.size() * 2);
  for (std::size_t row = 0; row < liquidations.size(); ++row) {
    const Liquidation& one = liquidations[row];
    const auto bin = static_cast<std::size_t>((one.time_ns - start_ns) / bin_ns);
    const auto id =
        static_cast<std::size_t>(std::ranges::find(coins, one.instrument) - coins.begin());
    if (marked[row] == 0 || bin >= bins || id == coins.size()) continue;
    sums[(bin * coins.size() + id) * 2 + (one.side == long_position ? 0 : 1)] += one.usd;
  }
  return sums;
}

}  // namespace v1
}  // namespace delever
