#include "sim/liquidated_value.hpp"

#include <cstdlib>

#include "sim/desk.hpp"

namespace delever {
inline namespace v1 {

LiquidatedValue liquidated_value(const Venue& venue, std::size_t row, bool steps) {
  constexpr EventFamily risk = EventFamily::Risk;
  const auto value = [&](Word word) {
    return venue.log().column(risk, column_of(risk, word))[row];
  };
  const auto id = static_cast<InstrumentId>(value(Word::Instrument));
  const std::int64_t lots = value(Word::QtyLots);
  const auto at_price = [&](std::int64_t price_ticks) {
    return static_cast<double>(price_ticks) * static_cast<double>(std::abs(lots)) *
           static_cast<double>(venue.instrument(id).atoms_per_tick_lot) / atoms_per_usd;
  };
  const auto exchanged = [&] {
    return static_cast<double>(std::abs(value(Word::AmountAtoms))) / atoms_per_usd;
  };
  switch (static_cast<EventKind>(value(Word::Kind))) {
    case EventKind::LiquidationStarted:
      if (steps) return {};
      return {at_price(value(Word::PriceTicks)), lots > 0};
    case EventKind::LiquidationStepped:  // its lots are those sent
      return {exchanged(), lots < 0};
    case EventKind::PositionTakenOver:
      if (!steps) return {};
      return {at_price(venue.mark(id).value), lots > 0};
    case EventKind::AccountDeleveraged:  // its lots are the other side's
      if (!steps) return {};
      return {exchanged(), lots > 0};
    default: return {};
  }
}

}  // namespace v1
}  // namespace delever
