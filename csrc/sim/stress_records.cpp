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

StressRecords::StressRecords(Venue& venue, std::span<const StressUnits> units,
                             std::int64_t sample_ns)
    : venue_(venue), units_(units.begin(), units.end()), sample_ns_(sample_ns) {
  sample_.liquidated_usd.resize(units_.size());
}

double StressRecords::usd(InstrumentId id, std::int64_t price_ticks, std::int64_t lots) const {
  return units_[id].usd(static_cast<double>(std::abs(lots)),
                        static_cast<double>(price_ticks) * units_[id].tick_usd);
}

double StressRecords::currency_usd() const {
  if (units_[0].contract_usd == 0) return 1.0;
  return static_cast<double>(venue_.index(0).value) * units_[0].tick_usd;
}

Money StressRecords::balance_of(AccountId account) const {
  Money sum = venue_.account(account).wallet;
  for (std::uint32_t at = venue_.account(account).first_position; at != no_index;
       at = venue_.positions()[at].next)
    sum += venue_.positions()[at].margin;
  return sum;
}

void StressRecords::read_balances() {
  balances_.clear();
  for (const Account& one : venue_.accounts()) balances_.push_back(one.wallet);
  for (const Position& one : venue_.positions()) balances_[one.account] += one.margin;
}

// Of those in liquidation; the others that were deleveraged are looked at anew.
void StressRecords::count_losses() {
  for (const AccountId account : in_liquidation_) {
    const Money now = balance_of(account);
    const auto atoms = static_cast<double>((balances_[account] - now).value);
    sample_.lost_usd += atoms / atoms_per_usd * currency_usd();
    balances_[account] = now;
  }
  for (const AccountId account : deleveraged_) balances_[account] = balance_of(account);
  in_liquidation_.clear();
  deleveraged_.clear();
}

void StressRecords::read_events() {
  const std::size_t rows = venue_.log().rows(EventFamily::Risk);
  for (std::size_t row = 0; row < rows; ++row)
    on_event(static_cast<EventKind>(risk<Word::Kind>(venue_, row)), row);
  if (rows > 0) venue_.log().clear();
  count_losses();
  std::erase_if(open_, [](const Open& one) { return one.done || (one.is_pool && !one.steps); });
}

StressRecords::Open* StressRecords::started_by(Sequence sequence) {
  const auto found =
      std::lower_bound(open_.begin(), open_.end(), sequence,
                       [](const Open& one, Sequence wanted) { return one.started < wanted; });
  return found == open_.end() || found->started != sequence ? nullptr : &*found;
}

void StressRecords::on_event(EventKind kind, std::size_t row) {
  const auto id = static_cast<InstrumentId>(risk<Word::Instrument>(venue_, row));
  const auto account = static_cast<AccountId>(risk<Word::Account>(venue_, row));
  const std::int64_t amount = risk<Word::AmountAtoms>(venue_, row);
  if (kind == EventKind::LiquidationStarted) return on_start(id, account, row);
  if (kind == EventKind::LossCovered) {
    sample_.covered_usd += static_cast<double>(amount) / atoms_per_usd * currency_usd();
    return;
  }
  Open* open = started_by(risk<Word::Cause>(venue_, row));
  if (kind == EventKind::AccountDeleveraged) {
    const std::int64_t lots = risk<Word::QtyLots>(venue_, row);
    const std::int64_t price = risk<Word::PriceTicks>(venue_, row);
    deleveragings_.push_back({risk<Word::TimeNs>(venue_, row), account,
                              static_cast<AccountId>(risk<Word::OtherAccount>(venue_, row)), id,
                              lots, price});
    sample_.deleveraged_usd += usd(id, price, lots);
    deleveraged_.push_back(account);
  }
  if (open == nullptr) return;
  in_liquidation_.push_back(open->account);
  const bool ends =
      kind == EventKind::LiquidationFinished && (!open->is_pool || id >= units_.size());
  open->steps = open->steps || kind == EventKind::LiquidationStepped;
  open->done = open->done || ends || kind == EventKind::LiquidationStopped;
  on_part(kind, *open, id, row);
}

