// Constants and enumerations, as plain integers: the Python side gives them IntEnum classes, and a
// test holds the two together.
#include <initializer_list>
#include <utility>

#include "bindings/bindings.hpp"
#include "market/order_types.hpp"
#include "risk/account.hpp"
#include "units/arithmetic.hpp"
#include "units/ids.hpp"
#include "venue/command.hpp"
#include "venue/event.hpp"
#include "venue/reject.hpp"

namespace delever {
inline namespace v1 {

void register_units(pybind11::module_& module) {
  const std::initializer_list<std::pair<const char*, std::int64_t>> constants = {
      {"COMMAND_LAYOUT_VERSION", command_layout_version},
      {"EVENT_LAYOUT_VERSION", event_layout_version},
      {"COMMAND_KIND_MAX", command_kind_max},
      {"EVENT_KIND_MAX", event_kind_max},
      {"REJECT_REASON_MAX", reject_reason_max},
      {"CANCEL_REASON_MAX", cancel_reason_max},
      {"ORDER_FLAGS_ALL", order_flags_all},
      {"INSURANCE_FUND_ACCOUNT", insurance_fund_account},
      {"EVERY_INSTRUMENT", every_instrument},
      {"AMOUNT_ATOMS_MAX", amount_atoms_max},
      {"PPM_SCALE", ppm_scale},
      {"RATE_E8_SCALE", rate_e8_scale},
  };
  for (const auto& [name, value] : constants) module.attr(name) = value;
}

}  // namespace v1
}  // namespace delever
