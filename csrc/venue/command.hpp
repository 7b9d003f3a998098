// Commands: everything that can happen to a venue, as one fixed 64-byte record (layout version 3).
//
// Time enters a venue only here. Which fields a kind reads is said beside the kind; the others are
// ignored. A command that cannot be carried out becomes a CommandRejected event with a reason.
#pragma once

#include <cstdint>
#include <type_traits>

#include "market/order_types.hpp"

namespace delever {
inline namespace v1 {

constexpr std::uint32_t command_layout_version = 3;

enum class CommandKind : std::uint16_t {
  OpenAccount = 1,    ///< amount_atoms: first deposit, >= 0, instrument: its currency. The new id
                      ///< is in AccountOpened.
  Deposit = 2,        ///< account, amount_atoms > 0, instrument: currency
  Withdraw = 3,       ///< account, amount_atoms > 0, instrument: currency
  FundInsurance = 4,  ///< amount_atoms > 0: paid into the insurance fund from outside, instrument:
                      ///< currency
  SetLeverage = 5,    ///< account, instrument, qty_lots: the leverage
  AdjustMargin = 6,   ///< account, instrument, amount_atoms: > 0 adds to, < 0 removes from the
                      ///< position; hedge mode: side: its leg (1 long, 2 short)
  PlaceOrder = 7,     ///< account, instrument, side, order_type, time_in_force, flags, qty, price,
                      ///< client_id, other_account: position side (0 net; hedge: 1 long, 2 short)
  CancelOrder = 8,    ///< account, order_id, or order_id 0 and client_id
  AmendOrder = 9,     ///< as CancelOrder, and price_ticks, qty_lots (new open quantity); 0 keeps
  CancelAll = 10,     ///< account, instrument (0xFFFF: all), side (0: both), price_ticks and
                      ///< amount_atoms: lowest and highest price (0: open)
  SeedPosition =
      11,  ///< account, other_account, instrument, side (of account), price_ticks, qty_lots
  UpdateIndex = 12,    ///< instrument, price_ticks, flags: hold
  SetMark = 13,        ///< instrument, price_ticks, flags: hold
  SettleFunding = 14,  ///< instrument, amount_atoms: the rate, in 1e-8 (longs pay when > 0)
  AttachTerm = 15,     ///< account, order_type: a TermKind; the other fields by kind (see below)
  SetTradeGroup = 16,  ///< account, amount_atoms: group; accounts of one group never trade together
  ReplaceOrder = 17,   ///< order_id: the order to cancel; else as PlaceOrder
  ChangePhase = 18,    ///< instrument, order_type: a TradingPhase, price_ticks: reference (0: none)
  PrintTrade = 19,     ///< instrument, price_ticks, qty_lots: a trade elsewhere
  AdvanceTime = 20,    ///< nothing but time
  SetMarginMode = 21,  ///< account, instrument, order_type: a MarginMode
  SetPositionMode = 22,   ///< account, order_type: 0 one-way, 1 hedge
  Transfer = 23,          ///< account, other_account, amount_atoms > 0, instrument: currency
  UpdateCollateral = 24,  ///< instrument: currency > 0, price_ticks, flags: hold
  CloseSession = 25,      ///< instrument: profits and losses are settled at its mark
  UpdateSource = 26,      ///< instrument, account: number of the source, side: a SourceBoard,
                          ///< price_ticks, qty_lots: weight (0: it is gone), flags: hold
  SampleMark = 27,        ///< instrument (0xFFFF: all with an index): marked anew, flags: hold
  SettleOwnFunding = 28,  ///< instrument: SettleFunding at the rate that its samples make
};
constexpr std::uint16_t command_kind_max = 28;

// AttachTerm rows wait for the next PlaceOrder, ReplaceOrder or AmendOrder of their account; any
// other command drops them. By order_type:
//   Trigger        flags: TriggerKind, side: TriggerDirection, time_in_force: TriggerSource,
//                  price_ticks: trigger, qty_lots: trailing distance in ticks or ppm
//   Peg            side: PegReference, price_ticks: offset away from the touch
//   Iceberg        qty_lots: displayed, amount_atoms: least displayed
//   Expiry         amount_atoms: expire_ns
//   Minimum        qty_lots: least quantity of a trade
//   Oco            amount_atoms: group
//   Budget         amount_atoms: greatest cost, in ticks x lots
//   ClosePosition  no field
//   Protection     price_ticks: greatest distance from the best opposite price

struct Command {
  std::uint16_t kind = 0;
  std::uint16_t instrument = 0;
  std::uint8_t side = 0;
  std::uint8_t order_type = 0;
  std::uint8_t time_in_force = 0;
  std::uint8_t flags = 0;
  std::int64_t time_ns = 0;
  std::uint32_t account = 0;
  std::uint32_t other_account = 0;
  std::uint64_t order_id = 0;
  std::int64_t client_id = 0;  ///< > 0: unique among the account's live orders; 0: none
  std::int64_t price_ticks = 0;
  std::int64_t qty_lots = 0;
  std::int64_t amount_atoms = 0;
};
static_assert(sizeof(Command) == 64 && std::is_trivially_copyable_v<Command>);

}  // namespace v1
}  // namespace delever
