// The hedgers of one instrument: the other side of the leveraged population.
//
// Most of a perpetual's open interest is not at risk: basis traders, market makers' hedges,
// holders. Here they are named accounts at leverage 1 with as much money as the venue holds for one
// account, so no mark in range liquidates them (exempt by size). Before the start they take the
// other side of every seeded position, one group against longs and one against shorts; a member
// that has no room left is followed by a new one. What the published open interest holds beyond the
// population stands between pairs of hedgers and does not move. While the market runs they take
// over the makers' inventory with a half-life, as cash-and-carry does: forced selling that makers
// bought leaves with a hedger's short, and open interest falls.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/config.hpp"
#include "sim/desk.hpp"

namespace delever {
inline namespace v1 {

class Hedgers {
 public:
  Hedgers(Desk& desk, const MarketConfig& market, const InstrumentConfig& instrument,
          InstrumentId id);

  /// Seeds `lots` for `account` against a hedger; false where the venue refuses for another reason
  /// than the hedger's room.
  bool seed(AccountId account, Side side, std::int64_t price_ticks, std::int64_t lots);
  /// Opens `lots` between pairs of new hedgers.
  void seed_rest(std::int64_t price_ticks, std::int64_t lots);
  /// Trades towards a flat inventory of the makers.
  void act(double inventory_usd, double index_usd, double seconds);

  std::span<const AccountId> accounts() const { return accounts_; }

 private:
  AccountId open_hedger();
  AccountId& member_for(Side population_side) {
    return members_[population_side == Side::Buy ? 0 : 1];
  }

  Desk& desk_;
  const MarketConfig& market_;
  const InstrumentId id_;
  const double lot_coin_;
  const double contract_usd_;  ///< a lot of an inverse contract; 0: linear
  const double tick_usd_;
  std::vector<AccountId> accounts_;
  std::array<AccountId, 2> members_{};  ///< short against longs, long against shorts
};

}  // namespace v1
}  // namespace delever
