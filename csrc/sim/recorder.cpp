#include "sim/recorder.hpp"

#include <algorithm>
#include <cmath>

#include "sim/liquidated_value.hpp"

namespace delever {
inline namespace v1 {

namespace {
/// Where a family's table keeps a word; the schema is constant, so this is too.
template <EventFamily family, Word word>
constexpr std::size_t column_of() {
  constexpr auto schema = schema_of(family);
  for (std::size_t i = 0; i < schema.size(); ++i) {
    if (schema[i].word == word) return i;
  }
  return schema.size();
}

template <EventFamily family, Word word>
const std::int64_t* column(const Venue& venue) {
  constexpr std::size_t index = column_of<family, word>();
  static_assert(index < schema_of(family).size(), "the family does not keep this word");
  return venue.log().column(family, index);
}

double usd_of(const InstrumentSpec& spec, std::int64_t price_ticks, std::int64_t lots) {
  return static_cast<double>(price_ticks) * static_cast<double>(std::abs(lots)) *
         static_cast<double>(spec.atoms_per_tick_lot) / atoms_per_usd;
}
}  // namespace

Recorder::Recorder(const SimulationConfig& config, Venue& venue, Population& population)
    : config_(config),
      venue_(venue),
      population_(population),
      open_(config.instruments.size()),
      bin_end_ns_(config.start_ns + config.sample_ns),
      map_next_ns_(config.start_ns) {
  const auto bins =
      static_cast<std::size_t>((config.end_ns() - config.start_ns) / config.sample_ns) + 1;
  const std::size_t cells = bins * open_.size();
  for (auto* values : {&series_.spot, &series_.perp, &series_.mark, &series_.spot_low,
                       &series_.spot_high, &series_.perp_low, &series_.perp_high,
                       &series_.liquidated_long_usd, &series_.liquidated_short_usd}) {
    values->reserve(cells);
  }
  series_.depth_usd.reserve(2 * cells);
  series_.population_lots.reserve(2 * cells);
}

double Recorder::middle_usd(InstrumentId id) const {
  const OrderBook& book = venue_.book(id);
  const std::int64_t bid = book.best_displayed(Side::Buy);
  const std::int64_t ask = book.best_displayed(Side::Sell);
  const double ticks = bid > 0 && ask > 0 ? 0.5 * static_cast<double>(bid + ask)
                                          : static_cast<double>(venue_.last_price(id).value);
  return ticks * config_.instruments[id].tick_usd;
}

void Recorder::observe_index(std::span<const double> index_usd) {
  for (std::size_t id = 0; id < open_.size(); ++id) {
    OpenBin& bin = open_[id];
    const double price = index_usd[id];
    bin.spot_low = bin.spot_low > 0 ? std::min(bin.spot_low, price) : price;
    bin.spot_high = std::max(bin.spot_high, price);
    bin.spot = price;
  }
}

void Recorder::record_funding(std::int64_t time_ns, std::span<const std::int64_t> rates_e8) {
  series_.funding_time_ns.push_back(time_ns);
  series_.funding_rate_e8.insert(series_.funding_rate_e8.end(), rates_e8.begin(), rates_e8.end());
}

void Recorder::read_events(std::uint32_t step) {
  read_fills();
  read_risk(step);
  venue_.log().clear();
}

void Recorder::read_fills() {
  const std::size_t rows = venue_.log().rows(EventFamily::Fills);
  if (rows == 0) return;
  const std::int64_t* instruments = column<EventFamily::Fills, Word::Instrument>(venue_);
  const std::int64_t* prices = column<EventFamily::Fills, Word::PriceTicks>(venue_);
  for (std::size_t row = 0; row < rows; ++row) {
    OpenBin& bin = open_[static_cast<std::size_t>(instruments[row])];
    bin.perp_low = bin.perp_low > 0 ? std::min(bin.perp_low, prices[row]) : prices[row];
    bin.perp_high = std::max(bin.perp_high, prices[row]);
  }
  series_.fills += static_cast<std::int64_t>(rows);
}

void Recorder::read_risk(std::uint32_t step) {
  const std::size_t rows = venue_.log().rows(EventFamily::Risk);
  if (rows == 0) return;
  const std::int64_t* kinds = column<EventFamily::Risk, Word::Kind>(venue_);
  for (std::size_t row = 0; row < rows; ++row) {
    on_risk_event(static_cast<EventKind>(kinds[row]), row, step);
  }
}

void Recorder::on_risk_event(EventKind kind, std::size_t row, std::uint32_t step) {
  const auto account =
      static_cast<AccountId>(column<EventFamily::Risk, Word::Account>(venue_)[row]);
  const auto id =
      static_cast<InstrumentId>(column<EventFamily::Risk, Word::Instrument>(venue_)[row]);
  const std::int64_t lots = column<EventFamily::Risk, Word::QtyLots>(venue_)[row];
  const std::int64_t price = column<EventFamily::Risk, Word::PriceTicks>(venue_)[row];
  const InstrumentSpec& spec = venue_.instrument(id);
  const bool of_trader = population_.owns(account);
  const LiquidatedValue closed = liquidated_value(venue_, row, config_.rulebook.procedure.steps());
  open_[id].liquidated_usd[closed.of_long ? 0 : 1] += closed.usd;
  switch (kind) {
    case EventKind::LiquidationStarted:
      ++open_[id].liquidated_count;
      ++series_.liquidations;
      break;
    case EventKind::LiquidationStepped:
      if (of_trader) population_.on_reduced(account);
      break;
    case EventKind::LiquidationFinished:
      if (of_trader) population_.on_liquidated(account, step);
      break;
    case EventKind::PositionTakenOver: {
      const auto past = static_cast<double>(price - venue_.mark(id).value) * (lots > 0 ? 1 : -1);
      takeover_usd_ += usd_of(spec, price, lots);
      series_.worst_past_bankruptcy =
          std::max(series_.worst_past_bankruptcy, past / static_cast<double>(price));
      break;
    }
    case EventKind::AccountDeleveraged:
      deleveraged_usd_ += usd_of(spec, price, lots);
      if (of_trader) population_.on_deleveraged(account, step);
      break;
    default: break;
  }
}

void Recorder::close_until(std::int64_t time_ns) {
  if (time_ns > map_next_ns_) {
    sample_map();
    while (map_next_ns_ < time_ns) map_next_ns_ += config_.map_sample_ns;
  }
  while (bin_end_ns_ <= time_ns) close_bin();
}

void Recorder::close_bin() {
  series_.time_ns.push_back(bin_end_ns_);
  for (std::size_t id = 0; id < open_.size(); ++id) {
    close_instrument(static_cast<InstrumentId>(id));
  }
  series_.takeover_usd.push_back(takeover_usd_);
  series_.deleveraged_usd.push_back(deleveraged_usd_);
  series_.fund_usd.push_back(fund_usd());
  takeover_usd_ = deleveraged_usd_ = 0;
  bin_end_ns_ += config_.sample_ns;
}

void Recorder::close_instrument(InstrumentId id) {
  OpenBin& bin = open_[id];
  const double tick_usd = config_.instruments[id].tick_usd;
  const std::int64_t last = venue_.last_price(id).value;
  const double perp = last > 0 ? static_cast<double>(last) * tick_usd : bin.spot;
  series_.spot.push_back(bin.spot);
  series_.perp.push_back(perp);
  series_.mark.push_back(static_cast<double>(venue_.mark(id).value) * tick_usd);
  series_.spot_low.push_back(bin.spot_low);
  series_.spot_high.push_back(bin.spot_high);
  const bool traded = bin.perp_low > 0;
  series_.perp_low.push_back(traded ? static_cast<double>(bin.perp_low) * tick_usd : perp);
  series_.perp_high.push_back(traded ? static_cast<double>(bin.perp_high) * tick_usd : perp);
  series_.liquidated_long_usd.push_back(bin.liquidated_usd[0]);
  series_.liquidated_short_usd.push_back(bin.liquidated_usd[1]);
  series_.liquidated_count.push_back(bin.liquidated_count);
  series_.open_interest_lots.push_back(open_interest_lots(id));
  for (const bool is_long : {true, false}) {
    series_.population_lots.push_back(population_.lots(id, is_long));
    series_.depth_usd.push_back(depth_usd(id, is_long ? Side::Buy : Side::Sell));
  }
  const double spot = bin.spot;
  bin = OpenBin{};
  bin.spot = bin.spot_low = bin.spot_high = spot;
}

std::int64_t Recorder::open_interest_lots(InstrumentId id) const {
  std::int64_t lots = population_.lots(id, true);
  for (AccountId account = 0; account < venue_.account_count(); ++account) {
    if (population_.owns(account)) {  // the traders are one run of ids
      account += static_cast<AccountId>(population_.traders().size()) - 1;
      continue;
    }
    const Position* position = venue_.position(account, id);
    if (position != nullptr && position->qty.value > 0) lots += position->qty.value;
  }
  return lots;
}

double Recorder::depth_usd(InstrumentId id, Side side) const {
  const OrderBook& book = venue_.book(id);
  const InstrumentConfig& instrument = config_.instruments[id];
  const double middle = middle_usd(id) / instrument.tick_usd;
  double usd = 0;
  for (std::int64_t price = book.best_displayed(side); price > 0;
       price = book.next_price(side, price)) {
    if (std::fabs(static_cast<double>(price) - middle) > 0.01 * middle) break;
    usd += usd_of(instrument.spec, price, book.level(side, price)->open_lots);
  }
  return usd;
}

double Recorder::fund_usd() const {
  double atoms = static_cast<double>(venue_.account(insurance_fund_account).wallet.value);
  for (std::size_t i = 0; i < open_.size(); ++i) {
    const auto id = static_cast<InstrumentId>(i);
    const Position* position = venue_.position(insurance_fund_account, id);
    if (position == nullptr || position->qty.value == 0) continue;
    const double value = static_cast<double>(position->qty.value) *
                         static_cast<double>(venue_.mark(id).value) *
                         static_cast<double>(venue_.instrument(id).atoms_per_tick_lot);
    atoms += value - static_cast<double>(position->cost.value);
  }
  return atoms / atoms_per_usd;
}

void Recorder::sample_map() {
  const MapHistogram& map = population_.map();
  const double lot_coin = config_.instruments[0].lot_coin;
  series_.map_time_ns.push_back(map_next_ns_);
  for (std::uint32_t bin = 0; bin < map.bins(); ++bin) {
    const double price = 0.5 * (map.edge_usd(bin) + map.edge_usd(bin + 1));
    for (std::size_t side = 0; side < 2; ++side) {
      const auto lots = static_cast<double>(map.lots()[2 * std::size_t{bin} + side]);
      series_.map_usd.push_back(static_cast<float>(lots * lot_coin * price));
    }
  }
}

}  // namespace v1
}  // namespace delever
