// The rules a venue runs by, beside its instruments': dated data, loaded from TOML by the Python
// side. The words of the rules in which venues differ are given here or where their meaning is
// (market/); their values are part of snapshots and are only added to.
// Plain data, fixed for the life of a venue; who reads a rule decides what it costs.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "market/auction.hpp"
#include "market/order_types.hpp"
#include "market/price_rules.hpp"
#include "risk/collateral.hpp"
#include "risk/liquidation_procedure.hpp"
#include "units/quantity.hpp"

namespace delever {
inline namespace v1 {

/// What happens to the rest of a market order that may rest (good till cancelled).
enum class MarketResidual : std::uint8_t { Cancel = 0, Rest = 1 };
/// When an iceberg shows its next part.
enum class IcebergRefresh : std::uint8_t { AtOnce = 0, EndOfTaker = 1 };
/// What an iceberg's priority does when it grows.
enum class IcebergAmendUp : std::uint8_t { Lose = 0, Keep = 1 };
/// What becomes of a stop whose condition already holds when it arrives.
enum class StopEntry : std::uint8_t { Run = 0, Reject = 1 };

/// Whose losses a cross-margined position may eat: those of its settlement currency, or all.
enum class CrossPool : std::uint8_t { Currency = 0, Account = 1 };
/// What stands behind a position: margin of its own, or its pool.
enum class MarginMode : std::uint8_t { Isolated = 0, Cross = 1 };

/// What becomes of a position whose margin is gone: closed in the book as the procedure says; kept,
/// its owner solvent by decree; taken by the fund at the mark, which keeps it; or deleveraged at
/// once. The last three are for counterfactuals: no venue works so.
enum class ForcedClosing : std::uint8_t { Book = 0, Off = 1, AtMark = 2, Deleverage = 3 };

struct Rulebook {
  std::int64_t basis_samples = 30;
  TimeNs sample_interval{1'000'000'000};
  TimeNs funding_interval{std::int64_t{8} * 3600 * 1'000'000'000};
  TimeNs unwind_interval{1'000'000'000};
  Money unwind_clip{10'000'000'000'000};  ///< notional the insurance fund sells per interval
  std::int64_t unwind_bound_ppm = 5'000;  ///< how far from the mark it does
  bool deleveraging = true;               ///< false: the fund takes over whatever it costs
  bool breach_at_equality = true;
  SelfTrade self_trade = SelfTrade::Taker;
  MarketResidual market_residual = MarketResidual::Cancel;
  IcebergRefresh iceberg_refresh = IcebergRefresh::AtOnce;
  IcebergAmendUp iceberg_amend_up = IcebergAmendUp::Lose;
  TriggerSource stop_source = TriggerSource::Last;
  StopEntry stop_entry = StopEntry::Run;
  AuctionPrice auction_price = AuctionPrice::Mid;
  std::int64_t price_band_ppm = 0;  ///< a limit may lie this far from the mark; 0: anywhere
  std::vector<Currency> currencies = {Currency{}};  ///< 0: the one in which pools are valued
  CrossPool cross_pool = CrossPool::Currency;
  MarginMode margin_mode_default = MarginMode::Isolated;  ///< of positions first opened
  LiquidationProcedure procedure;
  PriceRules prices;  ///< of index, mark and funding rate
  ForcedClosing forced_closing = ForcedClosing::Book;

  /// An empty string where currencies and procedure are sound; else what is wrong, with the fix.
  std::string validate() const;
};

}  // namespace v1
}  // namespace delever
