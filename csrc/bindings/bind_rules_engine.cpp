// What the engine itself says of a position on an instrument: the functions that decide at every
// mark, asked without a venue.
#include <pybind11/pybind11.h>

#include <string>

#include "bindings/bindings.hpp"
#include "bindings/machine_config.hpp"
#include "risk/margin.hpp"
#include "risk/threshold.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using py::arg;

InstrumentSpec spec_from(const py::dict& values) {
  py::list one;
  one.append(values);
  InstrumentSpec spec = instruments_from(one).front();
  const std::string complaint = spec.validate();
  if (!complaint.empty()) throw Misuse(Misunderstanding::Config, complaint);
  return spec;
}

void check_range(std::int64_t value, std::int64_t low, std::int64_t high, const char* name) {
  if (value >= low && value <= high) return;
  throw Misuse(Misunderstanding::Data, std::string(name) + " is " + std::to_string(value) +
                                           "; give " + std::to_string(low) + " .. " +
                                           std::to_string(high));
}

constexpr std::int64_t money_max = std::int64_t{1} << 61;

py::dict evaluate_position(const py::dict& instrument, std::int64_t qty_lots,
                           std::int64_t cost_atoms, std::int64_t margin_atoms,
                           std::int64_t mark_ticks, std::int64_t leverage,
                           std::int64_t open_interest_atoms, bool at_equality) {
  const InstrumentSpec spec = spec_from(instrument);
  check_range(qty_lots, -spec.position_lots_max, spec.position_lots_max, "qty_lots");
  check_range(mark_ticks, spec.price_ticks_min, spec.price_ticks_max, "mark_ticks");
  check_range(cost_atoms, -money_max, money_max, "cost_atoms");
  check_range(margin_atoms, -money_max, money_max, "margin_atoms");
  check_range(leverage, 1, 65'535, "leverage");
  check_range(open_interest_atoms, 0, money_max, "open_interest_atoms");
  if (qty_lots == 0) throw Misuse(Misunderstanding::Data, "qty_lots is 0; give a position");
  Position position;
  position.qty = QtyLots{qty_lots};
  position.cost = Money{cost_atoms};
  position.margin = Money{margin_atoms};
  const PriceTicks mark{mark_ticks};
  py::dict result;
  const Money notional = notional_of(spec, position.qty, mark);
  result["notional_atoms"] = notional.value;
  result["initial_atoms"] =
      initial_margin(spec, position.qty, notional, leverage, Money{open_interest_atoms}).value;
  result["maintenance_atoms"] = maintenance_of(spec, position.qty, mark).value;
  result["equity_atoms"] = equity_of(spec, position, mark).value;
  result["is_breached"] = is_breached(spec, position, mark, at_equality);
  const std::int64_t threshold = liquidation_threshold(spec, position, mark, at_equality);
  result["liquidation_ticks"] =
      threshold == never_ticks ? py::object(py::none()) : py::object(py::int_(threshold));
  result["bankruptcy_ticks"] = bankruptcy_price(spec, position).value;
  return result;
}

}  // namespace

void register_engine_rules(py::module_& module) {
  module.def("evaluate_position", &evaluate_position, arg("instrument"), py::kw_only(),
             arg("qty_lots"), arg("cost_atoms"), arg("margin_atoms"), arg("mark_ticks"),
             arg("leverage"), arg("open_interest_atoms") = 0, arg("at_equality") = true,
             "What the engine's own functions say of an isolated position on `Instrument.spec()`.");
}

}  // namespace v1
}  // namespace delever