void StressRecords::on_start(InstrumentId id, AccountId account, std::size_t row) {
  const std::int64_t equity = risk<Word::AmountAtoms>(venue_, row);
  const bool is_pool = id == every_instrument;
  in_liquidation_.push_back(account);
  open_.push_back(
      {risk<Word::Sequence>(venue_, row), liquidations_.size(), account, is_pool, equity});
  if (is_pool) return;  // its positions come one by one
  const std::int64_t lots = risk<Word::QtyLots>(venue_, row);
  const std::int64_t price = risk<Word::PriceTicks>(venue_, row);
  liquidations_.push_back({.time_ns = risk<Word::TimeNs>(venue_, row),
                           .account = account,
                           .instrument = id,
                           .qty_lots = lots,
                           .mark_ticks = price,
                           .equity_atoms = equity});
  ++sample_.count;
}

void StressRecords::count(InstrumentId id, std::int64_t lots, std::int64_t mark_ticks) {
  const double value = usd(id, mark_ticks, lots);
  sample_.liquidated_usd[id][lots > 0 ? 0 : 1] += value;
  liquidated_usd_ += value;
}

/// The record of one position of a pool that is being liquidated, new where it is its first event.
LiquidationRecord& StressRecords::member(const Open& pool, InstrumentId id, std::size_t row) {
  for (std::size_t at = liquidations_.size(); at-- > pool.record;) {
    LiquidationRecord& one = liquidations_[at];
    if (one.cross && one.account == pool.account && one.instrument == id) return one;
  }
  ++sample_.count;
  return liquidations_.emplace_back(LiquidationRecord{.time_ns = risk<Word::TimeNs>(venue_, row),
                                                      .account = pool.account,
                                                      .instrument = id,
                                                      .mark_ticks = venue_.mark(id).value,
                                                      .equity_atoms = pool.equity_atoms,
                                                      .cross = true});
}

// What is closed, taken over or passed on is what is liquidated: a liquidation by steps may leave
// the rest of its position standing. Of a pool's position it is also all that is known of its size.
void StressRecords::on_part(EventKind kind, const Open& open, InstrumentId id, std::size_t row) {
  const std::int64_t lots = risk<Word::QtyLots>(venue_, row);
  const bool closes = kind == EventKind::LiquidationFinished;
  const bool takes = kind == EventKind::PositionTakenOver;
  if (id >= units_.size() || (!closes && !takes && kind != EventKind::AccountDeleveraged)) return;
  LiquidationRecord& record = open.is_pool ? member(open, id, row) : liquidations_[open.record];
  if (takes) {
    record.taken_lots += lots;
    sample_.taken_usd += usd(id, risk<Word::PriceTicks>(venue_, row), lots);
  } else if (closes) {
    record.closed_lots += lots;
    const std::int64_t fee = risk<Word::AmountAtoms>(venue_, row);
    const std::int64_t returned = risk<Word::OtherAmount>(venue_, row);
    const double atom_usd = currency_usd() / atoms_per_usd;
    record.fee_atoms += fee;
    record.returned_atoms += returned;
    record.fee_usd += static_cast<double>(fee) * atom_usd;
    record.returned_usd += static_cast<double>(returned) * atom_usd;
  }
  if (lots == 0) return;
  const std::int64_t gone = closes ? -lots : lots;
  record.gone_lots += gone;
  if (open.is_pool) record.qty_lots += gone;
  count(id, gone, record.mark_ticks);
}

double StressRecords::fund_usd() const {
  double atoms = static_cast<double>(venue_.account(insurance_fund_account).wallet.value);
  for (std::size_t at = 0; at < units_.size(); ++at) {
    const auto id = static_cast<InstrumentId>(at);
    const Position* held = venue_.position(insurance_fund_account, id);
    if (held == nullptr || held->qty.value == 0) continue;
    atoms += static_cast<double>(equity_of(venue_.instrument(id), *held, venue_.mark(id)).value);
  }
  return atoms / atoms_per_usd * currency_usd();
}

void StressRecords::close_until(std::int64_t time_ns, bool last) {
  if (sample_end_ns_ == 0) sample_end_ns_ = time_ns;  // the first sample is the first step alone
  if (time_ns < sample_end_ns_ && !last) return;
  while (sample_end_ns_ <= time_ns) sample_end_ns_ += sample_ns_;
  series_.time_ns.push_back(time_ns);
  for (std::size_t at = 0; at < units_.size(); ++at) {
    const auto id = static_cast<InstrumentId>(at);
    const auto price = [&](PriceTicks ticks) {
      return static_cast<double>(ticks.value) * units_[at].tick_usd;
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
  series_.lost_usd.push_back(sample_.lost_usd);
  series_.fund_usd.push_back(fund_usd());
  sample_.count = 0;
  sample_.taken_usd = sample_.deleveraged_usd = sample_.covered_usd = sample_.lost_usd = 0;
}

}  // namespace v1
}  // namespace delever
