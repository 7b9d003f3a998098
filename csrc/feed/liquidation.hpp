// One liquidation as a feed reports it, or as a venue made it: when, of what, which way, how much.
//
// The one record that a user's liquidation feed is read into, that the observation operator thins
// and that cascades are made of. `side` is the side of the position that was closed (1 long, 2
// short), whatever the venue's own word for it. `instrument` numbers the symbols of its source.
// `usd` is price times size; floating point, for it is compared, never booked.
#pragma once

#include <cstdint>

namespace delever {
inline namespace v1 {

constexpr std::uint8_t long_position = 1;
constexpr std::uint8_t short_position = 2;

struct Liquidation {
  std::int64_t time_ns = 0;
  double price_usd = 0;
  double usd = 0;
  std::uint32_t instrument = 0;
  std::uint8_t side = 0;
};

}  // namespace v1
}  // namespace delever
