// An account: its free wallet, what its resting orders reserve, and the heads of its two lists.
//
// `wallet` excludes the isolated margin of positions. `reserved` is a claim on the wallet, not a
// movement: available = wallet - reserved, and may fall below zero when a voluntary close loses
// more than its margin; then new orders are refused. Positions are a singly linked list (few per
// account), live orders a doubly linked one in the order of acceptance.
#pragma once

#include <cstdint>

#include "units/ids.hpp"
#include "units/quantity.hpp"

namespace delever {
inline namespace v1 {

struct Account {
  Money wallet;
  Money reserved;
  std::uint32_t first_position = no_index;
  std::uint32_t first_order = no_index;
  std::uint32_t last_order = no_index;
  std::uint32_t order_count = 0;

  Money available() const { return wallet - reserved; }
};
static_assert(sizeof(Account) == 32);

/// What an account can hold, so that no sum of two balances overflows.
constexpr std::int64_t amount_atoms_max = std::int64_t{1} << 60;

}  // namespace v1
}  // namespace delever
