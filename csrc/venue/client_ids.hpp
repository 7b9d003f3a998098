// Client order ids of live orders: (account, client id) -> order slot.
//
// Open addressing with linear probing and backward-shift deletion; at most half full. Never
// iterated, so the hash order feeds no decision. One cache miss a lookup; memory 24 bytes a bucket.
#pragma once

#include <cstdint>
#include <vector>

#include "units/ids.hpp"

namespace delever {
inline namespace v1 {

class ClientIds {
 public:
  /// The slot, or no_index.
  std::uint32_t find(AccountId account, std::int64_t client_id) const {
    if (buckets_.empty()) return no_index;
    for (std::size_t at = home(account, client_id);; at = (at + 1) & mask()) {
      const Bucket& bucket = buckets_[at];
      if (bucket.slot == no_index) return no_index;
      if (bucket.account == account && bucket.client_id == client_id) return bucket.slot;
    }
  }

  void insert(AccountId account, std::int64_t client_id, std::uint32_t slot) {
    if (2 * (used_ + 1) > buckets_.size()) grow();
    place({client_id, account, slot});
    ++used_;
  }

  void erase(AccountId account, std::int64_t client_id) {
    std::size_t hole = home(account, client_id);
    while (buckets_[hole].account != account || buckets_[hole].client_id != client_id)
      hole = (hole + 1) & mask();
    for (std::size_t at = (hole + 1) & mask(); buckets_[at].slot != no_index;
         at = (at + 1) & mask()) {
      const std::size_t wanted = home(buckets_[at].account, buckets_[at].client_id);
      if (((at - wanted) & mask()) < ((at - hole) & mask())) continue;
      buckets_[hole] = buckets_[at];
      hole = at;
    }
    buckets_[hole] = Bucket{};
    --used_;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(buckets_);
    archive(used_);
  }

 private:
  struct Bucket {
    std::int64_t client_id = 0;
    AccountId account = 0;
    std::uint32_t slot = no_index;
  };

  std::size_t mask() const { return buckets_.size() - 1; }
  std::size_t home(AccountId account, std::int64_t client_id) const {
    const std::uint64_t key =
        static_cast<std::uint64_t>(client_id) + account * 0xD1B54A32D192ED03ULL;
    return static_cast<std::size_t>(key * 0x9E3779B97F4A7C15ULL >> 32) & mask();
  }
  void place(const Bucket& bucket) {
    std::size_t at = home(bucket.account, bucket.client_id);
    while (buckets_[at].slot != no_index) at = (at + 1) & mask();
    buckets_[at] = bucket;
  }
  void grow() {
    std::vector<Bucket> old = std::move(buckets_);
    buckets_.assign(old.empty() ? 1024 : 2 * old.size(), Bucket{});
    for (const Bucket& bucket : old)
      if (bucket.slot != no_index) place(bucket);
  }

  std::vector<Bucket> buckets_;
  std::uint64_t used_ = 0;
};

}  // namespace v1
}  // namespace delever
