// How the slabs of a market grow: by an eighth, not by doubling.
//
// A slab that has just grown is a ninth empty at most, so memory follows what lives in it. What is
// copied on the way to n elements sums up to 9 n, once: slabs do not shrink while anything lives in
// them. `reserve` ahead avoids it.
#pragma once

#include <algorithm>
#include <cstddef>

namespace delever {
inline namespace v1 {

/// Makes room for `count` elements in all.
template <class Vector>
void grow_slab(Vector& slab, std::size_t count) {
  constexpr std::size_t least = 16;
  const std::size_t held = slab.capacity();
  if (count > held) slab.reserve(std::max(count, held + std::max(least, held / 8)));
}

}  // namespace v1
}  // namespace delever
