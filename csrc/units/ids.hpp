// Identifiers. An account and an instrument are dense indices, given in the order of registration.
// An order id is generation<<32 | slot: the slot is reused, the generation makes a stale id
// harmless. No id feeds a decision except as the last tie-break of an ordering that says so.
#pragma once

#include <cstdint>

namespace delever {
inline namespace v1 {

using AccountId = std::uint32_t;
using InstrumentId = std::uint16_t;
using OrderId = std::uint64_t;
/// Running number of an event; also the name by which a later event cites its cause.
using Sequence = std::int64_t;

constexpr AccountId insurance_fund_account = 0;
constexpr InstrumentId every_instrument = 0xFFFF;
constexpr OrderId no_order = 0;
constexpr std::uint32_t no_index = 0xFFFFFFFF;
constexpr Sequence no_cause = -1;

constexpr std::uint32_t order_slot(OrderId id) { return static_cast<std::uint32_t>(id); }
constexpr std::uint32_t order_generation(OrderId id) {
  return static_cast<std::uint32_t>(id >> 32);
}
constexpr OrderId make_order_id(std::uint32_t generation, std::uint32_t slot) {
  return (static_cast<OrderId>(generation) << 32) | slot;
}

}  // namespace v1
}  // namespace delever
