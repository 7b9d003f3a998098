#include "sim/stop_orders.hpp"

#include <algorithm>

#include "sim/distributions.hpp"

namespace delever {
inline namespace v1 {

StopOrders::StopOrders(Desk& desk, const StopConfig& config, std::uint64_t seed,
                       const InstrumentConfig& instrument, InstrumentId id, double share,
                       double first_usd, Hedgers& hedgers) {
  const Draws sizes(seed, Purpose::StopSize), distances(seed, Purpose::StopDistance);
  const std::uint32_t stream = id;
  const double mean_usd = config.usd_per_percent * share * 100.0 * config.reach / config.per_side;
  const auto first_ticks = static_cast<std::int64_t>(first_usd / instrument.tick_usd + 0.5);
  for (std::uint32_t k = 0; k < 2 * config.per_side; ++k) {
    const bool holds_long = k < config.per_side;
    const double usd = exponential_quantile(sizes.unit(stream, k), mean_usd);
    const double distance = config.reach * distances.unit(stream, k);
    const std::int64_t lots =
        std::clamp<std::int64_t>(static_cast<std::int64_t>(usd / (first_usd * instrument.lot_coin)),
                                 1, instrument.spec.order_lots_max);
    const auto trigger = static_cast<std::int64_t>(static_cast<double>(first_ticks) *
                                                   (holds_long ? 1 - distance : 1 + distance));
    const AccountId holder = desk.open_account(4.0 * (usd + first_usd * instrument.lot_coin) + 10);
    desk.set_leverage(holder, id, 1);
    const Side entry = holds_long ? Side::Buy : Side::Sell;
    if (!hedgers.seed(holder, entry, first_ticks, lots)) continue;
    if (trigger == first_ticks) continue;
    desk.place_stop(holder, id, opposite(entry), trigger, lots);
    accounts_.push_back(holder);
  }
}

}  // namespace v1
}  // namespace delever
