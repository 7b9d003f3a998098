// The leveraged population: accounts that hold, leave, are liquidated and come back, all day long.
//
// One trader is one account in one instrument with one size and leverage (sim/priors.hpp); what
// changes is whether it is in a position. Before the start, survivors of the past are seeded at
// their entry prices against hedgers. Afterwards every trader has at most one appointment in the
// agenda: the planned exit of a position, or the next entry; entries arrive on the activity clock,
// so more of them in a storm. Losing positions also leave early, with a hazard that grows with the
// lost part of the margin: a common Poisson field of looks (step, trader), thinned by the loss, so
// nobody is scanned. What the venue does to it (liquidation, deleveraging) is read from risk
// events. A liquidated trader returns with a new deposit, or not.
//
// Invariants: trader t is account first_account + t; `lots` is what the venue says the account
// holds, after every event concerning it; the totals are sums over `lots`. Cost: 24 bytes a trader
// plus 12 in the agenda; a step costs its appointments and its looks, each a few cache misses; no
// allocation.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/activity.hpp"
#include "sim/agenda.hpp"
#include "sim/config.hpp"
#include "sim/desk.hpp"
#include "sim/hedgers.hpp"
#include "sim/map_histogram.hpp"
#include "sim/priors.hpp"
#include "sim/trader_history.hpp"

namespace delever {
inline namespace v1 {

struct Trader {
  float size_usd = 0;
  float entry_usd = 0;        ///< price of the present position
  std::int32_t lots = 0;      ///< signed, as the venue says
  std::uint32_t episode = 0;  ///< entries so far
  std::uint16_t map_bin = no_bin;
  std::uint8_t leverage = 1;
  std::uint8_t instrument = 0;
  bool was_liquidated = false;
};
static_assert(sizeof(Trader) == 24);

class Population {
 public:
  Population(Desk& desk, const SimulationConfig& config, const StepClock& clock,
             const Activity& activity, std::vector<Hedgers>& hedgers);

  /// Exits, entries and early exits that fall on `step`; `index_usd` per instrument.
  void act(std::uint32_t step, std::span<const double> index_usd);

  /// After a risk event that concerns this account.
  void on_liquidated(AccountId account, std::uint32_t step);
  void on_reduced(AccountId account) { sync(account - first_account_); }
  void on_deleveraged(AccountId account, std::uint32_t step);

  AccountId first_account() const { return first_account_; }
  bool owns(AccountId account) const {
    return account >= first_account_ && account - first_account_ < traders_.size();
  }
  const std::vector<Trader>& traders() const { return traders_; }
  const Priors& priors() const { return priors_; }
  const MapHistogram& map() const { return map_; }
  /// Lots held long or short in an instrument.
  std::int64_t lots(InstrumentId instrument, bool is_long) const {
    return lots_[2 * std::size_t{instrument} + (is_long ? 0 : 1)];
  }
  std::int64_t traders_liquidated() const { return traders_liquidated_; }
  std::size_t bytes() const { return traders_.size() * sizeof(Trader) + agenda_.bytes(); }

 private:
  AccountId account_of(std::uint32_t trader) const { return first_account_ + trader; }
  void draw_trader(std::uint32_t index);
  void open_account(std::uint32_t index, const TraderHistory* history,
                    std::vector<Hedgers>& hedgers);
  double first_index_usd(std::uint32_t instrument) const;
  double deposit_for(const Trader& trader, double value_usd) const;
  void enter(std::uint32_t index, std::uint32_t step, double index_usd);
  void leave(std::uint32_t index, std::uint32_t step);
  void let_losers_go(std::uint32_t step, std::span<const double> index_usd);
  void observe_momentum(std::uint32_t step, std::span<const double> index_usd);
  void begin(std::uint32_t index, const Standing& standing);
  void plan_exit(std::uint32_t index, std::uint32_t step, std::uint32_t episode);
  void plan_entry(std::uint32_t index, std::uint32_t step);
  /// Takes over what the venue says the trader holds.
  void sync(std::uint32_t index);
  void prefetch_after(std::size_t i) const;

  Desk& desk_;
  const SimulationConfig& config_;
  const StepClock& clock_;
  const Activity& activity_;
  Priors priors_;
  Agenda agenda_;
  MapHistogram map_;
  std::vector<Trader> traders_;
  std::vector<std::int64_t> lots_;   // instrument x (long, short)
  std::vector<double> average_log_;  // trailing mean of the log index, for momentum
  std::vector<double> momentum_;
  std::vector<std::uint32_t> due_;
  AccountId first_account_ = 0;
  std::int64_t traders_liquidated_ = 0;
};

}  // namespace v1
}  // namespace delever
