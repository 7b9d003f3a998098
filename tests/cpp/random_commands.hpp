// Random commands for venues in tests: small instruments, few accounts, gaps through many
// thresholds.
#pragma once

#include "check.hpp"
#include "venue/venue.hpp"

namespace delever::testing {

inline InstrumentSpec small_instrument(const char* symbol) {
  InstrumentSpec spec;
  spec.symbol = symbol;
  spec.atoms_per_tick_lot = 1'000;
  spec.price_ticks_max = 4'000;
  spec.order_lots_max = 500;
  spec.position_lots_max = 2'000;
  spec.maker_fee_ppm = -50;
  spec.taker_fee_ppm = 500;
  spec.liquidation_fee_ppm = 12'500;
  spec.leverage_default = 10;
  spec.tiers = {{Money{0}, 4'000, Money{0}, 100},
                {Money{50'000'000}, 10'000, Money{300'000}, 50},
                {Money{200'000'000}, 50'000, Money{8'300'000}, 10}};
  return spec;
}

/// A walk of the prices of two instruments and what eight accounts do meanwhile.
class RandomCommands {
 public:
  explicit RandomCommands(std::uint64_t seed) : random_(seed) {}

  Command next(const Venue& venue) {
    Command command;
    command.time_ns = time_ns_ += random_.below(400'000'000);
    command.account = static_cast<AccountId>(random_.between(1, accounts));
    command.instrument = static_cast<InstrumentId>(random_.below(2));
    command.side = static_cast<std::uint8_t>(random_.between(1, 2));
    const std::int64_t roll = random_.below(100);
    if (venue.account_count() <= accounts) return account(command);
    if (roll < 45) return order(command);
    if (roll < 55) return existing(command, venue, CommandKind::CancelOrder);
    if (roll < 62) return existing(command, venue, CommandKind::AmendOrder);
    if (roll < 88) return price(command);
    return other(command, roll);
  }

 private:
  static constexpr std::int64_t accounts = 8;

  static Command& of_kind(Command& command, CommandKind kind) {
    command.kind = static_cast<std::uint16_t>(kind);
    return command;
  }
  Command account(Command& command) {
    command.amount_atoms = random_.between(1'000'000, 60'000'000);
    return of_kind(command, CommandKind::OpenAccount);
  }
  Command order(Command& command) {
    const auto side = static_cast<Side>(command.side);
    const std::int64_t away = random_.between(-6, 30);
    command.order_type = static_cast<std::uint8_t>(random_.below(8) == 0 ? 1 : 2);
    command.time_in_force = static_cast<std::uint8_t>(random_.below(5) == 0 ? 2 : 1);
    if (random_.below(12) == 0) command.time_in_force = 3;
    if (random_.below(6) == 0) command.flags = reduce_only;
    if (random_.below(9) == 0) command.flags = self_trade_maker;
    if (random_.below(15) == 0) command.client_id = random_.between(1, 5);
    command.price_ticks = middle_[command.instrument] - direction(side) * away;
    command.qty_lots = random_.between(1, 300);
    return of_kind(command, CommandKind::PlaceOrder);
  }
  Command existing(Command& command, const Venue& venue, CommandKind kind) {
    const std::uint32_t slots = venue.orders().slots();
    if (slots == 0) return order(command);
    const auto slot = static_cast<std::uint32_t>(random_.below(slots));
    command.order_id = venue.orders().id_of(slot);
    command.account = venue.orders()[slot].account;
    command.price_ticks = random_.below(2) == 0 ? 0 : middle_[command.instrument];
    command.qty_lots = random_.below(200);
    return of_kind(command, kind);
  }
  Command price(Command& command) {
    std::int64_t& middle = middle_[command.instrument];
    const std::int64_t reach = random_.below(12) == 0 ? 400 : 15;
    middle = std::clamp<std::int64_t>(middle + random_.between(-reach, reach), 500, 3'500);
    command.price_ticks = middle;
    if (random_.below(6) == 0) command.flags = hold_point;
    return of_kind(command,
                   random_.below(3) == 0 ? CommandKind::SetMark : CommandKind::UpdateIndex);
  }
  Command other(Command& command, std::int64_t roll) {
    command.amount_atoms = random_.between(-3'000'000, 5'000'000);
    command.qty_lots = random_.between(1, 60);
    if (roll < 90) return of_kind(command, CommandKind::SetLeverage);
    if (roll < 92) return of_kind(command, CommandKind::AdjustMargin);
    if (roll < 94) return of_kind(command, CommandKind::Withdraw);
    if (roll < 96) return of_kind(command, CommandKind::Deposit);
    if (roll < 97) {
      command.amount_atoms = 0;
      return of_kind(command, CommandKind::CancelAll);
    }
    if (roll < 98) return of_kind(command, CommandKind::FundInsurance);
    if (roll < 99) {
      command.other_account = static_cast<AccountId>(random_.between(1, accounts));
      command.price_ticks = middle_[command.instrument];
      return of_kind(command, CommandKind::SeedPosition);
    }
    command.amount_atoms = random_.between(-200'000, 200'000);
    return of_kind(command, CommandKind::SettleFunding);
  }

  Random random_;
  std::int64_t time_ns_ = 0;
  std::int64_t middle_[2] = {2'000, 1'500};
};

inline Venue small_venue(bool deleveraging) {  // returned without a copy
  Rulebook rules;
  rules.deleveraging = deleveraging;
  rules.unwind_clip = Money{20'000'000};
  return Venue({small_instrument("AAA"), small_instrument("BBB")}, rules);
}

}  // namespace delever::testing
