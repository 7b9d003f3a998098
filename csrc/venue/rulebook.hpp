// The rules a venue runs by, beside its instruments': dated data, loaded from TOML by the Python
// side.
#pragma once

#include <cstdint>

#include "units/quantity.hpp"

namespace delever {
inline namespace v1 {

struct Rulebook {
  std::int64_t basis_samples = 30;
  TimeNs sample_interval{1'000'000'000};
  TimeNs funding_interval{std::int64_t{8} * 3600 * 1'000'000'000};
  TimeNs unwind_interval{1'000'000'000};
  Money unwind_clip{10'000'000'000'000};  ///< notional the insurance fund sells per interval
  std::int64_t unwind_bound_ppm = 5'000;  ///< how far from the mark it does
  bool deleveraging = true;               ///< false: the fund takes over whatever it costs
  bool breach_at_equality = true;
};

}  // namespace v1
}  // namespace delever
