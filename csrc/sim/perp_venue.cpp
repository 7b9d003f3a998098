#include "sim/perp_venue.hpp"

#include <algorithm>
#include <cmath>

#include "sim/world_cascades.hpp"

namespace delever {
inline namespace v1 {

namespace {
std::vector<InstrumentSpec> specs_of(const SimulationConfig& config) {
  std::vector<InstrumentSpec> specs;
  for (const InstrumentConfig& instrument : config.instruments) specs.push_back(instrument.spec);
  return specs;
}

std::vector<std::uint32_t> coins_of(const VenueConfig& venue) {
  std::vector<std::uint32_t> coins;
  for (const Listing& listing : venue.listings) coins.push_back(listing.coin);
  return coins;
}

constexpr double arbitrage_deposit_usd = 5e9;
constexpr double remote_usd_min = 1000.0;
}  // namespace

PerpVenue::PerpVenue(const WorldConfig& world, std::size_t number, const StepClock& clock,
                     const Activity& activity, std::span<const double> first_usd)
    : name_(world.venues[number].name),
      feed_(world.venues[number].feed),
      config_(venue_slice(world, number)),
      coins_(coins_of(world.venues[number])),
      venue_(specs_of(config_), config_.rulebook,
             family_bit(EventFamily::Fills) | family_bit(EventFamily::Risk)),
      desk_(venue_),
      funding_(config_),
      meter_(venue_, config_.rulebook.procedure.steps()),
      arbitrage_usd_(coins_.size()),
      halted_(coins_.size()) {
  for (const std::uint32_t coin : coins_) reference_usd_.push_back(first_usd[coin]);
  index_usd_ = reference_usd_;
  desk_.set_time(config_.start_ns);
  if (config_.insurance_usd > 0) desk_.fund_insurance(config_.insurance_usd);
  update_indices();  // so that seeds and first quotes find marks
  open_agents(world);
  population_ = std::make_unique<Population>(desk_, config_, clock, activity, hedgers_);
  seed_rest();
  for (const Hedgers& hedgers : hedgers_) meter_.exclude(hedgers.accounts());
  meter_.exclude(arbitrageurs_);
  recorder_ = std::make_unique<Recorder>(config_, venue_, *population_);
}

void PerpVenue::open_agents(const WorldConfig& world) {
  for (std::size_t i = 0; i < coins_.size(); ++i) {
    const auto id = static_cast<InstrumentId>(i);
    const InstrumentConfig& instrument = config_.instruments[i];
    makers_.emplace_back(desk_, config_.market, instrument, id);
    takers_.emplace_back(desk_, config_, id);
    hedgers_.emplace_back(desk_, config_.market, instrument, id);
    arbitrageurs_.push_back(desk_.open_account(arbitrage_deposit_usd));
    desk_.set_leverage(arbitrageurs_.back(), id, 1);
    const std::vector<InstrumentConfig>& coins = world.market.instruments;
    // dollars are those of the first coin; another's are in proportion to its depth
    const InstrumentConfig& coin = coins[coins_[i]];
    const double share = instrument.open_interest_usd / coin.open_interest_usd *
                         coin.depth_usd_per_percent / coins[0].depth_usd_per_percent;
    if (world.switches.stops && world.stops.usd_per_percent > 0) {
      stops_.emplace_back(desk_, world.stops, config_.seed, instrument, id, share,
                          reference_usd_[i], hedgers_.back());
    }
    if (world.switches.momentum && world.momentum.usd_per_percent > 0) {
      momentum_.emplace_back(desk_, world.momentum, instrument, id, share);
    }
    if (world.switches.option_hedgers && !world.option_hedging.options.empty()) {
      option_hedgers_.emplace_back(desk_, world.option_hedging, config_, id, coins_[i],
                                   instrument.open_interest_usd / coin.open_interest_usd,
                                   reference_usd_[i], hedgers_.back());
    }
  }
}

void PerpVenue::seed_rest() {
  for (std::size_t i = 0; i < coins_.size(); ++i) {
    const auto id = static_cast<InstrumentId>(i);
    const InstrumentConfig& instrument = config_.instruments[i];
    const auto published = static_cast<std::int64_t>(instrument.open_interest_usd /
                                                     (reference_usd_[i] * instrument.lot_coin));
    const std::int64_t seeded = population_->lots(id, true) + population_->lots(id, false);
    hedgers_[i].seed_rest(venue_.index(id).value, published - seeded);
  }
}

void PerpVenue::run_step(const MarketView& view) {
  desk_.set_time(view.time_ns);
  for (std::size_t i = 0; i < coins_.size(); ++i) {
    reference_usd_[i] = view.reference_usd[coins_[i]];
    index_usd_[i] = view.index_usd[coins_[i]];
  }
  change_phases(view);
  let_quote(view);
  let_trade(view);
  update_indices();
  if (funding_.is_due(view.time_ns)) settle_funding(view.time_ns);
  for (std::size_t i = 0; i < coins_.size(); ++i) {
    const auto lots =
        static_cast<double>(desk_.lots_of(arbitrageurs_[i], static_cast<InstrumentId>(i)));
    arbitrage_usd_[i] = lots * config_.instruments[i].lot_coin * reference_usd_[i];
  }
  meter_.read();
  note_liquidations(view.time_ns);
  recorder_->observe_index(index_usd_);
  recorder_->read_events(view.step);
  recorder_->close_until(view.next_time_ns);
}

void PerpVenue::change_phases(const MarketView& view) {
  for (std::size_t i = 0; i < coins_.size(); ++i) {
    if (view.halted[coins_[i]] == halted_[i]) continue;
    halted_[i] = view.halted[coins_[i]];
    desk_.change_phase(static_cast<InstrumentId>(i),
                       halted_[i] != 0 ? TradingPhase::Halted : TradingPhase::Continuous);
  }
}

void PerpVenue::let_quote(const MarketView& view) {
  for (std::size_t i = 0; i < coins_.size(); ++i) {
    makers_[i].follow_depth(view.depth_factor[coins_[i]]);
    makers_[i].act(view.time_ns, reference_usd_[i], view.seconds);
  }
}

void PerpVenue::let_trade(const MarketView& view) {
  trade_remote(view);
  for (std::size_t i = 0; i < coins_.size(); ++i) {
    if (halted_[i] != 0) continue;
    takers_[i].act(view.step, reference_usd_[i], view.activity, view.seconds);
  }
  for (MomentumTraders& traders : momentum_) traders.act(view.time_ns, reference_usd_);
  for (std::size_t i = 0; i < option_hedgers_.size(); ++i) {
    if (halted_[i] == 0) option_hedgers_[i].act(view.time_ns, reference_usd_[i]);
  }
  population_->act(view.step, reference_usd_);
  for (std::size_t i = 0; i < coins_.size(); ++i) {
    const auto id = static_cast<InstrumentId>(i);
    hedgers_[i].act(makers_[i].inventory_usd(), reference_usd_[i], view.seconds);
    const double premium = recorder_->middle_usd(id) / index_usd_[i] - 1.0;
    funding_.observe_premium(static_cast<std::uint32_t>(i), premium, view.seconds);
  }
}

void PerpVenue::trade_remote(const MarketView& view) {
  for (const RemoteOrder& order : view.orders) {
    for (std::size_t i = 0; i < coins_.size(); ++i) {
      if (coins_[i] != order.coin || std::fabs(order.usd) < remote_usd_min) continue;
      const auto lots = static_cast<std::int64_t>(
          std::fabs(order.usd) / (config_.instruments[i].lot_coin * reference_usd_[i]));
      if (lots == 0) continue;
      const bool buys = order.usd > 0;
      desk_.trade_within(arbitrageurs_[i], static_cast<InstrumentId>(i),
                         buys ? Side::Buy : Side::Sell,
                         order.limit_usd / config_.instruments[i].tick_usd, lots);
    }
  }
}

void PerpVenue::update_indices() {
  const std::size_t last = coins_.size() - 1;
  for (std::size_t i = 0; i <= last; ++i) {
    const auto ticks =
        static_cast<std::int64_t>(index_usd_[i] / config_.instruments[i].tick_usd + 0.5);
    desk_.update_index(static_cast<InstrumentId>(i), ticks, i != last);
  }
}

void PerpVenue::note_liquidations(std::int64_t time_ns) {
  constexpr EventFamily risk = EventFamily::Risk;
  const auto value = [&](Word word, std::int64_t row) {
    return venue_.log().column(risk, column_of(risk, word))[row];
  };
  for (const std::int64_t row : meter_.liquidation_rows()) {
    const auto id = static_cast<std::size_t>(value(Word::Instrument, row));
    const std::int64_t lots = value(Word::QtyLots, row);
    const InstrumentConfig& instrument = config_.instruments[id];
    const double price_usd =
        static_cast<double>(value(Word::PriceTicks, row)) * instrument.tick_usd;
    liquidations_.push_back(
        {time_ns, price_usd, 0.0, coins_[id], lots > 0 ? long_position : short_position});
    threshold_ticks_.push_back(breach_ticks(venue_.instrument(static_cast<InstrumentId>(id)), lots,
                                            value(Word::PriceTicks, row),
                                            value(Word::OtherAmount, row)));
  }
  for (const Closing& closing : meter_.closings()) {
    Liquidation& whole = liquidations_[static_cast<std::size_t>(closing.liquidation)];
    whole.usd += closing.usd;
    const auto id =
        static_cast<std::size_t>(std::ranges::find(coins_, whole.instrument) - coins_.begin());
    const double mark_usd = static_cast<double>(venue_.mark(static_cast<InstrumentId>(id)).value) *
                            config_.instruments[id].tick_usd;
    closings_.push_back({time_ns, mark_usd, closing.usd, whole.instrument, whole.side});
  }
}

void PerpVenue::settle_funding(std::int64_t time_ns) {
  const std::vector<std::int64_t>& rates_e8 = funding_.settle();
  for (std::size_t i = 0; i < rates_e8.size(); ++i) {
    desk_.settle_funding(static_cast<InstrumentId>(i), rates_e8[i]);
  }
  recorder_->record_funding(time_ns, rates_e8);
}

}  // namespace v1
}  // namespace delever
