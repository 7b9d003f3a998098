// Client order ids of live orders: (account, client id) -> order slot.
//
// Open addressing with linear probing and backward-shift deletion; at most two thirds full, and
// three sixteenths while it is small: there room costs little, and a probe too many a lot. A
// bucket holds 32 bits of the hash and the slot: the ids themselves are in the order pool, which is
// asked only where the 32 bits agree. Never iterated, so the hash order feeds no decision. Memory:
// 8 B a bucket, 12 to 24 B an order that has a client id (small tables: up to 85); kept until it
// starts over.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "market/order_pool.hpp"
#include "units/ids.hpp"

namespace delever {
inline namespace v1 {

class ClientIds {
 public:
  /// The slot, or no_index.
  std::uint32_t find(const OrderPool& orders, AccountId account, std::int64_t client_id) const {
    if (buckets_.empty()) return no_index;
    const std::uint32_t tag = tag_of(account, client_id);
    for (std::size_t at = tag & mask();; at = (at + 1) & mask()) {
      const Bucket& bucket = buckets_[at];
      if (bucket.slot == no_index) return no_index;
      if (bucket.tag == tag && orders[bucket.slot].account == account &&
          orders.client_id(bucket.slot) == client_id)
        return bucket.slot;
    }
  }

  void insert(AccountId account, std::int64_t client_id, std::uint32_t slot) {
    if (used_ == room_) [[unlikely]]
      grow();
    place({tag_of(account, client_id), slot});
    ++used_;
  }

  void erase(AccountId account, std::int64_t client_id, std::uint32_t slot) {
    std::size_t hole = tag_of(account, client_id) & mask();
    while (buckets_[hole].slot != slot) hole = (hole + 1) & mask();
    for (std::size_t at = (hole + 1) & mask(); buckets_[at].slot != no_index;
         at = (at + 1) & mask()) {
      const std::size_t wanted = buckets_[at].tag & mask();
      if (((at - wanted) & mask()) < ((at - hole) & mask())) continue;
      buckets_[hole] = buckets_[at];
      hole = at;
    }
    buckets_[hole] = Bucket{};
    --used_;
  }

  std::size_t bytes() const { return buckets_.capacity() * sizeof(Bucket); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(buckets_);
    archive(used_);
    archive(room_);
  }

 private:
  struct Bucket {
    std::uint32_t tag = 0;
    std::uint32_t slot = no_index;
  };

  std::size_t mask() const { return buckets_.size() - 1; }
  static std::uint32_t tag_of(AccountId account, std::int64_t client_id) {
    const std::uint64_t key =
        static_cast<std::uint64_t>(client_id) + account * 0xD1B54A32D192ED03ULL;
    return static_cast<std::uint32_t>(key * 0x9E3779B97F4A7C15ULL >> 32);
  }
  void place(const Bucket& bucket) {
    std::size_t at = bucket.tag & mask();
    while (buckets_[at].slot != no_index) at = (at + 1) & mask();
    buckets_[at] = bucket;
  }
  [[gnu::noinline]] void grow() {
    const std::vector<Bucket> old = std::move(buckets_);
    buckets_.assign(old.empty() ? 1024 : 2 * old.size(), Bucket{});
    room_ = buckets_.size() <= small_table ? buckets_.size() / 16 * 3 : buckets_.size() / 3 * 2;
    for (const Bucket& bucket : old)
      if (bucket.slot != no_index) place(bucket);
  }

  static constexpr std::size_t small_table = 8192;

  std::vector<Bucket> buckets_;
  std::uint64_t used_ = 0;
  std::uint64_t room_ = 0;  ///< how many it may hold before it grows
};

}  // namespace v1
}  // namespace delever
