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

constexpr Int128 value_limit = Int128{1} << 62;

/// price_ticks_max x position_lots_max x atoms_per_tick_lot < 2^62; all three are >= 1.
bool linear_value_fits(const InstrumentSpec& spec) {
  const Int128 area = static_cast<Int128>(spec.price_ticks_max) * spec.position_lots_max;
  return area < value_limit && area * spec.atoms_per_tick_lot < value_limit;
}

/// The largest value of an inverse contract, rounded up.
Int128 inverse_value_max(const InstrumentSpec& spec) {
  const Int128 product = static_cast<Int128>(spec.position_lots_max) * spec.atom_ticks_per_lot;
  return divide(product, spec.price_ticks_min, Round::Ceil);
}

void check_value(const InstrumentSpec& spec, Complaint& complaint) {
  if (spec.is_inverse()) {
    complaint.require(
        inverse_value_max(spec) < value_limit, "position_lots_max", spec.position_lots_max,
        "the largest value position_lots_max x atom_ticks_per_lot " +
            std::to_string(spec.atom_ticks_per_lot) + " / price_ticks_min " +
            std::to_string(spec.price_ticks_min) +
            " must stay below 2^62 atoms: lower the maximum or raise the least price");
    return;
  }
  complaint.require(
      linear_value_fits(spec), "position_lots_max", spec.position_lots_max,
      "the largest value price_ticks_max " + std::to_string(spec.price_ticks_max) +
          " x position_lots_max x atoms_per_tick_lot " + std::to_string(spec.atoms_per_tick_lot) +
          " must stay below 2^62 atoms: lower a maximum or take a coarser tick or lot");
}

void check_scales(const InstrumentSpec& spec, Complaint& complaint) {
  complaint.require_within("contract", static_cast<std::int64_t>(spec.contract), 0, 1);
  if (spec.is_inverse()) {
    complaint.require_positive("atom_ticks_per_lot", spec.atom_ticks_per_lot);
  } else {
    complaint.require_positive("atoms_per_tick_lot", spec.atoms_per_tick_lot);
  }
  complaint.require_positive("price_ticks_max", spec.price_ticks_max);
  complaint.require_within("price_ticks_min", spec.price_ticks_min, 1, spec.price_ticks_max);
  complaint.require_within("settle_currency", spec.settle_currency, 0, currencies_max - 1);
  complaint.require_positive("order_lots_max", spec.order_lots_max);
  complaint.require_positive("position_lots_max", spec.position_lots_max);
  complaint.require(
      spec.order_lots_max <= spec.position_lots_max, "order_lots_max", spec.order_lots_max,
      "set it to at most position_lots_max = " + std::to_string(spec.position_lots_max));
  if (complaint.empty()) check_value(spec, complaint);
}

