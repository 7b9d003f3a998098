// Liquidation decides, it does not act: who is breached, in which order they are taken, what
// closing left over, and what waits for deleveraging. The venue applies it.
//
// Order of a round: deficit / notional in ppm, largest first, then account, instrument and leg. By
// which procedure a unit is closed says liquidation_procedure.hpp, how counterparties rank
// ranking.hpp.
#pragma once

#include <cstdint>
#include <vector>

#include "market/instrument.hpp"
#include "risk/margin.hpp"
#include "risk/position.hpp"

namespace delever {
inline namespace v1 {

/// A position or a pool found breached, with what orders the round.
struct Breach {
  std::int64_t deficit_ppm = 0;
  AccountId account = 0;
  InstrumentId instrument = 0;        ///< every_instrument: a pool
  std::uint16_t leg = 0;              ///< of a pool: its currency
  std::uint32_t position = no_index;  ///< or the index of the pool

  bool is_pool() const { return instrument == every_instrument; }
};

/// (maintenance - equity) / notional in ppm, floored.
std::int64_t deficit_ppm(const InstrumentSpec& spec, const Position& position, PriceTicks mark);

/// Sorts breaches into the order in which they are taken.
void order_breaches(std::vector<Breach>& breaches);

/// What a mark would liquidate.
struct LiquidationLevel {
  std::int64_t price_ticks = 0;
  QtyLots qty;                  ///< signed
  bool is_conditional = false;  ///< of a pool, the others held fixed
};

/// What an order of a liquidation did.
struct LiquidationStep {
  QtyLots sent;    ///< signed, in the closing direction
  QtyLots closed;  ///< as sent
  Money filled;    ///< value of the fills
  Money fee;       ///< owed to the insurance fund
};

/// What becomes of a unit that is still in breach.
enum class AfterStep : std::uint8_t {
  Waits,
  GoesToVault,  ///< the insurance fund takes it, whatever it can bear
  IsTakenOver,  ///< the insurance fund takes it, or the last resort
};

/// A bankrupt remainder that the insurance fund could not take.
struct PendingDeleveraging {
  std::uint32_t position = no_index;
  QtyLots closed;
  Sequence cause = no_cause;
  Money value;       ///< of a pool's: at which it is closed, as a cost
  PriceTicks price;  ///< the bankruptcy price of that
};

}  // namespace v1
}  // namespace delever
