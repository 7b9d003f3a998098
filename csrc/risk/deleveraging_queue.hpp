// The order in which opposite positions are deleveraged, by each venue's score, and what it does.
//
//   leverage PnL       max(0, PnL) / max(1, wallet) x margin ratio                   (Binance)
//   effective leverage PnL% x leverage in profit, PnL% / leverage in loss   (BitMEX, Bybit, MEXC)
//   mark over entry    (mark / entry) x (notional / account value)     (Hyperliquid's documents)
//   profit leverage    max(notional / value, 1e-8) x max(profit / entry notional, 1e-8)
//                                                       (Hyperliquid's node, as decompiled)
//   random start       in order of account from a pseudo-random one                  (dYdX v4)
// Larger scores go first; equal ones keep the order given. Fills walk the queue until the quantity
// is used up; percentiles count quantity, not accounts.
#pragma once

#include <cstdint>
#include <vector>

#include "units/fixed.hpp"

namespace delever {
inline namespace v1 {

struct LeverageProfit {
  Fixed profit_share;
  Fixed score;
};

LeverageProfit leverage_profit(Fixed unrealised, Fixed wallet, Fixed margin_ratio);

/// 0 where wallet + profit is not positive, else maintenance over it.
Fixed margin_ratio(Fixed maintenance, Fixed wallet, Fixed unrealised);

/// Values signed so that profit is mark value - entry value.
Fixed effective_leverage_score(Fixed mark_value, Fixed entry_value, Fixed bankrupt_value);

Fixed mark_over_entry_score(Fixed mark, Fixed entry, Fixed notional, Fixed account_value);

Fixed profit_leverage_score(Fixed notional, Fixed account_value, Fixed unrealised,
                            Fixed entry_notional);

struct QueuedPosition {
  std::int64_t account = 0;
  Fixed qty;
  Fixed score;
};

struct QueueFill {
  std::int64_t account = 0;
  Fixed qty;
  Fixed left;  ///< of that position
};

/// Indices of the positions, best score first.
std::vector<std::size_t> queue_order(const std::vector<QueuedPosition>& positions);

/// What each position gives up to close `qty`.
std::vector<QueueFill> deleverage_queue(const std::vector<QueuedPosition>& positions, Fixed qty);

/// For each position, in the order given, the bucket (1 .. buckets) that holds the end of its
/// quantity in the queue: of five, times 20, the lights BitMEX shows.
std::vector<std::int64_t> queue_buckets(const std::vector<QueuedPosition>& positions,
                                        std::int64_t buckets);

/// 0 .. count-1 in order from a pseudo-random start.
std::vector<std::size_t> random_start_order(std::size_t count, std::uint64_t seed);

}  // namespace v1
}  // namespace delever