void check_rates(const InstrumentSpec& spec, Complaint& complaint) {
  complaint.require_within("maker_fee_ppm", spec.maker_fee_ppm, -100'000, 100'000);
  complaint.require_within("taker_fee_ppm", spec.taker_fee_ppm, -100'000, 100'000);
  complaint.require_within("liquidation_fee_ppm", spec.liquidation_fee_ppm, 0, ppm_scale);
  complaint.require_within("market_bound_ppm", spec.market_bound_ppm, 1, ppm_scale - 1);
  complaint.require_within("maintenance_fee_ppm", spec.maintenance_fee_ppm, 0, 100'000);
  complaint.require_within("tier_rule", static_cast<std::int64_t>(spec.tier_rule), 0, 2);
  const bool grows = spec.tier_rule == TierRule::SizeLinear;
  const std::int64_t slope_max = grows ? rate_e12_scale : 0;
  complaint.require_within("maintenance_slope_e12", spec.maintenance_slope_e12, 0, slope_max);
  complaint.require_within("initial_slope_e12", spec.initial_slope_e12, 0, slope_max);
  const Money lower = spec.open_interest_lower;
  const Money upper = spec.open_interest_upper;
  complaint.require(lower.value >= 0, "open_interest_lower_atoms", lower.value,
                    "set it to at least 0");
  complaint.require(upper > lower || (upper.value == 0 && lower.value == 0),
                    "open_interest_upper_atoms", upper.value,
                    "set it above open_interest_lower_atoms, or both to 0");
}

void check_first_tier(const MarginTier& tier, Complaint& complaint) {
  complaint.require(tier.floor.value == 0, "tiers[0].floor", tier.floor.value,
                    "the first tier starts at a notional of 0");
  complaint.require(tier.deduction.value == 0, "tiers[0].deduction", tier.deduction.value,
                    "the first tier deducts 0");
  complaint.require_within("tiers[0].maintenance_ppm", tier.maintenance_ppm, 1, ppm_scale - 1);
  complaint.require_positive("tiers[0].leverage_max", tier.leverage_max);
  complaint.require_within("tiers[0].initial_ppm", tier.initial_ppm, 0, ppm_scale);
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

void check_next_tier(const InstrumentSpec& spec, std::size_t index, Complaint& complaint) {
  const MarginTier& tier = spec.tiers[index];
  const MarginTier& below = spec.tiers[index - 1];
  const std::string name = "tiers[" + std::to_string(index) + "]";
  complaint.require(tier.floor > below.floor, name + ".floor", tier.floor.value,
                    "set it above the previous tier's floor " + std::to_string(below.floor.value));
  complaint.require_within(name + ".maintenance_ppm", tier.maintenance_ppm, below.maintenance_ppm,
                           ppm_scale - 1);
  complaint.require_within(name + ".leverage_max", tier.leverage_max, 1, below.leverage_max);
  complaint.require_within(name + ".initial_ppm", tier.initial_ppm, below.initial_ppm, ppm_scale);
  if (spec.tier_rule == TierRule::Step) {
    complaint.require(tier.deduction.value == 0, name + ".deduction", tier.deduction.value,
                      "set it to 0: step tiers deduct nothing");
    return;
  }
  check_deduction(tier, below, name, complaint);
}

/// The rate never reaches 1 (so that a linear long gains when the price rises), and no maintenance
/// margin overflows.
void check_highest_rate(const InstrumentSpec& spec, Complaint& complaint) {
  if (!complaint.empty()) return;
  const std::int64_t top_ppm = spec.tiers.back().maintenance_ppm;
  complaint.require(top_ppm + spec.maintenance_fee_ppm < ppm_scale, "maintenance_fee_ppm",
                    spec.maintenance_fee_ppm,
                    "together with the last tier's maintenance_ppm " + std::to_string(top_ppm) +
                        " it must stay below 1000000");
  if (spec.tier_rule != TierRule::SizeLinear) return;
  complaint.require(spec.tiers.size() == 1, "the number of tiers",
                    static_cast<std::int64_t>(spec.tiers.size()), "size_linear takes one");
  const Int128 flat_e12 = static_cast<Int128>(top_ppm + spec.maintenance_fee_ppm) * ppm_scale;
  const Int128 size = spec.is_inverse() ? inverse_value_max(spec) : spec.position_lots_max;
  const Int128 unit = spec.is_inverse() ? rate_e8_scale : 1;
  const Int128 highest_e12 = flat_e12 + size * spec.maintenance_slope_e12 / unit;
  const Int128 bound_e12 =
      spec.is_inverse() ? value_limit / size * rate_e12_scale : Int128{rate_e12_scale} - 1;
  complaint.require(
      highest_e12 <= bound_e12, "maintenance_slope_e12", spec.maintenance_slope_e12,
      spec.is_inverse()
          ? "the maintenance margin of position_lots_max at price_ticks_min must stay "
            "below 2^62 atoms: lower the slope or the maximum, or raise the price"
          : "the rate at position_lots_max must stay below 1: lower the slope or the "
            "maximum");
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
    check_next_tier(*this, n, complaint);
  }
  check_highest_rate(*this, complaint);
  complaint.require_within("leverage_default", leverage_default, 1, tiers[0].leverage_max);
  return complaint.text();
}

}  // namespace v1
}  // namespace delever
