// Snapshots: the whole state of a venue as bytes, and back. Guards are not part of it: a restored
// venue marks every open position dirty, and its first evaluation point rebuilds the liquidation
// map.
#include <stdexcept>

#include "venue/order_archive.hpp"
#include "venue/snapshot_frame.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

namespace {

template <class Archive>
void serialize_risk(Archive& archive, InstrumentState& state) {
  state.basis.serialize(archive);
  archive(state.last_sample);
  archive(state.sampled);
  archive(state.funding);
  state.prices.serialize(archive);
  archive(state.in_point);
  archive(state.forced_mark);
  archive(state.last_unwind);
  archive(state.unwound);
  archive(state.last_takeover);
  archive(state.open_long);
  archive(state.previous_mark);
}

HugeVector<Position> without_guards(HugeVector<Position> positions) {
  for (Position& position : positions) {
    position.guard = {};
    position.dirty = false;
  }
  return positions;
}

std::vector<Pool> without_guards(std::vector<Pool> pools) {
  for (Pool& pool : pools) {
    pool.first_guard = no_index;
    pool.dirty = 0;
    pool.hot = 0;
  }
  return pools;
}

}  // namespace

template <class Archive>
void Venue::serialize(Archive& archive) {
  serialize_rulebook(archive, rulebook_);
  std::uint64_t count = instruments_.size();
  archive(count);
  for (std::uint64_t id = 0; id < count; ++id) {
    if constexpr (Archive::reading) {
      instruments_.emplace_back(read_spec(archive));
    } else {
      serialize_spec(archive, instruments_[id].spec);
    }
    serialize_market(archive, instruments_[id]);
    serialize_risk(archive, instruments_[id]);
  }
  archive(accounts_);
  archive(balances_);
  for (std::size_t currency = 0; currency < rulebook_.currencies.size(); ++currency) {
    if constexpr (Archive::reading) collaterals_.emplace_back(rulebook_.currencies[currency]);
    archive(collaterals_[currency].price);
    archive(collaterals_[currency].pending);
    archive(collaterals_[currency].in_point);
  }
  if constexpr (Archive::reading) {
    archive(positions_);
    archive(pools_);
  } else {
    archive(without_guards(positions_));
    archive(without_guards(pools_));
  }
  archive(plain_);
  serialize_flow(archive);
  archive(trade_groups_);
  archive(ledgers_);
  archive(next_sequence_);
  archive(digest_);
  archive(point_open_);
  liquidations_.serialize(archive);
  for (FundPeak& peak : fund_peaks_) peak.serialize(archive);
  archive(poison_);
}

std::vector<std::byte> Venue::snapshot() const {
  ArchiveWriter payload;
  const_cast<Venue*>(this)->serialize(payload);  // a writer changes nothing
  return framed_snapshot(snapshot_magic, payload.bytes);
}

std::unique_ptr<Venue> Venue::branch() const {
  std::unique_ptr<Venue> copy(new Venue(*this));
  copy->clear_trace();
  return copy;
}

std::unique_ptr<Venue> Venue::restore(std::span<const std::byte> bytes) {
  ArchiveReader payload(snapshot_payload(snapshot_magic, bytes));
  std::unique_ptr<Venue> venue(new Venue());
  venue->serialize(payload);
  if (!payload.finished()) throw std::invalid_argument("snapshot: bytes to spare");
  venue->rebuild_guards(0);
  return venue;
}

}  // namespace v1
}  // namespace delever
