#include "sim/flow_meter.hpp"

#include <algorithm>

#include "sim/desk.hpp"
#include "sim/liquidated_value.hpp"

namespace delever {
inline namespace v1 {

FlowMeter::FlowMeter(const Venue& venue, bool steps)
    : venue_(venue),
      steps_(steps),
      takeovers_(venue.instrument_count()),
      net_usd_(venue.instrument_count()),
      forced_usd_(venue.instrument_count()) {
  for (std::size_t id = 0; id < venue.instrument_count(); ++id) {
    const InstrumentSpec& spec = venue.instrument(static_cast<InstrumentId>(id));
    usd_per_tick_lot_.push_back(static_cast<double>(spec.atoms_per_tick_lot) / atoms_per_usd);
  }
}

void FlowMeter::exclude(AccountId account) {
  if (account >= excluded_.size()) excluded_.resize(account + 1);
  excluded_[account] = 1;
}

void FlowMeter::exclude(std::span<const AccountId> accounts) {
  for (const AccountId account : accounts) exclude(account);
}

void FlowMeter::read() {
  std::fill(net_usd_.begin(), net_usd_.end(), 0.0);
  std::fill(forced_usd_.begin(), forced_usd_.end(), 0.0);
  forced_flows_.clear();
  read_risk();
  constexpr EventFamily fills = EventFamily::Fills;
  const std::size_t rows = venue_.log().rows(fills);
  const auto column = [&](Word word) { return venue_.log().column(fills, column_of(fills, word)); };
  if (rows != 0) {
    const std::int64_t* causes = column(Word::Cause);
    const std::int64_t* instruments = column(Word::Instrument);
    const std::int64_t* sides = column(Word::Side);
    const std::int64_t* prices = column(Word::PriceTicks);
    const std::int64_t* lots = column(Word::QtyLots);
    const std::int64_t* takers = column(Word::Account);
    for (std::size_t row = 0; row < rows; ++row) {
      const auto taker = static_cast<std::size_t>(takers[row]);
      if (taker < excluded_.size() && excluded_[taker] != 0) continue;
      const auto id = static_cast<std::size_t>(instruments[row]);
      const double usd =
          static_cast<double>(prices[row]) * static_cast<double>(lots[row]) * usd_per_tick_lot_[id];
      const double signed_usd = sides[row] == static_cast<std::int64_t>(Side::Buy) ? usd : -usd;
      net_usd_[id] += signed_usd;
      const bool of_fund = taker == insurance_fund_account;
      const std::int64_t liquidation =
          causes[row] < 0 ? -1 : liquidation_of(causes[row], of_fund, id);
      if (of_fund || liquidation >= 0) forced_usd_[id] += signed_usd;
      if (liquidation >= 0) add_forced(liquidation, id, signed_usd);
    }
  }
  std::erase_if(under_way_, [](const Source& source) { return source.ended; });
}

void FlowMeter::read_risk() {
  rows_.clear();
  closings_.clear();
  constexpr EventFamily risk = EventFamily::Risk;
  const std::size_t rows = venue_.log().rows(risk);
  if (rows == 0) return;
  const auto column = [&](Word word) { return venue_.log().column(risk, column_of(risk, word)); };
  const std::int64_t* kinds = column(Word::Kind);
  const std::int64_t* numbers = column(Word::Sequence);
  const std::int64_t* causes = column(Word::Cause);
  const std::int64_t* instruments = column(Word::Instrument);
  for (std::size_t row = 0; row < rows; ++row) {
    switch (static_cast<EventKind>(kinds[row])) {
      case EventKind::LiquidationStarted:
        under_way_.push_back({numbers[row], begun_++});
        rows_.push_back(static_cast<std::int64_t>(row));
        break;
      case EventKind::PositionTakenOver: {
        const Source* source = under_way(causes[row]);
        takeovers_[static_cast<std::size_t>(instruments[row])] = {
            numbers[row], source == nullptr ? -1 : source->liquidation};
        break;
      }
      case EventKind::LiquidationFinished:
      case EventKind::LiquidationStopped: end(causes[row]); break;
      default: break;
    }
    add_closing(row, kinds[row], causes[row]);
  }
}

void FlowMeter::add_closing(std::size_t row, std::int64_t kind, std::int64_t cause) {
  const double usd = liquidated_value(venue_, row, steps_).usd;
  if (usd == 0) return;
  if (static_cast<EventKind>(kind) == EventKind::LiquidationStarted) {
    closings_.push_back({begun_ - 1, usd});
  } else if (const Source* source = under_way(cause)) {
    closings_.push_back({source->liquidation, usd});
  }
}

/// Its fills of this step still count.
void FlowMeter::end(std::int64_t start) {
  if (Source* source = under_way(start)) source->ended = true;
}

FlowMeter::Source* FlowMeter::under_way(std::int64_t start) {
  const auto found = std::ranges::lower_bound(under_way_, start, {}, &Source::sequence);
  return found != under_way_.end() && found->sequence == start ? &*found : nullptr;
}

std::int64_t FlowMeter::liquidation_of(std::int64_t cause, bool of_fund, std::size_t id) {
  if (of_fund && takeovers_[id].sequence == cause) return takeovers_[id].liquidation;
  const Source* source = under_way(cause);
  return source == nullptr ? -1 : source->liquidation;
}

void FlowMeter::add_forced(std::int64_t liquidation, std::size_t id, double usd) {
  const auto instrument = static_cast<std::uint32_t>(id);
  if (!forced_flows_.empty() && forced_flows_.back().liquidation == liquidation &&
      forced_flows_.back().instrument == instrument) {
    forced_flows_.back().usd += usd;
  } else {
    forced_flows_.push_back({liquidation, instrument, usd});
  }
}

}  // namespace v1
}  // namespace delever
