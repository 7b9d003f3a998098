#include "sim/stress_records.hpp"

#include <algorithm>
#include <cstdlib>

#include "sim/desk.hpp"

namespace delever {
inline namespace v1 {

namespace {

/// Where the family's table keeps a word; the schema is constant, so this is too.
template <Word word>
constexpr std::size_t column_of() {
  constexpr auto schema = schema_of(EventFamily::Risk);
  for (std::size_t at = 0; at < schema.size(); ++at)
    if (schema[at].word == word) return at;
  return schema.size();
}

template <Word word>
std::int64_t risk(const Venue& venue, std::size_t row) {
  constexpr std::size_t index = column_of<word>();
  static_assert(index < schema_of(EventFamily::Risk).size(), "the family does not keep this word");
  return venue.log().column(EventFamily::Risk, index)[row];
}

}  // namespace

StressRecords::StressRecords(Venue& venue, std::span<const double> tick_usd, std::int64_t sample_ns)
    : venue_(venue), tick_usd_(tick_usd.begin(), tick_usd.end()), sample_ns_(sample_ns) {
  sample_.liquidated_usd.resize(tick_usd_.size());
}

double StressRecords::usd(InstrumentId id, std::int64_t price_ticks, std::int64_t lots) const {
  const auto per_tick_lot = static_cast<double>(venue_.instrument(id).atoms_per_tick_lot);
  return static_cast<double>(price_ticks) * static_cast<double>(std::abs(lots)) * per_tick_lot /
         atoms_per_usd;
}

void StressRecords::read_events() {
  open_.clear();
  const std::size_t rows = venue_.log().rows(EventFamily::Risk);
  for (std::size_t row = 0; row < rows; ++row)
    on_event(static_cast<EventKind>(risk<Word::Kind>(venue_, row)), row);
  if (rows > 0) venue_.log().clear();
}

LiquidationRecord* StressRecords::started_by(Sequence sequence) {
  const auto found =
      std::lower_bound(open_.begin(), open_.end(), sequence,
                       [](const Open& one, Sequence wanted) { return one.started < wanted; });
  if (found == open_.end() || found->started != sequence) return nullptr;
  return &liquidations_[found->record];
}

void StressRecords::on_event(EventKind kind, std::size_t row) {
  const auto id = static_cast<InstrumentId>(risk<Word::Instrument>(venue_, row));
  const auto account = static_cast<AccountId>(risk<Word::Account>(venue_, row));
  const std::int64_t lots = risk<Word::QtyLots>(venue_, row);
  const std::int64_t price = risk<Word::PriceTicks>(venue_, row);
  const std::int64_t amount = risk<Word::AmountAtoms>(venue_, row);
  if (kind == EventKind::LiquidationStarted) {
    const double value = usd(id, price, lots);
    open_.push_back({risk<Word::Sequence>(venue_, row), liquidations_.size()});
    liquidations_.push_back({.time_ns = risk<Word::TimeNs>(venue_, row),
                             .account = account,
                             .instrument = id,
                             .qty_lots = lots,
                             .mark_ticks = price,
                             .equity_atoms = amount});
    sample_.liquidated_usd[id][lots > 0 ? 0 : 1] += value;
    ++sample_.count;
    liquidated_usd_ += value;
  } else if (kind == EventKind::AccountDeleveraged) {
    deleveragings_.push_back({risk<Word::TimeNs>(venue_, row), account,
                              static_cast<AccountId>(risk<Word::OtherAccount>(venue_, row)), id,
                              lots, price});
    sample_.deleveraged_usd += usd(id, price, lots);
  } else if (kind == EventKind::LossCovered) {
    sample_.covered_usd += static_cast<double>(amount) / atoms_per_usd;
  } else if (LiquidationRecord* record = started_by(risk<Word::Cause>(venue_, row))) {
    if (kind == EventKind::PositionTakenOver) {
      record->taken_lots += lots;
      sample_.taken_usd += usd(id, price, lots);
    } else {
      record->closed_lots = lots;
      record->fee_atoms = amount;
      record->returned_atoms = risk<Word::OtherAmount>(venue_, row);
    }
  }
}

double StressRecords::fund_usd() const {
  double atoms = static_cast<double>(venue_.account(insurance_fund_account).wallet.value);
  for (std::size_t at = 0; at < tick_usd_.size(); ++at) {
    const auto id = static_cast<InstrumentId>(at);
    const Position* held = venue_.position(insurance_fund_account, id);
    if (held == nullptr || held->qty.value == 0) continue;
    atoms += static_cast<double>(equity_of(venue_.instrument(id), *held, venue_.mark(id)).value);
  }
  return atoms / atoms_per_usd;
}

void StressRecords::close_until(std::int64_t time_ns, bool last) {
  if (sample_end_ns_ == 0) sample_end_ns_ = time_ns;  // the first sample is the first step alone
  if (time_ns < sample_end_ns_ && !last) return;
  while (sample_end_ns_ <= time_ns) sample_end_ns_ += sample_ns_;
  series_.time_ns.push_back(time_ns);
  for (std::size_t at = 0; at < tick_usd_.size(); ++at) {
    const auto id = static_cast<InstrumentId>(at);
    const auto price = [&](PriceTicks ticks) {
      return static_cast<double>(ticks.value) * tick_usd_[at];
    };
    series_.index.push_back(price(venue_.index(id)));
    series_.mark.push_back(price(venue_.mark(id)));
    series_.last.push_back(price(venue_.last_price(id)));
    for (double& side : sample_.liquidated_usd[at]) {
      series_.liquidated_usd.push_back(side);
      side = 0;
    }
  }
  series_.liquidated_count.push_back(sample_.count);
  series_.taken_usd.push_back(sample_.taken_usd);
  series_.deleveraged_usd.push_back(sample_.deleveraged_usd);
  series_.covered_usd.push_back(sample_.covered_usd);
  series_.fund_usd.push_back(fund_usd());
  sample_.count = 0;
  sample_.taken_usd = sample_.deleveraged_usd = sample_.covered_usd = 0;
}

}  // namespace v1
}  // namespace delever
