#include "venue/rulebook.hpp"

namespace delever {
inline namespace v1 {

namespace {

std::string complaint(std::size_t at, const char* field, std::int64_t value, const char* fix) {
  return "rulebook.currencies[" + std::to_string(at) + "]." + field + " is " +
         std::to_string(value) + "; " + fix;
}

}  // namespace

std::string Rulebook::validate() const {
  const std::string unsound = prices.validate();
  if (!unsound.empty()) return unsound;
  if (currencies.empty() || currencies.size() > currencies_max)
    return "rulebook.currencies has " + std::to_string(currencies.size()) + " entries; give 1 .. " +
           std::to_string(currencies_max);
  for (std::size_t at = 0; at < currencies.size(); ++at) {
    const Currency& one = currencies[at];
    if (one.symbol.empty()) return complaint(at, "symbol's length", 0, "give it a name");
    if (one.weight_ppm < 0 || one.weight_ppm > ppm_scale)
      return complaint(at, "weight_ppm", one.weight_ppm, "set it within 0 .. 1000000");
    if (one.tick_atoms < 1) return complaint(at, "tick_atoms", one.tick_atoms, "give at least 1");
    if (one.price_ticks_max < 1)
      return complaint(at, "price_ticks_max", one.price_ticks_max, "give at least 1");
    if (static_cast<Int128>(one.price_ticks_max) * one.tick_atoms >= Int128{1} << 60)
      return complaint(at, "price_ticks_max", one.price_ticks_max,
                       "price_ticks_max x tick_atoms must stay below 2^60: take a coarser tick");
  }
  return procedure.validate();
}

}  // namespace v1
}  // namespace delever
