// What the engine itself says of a position on an instrument: the functions that decide at every
// mark, asked without a venue.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

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

// The class of what `evaluate` returns, made once per interpreter.
py::object evaluation_class() {
  const py::object made = py::module_::import("collections")
                              .attr("namedtuple")("Evaluation",
                                                  "notional maintenance initial equity is_breached "
                                                  "liquidation_price bankruptcy_price",
                                                  arg("module") = "delever.rules");
  made.attr("__doc__") = "An isolated position on an instrument, as the engine sees it at a mark.";
  return made;
}

constexpr const char* evaluate_doc = R"(Ask the engine's own functions about an isolated position.

Parameters
----------
instrument : Instrument
    Complete: with limits, fees and tiers.
qty : Number
    Signed, long > 0, in lots' multiples.
entry, margin, mark : Number
    The entry price need not be on the tick; its cost is rounded against the holder.
leverage : int, optional
    For the initial margin; the instrument's default where none is given.
open_interest : Number
    Of the instrument at the mark, in money; scales the initial margin where it is asked to.
at_equality : bool
    Whether equity that equals the maintenance margin liquidates.

Returns
-------
Evaluation
    `initial` is what opening it at the mark asks for; `liquidation_price` the last tick, towards
    the losing side, that liquidates, None where none does; `bankruptcy_price` is where equity is
    zero, on the solvent side, within the instrument's prices.

Raises
------
DataError
    A number is off its grid or out of the instrument's range.

Examples
--------
>>> from delever import Instrument
>>> btc = Instrument.linear("BTCUSDT", tick="0.1", lot="0.001", price_max=1000000,
...     order_max=100, position_max=100, maker_fee=0, taker_fee=0, liquidation_fee=0,
...     market_bound="0.05", leverage_default=10, tiers=[(0, "0.005", 0, 100)])
>>> found = evaluate(btc, qty=1, entry=20000, margin=400, mark=20000)
>>> found.liquidation_price, found.bankruptcy_price, found.maintenance
(Decimal('19698.4'), Decimal('19600.0'), Decimal('100.00000000'))
)";

/// How an instrument of Python and people's numbers become the engine's.
class Scales {
 public:
  explicit Scales(py::object instrument)
      : instrument_(std::move(instrument)), units_(py::module_::import("delever.units")) {}

  std::int64_t atoms(const py::object& amount, const char* what) const {
    return units_.attr("to_atoms")(amount, what).cast<std::int64_t>();
  }
  std::int64_t ticks(const py::object& price) const {
    return instrument_.attr("ticks")(price).cast<std::int64_t>();
  }
  // Signed lots, and what they cost at a price, rounded against the holder.
  void take(Position& position, const py::object& qty, const py::object& entry) const {
    const py::object size = units_.attr("exact")(qty, "qty");
    const py::object price = units_.attr("exact")(entry, "entry");
    const bool is_long = size > py::int_(0);
    const py::object lots = instrument_.attr("lots")(size.attr("__abs__")());
    position.qty = QtyLots{lots.cast<std::int64_t>() * (is_long ? 1 : -1)};
    const py::object contract = instrument_.attr("contract");
    const py::object cost = contract.is_none() ? py::object(size * price)
                                               : py::int_(-position.qty.value) * contract / price;
    const py::object atoms = cost / units_.attr("ATOM");
    position.cost.value =
        py::int_(atoms.attr("to_integral_value")("ROUND_CEILING")).cast<std::int64_t>();
  }
  py::object amount(Money money) const { return units_.attr("from_atoms")(money.value); }
  py::object price(std::int64_t ticks) const { return instrument_.attr("price")(ticks); }

 private:
  py::object instrument_;
  py::module_ units_;
};

void check_position(const InstrumentSpec& spec, const Position& position, std::int64_t mark_ticks,
                    std::int64_t leverage, std::int64_t open_interest_atoms) {
  check_range(position.qty.value, -spec.position_lots_max, spec.position_lots_max, "qty_lots");
  check_range(mark_ticks, spec.price_ticks_min, spec.price_ticks_max, "mark_ticks");
  check_range(position.cost.value, -money_max, money_max, "cost_atoms");
  check_range(position.margin.value, -money_max, money_max, "margin_atoms");
  check_range(leverage, 1, 65'535, "leverage");
  check_range(open_interest_atoms, 0, money_max, "open_interest_atoms");
  if (position.qty.value == 0)
    throw Misuse(Misunderstanding::Data, "qty_lots is 0; give a position");
}

py::object evaluate(const py::object& evaluation, const py::object& instrument,
                    const py::object& qty, const py::object& entry, const py::object& margin,
                    const py::object& mark, std::optional<std::int64_t> leverage,
                    const py::object& open_interest, bool at_equality) {
  const InstrumentSpec spec = spec_from(instrument.attr("spec")());
  const Scales scales(instrument);
  Position position;
  scales.take(position, qty, entry);
  position.margin = Money{scales.atoms(margin, "margin")};
  const PriceTicks at{scales.ticks(mark)};
  const Money interest{scales.atoms(open_interest, "open_interest")};
  if (leverage.value_or(0) == 0) leverage = std::max<std::int64_t>(spec.leverage_default, 1);
  check_position(spec, position, at.value, *leverage, interest.value);
  const Money notional = notional_of(spec, position.qty, at);
  const std::int64_t threshold = liquidation_threshold(spec, position, at, at_equality);
  return evaluation(
      scales.amount(notional), scales.amount(maintenance_of(spec, position.qty, at)),
      scales.amount(initial_margin(spec, position.qty, notional, *leverage, interest)),
      scales.amount(equity_of(spec, position, at)), is_breached(spec, position, at, at_equality),
      threshold == never_ticks ? py::object(py::none()) : scales.price(threshold),
      scales.price(bankruptcy_price(spec, position).value));
}

}  // namespace

void register_engine_rules(py::module_& module) {
  const py::object evaluation = evaluation_class();
  module.attr("Evaluation") = evaluation;
  module.def(
      "evaluate",
      [evaluation](const py::object& instrument, const py::object& qty, const py::object& entry,
                   const py::object& margin, const py::object& mark,
                   std::optional<std::int64_t> leverage, const py::object& open_interest,
                   bool at_equality) {
        return evaluate(evaluation, instrument, qty, entry, margin, mark, leverage, open_interest,
                        at_equality);
      },
      arg("instrument"), py::kw_only(), arg("qty"), arg("entry"), arg("margin"), arg("mark"),
      arg("leverage") = py::none(), arg("open_interest") = 0, arg("at_equality") = true,
      evaluate_doc);
}

}  // namespace v1
}  // namespace delever
