#include "sim/simulation.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace delever {
inline namespace v1 {

namespace {
SimulationConfig checked(SimulationConfig config) {
  const std::string complaint = config.validate();
  if (!complaint.empty()) throw std::invalid_argument(complaint);
  return config;
}

std::vector<InstrumentSpec> specs_of(const SimulationConfig& config) {
  std::vector<InstrumentSpec> specs;
  for (const InstrumentConfig& instrument : config.instruments) specs.push_back(instrument.spec);
  return specs;
}
}  // namespace

Simulation::Simulation(SimulationConfig config)
    : config_(checked(std::move(config))),
      clock_(config_.start_ns, config_.windows),
      venue_(specs_of(config_), config_.rulebook,
             family_bit(EventFamily::Fills) | family_bit(EventFamily::Risk)),
      desk_(venue_),
      funding_(config_),
      index_usd_(config_.instruments.size()) {
  auto path = std::make_unique<SpotPath>(clock_, config_);
  activity_ = std::make_unique<Activity>(
      clock_, path->prices(0), config_.market.calm_per_sqrt_minute,
      config_.population.volume_exponent, config_.population.day_profile);
  source_ = std::move(path);
  desk_.set_time(config_.start_ns);
  if (config_.insurance_usd > 0) desk_.fund_insurance(config_.insurance_usd);
  for (std::size_t i = 0; i < config_.instruments.size(); ++i) {
    const auto id = static_cast<InstrumentId>(i);
    makers_.emplace_back(desk_, config_.market, config_.instruments[i], id);
    takers_.emplace_back(desk_, config_, id);
    hedgers_.emplace_back(desk_, config_.market, config_.instruments[i], id);
  }
  update_indices(config_.start_ns);  // so that seeds and first quotes find marks
  population_ = std::make_unique<Population>(desk_, config_, clock_, *activity_, hedgers_);
  seed_rest();
  recorder_ = std::make_unique<Recorder>(config_, venue_, *population_);
}

void Simulation::seed_rest() {
  for (std::size_t i = 0; i < config_.instruments.size(); ++i) {
    const auto id = static_cast<InstrumentId>(i);
    const InstrumentConfig& instrument = config_.instruments[i];
    const std::int64_t published = static_cast<std::int64_t>(instrument.open_interest_usd /
                                                             (index_usd_[i] * instrument.lot_coin));
    const std::int64_t seeded = population_->lots(id, true) + population_->lots(id, false);
    hedgers_[i].seed_rest(venue_.index(id).value, published - seeded);
  }
}

void Simulation::run(std::int64_t until_ns) {
  while (!finished() && clock_.time_ns(step_) < until_ns) {
    run_step();
    ++step_;
    recorder_->close_until(clock_.time_ns(step_));
  }
}

void Simulation::run_step() {
  const std::int64_t time_ns = clock_.time_ns(step_);
  const double seconds = clock_.duration_seconds(step_);
  desk_.set_time(time_ns);
  for (std::uint32_t id = 0; id < index_usd_.size(); ++id) {
    index_usd_[id] = source_->price(id, step_);
    makers_[id].act(time_ns, index_usd_[id], seconds);
  }
  const double activity = activity_->at(step_);
  for (std::uint32_t id = 0; id < index_usd_.size(); ++id) {
    takers_[id].act(step_, index_usd_[id], activity, seconds);
  }
  population_->act(step_, index_usd_);
  for (std::uint32_t id = 0; id < index_usd_.size(); ++id) {
    hedgers_[id].act(makers_[id].inventory_usd(), index_usd_[id], seconds);
    const double middle = recorder_->middle_usd(static_cast<InstrumentId>(id));
    funding_.observe_premium(id, middle / index_usd_[id] - 1.0, seconds);
  }
  update_indices(time_ns);
  if (funding_.is_due(time_ns)) settle_funding(time_ns);
  recorder_->observe_index(index_usd_);
  recorder_->read_events(step_);
}

void Simulation::update_indices(std::int64_t time_ns) {
  desk_.set_time(time_ns);
  const std::size_t last = config_.instruments.size() - 1;
  for (std::size_t id = 0; id <= last; ++id) {
    if (index_usd_[id] <= 0) index_usd_[id] = source_->price(static_cast<std::uint32_t>(id), 0);
    const auto ticks =
        static_cast<std::int64_t>(index_usd_[id] / config_.instruments[id].tick_usd + 0.5);
    desk_.update_index(static_cast<InstrumentId>(id), ticks, id != last);
  }
}

void Simulation::settle_funding(std::int64_t time_ns) {
  const std::vector<std::int64_t>& rates_e8 = funding_.settle();
  for (std::size_t id = 0; id < rates_e8.size(); ++id) {
    desk_.settle_funding(static_cast<InstrumentId>(id), rates_e8[id]);
  }
  recorder_->record_funding(time_ns, rates_e8);
}

}  // namespace v1
}  // namespace delever
