// When funding is settled, and at which rate.
//
// Settlements fall on multiples of the rulebook's interval since 1970, which is 00:00, 08:00 and
// 16:00 UTC for eight hours. A published rate is used where there is one for that time; else the
// rate is what Binance computes: premium P averaged over the interval, plus the interest of 0.01 %
// less P clamped to
// +-0.05 %, the whole clamped to +-2 %.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/config.hpp"

namespace delever {
inline namespace v1 {

class FundingSchedule {
 public:
  FundingSchedule(const SimulationConfig& config)
      : config_(config),
        interval_ns_(config.rulebook.funding_interval.value),
        next_ns_((config.start_ns / interval_ns_ + 1) * interval_ns_),
        premium_(config.instruments.size()),
        rates_e8_(config.instruments.size()) {}

  void observe_premium(std::uint32_t instrument, double premium, double seconds) {
    premium_[instrument] += premium * seconds;
    if (instrument == 0) seconds_ += seconds;
  }
  bool is_due(std::int64_t time_ns) const { return time_ns >= next_ns_; }

  /// The rates of the settlement that is due, in 1e-8; begins the next interval.
  const std::vector<std::int64_t>& settle() {
    for (std::size_t id = 0; id < premium_.size(); ++id) {
      rates_e8_[id] = rate_of(id);
      premium_[id] = 0;
    }
    seconds_ = 0;
    next_ns_ += interval_ns_;
    return rates_e8_;
  }

 private:
  std::int64_t rate_of(std::size_t id) const {
    for (const FundingPrint& print : config_.instruments[id].funding) {
      if (print.time_ns / minute_ns == next_ns_ / minute_ns) return print.rate_e8;
    }
    const double premium = seconds_ > 0 ? premium_[id] / seconds_ : 0.0;
    const double rate = premium + std::clamp(0.0001 - premium, -0.0005, 0.0005);
    return static_cast<std::int64_t>(std::clamp(rate, -0.02, 0.02) * 1e8);
  }

  const SimulationConfig& config_;
  const std::int64_t interval_ns_;
  std::int64_t next_ns_;
  double seconds_ = 0;
  std::vector<double> premium_;  // integral over seconds
  std::vector<std::int64_t> rates_e8_;
};

}  // namespace v1
}  // namespace delever
