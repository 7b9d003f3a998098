// Where agents hand in their commands: the venue, the time, and the shape of each command.
//
// Agents think in accounts, sides and lots; the desk fills in the record and applies it at once, so
// an agent sees the outcome (last order, position, wallet) before its next thought. It decides
// nothing and owns nothing but a count of refusals. Costs the copy of a 64-byte record.
#pragma once

#include <algorithm>
#include <cstdint>

#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

constexpr double atoms_per_usd = 1e8;

class Desk {
 public:
  explicit Desk(Venue& venue) : venue_(venue) {}

  void set_time(std::int64_t time_ns) { time_ns_ = time_ns; }
  const Venue& venue() const { return venue_; }
  std::int64_t rejected() const { return rejected_; }

  AccountId open_account(double deposit_usd) { return open_with_atoms(atoms_of(deposit_usd)); }
  AccountId open_with_atoms(std::int64_t deposit_atoms) {
    Command command = blank(CommandKind::OpenAccount);
    command.amount_atoms = deposit_atoms;
    apply(command);
    return venue_.last_account();
  }
  void deposit(AccountId account, double usd) { deposit_atoms(account, atoms_of(usd)); }
  void deposit_atoms(AccountId account, std::int64_t atoms) {
    Command command = blank(CommandKind::Deposit, account);
    command.amount_atoms = atoms;
    apply(command);
  }
  void adjust_margin_atoms(AccountId account, InstrumentId instrument, std::int64_t atoms) {
    Command command = blank(CommandKind::AdjustMargin, account, instrument);
    command.amount_atoms = atoms;
    apply(command);
  }
  bool set_margin_mode(AccountId account, InstrumentId instrument, MarginMode mode) {
    Command command = blank(CommandKind::SetMarginMode, account, instrument);
    command.order_type = static_cast<std::uint8_t>(mode);
    return apply(command);
  }
  bool set_leverage(AccountId account, InstrumentId instrument, std::int64_t leverage) {
    Command command = blank(CommandKind::SetLeverage, account, instrument);
    command.qty_lots = leverage;
    return apply(command);
  }
  /// Opens `lots` for `account` against `counterparty` at a past price.
  bool seed(AccountId account, AccountId counterparty, InstrumentId instrument, Side side,
            std::int64_t price_ticks, std::int64_t lots) {
    Command command = blank(CommandKind::SeedPosition, account, instrument);
    command.other_account = counterparty;
    command.side = static_cast<std::uint8_t>(side);
    command.price_ticks = price_ticks;
    command.qty_lots = lots;
    return apply(command);
  }
  /// In pieces no larger than the instrument allows.
  void trade(AccountId account, InstrumentId instrument, Side side, std::int64_t lots,
             std::uint8_t flags = 0) {
    const std::int64_t lots_max = venue_.instrument(instrument).order_lots_max;
    while (lots > 0) {
      const std::int64_t piece = std::min(lots, lots_max);
      Command command = order(account, instrument, side, piece, flags);
      command.order_type = static_cast<std::uint8_t>(OrderType::Market);
      command.time_in_force = static_cast<std::uint8_t>(TimeInForce::Ioc);
      if (!apply(command)) return;
      lots -= piece;
    }
  }
  /// The same, no worse than a price.
  void trade_within(AccountId account, InstrumentId instrument, Side side, std::int64_t price_ticks,
                    std::int64_t lots) {
    const std::int64_t lots_max = venue_.instrument(instrument).order_lots_max;
    for (; lots > 0; lots -= lots_max) {
      Command command = order(account, instrument, side, std::min(lots, lots_max), 0);
      command.order_type = static_cast<std::uint8_t>(OrderType::Limit);
      command.time_in_force = static_cast<std::uint8_t>(TimeInForce::Ioc);
      command.price_ticks = price_ticks;
      if (!apply(command)) return;
    }
  }
  /// A post-only order; its id, or no_order where it was refused.
  OrderId quote(AccountId account, InstrumentId instrument, Side side, std::int64_t price_ticks,
                std::int64_t lots) {
    Command command = order(account, instrument, side, lots, post_only);
    command.order_type = static_cast<std::uint8_t>(OrderType::Limit);
    command.time_in_force = static_cast<std::uint8_t>(TimeInForce::Gtc);
    command.price_ticks = price_ticks;
    return apply(command) ? venue_.last_order() : no_order;
  }
  void amend(AccountId account, InstrumentId instrument, OrderId id, std::int64_t price_ticks,
             std::int64_t lots) {
    Command command = blank(CommandKind::AmendOrder, account, instrument);
    command.order_id = id;
    command.price_ticks = price_ticks;
    command.qty_lots = lots;
    apply(command);
  }
  /// A stop market order on the last price that only reduces.
  bool place_stop(AccountId account, InstrumentId instrument, Side side, std::int64_t trigger_ticks,
                  std::int64_t lots) {
    Command term = blank(CommandKind::AttachTerm, account, instrument);
    term.order_type = static_cast<std::uint8_t>(TermKind::Trigger);
    term.flags = static_cast<std::uint8_t>(TriggerKind::Stop);
    term.side = static_cast<std::uint8_t>(TriggerDirection::Default);
    term.time_in_force = static_cast<std::uint8_t>(TriggerSource::Last);
    term.price_ticks = trigger_ticks;
    if (!apply(term)) return false;
    Command stop = order(account, instrument, side, lots, reduce_only);
    stop.order_type = static_cast<std::uint8_t>(OrderType::Market);
    stop.time_in_force = static_cast<std::uint8_t>(TimeInForce::Ioc);
    return apply(stop);
  }
  void change_phase(InstrumentId instrument, TradingPhase phase) {
    Command command = blank(CommandKind::ChangePhase, 0, instrument);
    command.order_type = static_cast<std::uint8_t>(phase);
    apply(command);
  }
  void update_index(InstrumentId instrument, std::int64_t price_ticks, bool hold) {
    Command command = blank(CommandKind::UpdateIndex, 0, instrument);
    command.price_ticks = price_ticks;
    command.flags = hold ? hold_point : 0;
    apply(command);
  }
  void settle_funding(InstrumentId instrument, std::int64_t rate_e8) {
    Command command = blank(CommandKind::SettleFunding, 0, instrument);
    command.amount_atoms = rate_e8;
    apply(command);
  }
  void fund_insurance(double usd) {
    Command command = blank(CommandKind::FundInsurance);
    command.amount_atoms = atoms_of(usd);
    apply(command);
  }

