#include "sim/stress_book.hpp"

#include <algorithm>
#include <cmath>

namespace delever {
inline namespace v1 {

namespace {

std::int64_t atoms_of(double usd) {
  constexpr auto most = static_cast<double>(amount_atoms_max);
  return static_cast<std::int64_t>(std::min(std::round(usd * atoms_per_usd), most));
}

double value_or(std::span<const double> column, std::size_t at, double otherwise) {
  return column.empty() ? otherwise : column[at];
}

}  // namespace

StressBook::StressBook(Desk& desk, std::vector<Hedgers>& hedgers,
                       std::span<const StressUnits> units)
    : desk_(desk),
      hedgers_(hedgers),
      units_(units.begin(), units.end()),
      first_account_(desk.venue().account_count()),
      notional_usd_(units.size()) {}

void StressBook::load(const StressColumns& rows) {
  for (std::size_t at = 0; at < rows.qty.size(); ++at, ++rows_) {
    const RejectReason reason = load_row(rows, at);
    ++refused_[static_cast<std::size_t>(reason)];
    if (reason == RejectReason::None) {
      ++loaded_;
    } else if (first_refused_row_ < 0) {
      first_refused_row_ = rows_;
    }
  }
  refused_[0] = 0;
}

/// What the row is in the venue's units; a reason where no leverage could have opened it.
RejectReason StressBook::size(const StressColumns& rows, Row& row) const {
  const double qty = rows.qty[row.at];
  row.instrument = static_cast<InstrumentId>(rows.instrument[row.at]);
  row.side = qty > 0 ? Side::Buy : Side::Sell;
  row.cross = !rows.cross.empty() && rows.cross[row.at] != 0;
  const double lots = std::round(std::fabs(qty) / units_[row.instrument].lot);
  const double ticks = std::round(rows.entry_price[row.at] / units_[row.instrument].tick_usd);
  const InstrumentSpec& spec = desk_.venue().instrument(row.instrument);
  if (lots < 1 || lots > static_cast<double>(spec.position_lots_max))
    return RejectReason::InvalidQty;
  if (ticks < static_cast<double>(spec.price_ticks_min) ||
      ticks > static_cast<double>(spec.price_ticks_max))
    return RejectReason::InvalidPrice;
  row.lots = static_cast<std::int64_t>(lots);
  row.price_ticks = static_cast<std::int64_t>(ticks);
  return back(rows, row);
}

/// Leverage and what is paid in for the row.
RejectReason StressBook::back(const StressColumns& rows, Row& row) const {
  const InstrumentSpec& spec = desk_.venue().instrument(row.instrument);
  const std::int64_t value = spec.value_of(PriceTicks{row.price_ticks}, QtyLots{row.lots}).value;
  row.margin_atoms = atoms_of(value_or(rows.margin, row.at, 0));
  if (row.margin_atoms > 0) {
    row.leverage = mul_div(value, 1, row.margin_atoms, Round::Ceil);
  } else {
    double leverage = value_or(rows.leverage, row.at, 0);
    if (row.cross && leverage == 0) leverage = static_cast<double>(spec.tiers.front().leverage_max);
    if (!(leverage >= 1)) return RejectReason::InvalidLeverage;
    row.leverage = static_cast<std::int64_t>(std::ceil(std::min(leverage, 1e6)));
    row.margin_atoms =
        std::max(mul_div(value, 1, row.leverage, Round::Ceil),
                 static_cast<std::int64_t>(std::ceil(static_cast<double>(value) / leverage - 0.5)));
  }
  if (row.cross && !rows.wallet.empty()) row.margin_atoms = 0;  // the wallet is all there is
  return row.leverage > spec.tiers.front().leverage_max ? RejectReason::LeverageAboveTier
                                                        : RejectReason::None;
}

RejectReason StressBook::load_row(const StressColumns& rows, std::size_t at) {
  Row row{.at = at};
  const RejectReason reason = size(rows, row);
  if (reason != RejectReason::None) return reason;
  const Venue& venue = desk_.venue();
  const std::int64_t holder = rows.holder.empty() ? rows_ : rows.holder[at];
  const AccountId account =
      account_of(holder, atoms_of(value_or(rows.wallet, at, 0)), row.margin_atoms);
  const RejectReason unset = set_modes(account, row);
  if (unset != RejectReason::None) return unset;
  const Position* held = venue.position(account, row.instrument);
  const Money before = held == nullptr ? Money{0} : held->margin;
  if (!hedgers_[row.instrument].seed(account, row.side, row.price_ticks, row.lots))
    return venue.last_rejection();
  const Money taken = venue.position(account, row.instrument)->margin - before;
  if (!row.cross && row.margin_atoms > taken.value)
    desk_.adjust_margin_atoms(account, row.instrument, row.margin_atoms - taken.value);
  const StressUnits& units = units_[row.instrument];
  const double usd = units.usd(static_cast<double>(row.lots),
                               static_cast<double>(row.price_ticks) * units.tick_usd);
  notional_usd_[row.instrument][row.side == Side::Buy ? 0 : 1] += usd;
  return RejectReason::None;
}

/// Margin mode and leverage of the row, where the account does not have them already.
RejectReason StressBook::set_modes(AccountId account, const Row& row) {
  const Venue& venue = desk_.venue();
  const auto mode = row.cross ? MarginMode::Cross : MarginMode::Isolated;
  const Position* held = venue.position(account, row.instrument);
  const bool is_cross = held == nullptr ? venue.rulebook().margin_mode_default == MarginMode::Cross
                                        : held->cross != 0;
  if (is_cross != row.cross && !desk_.set_margin_mode(account, row.instrument, mode))
    return venue.last_rejection();
  held = venue.position(account, row.instrument);
  const std::int64_t leverage =
      held == nullptr ? venue.instrument(row.instrument).leverage_default : held->leverage;
  if (leverage != row.leverage && !desk_.set_leverage(account, row.instrument, row.leverage))
    return venue.last_rejection();
  return RejectReason::None;
}

/// The holder's account with the row's margin paid in; opened with the wallet where it is new.
AccountId StressBook::account_of(std::int64_t holder, std::int64_t wallet_atoms,
                                 std::int64_t margin_atoms) {
  const auto code = static_cast<std::size_t>(holder);
  if (code >= accounts_.size()) accounts_.resize(code + 1, nobody);
  if (accounts_[code] != nobody) {
    if (margin_atoms > 0) desk_.deposit_atoms(accounts_[code], margin_atoms);
    return accounts_[code];
  }
  const std::int64_t deposit = std::min(wallet_atoms + margin_atoms, amount_atoms_max);
  const AccountId account = desk_.open_with_atoms(deposit);
  accounts_[code] = account;
  remember(account, holder);
  return account;
}

void StressBook::remember(AccountId account, std::int64_t holder) {
  const std::size_t at = account - first_account_;
  if (at >= holders_.size()) holders_.resize(at + 1, nobody);
  holders_[at] = static_cast<std::uint32_t>(holder);
}

}  // namespace v1
}  // namespace delever
