#include "sim/flow_meter.hpp"

#include <algorithm>

#include "sim/desk.hpp"

namespace delever {
inline namespace v1 {

FlowMeter::FlowMeter(const Venue& venue)
    : venue_(venue), net_usd_(venue.instrument_count()), forced_usd_(venue.instrument_count()) {
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
  constexpr EventFamily fills = EventFamily::Fills;
  const std::size_t rows = venue_.log().rows(fills);
  find_liquidations();
  if (rows == 0) return;
  const auto column = [&](Word word) { return venue_.log().column(fills, column_of(fills, word)); };
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
    if (taker == insurance_fund_account || is_liquidation(causes[row])) {
      forced_usd_[id] += signed_usd;
    }
  }
}

void FlowMeter::find_liquidations() {
  liquidations_.clear();
  rows_.clear();
  constexpr EventFamily risk = EventFamily::Risk;
  const std::size_t rows = venue_.log().rows(risk);
  if (rows == 0) return;
  const std::int64_t* kinds = venue_.log().column(risk, column_of(risk, Word::Kind));
  const std::int64_t* numbers = venue_.log().column(risk, column_of(risk, Word::Sequence));
  for (std::size_t row = 0; row < rows; ++row) {
    if (static_cast<EventKind>(kinds[row]) == EventKind::LiquidationStarted) {
      liquidations_.push_back(numbers[row]);
      rows_.push_back(static_cast<std::int64_t>(row));
    }
  }
}

bool FlowMeter::is_liquidation(std::int64_t cause) const {
  return cause >= 0 && std::binary_search(liquidations_.begin(), liquidations_.end(), cause);
}

}  // namespace v1
}  // namespace delever
