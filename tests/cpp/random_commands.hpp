// Random commands for venues in tests: small instruments, few accounts, gaps through many
// thresholds, and orders of every type with the terms that belong to them; isolated and cross
// margin, hedged accounts, an inverse contract and a second currency where the venue has them.
#pragma once

#include <deque>

#include "check.hpp"
#include "random_prices.hpp"
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

/// One lot of it is worth in the second currency about what a lot of `small_instrument` is.
inline InstrumentSpec small_inverse(const char* symbol) {
  InstrumentSpec spec = small_instrument(symbol);
  spec.contract = ContractKind::Inverse;
  spec.atom_ticks_per_lot = 2'250'000'000;
  spec.settle_currency = 1;
  spec.price_ticks_min = 100;
  return spec;
}

/// A walk of the prices of two instruments and what eight accounts do meanwhile.
class RandomCommands {
 public:
  explicit RandomCommands(std::uint64_t seed) : random_(seed) {}

  Command next(const Venue& venue) {
    Command command;
    if (queued_.empty()) {
      command = fresh(venue);
    } else {  // an order whose terms have just gone ahead
      command = queued_.front();
      queued_.pop_front();
    }
    const bool places = command.kind == static_cast<std::uint16_t>(CommandKind::PlaceOrder) ||
                        command.kind == static_cast<std::uint16_t>(CommandKind::ReplaceOrder);
    if (places && venue.account(command.account).is_hedged && random_.below(30) != 0) {
      command.other_account = static_cast<AccountId>(random_.between(1, 2));
      command.flags &= static_cast<std::uint8_t>(~reduce_only);
    }
    return command;
  }

 private:
  static constexpr std::int64_t accounts = 8;

  Command fresh(const Venue& venue) {
    Command command;
    command.time_ns = time_ns_ += random_.below(400'000'000);
    command.account = static_cast<AccountId>(random_.between(1, accounts));
    command.instrument = static_cast<InstrumentId>(random_.below(2));
    command.side = static_cast<std::uint8_t>(random_.between(1, 2));
    const std::int64_t roll = random_.below(100);
    if (venue.account_count() <= accounts) return account(command, venue);
    if (modes_left_ > 0 || random_.below(60) == 0) return mode(command, venue);
    if (venue.currency_count() > 1 && random_.below(12) == 0) return second_currency(command);
    if (has_procedure(venue) && random_.below(40) == 0)
      return of_kind(command,
                     random_.below(2) == 0 ? CommandKind::CloseSession : CommandKind::AdvanceTime);
    if (venue.phase(command.instrument) != TradingPhase::Continuous && random_.below(8) == 0) {
      command.order_type = 1;
      return of_kind(command, CommandKind::ChangePhase);
    }
    if (roll < 26) return order(command);
    if (roll < 47) return order_with_terms(command, venue);
    if (roll < 55) return existing(command, venue, CommandKind::CancelOrder);
    if (roll < 62) return amendment(command, venue);
    if (roll < 68) return market_event(command, venue);
    if (roll < 88 && makes_prices(venue) && random_.below(3) == 0) return own_price(command);
    if (roll < 88) return price(command);
    return other(command, roll, venue);
  }

