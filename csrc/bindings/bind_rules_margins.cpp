// The rules in people's numbers that say how much margin a size needs, and how an account stands
// where venues use other terms. Numpydoc stands here; its examples run as tests.
#include <pybind11/stl.h>

#include <tuple>

#include "bindings/bindings.hpp"
#include "bindings/exact_casters.hpp"
#include "bindings/rule_rows.hpp"
#include "risk/account_health.hpp"
#include "risk/margin_schedule.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using py::arg;

constexpr const char* bracket_deductions_doc =
    R"(Return the deductions that make brackets continuous.

Binance's "maintenance amount": of each floor, the one before + floor * (rate - rate before).

Examples
--------
>>> bracket_deductions([0, 50000, 600000], ["0.004", "0.005", "0.0065"])  # BTCUSDT, October 2024
[Decimal('0'), Decimal('50'), Decimal('950')]
)";

constexpr const char* next_deduction_doc =
    R"(Return the deduction of a bracket from that of the one before.

Examples
--------
>>> next_deduction(50, "0.05", "0.025", "0.56")  # Binance's COIN-M FAQ
Decimal('1.81')
)";

constexpr const char* maintenance_margin_doc = R"(Return notional * rate - deduction of its bracket.

Parameters
----------
notional : Decimal
brackets : sequence of (floor, maintenance_rate[, deduction])

Examples
--------
>>> maintenance_margin(100000, [(0, "0.004"), (50000, "0.005")])
Decimal('450')
)";

constexpr const char* tier_rate_doc = R"(Return the rate of the first tier that holds a value.

Parameters
----------
value : Decimal
tiers : sequence of (cap, rate)
    By rising cap; a value beyond the last one is a DataError.

Examples
--------
>>> tier_rate(2600000, [(2000000, "0.005"), (2600000, "0.0056")])
Decimal('0.0056')
)";

constexpr const char* risk_step_rates_doc =
    R"(Return BitMEX's (maintenance, initial) rates of a whole position.

Parameters
----------
position, base, step : Decimal
    Size, size up to which the base rates hold, and the step after which they rise.
base_maintenance, base_initial : Decimal
    Each step adds base_maintenance to both.

Examples
--------
>>> risk_step_rates(230, 200, 150, "0.005", "0.01")
(Decimal('0.01'), Decimal('0.015'))
)";

constexpr const char* size_margin_doc = R"(Return Deribit's (base + slope * size) * size * price.

Examples
--------
>>> size_margin(25, "0.02", "0.00005", 100000)  # Deribit's page: 25 BTC_USDC
Decimal('53125')
)";

constexpr const char* maintenance_rate_doc =
    R"(Return Hyperliquid's maintenance rate: half of the initial one at the largest leverage.

Examples
--------
>>> maintenance_rate(50)
Decimal('0.01')
)";

constexpr const char* weighted_health_doc = R"(Return Mango v4's health of a perpetual position.

Parameters
----------
base, quote, price : Decimal
    Signed base in coins, signed quote, and the oracle.
asset, liability, settle_asset, settle_liability, profit : Decimal
    Weights of base and of what settles it; `profit` weighs what is positive.

Examples
--------
>>> weighted_health(-10, 100, 5, asset="0.8", liability="1.2", settle_asset="0.8",
...                 settle_liability="1.2", profit="0.95")
Decimal('30.4')
)";

constexpr const char* liquidation_capacity_doc =
    R"(Return how much of a market Synthetix v3 liquidates in one window.

Examples
--------
>>> liquidation_capacity("0.007", "0.003", 1000, 10, 1)
Decimal('100')
)";

constexpr const char* left_after_windows_doc =
    R"(Return what is left of a size after so many windows of a capacity.

Examples
--------
>>> left_after_windows(150, 100, 1), left_after_windows(150, 100, 2)
(Decimal('50'), Decimal('0'))
)";

void define_schedules(py::module_& module) {
  module.def("bracket_deductions", &bracket_deductions, arg("floors"), arg("rates"),
             bracket_deductions_doc);
  module.def("next_deduction", &next_deduction, arg("floor"), arg("rate"), arg("previous_rate"),
             arg("previous_deduction"), next_deduction_doc);
  module.def(
      "maintenance_margin",
      [](Fixed notional, const std::vector<Row>& rows) {
        return maintenance_margin(notional, brackets_from(rows));
      },
      arg("notional"), arg("brackets"), maintenance_margin_doc);
  module.def("tier_rate", &tier_rate, arg("value"), arg("tiers"), tier_rate_doc);
  module.def(
      "risk_step_rates",
      [](Fixed position, Fixed base, Fixed step, Fixed base_maintenance, Fixed base_initial) {
        const MarginRates rates =
            risk_step_rates(position, {base, step, base_maintenance, base_initial});
        return std::make_tuple(rates.maintenance, rates.initial);
      },
      arg("position"), arg("base"), arg("step"), arg("base_maintenance"), arg("base_initial"),
      risk_step_rates_doc);
  module.def("size_margin", &size_margin, arg("size"), arg("base_rate"), arg("slope"),
             arg("price") = 1, size_margin_doc);
  module.def("maintenance_rate", &maintenance_rate_at, arg("leverage_max"), maintenance_rate_doc);
}

void define_health(py::module_& module) {
  module.def(
      "weighted_health",
      [](Fixed base, Fixed quote, Fixed price, Fixed asset, Fixed liability, Fixed settle_asset,
         Fixed settle_liability, Fixed profit_weight) {
        return weighted_health(base, quote, price,
                               {asset, liability, settle_asset, settle_liability, profit_weight});
      },
      arg("base"), arg("quote"), arg("price"), py::kw_only(), arg("asset"), arg("liability"),
      arg("settle_asset"), arg("settle_liability"), arg("profit"), weighted_health_doc);
  module.def("liquidation_capacity", &liquidation_capacity, arg("maker_rate"), arg("taker_rate"),
             arg("skew_scale"), arg("seconds"), arg("multiplier") = 1, liquidation_capacity_doc);
  module.def("left_after_windows", &left_after_windows, arg("size"), arg("capacity"),
             arg("windows"), left_after_windows_doc);
}

}  // namespace

void register_margin_rules(py::module_& module) {
  define_schedules(module);
  define_health(module);
}

}  // namespace v1
}  // namespace delever
