// Terms on their way to an order: what AttachTerm commands have said so far.
//
// Owns one OrderTerms record that fills up, a bit per TermKind seen, and whether a row was refused.
// What can be judged without the order is judged here (ranges that depend on nothing else); what
// goes together is judged when the order comes. Cost: O(1).
#pragma once

#include <cstdint>
#include <limits>

#include "market/order_terms.hpp"
#include "market/order_types.hpp"
#include "units/ids.hpp"
#include "venue/command.hpp"

namespace delever {
inline namespace v1 {

constexpr std::uint32_t term_bit(TermKind kind) {
  return std::uint32_t{1} << static_cast<unsigned>(kind);
}
constexpr std::int64_t trail_ppm_max = 999'999;
constexpr std::int64_t group_max = std::numeric_limits<std::int32_t>::max();

struct AttachedTerms {
  AccountId account = 0;
  std::uint32_t kinds = 0;    ///< term_bit of each kind seen
  std::uint32_t refused = 0;  ///< 1: a row was refused, and so will the order be
  std::uint32_t unsound = 0;  ///< term_bit of each kind with a value that no order allows
  OrderTerms terms;

  bool any() const { return (kinds | refused) != 0; }
  bool has(TermKind kind) const { return (kinds & term_bit(kind)) != 0; }

  void add(const Command& command) {
    const auto kind = static_cast<TermKind>(command.order_type);
    kinds |= term_bit(kind);
    if (!set(kind, command)) unsound |= term_bit(kind);
  }

 private:
  bool set(TermKind kind, const Command& command) {
    switch (kind) {
      case TermKind::Trigger: return set_trigger(command);
      case TermKind::Peg:
        terms.peg_reference = static_cast<PegReference>(command.side);
        terms.peg_offset_ticks = command.price_ticks;
        return command.side >= 1 && command.side <= 3 && command.price_ticks >= 0;
      case TermKind::Iceberg:
        terms.display_lots = command.qty_lots;
        terms.display_min_lots = command.amount_atoms;
        return command.qty_lots >= 1 && command.amount_atoms >= 0 &&
               command.amount_atoms <= command.qty_lots;
      case TermKind::Expiry: terms.expire_ns = command.amount_atoms; return true;
      case TermKind::Minimum: terms.minimum_lots = command.qty_lots; return command.qty_lots >= 1;
      case TermKind::Oco:
        terms.oco_group = static_cast<std::uint32_t>(command.amount_atoms);
        return command.amount_atoms >= 1 && command.amount_atoms <= group_max;
      case TermKind::Budget:
        terms.budget_tick_lots = command.amount_atoms;
        return command.amount_atoms >= 1;
      case TermKind::ClosePosition: terms.close_position = 1; return true;
      case TermKind::Protection:
        terms.protection_ticks = command.price_ticks;
        return command.price_ticks >= 0;
    }
    return false;
  }

  bool set_trigger(const Command& command) {
    terms.trigger_kind = static_cast<TriggerKind>(command.flags);
    terms.trigger_direction = static_cast<TriggerDirection>(command.side);
    terms.trigger_source = static_cast<TriggerSource>(command.time_in_force);
    terms.trigger_ticks = command.price_ticks;
    terms.trail_distance = command.qty_lots;
    if (command.flags < 1 || command.flags > 4 || command.side > 2 || command.time_in_force > 4)
      return false;
    if (!is_trailing(terms.trigger_kind)) return command.price_ticks >= 1 && command.qty_lots == 0;
    const bool by_ppm = terms.trigger_kind == TriggerKind::TrailingPpm;
    return command.price_ticks >= 0 && command.qty_lots >= 1 &&
           (!by_ppm || command.qty_lots <= trail_ppm_max);
  }
};
static_assert(std::has_unique_object_representations_v<AttachedTerms>, "snapshots copy the bytes");

}  // namespace v1
}  // namespace delever