  std::int64_t lots_of(AccountId account, InstrumentId instrument) const {
    const Position* position = venue_.position(account, instrument);
    return position == nullptr ? 0 : position->qty.value;
  }

 private:
  static std::int64_t atoms_of(double usd) {
    return std::min(static_cast<std::int64_t>(usd * atoms_per_usd), amount_atoms_max);
  }
  Command blank(CommandKind kind, AccountId account = 0, InstrumentId instrument = 0) const {
    Command command;
    command.kind = static_cast<std::uint16_t>(kind);
    command.instrument = instrument;
    command.time_ns = time_ns_;
    command.account = account;
    return command;
  }
  Command order(AccountId account, InstrumentId instrument, Side side, std::int64_t lots,
                std::uint8_t flags) const {
    Command command = blank(CommandKind::PlaceOrder, account, instrument);
    command.side = static_cast<std::uint8_t>(side);
    command.flags = flags;
    command.qty_lots = lots;
    return command;
  }
  bool apply(const Command& command) {
    venue_.apply(command);
    const bool accepted = venue_.last_rejection() == RejectReason::None;
    rejected_ += !accepted;
    return accepted;
  }

  Venue& venue_;
  std::int64_t time_ns_ = 0;
  std::int64_t rejected_ = 0;
};

}  // namespace v1
}  // namespace delever
