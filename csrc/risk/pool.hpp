// A cross-margin pool: what an account's cross-margined positions share, its standing, and what it
// lets an order use.
//
// A pool is (account, currency), or the whole account valued in currency 0. It is breached when its
// equity is below zero, or not above the maintenance margin of its positions (or below it, where
// equality does not breach). Pure data and comparisons; the venue sums them up. Sums are 128 bits
// wide. A pool's thresholds are guards: two per coordinate (the mark of an instrument, the price of
// a collateral), or one per basket, which say when to ask it again, never what the answer is.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "risk/basket.hpp"
#include "risk/certificate.hpp"
#include "risk/collateral.hpp"
#include "risk/liquidation_map.hpp"
#include "risk/threshold.hpp"
#include "units/ids.hpp"

namespace delever {
inline namespace v1 {

struct Pool {
  AccountId account = 0;
  std::uint32_t next = 0;                ///< 1 + the account's next pool; 0: none
  std::uint32_t first_guard = no_index;  ///< of the chain of its guards
  std::uint16_t currency = 0;
  std::uint8_t dirty : 1 = 0;   ///< is to be asked at the next point
  std::uint8_t staged : 1 = 0;  ///< in liquidation, between two steps
  std::uint8_t spare : 6 = 0;   ///< no bit of a snapshot is left to chance
  std::uint8_t hot = 0;  ///< asked at every point, has no guards; counts to the next trial of some
};
static_assert(sizeof(Pool) == 16);

enum class GuardKind : std::uint8_t { Instrument, Collateral, Basket };

/// Where a pool waits along one coordinate, or an isolated position on both sides.
struct PoolGuard {
  std::array<LiquidationMap::Handle, 2> handles{};  ///< below and above
  std::uint32_t owner = no_index;                   ///< index of the pool or position
  std::uint32_t next = no_index;                    ///< the pool's next guard, or the next free one
  std::uint16_t coordinate = 0;                     ///< instrument, currency or basket
  bool is_pool = false;
  GuardKind kind = GuardKind::Instrument;
};
static_assert(sizeof(PoolGuard) == 28);

/// One function of one price in a pool's surplus: an instrument's legs, or a collateral.
struct PoolCoordinate {
  Int128 amount = 0;  ///< of the collateral
  std::array<QtyLots, 2> legs{};
  std::uint16_t leg_count = 0;
  std::uint16_t id = 0;  ///< instrument or currency
  bool is_collateral = false;
  bool in_baskets = false;

  std::span<const QtyLots> held() const { return std::span(legs).first(leg_count); }
};

struct PlannedGuard {
  GuardKind kind = GuardKind::Instrument;
  std::uint16_t coordinate = 0;
  GuardTicks ticks;
};

/// The guards of one pool in the making; kept for its memory.
struct GuardPlan {
  std::vector<PoolCoordinate> coordinates;
  std::vector<SlopeRun> slopes;  ///< by coordinate, where baskets are tried
  std::vector<BasketExposure> exposures;
  std::vector<BasketShare> shares;
  std::vector<std::uint64_t> weights;  ///< of the shares, then of the coordinates in no basket
  std::vector<Int128> budgets;
  std::vector<PlannedGuard> guards;
};

/// A pool at the marks as they are.
struct PoolStanding {
  Int128 equity = 0;
  Int128 maintenance = 0;
  Int128 notional = 0;
  Sequence mark_event = no_cause;  ///< the latest of its instruments'
  bool is_open = false;            ///< it has positions
  bool waits = false;              ///< one of them cannot be closed now

  bool is_breached(bool at_equality) const {
    if (equity < 0) return true;
    return maintenance > 0 && (at_equality ? equity <= maintenance : equity < maintenance);
  }
  /// (maintenance - equity) / notional in ppm, floored.
  std::int64_t deficit_ppm() const {
    constexpr std::int64_t most = 1'000'000'000'000;
    if (notional == 0) return most;
    const Int128 ratio = divide((maintenance - equity) * ppm_scale, notional, Round::Floor);
    return static_cast<std::int64_t>(std::min<Int128>(ratio, most));
  }
};

/// What of a need, in an instrument's settlement currency, its owner can cover.
struct Cover {
  enum class Kind : std::uint8_t { Plain, Worth, Charge };

  Int128 loose = 0;  ///< what physically can leave
  Int128 free = 0;   ///< what its pool lets go, in the pool's valuation
  CollateralRate rate = valuation_rate;
  Kind kind = Kind::Plain;  ///< how a need compares with `free`

  bool allows(Money need) const {
    if (need.value > loose) return false;
    switch (kind) {
      case Kind::Plain: return need.value <= free;
      case Kind::Worth: return rate.worth(need.value) <= free;
      case Kind::Charge:
        return (rate.rate_e8 != 0 || need.value <= 0) && rate.charge(need.value) <= free;
    }
    return false;
  }
};
constexpr Int128 unlimited_atoms = Int128{1} << 100;

}  // namespace v1
}  // namespace delever
