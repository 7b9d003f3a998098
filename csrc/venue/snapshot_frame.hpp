// What stands around the fields of a snapshot, and the instruments within it.
//
// Layout: magic (who wrote it), layout version, payload size, payload, checksum of the payload.
// Bytes whose magic, version, size or checksum differ give std::invalid_argument and nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "market/instrument.hpp"
#include "venue/archive.hpp"

namespace delever {
inline namespace v1 {

constexpr std::uint64_t snapshot_magic = 0x3150414E53564C44ULL;         // "DLVSNAP1"
constexpr std::uint64_t engine_snapshot_magic = 0x31474E45534C4544ULL;  // "DELSENG1"
constexpr std::uint64_t snapshot_version = 7;

std::vector<std::byte> framed_snapshot(std::uint64_t magic, std::span<const std::byte> payload);

/// The payload within `bytes`, checked.
std::span<const std::byte> snapshot_payload(std::uint64_t magic, std::span<const std::byte> bytes);

template <class Archive>
void serialize_spec(Archive& archive, InstrumentSpec& spec) {
  archive(spec.symbol);
  archive(spec.atoms_per_tick_lot);
  archive(spec.price_ticks_max);
  archive(spec.order_lots_max);
  archive(spec.position_lots_max);
  archive(spec.maker_fee_ppm);
  archive(spec.taker_fee_ppm);
  archive(spec.liquidation_fee_ppm);
  archive(spec.market_bound_ppm);
  archive(spec.leverage_default);
  archive(spec.tiers);
  archive(spec.contract);
  archive(spec.tier_rule);
  archive(spec.settle_currency);
  archive(spec.atom_ticks_per_lot);
  archive(spec.price_ticks_min);
  archive(spec.maintenance_fee_ppm);
  archive(spec.maintenance_slope_e12);
  archive(spec.initial_slope_e12);
  archive(spec.open_interest_lower);
  archive(spec.open_interest_upper);
}

/// A specification that is sound, from an archive.
template <class Archive>
InstrumentSpec read_spec(Archive& archive) {
  InstrumentSpec spec;
  serialize_spec(archive, spec);
  const std::string complaint = spec.validate();
  if (!complaint.empty()) throw std::invalid_argument("snapshot: " + complaint);
  return spec;
}

}  // namespace v1
}  // namespace delever