  static Command& of_kind(Command& command, CommandKind kind) {
    command.kind = static_cast<std::uint16_t>(kind);
    return command;
  }
  /// Modes, most of them before anything else happens.
  Command mode(Command& command, const Venue& venue) {
    if (modes_left_ > 0) --modes_left_;
    command.order_type = static_cast<std::uint8_t>(random_.below(2));
    if (!has_modes(venue)) command.order_type = 0;
    return of_kind(
        command, random_.below(3) == 0 ? CommandKind::SetPositionMode : CommandKind::SetMarginMode);
  }
  /// Whether this venue is one of those with more than isolated margin.
  static bool has_modes(const Venue& venue) {
    return venue.currency_count() > 1 || venue.rulebook().unwind_bound_ppm != 5'000;
  }
  static bool has_procedure(const Venue& venue) {
    const LiquidationProcedure& procedure = venue.rulebook().procedure;
    return procedure.steps() || procedure.last_resort != LastResort::Bankruptcy;
  }
  Command second_currency(Command& command) {
    command.amount_atoms = random_.between(1, 3'000'000);
    command.instrument = 1;
    if (random_.below(4) == 0) {
      command.other_account = static_cast<AccountId>(random_.between(1, accounts));
      command.instrument = static_cast<InstrumentId>(random_.below(2));
      return of_kind(command, CommandKind::Transfer);
    }
    const std::int64_t reach = random_.below(8) == 0 ? 500 : 20;
    collateral_ =
        std::clamp<std::int64_t>(collateral_ + random_.between(-reach, reach), 100, 3'000);
    command.price_ticks = collateral_;
    if (random_.below(6) == 0) command.flags = hold_point;
    return of_kind(command, CommandKind::UpdateCollateral);
  }
  Command account(Command& command, const Venue& venue) {
    command.instrument =
        static_cast<InstrumentId>(random_.below(static_cast<std::int64_t>(venue.currency_count())));
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
    if (random_.below(5) == 0)
      command.flags = static_cast<std::uint8_t>(random_.between(1, 5) << self_trade_shift);
    if (random_.below(8) == 0) command.flags |= hidden_order;
    if (random_.below(8) == 0 && command.order_type == 2 && command.time_in_force == 1)
      command.flags |= random_.below(2) == 0 ? post_only : post_only | slide_post_only;
    if (random_.below(8) == 0) command.time_in_force = random_.below(2) == 0 ? 5 : 6;
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
  Command amendment(Command& command, const Venue& venue) {
    existing(command, venue, CommandKind::AmendOrder);
    command.order_type = random_.below(4) == 0 ? 1 : 0;
    if (command.order_type == 1) command.price_ticks = 0;
    if (random_.below(3) != 0) return command;
    const Order* found = venue.orders().find(command.order_id);
    const OrderTerms* terms = found == nullptr ? nullptr : venue.terms_of(*found);
    const bool is_pegged = terms != nullptr && terms->peg_reference != PegReference::None;
    const bool pends = found != nullptr && venue.stage_of(*found) == OrderStage::Pending;
    if (is_pegged) command.price_ticks = 0;
    Command term = attachment(command, pends       ? TermKind::Trigger
                                       : is_pegged ? TermKind::Peg
                                                   : TermKind::Minimum);
    if (pends) term.flags = static_cast<std::uint8_t>(terms->trigger_kind);
    if (pends && term.price_ticks == 0) term.price_ticks = middle_[found->instrument];
    if (is_pegged) term.side = static_cast<std::uint8_t>(terms->peg_reference);
    queued_.push_back(command);
    return term;
  }

  Command attachment(const Command& order, TermKind kind) {
    Command term;
    term.kind = static_cast<std::uint16_t>(CommandKind::AttachTerm);
    term.time_ns = order.time_ns;
    term.account = order.account;
    term.order_type = static_cast<std::uint8_t>(kind);
    const std::int64_t middle = middle_[order.instrument % 2];
    switch (kind) {
      case TermKind::Trigger:
        term.flags = static_cast<std::uint8_t>(random_.between(1, 4));
        term.side = static_cast<std::uint8_t>(random_.below(4) == 0 ? random_.between(1, 2) : 0);
        term.time_in_force = static_cast<std::uint8_t>(random_.below(5));
        term.price_ticks = middle + random_.between(-40, 40);
        if (term.flags >= 3) {
          term.qty_lots = term.flags == 3 ? random_.between(1, 30) : random_.between(1, 20'000);
          if (random_.below(2) == 0) term.price_ticks = 0;
        }
        break;
      case TermKind::Peg:
        term.side = static_cast<std::uint8_t>(random_.between(1, 3));
        term.price_ticks = random_.between(0, 4);
        break;
      case TermKind::Iceberg:
        term.qty_lots = random_.between(1, 60);
        term.amount_atoms = random_.below(term.qty_lots + 1);
        break;
      case TermKind::Expiry:
        term.amount_atoms = time_ns_ + random_.between(1, 4'000'000'000);
        break;
      case TermKind::Minimum: term.qty_lots = random_.between(1, 80); break;
      case TermKind::Oco: term.amount_atoms = random_.between(1, 3); break;
      case TermKind::Budget: term.amount_atoms = middle * order.qty_lots; break;
      case TermKind::ClosePosition: break;
      case TermKind::Protection: term.price_ticks = random_.below(6); break;
    }
    return term;
  }

  Command order_with_terms(Command& command, const Venue& venue) {
    order(command);
    command.flags &= static_cast<std::uint8_t>(reduce_only | self_trade_bits);
    command.client_id = 0;
    std::vector<TermKind> kinds;
    const std::int64_t roll = random_.below(12);
    if (roll < 4) kinds.push_back(TermKind::Trigger);
    if (roll == 4 || roll == 5) kinds.push_back(TermKind::Peg);
    if (roll == 6 || roll == 7) kinds.push_back(TermKind::Iceberg);
    if (roll == 8) kinds.push_back(TermKind::Minimum);
    if (roll == 9) kinds.push_back(TermKind::Budget);
    if (roll == 10) kinds.push_back(TermKind::ClosePosition);
    if (roll == 11) kinds.push_back(TermKind::Protection);
    const bool is_market = roll >= 9 || (roll < 4 && random_.below(2) == 0);
    command.order_type = is_market ? 1 : 2;
    command.time_in_force = roll == 9 ? 3 : 1;
    if (roll == 4 || roll == 5) command.price_ticks = 0;
    if (roll == 10) {
      command.flags |= reduce_only;
      command.qty_lots = 0;
      if (random_.below(2) == 0) kinds.push_back(TermKind::Trigger);
    }
    if (random_.below(3) == 0) kinds.push_back(TermKind::Oco);
    if (roll < 9 && random_.below(3) == 0) {
      kinds.push_back(TermKind::Expiry);
      command.time_in_force = 4;
    }
    for (const TermKind kind : kinds) queued_.push_back(attachment(command, kind));
    const bool replaces = random_.below(6) == 0 && venue.orders().slots() != 0;
    if (replaces) {
      const auto slot = static_cast<std::uint32_t>(random_.below(venue.orders().slots()));
      command.order_id = venue.orders().id_of(slot);
      if (venue.orders()[slot].account == 0) command.order_id = 0;
      if (command.order_id != 0) {
        command.account = venue.orders()[slot].account;
        for (Command& term : queued_) term.account = command.account;
      }
    }
    queued_.push_back(of_kind(command, replaces && command.order_id != 0
                                           ? CommandKind::ReplaceOrder
                                           : CommandKind::PlaceOrder));
    const Command first = queued_.front();
    queued_.pop_front();
    return first;
  }

  /// Phases, trades elsewhere, time alone, and trade groups.
  Command market_event(Command& command, const Venue& venue) {
    const std::int64_t roll = random_.below(10);
    command.price_ticks = middle_[command.instrument] + random_.between(-20, 20);
    command.qty_lots = random_.below(5);
    if (roll < 4) return of_kind(command, CommandKind::PrintTrade);
    if (roll == 4) return of_kind(command, CommandKind::AdvanceTime);
    if (roll == 5) {
      command.amount_atoms = random_.below(3);
      return of_kind(command, CommandKind::SetTradeGroup);
    }
    const bool trades = venue.phase(command.instrument) == TradingPhase::Continuous;
    if (trades && random_.below(2) == 0) return of_kind(command, CommandKind::AdvanceTime);
    command.order_type =
        static_cast<std::uint8_t>(trades ? random_.between(2, 3) : random_.between(1, 3));
    if (random_.below(2) == 0) command.price_ticks = 0;
    return of_kind(command, CommandKind::ChangePhase);
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
  Command other(Command& command, std::int64_t roll, const Venue& venue) {
    const auto currency =
        static_cast<InstrumentId>(random_.below(static_cast<std::int64_t>(venue.currency_count())));
    if ((roll >= 92 && roll < 96) || roll == 97) command.instrument = currency;
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
  /// Whether this venue is one of those that make index, mark and funding rate themselves.
  static bool makes_prices(const Venue& venue) {
    return venue.rulebook().prices.premium_sample.value != 0;
  }
  Command own_price(Command& command) {
    const std::int64_t roll = random_.below(6);
    if (roll == 0) return of_kind(command, CommandKind::SettleOwnFunding);
    if (random_.below(6) == 0) command.flags = hold_point;
    if (roll == 1) return of_kind(command, CommandKind::SampleMark);
    command.account = static_cast<AccountId>(random_.below(4));
    command.side = static_cast<std::uint8_t>(random_.below(2));
    command.price_ticks = middle_[command.instrument] + random_.between(-40, 40);
    command.qty_lots = random_.below(4);
    return of_kind(command, CommandKind::UpdateSource);
  }

  Random random_;
  std::deque<Command> queued_;
  std::int64_t time_ns_ = 0;
  std::int64_t collateral_ = 1'000;
  int modes_left_ = 24;
  std::int64_t middle_[2] = {2'000, 1'500};
};

/// Words that go together at random, numbers that matter to `small_instrument`.
inline LiquidationProcedure random_procedure(std::uint64_t seed) {
  Random random(seed);
  LiquidationProcedure procedure;
  procedure.reduce = static_cast<Reduce>(random.below(7));
  procedure.close_price = static_cast<ClosePrice>(random.below(3));
  procedure.close_tif = static_cast<CloseTimeInForce>(random.below(4) == 0);
  procedure.remainder = static_cast<Remainder>(random.below(3));
  procedure.step_interval = TimeNs{random.between(1, 3'000'000'000)};
  procedure.fraction_ppm = random.between(50'000, 900'000);
  procedure.fraction_above = Money{random.between(0, 40'000'000)};
  procedure.clip = Money{random.between(1'000'000, 30'000'000)};
  procedure.clip_lots = random.below(3) == 0 ? random.between(1, 30) : 0;
  procedure.step_tiers_from = random.between(0, 2);
  procedure.vault_ppm = random.between(0, 1'000'000);
  procedure.fee_of = static_cast<LiquidationFee>(random.below(3));
  procedure.spread_to_maintenance_ppm = random.between(0, 2'000'000);
  procedure.last_resort = static_cast<LastResort>(random.below(5));
  procedure.fund_trigger = static_cast<FundTrigger>(random.below(4));
  procedure.fund_window = TimeNs{random.between(1, 60'000'000'000)};
  procedure.ranking = static_cast<Ranking>(random.below(8));
  procedure.ranking_seed = random.between(0, 1'000'000);
  return procedure;
}

/// `variant` chooses among the rules that venues differ by; 0: the defaults.
inline Venue small_venue(bool deleveraging, std::uint64_t variant = 0) {  // without a copy
  Rulebook rules;
  rules.deleveraging = deleveraging;
  rules.unwind_clip = Money{20'000'000};
  Random random(variant);
  if (variant != 0) {
    rules.self_trade = static_cast<SelfTrade>(random.between(1, 5));
    rules.market_residual = static_cast<MarketResidual>(random.below(2));
    rules.iceberg_refresh = static_cast<IcebergRefresh>(random.below(2));
    rules.iceberg_amend_up = static_cast<IcebergAmendUp>(random.below(2));
    rules.stop_source = static_cast<TriggerSource>(random.between(1, 4));
    rules.stop_entry = static_cast<StopEntry>(random.below(2));
    rules.auction_price = static_cast<AuctionPrice>(random.below(3));
    rules.price_band_ppm = random.below(3) == 0 ? 50'000 : 0;
    if (variant % 5 > 2) rules.procedure = random_procedure(variant);
    if (random.below(2) == 0) rules.prices = random_prices(random);
  }
  if (variant % 3 == 0) return Venue({small_instrument("AAA"), small_instrument("BBB")}, rules);
  rules.unwind_bound_ppm = 6'000;  // marks the venues with modes
  rules.cross_pool = static_cast<CrossPool>(random.below(2));
  rules.margin_mode_default = static_cast<MarginMode>(random.below(2));
  if (variant % 3 == 1) return Venue({small_instrument("AAA"), small_instrument("BBB")}, rules);
  rules.currencies.push_back({"COIN", 900'000, 100'000, 4'000});
  InstrumentSpec second = random.below(3) == 0 ? small_instrument("BBB") : small_inverse("BBB");
  return Venue({small_instrument("AAA"), second}, rules);
}

}  // namespace delever::testing
