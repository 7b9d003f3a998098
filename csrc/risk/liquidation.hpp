// Liquidation decides, it does not act: who is breached, in which order they are taken, what
// closing left over, and how counterparties rank for deleveraging. The venue applies it.
//
// Order of a round: deficit / notional in ppm, largest first, then account, instrument and leg.
// Ranking is Binance's leverage PnL, PnL percent x margin ratio, in integer ppm (venue-rules: the
// margin ratio, not notional over equity), larger first, then account; the insurance fund, if
// opposite, before all.
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

/// What the order in the book did to a liquidated position.
struct LiquidationResult {
  PriceTicks bankruptcy;
  QtyLots closed;  ///< signed, in the closing direction
  Money filled;    ///< value of the fills
  Sequence cause = no_cause;
};

/// A bankrupt remainder that the insurance fund could not take.
struct PendingDeleveraging {
  std::uint32_t position = no_index;
  QtyLots closed;
  Sequence cause = no_cause;
  Money value;       ///< of a pool's: at which it is closed, as a cost
  PriceTicks price;  ///< the bankruptcy price of that
};

/// A counterparty in deleveraging order.
struct RankedPosition {
  std::int64_t score = 0;
  AccountId account = 0;
  std::uint32_t position = no_index;
};

/// Counterparties of one side, used up from the front.
struct Ranking {
  InstrumentId instrument = 0;
  int bankrupt_sign = 0;
  std::vector<RankedPosition> ranked;
  std::size_t next = 0;
};

/// PnL percent x margin ratio, both in ppm; 0 without profit. `stake`: the margin, or the wallet of
/// a cross-margined position, whose pool gives the ratio.
std::int64_t deleveraging_score(Money profit, Money stake, Int128 maintenance, Int128 equity);
std::int64_t deleveraging_score(const InstrumentSpec& spec, const Position& position,
                                PriceTicks mark);

void order_ranking(std::vector<RankedPosition>& ranked);

}  // namespace v1
}  // namespace delever
