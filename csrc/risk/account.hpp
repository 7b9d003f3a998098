// An account: its free wallet, what its resting orders reserve, and the heads of its lists.
//
// `wallet` excludes the isolated margin of positions. `reserved` is a claim on the wallet, not a
// movement: available = wallet - reserved, and may fall below zero when a voluntary close loses
// more than its margin; then new orders are refused. Positions are a singly linked list (few per
// account), live orders a doubly linked one in the order of acceptance. The wallet here is that of
// currency 0; others, where a venue has them, are `Balance`s beside the accounts. The wallet of an
// account with cross-margined positions may be negative: its pool is what counts.
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
  std::uint32_t pools : 31 = 0;     ///< 1 + the index of its first cross-margin pool; 0: none
  std::uint32_t is_hedged : 1 = 0;  ///< long and short legs are positions of their own

  Money available() const { return wallet - reserved; }
};
static_assert(sizeof(Account) == 32);

/// An account's money in a currency other than 0.
struct Balance {
  Money wallet;
  Money reserved;

  Money available() const { return wallet - reserved; }
};

/// What an account can hold, so that no sum of two balances overflows.
constexpr std::int64_t amount_atoms_max = std::int64_t{1} << 60;

}  // namespace v1
}  // namespace delever
