// The reduced model: the leveraged population, the liquidation map and price impact on one price,
// without a book.
//
// An interval: transient impact decays, fair value takes its innovation (solved by a Driver, or
// given), who intends to enters and leaves, losers leave early, and their net dollars move the
// price; then, in rounds (the full market marks its accounts about once a second), whoever the
// price has passed is liquidated and his dollars move it again. Depth sees the same price as in the
// full market. Background takers and makers are absent: their net flow is part of what drives fair
// value, in the factual and the counterfactual run alike.
//
// A run is a value: copying it branches the market, so a kick and its absence share everything
// before. The population must outlive its runs. Every sum is taken in a fixed order: the same terms
// give the same bits on any machine and thread, and switching off what never happens changes none.
// Cost: about 0.1 us an interval and what crosses; 36 h in 10 s intervals with 20,000 positions
// held take some 5 ms. Nothing is allocated while running but the recorded series.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "sim/agenda.hpp"
#include "sim/driver.hpp"
#include "sim/price_formation.hpp"
#include "sim/reduced_ladder.hpp"
#include "sim/reduced_population.hpp"

namespace delever {
inline namespace v1 {

enum class Liquidations : std::uint8_t {
  On,
  Off,      ///< positions are kept, solvent by decree
  OffBook,  ///< positions go, without flow
};

struct ReducedTerms {
  ImpactTerms impact;
  DepthTerms depth;
  double trader_share = 1;  ///< who takes part; the world is drawn for the largest k there is
  double leverage_max = std::numeric_limits<double>::infinity();
  Liquidations liquidations = Liquidations::On;
  bool population_flow = true;  ///< false: entries and exits move no price
  std::uint32_t rounds = 10;    ///< of liquidation in an interval
  /// Impact of accumulated flow x (a fraction of the price) beyond the linear: with scale s > 0,
  /// s ((1 + x/s)^exponent - 1) / exponent, where x forgets with the half-life.
  double concave_scale = 0;
  double concave_exponent = 0.5;
  double concave_half_life_s = 3600;
};

class ReducedRun {
 public:
  /// Factual: the driver solves for the recorded path. It must stand at its first interval.
  ReducedRun(const ReducedPopulation& population, const ReducedTerms& terms, Driver driver);
  /// The innovations given, one an interval.
  ReducedRun(const ReducedPopulation& population, const ReducedTerms& terms,
             std::vector<double> innovations);

  void run_to(std::uint32_t step);
  bool finished() const { return step_ == population_->clock.step_count(); }
  std::uint32_t step() const { return step_; }
  double log_price() const { return formation_.log_price(); }
  double depth_factor() const { return formation_.depth_factor(); }

  /// A market sale (buy, if negative) of so many dollars now.
  void kick(double usd);
  /// Dollars of longs that a fall by `fraction` from here would liquidate, before what they do to
  /// the price: what a kick triggers in the first generation.
  double liquidatable_usd(double fraction) const;

  /// Moves fair value down until the price has reached `target_log`, liquidating on the way, at
  /// once; returns by how much.
  double push_to(double target_log);
  /// Liquidates at the present price until nobody is left to be.
  void run_out();

  /// Per interval: log price at its end, its lowest, and dollars liquidated of longs and shorts.
  const std::vector<double>& price_log() const { return price_log_; }
  const std::vector<double>& low_log() const { return low_log_; }
  const std::vector<double>& long_usd() const { return usd_[0]; }
  const std::vector<double>& short_usd() const { return usd_[1]; }
  /// Liquidations of longs less those of shorts, so far.
  double forced_usd() const { return forced_usd_; }
  double liquidated_long_usd() const { return liquidated_long_usd_; }
  const std::vector<double>& innovations() const;
  double impact_log() const { return formation_.impact(); }
  double path_error() const { return driver_ ? driver_->path_error(0) : 0.0; }
  double clipped_share() const { return driver_ ? driver_->clipped_share(0) : 0.0; }
  std::uint64_t digest() const;

 private:
  struct Holding {
    double entry_log = 0;
    std::uint32_t episode = 0;  ///< positions held so far
    bool is_held = false;
    bool is_long = false;
    bool has_left = false;  ///< liquidated for good
  };

  ReducedRun(const ReducedPopulation& population, const ReducedTerms& terms,
             std::optional<Driver> driver, std::vector<double> innovations);
  void run_step();
  double size_usd(std::uint32_t trader) const { return population_->traders[trader].size_usd; }
  bool takes_part(std::uint32_t trader) const {
    return population_->traders[trader].rank < terms_.trader_share;
  }
  double innovation();
  void move_price(double usd);
  void act();
  void enter(const ReducedIntent& intent);
  void leave(std::uint32_t trader);
  void come_back(std::uint32_t trader);
  void let_losers_go();
  void liquidate(std::uint32_t rounds);
  void liquidate_trader(std::uint32_t trader);
  double concave(double x) const;

  const ReducedPopulation* population_;
  ReducedTerms terms_;
  PriceFormation formation_;
  std::optional<Driver> driver_;
  std::vector<double> innovations_;
  ReducedLadder ladder_;
  Agenda agenda_;
  std::vector<Holding> holdings_;
  std::vector<std::uint32_t> due_;
  std::vector<double> price_log_, low_log_, usd_[2];
  double flow_usd_ = 0;  ///< of the present interval or round, not yet in the price
  double forced_usd_ = 0;
  double liquidated_long_usd_ = 0;
  double accumulated_flow_ = 0;  ///< x of the concave law
  double lowest_log_ = 0;
  std::uint32_t step_ = 0;
};

}  // namespace v1
}  // namespace delever
