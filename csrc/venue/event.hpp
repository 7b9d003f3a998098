// Events: everything a venue says, as sixteen 64-bit words (layout version 1).
//
// One record serves all kinds; the event log keeps a column table per family and gives each word
// the name that fits the family (see event_log.hpp). `cause` is the sequence of the event that led
// to this one, or -1 where the command itself did: a cascade is the tree of causes. The digest
// covers all sixteen words of every event, kept or not. Events about a position name its leg in
// Word::Side (0 net, 1 long, 2 short); those about a whole cross-margin pool have instrument
// 0xFFFF. Movements of money name their currency in the instrument's word.
#pragma once

#include <array>
#include <cstdint>

namespace delever {
inline namespace v1 {

constexpr std::uint32_t event_layout_version = 1;

enum class EventKind : std::uint8_t {
  CommandRejected =
      1,  ///< account, instrument, order_id as given; reason; amount: the command's kind
  AccountOpened = 2,    ///< account; amount: the first deposit
  Deposited = 3,        ///< account; amount
  Withdrawn = 4,        ///< account; amount
  InsuranceFunded = 5,  ///< amount
  LeverageChanged = 6,  ///< account, instrument; qty: the leverage
  MarginAdjusted = 7,   ///< account, instrument; amount: signed change; other_amount: margin after
  PositionSeeded =
      8,  ///< account, other_account, instrument, side of account, price, qty; amount: value
  OrderAccepted =
      9,  ///< account, instrument, order_id, side, price (limit used), qty; other_order: client id;
          ///< amount: trigger price; other_amount: displayed lots
  OrderFilled = 10,  ///< taker: account, order_id, side; maker: other_account, other_order; price,
                     ///< qty; amount: taker fee; other_amount: maker fee
  OrderCancelled = 11,  ///< account, instrument, order_id, side, price; qty: what was open; reason;
                        ///< amount: RejectReason where it was refused at its trigger
  OrderAmended = 12,    ///< account, instrument, order_id, side; price, qty: the new ones
  OrdersMassCancelled = 13,  ///< account, instrument as given, side as given; qty: orders cancelled
  MarkUpdated = 14,          ///< instrument; price: the mark; other_amount: the index, in ticks
  LiquidationStarted = 15,   ///< account, instrument; qty: signed position; price: mark; amount:
                             ///< equity; other_amount: deficit / notional in ppm
  PositionTakenOver =
      16,  ///< account, instrument; qty: signed; price: bankruptcy; amount: cost taken over
  AccountDeleveraged = 17,  ///< account: deleveraged, other_account: bankrupt; qty: signed change
                            ///< of account's position; price: bankruptcy; amount: value exchanged
  LiquidationFinished =
      18,  ///< account, instrument; qty: signed lots closed in the book; price: bankruptcy;
           ///< amount: fee to the fund; other_amount: returned to the wallet
  LossCovered = 19,  ///< account, instrument; amount: paid by the insurance fund
  FundingPaid =
      20,  ///< account, instrument; qty: signed position; price: mark; amount: signed credit
  FundingSettled = 21,    ///< instrument; price: mark; amount: rate in 1e-8; other_amount: to dust
  OrderTriggered = 22,    ///< account, instrument, order_id, side; price: the reference; qty: open;
                          ///< amount: the trigger price
  OrderRepriced = 23,     ///< account, instrument, order_id, side; price: new (0: parked); qty
  PhaseChanged = 24,      ///< instrument; price, qty: of the uncross; amount: new phase;
                          ///< other_amount: old phase
  TradePrinted = 25,      ///< instrument, price, qty
  TradeGroupSet = 26,     ///< account; amount: group
  OrderReplenished = 27,  ///< account, instrument, order_id, side, price; qty: displayed now;
                          ///< amount: hidden rest
  SelfTradeDecremented = 28,    ///< account, order_id, side: taker; other_account, other_order:
                                ///< maker; price: the maker's; qty
  MarginModeChanged = 29,       ///< account, instrument; qty: MarginMode
  PositionModeChanged = 30,     ///< account; qty: 0 one-way, 1 hedge
  Transferred = 31,             ///< account: from, other_account: to, instrument: currency; amount
  CollateralUpdated = 32,       ///< instrument: currency; price: its index price, in its ticks
  CollateralSeized = 33,        ///< account, instrument: currency; amount: to the insurance fund
  LiquidationStopped = 34,      ///< account, instrument: healthy again between two steps
  LiquidationStepped = 35,      ///< account, instrument; price: limit; qty: signed lots sent;
                                ///< amount: value filled; other_amount: fee to the fund
  LossSocialised = 36,          ///< account, instrument; amount: paid to the insurance fund
  SourceUpdated = 37,           ///< instrument; price; qty: weight; amount: number of the source;
                                ///< other_amount: SourceBoard
  FundingIntervalChanged = 38,  ///< instrument; price: mark; amount: new interval in ns;
                                ///< other_amount: old one
  SessionClosed = 39,           ///< instrument; price: the mark at which profits are settled
};
constexpr std::uint8_t event_kind_max = 39;

enum class EventFamily : std::uint8_t { Accounts, Rejections, Orders, Fills, Marks, Risk, Funding };
constexpr std::size_t event_family_count = 7;

/// Positions of the words in an Event.
enum class Word : std::uint8_t {
  Sequence,
  TimeNs,
  Command,
  Cause,
  Kind,
  Instrument,
  Account,
  OrderId,
  Side,
  PriceTicks,
  QtyLots,
  AmountAtoms,
  OtherAccount,
  OtherOrder,
  OtherAmount,
  Reason,
};
constexpr std::size_t event_word_count = 16;

struct Event {
  std::array<std::int64_t, event_word_count> words{};

  std::int64_t& operator[](Word word) { return words[static_cast<std::size_t>(word)]; }
  std::int64_t operator[](Word word) const { return words[static_cast<std::size_t>(word)]; }
};

/// An event's words but those that its venue fills in; what a kind does not use stays 0.
struct EventFields {
  std::int64_t cause = -1;
  std::int64_t instrument = 0;
  std::int64_t account = 0;
  std::uint64_t order_id = 0;
  std::int64_t side = 0;
  std::int64_t price = 0;
  std::int64_t qty = 0;
  std::int64_t amount = 0;
  std::int64_t other_account = 0;
  std::int64_t other_order = 0;
  std::int64_t other_amount = 0;
  std::int64_t reason = 0;
};

constexpr EventFamily family_of(EventKind kind) {
  switch (kind) {
    case EventKind::CommandRejected: return EventFamily::Rejections;
    case EventKind::OrderAccepted:
    case EventKind::OrderCancelled:
    case EventKind::OrderAmended:
    case EventKind::OrderTriggered:
    case EventKind::OrderRepriced:
    case EventKind::OrderReplenished:
    case EventKind::SelfTradeDecremented:
    case EventKind::OrdersMassCancelled: return EventFamily::Orders;
    case EventKind::OrderFilled: return EventFamily::Fills;
    case EventKind::PhaseChanged:
    case EventKind::TradePrinted:
    case EventKind::CollateralUpdated:
    case EventKind::SessionClosed:
    case EventKind::SourceUpdated:
    case EventKind::MarkUpdated: return EventFamily::Marks;
    case EventKind::LiquidationStarted:
    case EventKind::PositionTakenOver:
    case EventKind::AccountDeleveraged:
    case EventKind::LiquidationFinished:
    case EventKind::CollateralSeized:
    case EventKind::LiquidationStopped:
    case EventKind::LiquidationStepped:
    case EventKind::LossSocialised:
    case EventKind::LossCovered: return EventFamily::Risk;
    case EventKind::FundingPaid:
    case EventKind::FundingIntervalChanged:
    case EventKind::FundingSettled: return EventFamily::Funding;
    default: return EventFamily::Accounts;
  }
}

}  // namespace v1
}  // namespace delever
