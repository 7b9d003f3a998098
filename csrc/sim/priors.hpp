// Who the leveraged traders are: size, leverage, holding time and side, drawn from the priors.
//
// Sizes are a truncated Pareto law whose upper end is a published figure; its lower end follows
// from the total, so that the dollars in surviving positions when they are seeded (at the start, or
// before: sim/trader_history.hpp) are, in expectation, scale x published open interest whatever the
// number of accounts (fewer accounts: coarser, not richer). Leverage is lognormal about a median
// that falls with size; the median is quoted at the size that divides the dollars in half, which
// the number of accounts hardly moves. Tiers cap leverage at the notional. Holding times are a
// mixture of three exponentials. Every trait is a pure function of (seed, trader, episode), so
// nothing here has state.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/config.hpp"
#include "sim/distributions.hpp"
#include "sim/entry_history.hpp"

namespace delever {
inline namespace v1 {

/// The episode of positions held at the start: its draws are about the stock, not about entries.
constexpr std::uint32_t stock_episode = 0xFFFFFFFF;

/// A position opened before the start.
struct SeededEntry {
  bool survives = false;
  bool is_long = false;
  double price = 0;
};

class Priors {
 public:
  explicit Priors(const SimulationConfig& config);

  std::uint32_t instrument(std::uint32_t trader) const;
  double size_usd(std::uint32_t trader, std::uint32_t instrument) const;
  std::uint32_t leverage(std::uint32_t trader, std::uint32_t instrument, double size_usd) const;
  bool occupied(std::uint32_t trader) const {
    return occupied_.unit(trader, 0) < population_.occupancy;
  }
  /// What an occupied trader holds when it is seeded, if the past let it live.
  SeededEntry seeded(std::uint32_t trader, std::uint32_t instrument, std::uint32_t leverage,
                     double size_usd) const;

  /// From its entry to the mark that liquidates it, as a part of the entry price.
  double room(std::uint32_t instrument, std::uint32_t leverage, double size_usd) const;

  /// Hours until the episode's planned exit (for stock_episode: what is left of it).
  double stay_hours(std::uint32_t trader, std::uint32_t episode) const;
  /// Activity hours until the next entry.
  double gap_hours(std::uint32_t trader, std::uint32_t episode) const;
  /// Whether the trader is long, after a log return `momentum` over the chase horizon.
  bool is_long(std::uint32_t trader, std::uint32_t episode, double momentum) const;
  /// Hours until a liquidated trader comes back; negative: never.
  double reentry_hours(std::uint32_t trader, std::uint32_t episode) const;
  /// Looks at losers in a step, over so many trader hours; the trader of each, in 0..1; and whether
  /// one who has lost `loss` (0..1 and more) of its margin leaves at it.
  std::uint32_t looks(std::uint32_t step, double trader_hours) const {
    return poisson_quantile(looks_.unit(0, step), population_.exit_drawdown_slope * trader_hours);
  }
  double looked_at(std::uint32_t step, std::uint32_t rank) const {
    return looked_at_.unit(rank, step);
  }
  bool gives_up(std::uint32_t step, std::uint32_t rank, double loss) const {
    return gives_up_.unit(rank, step) < loss;
  }

  /// Lower end of the sizes, and the part of the dollars the past left alive.
  double size_min_usd(std::uint32_t instrument) const { return size_min_[instrument]; }
  double surviving_share(std::uint32_t instrument) const { return surviving_[instrument]; }

 private:
  void weigh_horizons();
  void deal_accounts();
  void fit_sizes(std::uint32_t instrument);
  double holding_hours(std::uint32_t trader, std::uint32_t episode, bool stock) const;
  double leverage_at(double unit, std::uint32_t instrument, double size_usd) const;
  bool survives(std::uint32_t instrument, const PastEntry& entry, bool is_long,
                std::uint32_t leverage, double size_usd) const;
  double estimate_surviving(std::uint32_t instrument) const;
  double surviving_at(std::uint32_t instrument, double size_usd, std::uint32_t leverage) const;
  double solve_size_min(double mean_usd) const;

  const PopulationConfig& population_;
  std::vector<const InstrumentConfig*> instruments_;
  std::vector<EntryHistory> history_;
  std::vector<double> share_edges_;  ///< cumulative
  std::vector<double> size_min_, surviving_;
  std::array<double, 3> entry_edges_{}, stock_edges_{};  ///< cumulative weights of the horizons
  double mean_stay_hours_ = 0;
  double half_dollar_size_usd_ = 0;
  Draws instrument_, size_, leverage_, horizon_, occupied_, age_, entry_price_, direction_, stay_,
      gap_, reentry_, reentry_delay_, looks_, looked_at_, gives_up_;
};

}  // namespace v1
}  // namespace delever
