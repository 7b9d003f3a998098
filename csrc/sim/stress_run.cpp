#include "sim/stress_run.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace delever {
inline namespace v1 {

StressRun::StressRun(StressConfig config)
    : config_(std::move(config)),
      venue_(config_.instruments, config_.rulebook, family_bit(EventFamily::Risk)),
      desk_(venue_),
      records_(venue_, config_.units, config_.sample_ns) {
  for (std::size_t at = 0; at < config_.instruments.size(); ++at) {
    InstrumentConfig& one = instruments_.emplace_back();
    one.spec = config_.instruments[at];
    one.tick_usd = config_.units[at].tick_usd;
    one.lot_coin = config_.units[at].lot;
    one.contract_usd = config_.units[at].contract_usd;
  }
  for (std::size_t at = 0; at < instruments_.size(); ++at)
    hedgers_.emplace_back(desk_, config_.market, instruments_[at], static_cast<InstrumentId>(at));
  book_ = std::make_unique<StressBook>(desk_, hedgers_, config_.units);
}

void StressRun::prepare(StressPath path, std::span<const double> depth_usd, double insurance_usd) {
  const std::size_t steps = path.time_ns.size(), count = instruments_.size();
  if (!path_.time_ns.empty()) throw std::invalid_argument("the run has its path already");
  if (steps == 0 || path.price_ticks.size() != steps * count || depth_usd.size() != count)
    throw std::invalid_argument("give one price per step and instrument, and one depth each");
  for (std::size_t at = 0; at < steps; ++at)
    if (at > 0 && path.time_ns[at] <= path.time_ns[at - 1])
      throw std::invalid_argument("the times of the path do not rise at step " +
                                  std::to_string(at));
  path_ = std::move(path);
  desk_.set_time(path_.time_ns[0]);
  const double coin_usd = static_cast<double>(path_.price_ticks[0]) * config_.units[0].tick_usd;
  const bool in_coins = config_.units[0].contract_usd != 0;
  if (insurance_usd > 0) desk_.fund_insurance(in_coins ? insurance_usd / coin_usd : insurance_usd);
  for (std::size_t at = 0; at < count; ++at) {
    instruments_[at].depth_usd_per_percent = depth_usd[at];
    makers_.push_back(std::make_unique<Makers>(desk_, config_.market, instruments_[at],
                                               static_cast<InstrumentId>(at)));
  }
}

void StressRun::run(std::size_t until_step) {
  if (step_ == 0) records_.read_balances();
  for (; step_ < std::min(until_step, steps()); ++step_) {
    run_step(step_);
    records_.read_events();
    records_.close_until(path_.time_ns[step_], step_ + 1 == steps());
  }
}

void StressRun::run_step(std::size_t step) {
  const std::size_t count = instruments_.size();
  const std::int64_t time_ns = path_.time_ns[step];
  const double seconds =
      step == 0 ? 1.0 : static_cast<double>(time_ns - path_.time_ns[step - 1]) * 1e-9;
  desk_.set_time(time_ns);
  for (std::size_t at = 0; at < count; ++at) {
    const double index_usd =
        static_cast<double>(path_.price_ticks[step * count + at]) * config_.units[at].tick_usd;
    makers_[at]->act(time_ns, index_usd, seconds);
    hedgers_[at].act(makers_[at]->inventory_usd(), index_usd, seconds);
  }
  for (std::size_t at = 0; at < count; ++at)
    desk_.update_index(static_cast<InstrumentId>(at), path_.price_ticks[step * count + at],
                       at + 1 != count);
}

std::vector<double> StressRun::waiting_usd(InstrumentId id, double low_usd, double high_usd,
                                           std::size_t bins) const {
  std::vector<double> waiting(2 * bins);
  const StressUnits& units = config_.units[id];
  const double per_usd = static_cast<double>(bins) / (high_usd - low_usd);
  for (const Position& one : venue_.positions()) {
    if (one.instrument != id || one.qty.value == 0 || !book_->owns(one.account)) continue;
    const std::int64_t tick = one.cross ? venue_.margin_terms(one.account, id).liquidation_ticks
                                        : venue_.liquidation_price(one.account, id);
    if (tick == never_ticks) continue;
    const double price = static_cast<double>(tick) * units.tick_usd;
    const double bin = (price - low_usd) * per_usd;
    if (bin < 0 || bin >= static_cast<double>(bins)) continue;
    const double usd = units.usd(static_cast<double>(absolute(one.qty).value), price);
    waiting[2 * static_cast<std::size_t>(bin) + (one.qty.value > 0 ? 0 : 1)] += usd;
  }
  return waiting;
}

}  // namespace v1
}  // namespace delever
