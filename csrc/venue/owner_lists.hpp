// Who owns which live orders, where owners are any 32-bit numbers and nobody opens an account.
//
// Owns a record per owner ever seen (in the order of their first command) with the two ends of the
// list of its live orders, oldest first, and its trade group; and an open-addressed index from the
// number to the record, never more than half full. The links themselves are beside the orders, and
// their `position` names the record, so an order joins and leaves its list without a look-up.
//
// Cost: require is one probe, usually of a cached line; link, unlink O(1). Memory: 16 B an owner
// and at most 16 B of index. Never iterated: no decision depends on the index's order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "market/order_pool.hpp"
#include "units/ids.hpp"

namespace delever {
inline namespace v1 {

class OwnerLists {
 public:
  struct Owner {
    AccountId account = 0;
    std::uint32_t first_order = no_index;
    std::uint32_t last_order = no_index;
    std::uint32_t group = 0;  ///< 0: none
  };
  static_assert(sizeof(Owner) == 16 && std::has_unique_object_representations_v<Owner>);

  /// The record of an owner; no_index where it has never been seen.
  std::uint32_t find(AccountId account) const {
    if (index_.empty()) return no_index;
    for (std::size_t at = home(account);; at = (at + 1) & (index_.size() - 1)) {
      const std::uint32_t record = index_[at];
      if (record == no_index || owners_[record].account == account) return record;
    }
  }

  /// The record of an owner, made now where it has never been seen.
  std::uint32_t require(AccountId account) {
    const std::uint32_t found = find(account);
    if (found != no_index) [[likely]]
      return found;
    if (2 * (owners_.size() + 1) > index_.size()) grow();
    const auto record = static_cast<std::uint32_t>(owners_.size());
    owners_.push_back({.account = account});
    place(record);
    return record;
  }

  Owner& operator[](std::uint32_t record) { return owners_[record]; }
  const Owner& operator[](std::uint32_t record) const { return owners_[record]; }

  void link(OrderPool& orders, std::uint32_t slot, std::uint32_t record) {
    OrderLinks& links = orders.links(slot);
    Owner& owner = owners_[record];
    links.owner_previous = owner.last_order;
    links.owner_next = no_index;
    (owner.last_order == no_index ? owner.first_order : orders.links(owner.last_order).owner_next) =
        slot;
    owner.last_order = slot;
  }

  void unlink(OrderPool& orders, std::uint32_t slot, std::uint32_t record) {
    const std::uint32_t previous = orders.links(slot).owner_previous;
    const std::uint32_t next = orders.links(slot).owner_next;
    (previous == no_index ? owners_[record].first_order : orders.links(previous).owner_next) = next;
    (next == no_index ? owners_[record].last_order : orders.links(next).owner_previous) = previous;
  }

  std::size_t bytes() const {
    return owners_.capacity() * sizeof(Owner) + index_.capacity() * sizeof(std::uint32_t);
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(owners_);
    archive(index_);
  }

 private:
  std::size_t home(AccountId account) const {
    const std::uint64_t mixed = account * 0x9E3779B97F4A7C15ULL;
    return static_cast<std::size_t>(mixed >> 32) & (index_.size() - 1);
  }
  void place(std::uint32_t record) {
    std::size_t at = home(owners_[record].account);
    while (index_[at] != no_index) at = (at + 1) & (index_.size() - 1);
    index_[at] = record;
  }
  void grow() {
    index_.assign(index_.empty() ? 64 : 2 * index_.size(), no_index);
    for (std::uint32_t record = 0; record < owners_.size(); ++record) place(record);
  }

  std::vector<Owner> owners_;
  std::vector<std::uint32_t> index_;
};

}  // namespace v1
}  // namespace delever
