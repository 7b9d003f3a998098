// What of orders and their markets goes into a snapshot, in both directions: everything that the
// next command can see. Between commands nothing is taking or has triggered, so there are no such
// fields. Padding never gets in: each record is written by its fields or has none, so the same
// state always gives the same bytes. Cost: O(state), one pass.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>

#include "venue/order_flow.hpp"

namespace delever {
inline namespace v1 {

template <class Archive>
void serialize_rulebook(Archive& archive, Rulebook& rules) {
  archive(rules.basis_samples);
  archive(rules.sample_interval);
  archive(rules.funding_interval);
  archive(rules.unwind_interval);
  archive(rules.unwind_clip);
  archive(rules.unwind_bound_ppm);
  archive(rules.deleveraging);
  archive(rules.breach_at_equality);
  archive(rules.self_trade);
  archive(rules.market_residual);
  archive(rules.iceberg_refresh);
  archive(rules.iceberg_amend_up);
  archive(rules.stop_source);
  archive(rules.stop_entry);
  archive(rules.auction_price);
  archive(rules.price_band_ppm);
  std::uint64_t count = rules.currencies.size();
  archive(count);
  if constexpr (Archive::reading) rules.currencies.assign(std::min<std::size_t>(count, 64), {});
  for (Currency& currency : rules.currencies) {
    archive(currency.symbol);
    archive(currency.weight_ppm);
    archive(currency.tick_atoms);
    archive(currency.price_ticks_max);
  }
  archive(rules.cross_pool);
  archive(rules.margin_mode_default);
  rules.procedure.serialize(archive);
  serialize_price_rules(archive, rules.prices);
  archive(rules.forced_closing);
  if constexpr (Archive::reading) {
    const std::string complaint = rules.validate();
    if (!complaint.empty()) throw std::invalid_argument("snapshot: " + complaint);
  }
}

template <class Host>
template <class Archive>
void OrderFlow<Host>::serialize_market(Archive& archive, MarketState& state) {
  state.book.serialize(archive);
  state.triggers.serialize(archive);
  archive(state.pegged);
  archive(state.phase);
  archive(state.minimum_makers);
  archive(state.odd_makers);
  archive(state.left_crossed);
  archive(state.index);
  archive(state.mark);
  archive(state.last);
  archive(state.last_fill);
  archive(state.mark_event);
}

template <class Host>
template <class Archive>
void OrderFlow<Host>::serialize_flow(Archive& archive) {
  orders_.serialize(archive);
  terms_.serialize(archive);
  agenda_.serialize(archive);
  client_ids_.serialize(archive);
  archive(attached_);
  archive(watchers_);
  archive(time_);
  archive(command_count_);
  archive(last_order_);
  archive(last_rejection_);
}

}  // namespace v1
}  // namespace delever
