// Option hedgers of one venue and coin: who holds options and keeps their delta flat in the
// perpetual.
//
// Over all options held, position x Black-Scholes delta (no interest; F. Black and M. Scholes, J.
// Polit. Econ. 81, 1973) is what the perpetual must offset. Short gamma sells what falls and buys
// what rises, long gamma the reverse. Looks come once an interval, at a moment of it drawn by
// (coin's number here, interval), and leave alone what lies inside the band. An option that has
// expired is gone, and its hedge with it. The hedge at the start is seeded; the account is opened
// when there is something to hold, so that options which never ask for a lot change nothing.
// O(options) a look.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/desk.hpp"
#include "sim/distributions.hpp"
#include "sim/hedgers.hpp"
#include "sim/world_config.hpp"

namespace delever {
inline namespace v1 {

/// Of a European option, per coin: N(d1) of a call, N(d1) - 1 of a put; its payoff's where no time
/// is left.
double option_delta(const OptionHolding& option, double price_usd, std::int64_t time_ns);

class OptionHedgers {
 public:
  /// `coin`: whose options; `share`: the venue's part of the hedging.
  OptionHedgers(Desk& desk, const OptionHedgingConfig& config, const SimulationConfig& venue,
                InstrumentId id, std::uint32_t coin, double share, double first_usd,
                Hedgers& hedgers);

  void act(std::int64_t time_ns, double price_usd);

  /// What they hold in the perpetual.
  std::int64_t lots() const { return opened_ ? desk_.lots_of(account_, id_) : 0; }

 private:
  /// Lots that make the delta flat now.
  std::int64_t wanted(std::int64_t time_ns, double price_usd) const;
  void open();

  Desk& desk_;
  std::vector<OptionHolding> options_;
  const InstrumentId id_;
  const double lot_coin_;
  const double share_;
  const std::int64_t band_lots_;
  const std::int64_t start_ns_, look_ns_;
  const Draws moments_;
  std::int64_t looked_ = 0;  ///< intervals so far
  AccountId account_ = 0;
  bool opened_ = false;
};

}  // namespace v1
}  // namespace delever
