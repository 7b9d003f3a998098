// Why a command was refused, and why an order left the book before it was filled. A rejection is
// an outcome, not an error: it leaves everything as it was but the venue's time. The numbers are
// part of event layout version 1 and are only added to; delever/reference/vocabulary.py repeats
// them, and tests hold the two together.
#pragma once

#include <cstdint>

namespace delever {
inline namespace v1 {

enum class RejectReason : std::uint8_t {
  None = 0,
  UnknownCommand = 1,            ///< the kind is not one of CommandKind
  TimeReversed = 2,              ///< time_ns lies before the venue's time
  UnknownAccount = 3,            ///< no such account, or the insurance fund's own
  UnknownInstrument = 4,         ///< no such instrument
  UnknownOrder = 5,              ///< no live order of this account has that id
  InvalidOrder = 6,              ///< side, type, time in force or flags do not go together
  InvalidQty = 7,                ///< quantity outside 1 .. order_lots_max
  InvalidPrice = 8,              ///< price outside 1 .. price_ticks_max
  InvalidAmount = 9,             ///< amount not positive, or beyond what an account can hold
  InvalidLeverage = 10,          ///< leverage outside 1 .. what the first tier allows
  DuplicateClientId = 11,        ///< a live order of this account has that client id
  InsufficientMargin = 12,       ///< the order, seed or margin change is not covered
  InsufficientBalance = 13,      ///< withdrawal above the available balance
  LeverageAboveTier = 14,        ///< the resulting notional's tier does not allow the leverage
  PositionLimit = 15,            ///< position plus open orders would exceed position_lots_max
  WouldTake = 16,                ///< post-only, but would trade at once
  Unfillable = 17,               ///< fill-or-kill, and the book cannot fill it whole
  ReduceOnlyWouldIncrease = 18,  ///< reduce-only without an opposite position
  OpenOrdersExist = 19,          ///< leverage change while orders rest on the instrument
  LeverageBelowPosition = 20,    ///< leverage lowered while a position is open
  NoPosition = 21,               ///< margin change without a position
  SeedWouldReduce = 22,          ///< seeding against an existing position, or with oneself
  NoMark = 23,                   ///< funding before the instrument has a mark price
  TradingHalted = 24,            ///< the instrument is halted
  NotInAuction = 25,             ///< not accepted in an auction, or only in one
  PriceOutOfBand = 26,           ///< limit too far from the reference price
  WouldTrigger = 27,             ///< the trigger's condition already holds
  AlreadyExpired = 28,           ///< expiry not after now
  InvalidTerms = 29,             ///< the order's terms do not go together, or with the order
  TermsRefused = 30,             ///< an AttachTerm before it was refused
  PositionOpen = 31,             ///< a margin or position mode changed while a position is open
  UnknownCurrency = 32,          ///< no such currency, or the valuation currency's own price
  InLiquidation = 33,            ///< an order of a position or pool between two steps of its end
  UnknownSource = 34,            ///< no such source of prices, or board
  NoIndex = 35,                  ///< a mark asked for before the instrument has an index
};
constexpr std::uint8_t reject_reason_max = 35;

/// Why a live order left the book, or a remainder was not kept.
enum class CancelReason : std::uint8_t {
  None = 0,
  Requested = 1,           ///< CancelOrder
  MassCancel = 2,          ///< CancelAll
  ImmediateRemainder = 3,  ///< the rest of a market or immediate-or-cancel order
  SelfTrade = 4,           ///< self-trade prevention
  ReduceOnly = 5,          ///< nothing left to reduce
  InsufficientMargin = 6,  ///< the next fill, or resting, is not covered
  Liquidation = 7,         ///< the account's position is being liquidated
  Deleveraging = 8,        ///< the account's position was deleveraged
  Expired = 9,             ///< its time has come
  OcoSibling = 10,         ///< another order of its group triggered or traded
  Replaced = 11,           ///< ReplaceOrder
  AuctionEnded = 12,       ///< good for auction only
  RefusedAtTrigger = 13,   ///< its checks failed when it triggered; amount: RejectReason
};
constexpr std::uint8_t cancel_reason_max = 13;

}  // namespace v1
}  // namespace delever
