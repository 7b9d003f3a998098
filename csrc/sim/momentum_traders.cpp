#include "sim/momentum_traders.hpp"

#include <algorithm>
#include <cmath>

#include "sim/distributions.hpp"

namespace delever {
inline namespace v1 {

MomentumTraders::MomentumTraders(Desk& desk, const MomentumConfig& config,
                                 const InstrumentConfig& instrument, InstrumentId id, double share)
    : desk_(desk),
      config_(config),
      id_(id),
      lot_coin_(instrument.lot_coin),
      share_(share),
      account_(desk.open_account(20 * config.usd_max + 1e6)) {
  desk_.set_leverage(account_, id_, 1);
}

void MomentumTraders::act(std::int64_t time_ns, std::span<const double> price_usd) {
  const double price = price_usd[id_];
  const double log_price = natural_log(price);
  const double hours = static_cast<double>(time_ns - last_ns_) / static_cast<double>(hour_ns);
  if (last_ns_ == 0) average_log_ = log_price;
  last_ns_ = time_ns;
  average_log_ += (log_price - average_log_) *
                  (1.0 - exponential(-std::min(hours / config_.trail_hours, 50.0)));
  if (time_ns < next_look_ns_) return;
  next_look_ns_ = time_ns + config_.look_ns;
  const double percent = 100.0 * (log_price - average_log_);
  const double wanted_usd =
      share_ * std::clamp(percent * config_.usd_per_percent, -config_.usd_max, config_.usd_max);
  const auto wanted = static_cast<std::int64_t>(wanted_usd / (lot_coin_ * price));
  const std::int64_t missing = wanted - desk_.lots_of(account_, id_);
  if (missing != 0) {
    desk_.trade(account_, id_, missing > 0 ? Side::Buy : Side::Sell, std::abs(missing));
  }
}

}  // namespace v1
}  // namespace delever
