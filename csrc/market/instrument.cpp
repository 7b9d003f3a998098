#include "market/instrument.hpp"

#include <algorithm>

namespace delever {
inline namespace v1 {
namespace {

/// Collects the first complaint: what is wrong, where, the value and the fix.
class Complaint {
 public:
  explicit Complaint(const std::string& symbol) : where_("instrument '" + symbol + "': ") {}

  bool empty() const { return text_.empty(); }
  const std::string& text() const { return text_; }

  void require(bool holds, const std::string& field, std::int64_t value, const std::string& fix) {
    if (!holds && text_.empty()) {
      text_ = where_ + field + " is " + std::to_string(value) + "; " + fix;
    }
  }
  void require_within(const std::string& field, std::int64_t value, std::int64_t low,
                      std::int64_t high) {
    require(value >= low && value <= high, field, value,
            "set it within " + std::to_string(low) + " .. " + std::to_string(high));
  }
  void require_positive(const std::string& field, std::int64_t value) {
    require(value >= 1, field, value, "set it to at least 1");
  }

 private:
  std::string where_;
  std::string text_;
};

std::string symbol_complaint(const std::string& symbol) {
  const bool printable = std::all_of(symbol.begin(), symbol.end(),
                                     [](char letter) { return letter > ' ' && letter <= '~'; });
  if (printable && !symbol.empty() && symbol.size() <= 16) return "";
  return "instrument: symbol '" + symbol + "' has " + std::to_string(symbol.size()) +
         " characters" + (printable ? "" : ", some not printable") +
         "; use 1 .. 16 printable ASCII characters without blanks";
}

/// price_ticks_max x position_lots_max x atoms_per_tick_lot < 2^62; all three are >= 1.
bool value_fits(const InstrumentSpec& spec) {
  constexpr Int128 limit = Int128{1} << 62;
  const Int128 area = static_cast<Int128>(spec.price_ticks_max) * spec.position_lots_max;
  return area < limit && area * spec.atoms_per_tick_lot < limit;
}

void check_scales(const InstrumentSpec& spec, Complaint& complaint) {
  complaint.require_positive("atoms_per_tick_lot", spec.atoms_per_tick_lot);
  complaint.require_positive("price_ticks_max", spec.price_ticks_max);
  complaint.require_positive("order_lots_max", spec.order_lots_max);
  complaint.require_positive("position_lots_max", spec.position_lots_max);
  complaint.require(
      spec.order_lots_max <= spec.position_lots_max, "order_lots_max", spec.order_lots_max,
      "set it to at most position_lots_max = " + std::to_string(spec.position_lots_max));
  if (!complaint.empty()) return;
  complaint.require(
      value_fits(spec), "position_lots_max", spec.position_lots_max,
      "the largest value price_ticks_max " + std::to_string(spec.price_ticks_max) +
          " x position_lots_max x atoms_per_tick_lot " + std::to_string(spec.atoms_per_tick_lot) +
          " must stay below 2^62 atoms: lower a maximum or take a coarser tick or lot");
}

void check_rates(const InstrumentSpec& spec, Complaint& complaint) {
  complaint.require_within("maker_fee_ppm", spec.maker_fee_ppm, -100'000, 100'000);
  complaint.require_within("taker_fee_ppm", spec.taker_fee_ppm, -100'000, 100'000);
  complaint.require_within("liquidation_fee_ppm", spec.liquidation_fee_ppm, 0, ppm_scale);
  complaint.require_within("market_bound_ppm", spec.market_bound_ppm, 1, ppm_scale - 1);
}

void check_first_tier(const MarginTier& tier, Complaint& complaint) {
  complaint.require(tier.floor.value == 0, "tiers[0].floor", tier.floor.value,
                    "the first tier starts at a notional of 0");
  complaint.require(tier.deduction.value == 0, "tiers[0].deduction", tier.deduction.value,
                    "the first tier deducts 0");
  complaint.require_within("tiers[0].maintenance_ppm", tier.maintenance_ppm, 1, ppm_scale - 1);
  complaint.require_positive("tiers[0].leverage_max", tier.leverage_max);
}

/// The deduction keeps the maintenance margin continuous where `tier` takes over from `below`.
void check_deduction(const MarginTier& tier, const MarginTier& below, const std::string& name,
                     Complaint& complaint) {
  if (!complaint.empty()) return;
  const Int128 step =
      static_cast<Int128>(tier.floor.value) * (tier.maintenance_ppm - below.maintenance_ppm);
  complaint.require(
      step % ppm_scale == 0, name + ".floor", tier.floor.value,
      "floor x (maintenance_ppm - the previous tier's) must be a multiple of 1000000, "
      "so that the deduction is a whole number of atoms: round the floor");
  const Int128 exact = below.deduction.value + step / ppm_scale;
  complaint.require(tier.deduction.value == exact, name + ".deduction", tier.deduction.value,
                    "set it to " + std::to_string(static_cast<std::int64_t>(exact)) +
                        " = the previous deduction + floor x (maintenance_ppm - the previous) / "
                        "1000000, so that the maintenance margin has no step");
}

void check_next_tier(const MarginTier& tier, const MarginTier& below, const std::string& name,
                     Complaint& complaint) {
  complaint.require(tier.floor > below.floor, name + ".floor", tier.floor.value,
                    "set it above the previous tier's floor " + std::to_string(below.floor.value));
  complaint.require_within(name + ".maintenance_ppm", tier.maintenance_ppm, below.maintenance_ppm,
                           ppm_scale - 1);
  complaint.require_within(name + ".leverage_max", tier.leverage_max, 1, below.leverage_max);
  check_deduction(tier, below, name, complaint);
}

}  // namespace

std::string InstrumentSpec::validate() const {
  const std::string about_symbol = symbol_complaint(symbol);
  if (!about_symbol.empty()) return about_symbol;
  Complaint complaint(symbol);
  check_scales(*this, complaint);
  check_rates(*this, complaint);
  complaint.require(!tiers.empty(), "the number of tiers", 0,
                    "give at least one, e.g. floor 0, maintenance_ppm 5000, deduction 0, "
                    "leverage_max 100");
  if (!complaint.empty()) return complaint.text();
  check_first_tier(tiers[0], complaint);
  for (std::size_t n = 1; n < tiers.size() && complaint.empty(); ++n) {
    check_next_tier(tiers[n], tiers[n - 1], "tiers[" + std::to_string(n) + "]", complaint);
  }
  complaint.require_within("leverage_default", leverage_default, 1, tiers[0].leverage_max);
  return complaint.text();
}

}  // namespace v1
}  // namespace delever
