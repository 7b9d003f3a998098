// The rules in people's numbers that concern one account: values, margins, order costs, liquidation
// and bankruptcy prices. Numpydoc stands here, beside what it describes; its examples
// run as tests.
#include <pybind11/stl.h>

#include <tuple>

#include "bindings/bindings.hpp"
#include "bindings/exact_casters.hpp"
#include "bindings/rule_rows.hpp"
#include "risk/liquidation_price.hpp"
#include "risk/order_cost.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using py::arg;
using Price = std::optional<Fixed>;

ContractKind kind_of(bool inverse) {
  return inverse ? ContractKind::Inverse : ContractKind::Linear;
}

std::vector<MarginedLeg> legs_from(const std::vector<Row>& rows) {
  std::vector<MarginedLeg> legs;
  for (const Row& row : rows) {
    of_length(row, 3, 4, "(qty, entry, maintenance_rate[, deduction])");
    legs.push_back({row[0], row[1], row[2], row.size() == 4 ? row[3] : Fixed(0)});
  }
  return legs;
}

Price on_tick(Price price, Price tick, Fixed qty) {
  if (!price || !tick) return price;
  return to_tick(*price, *tick, sign(qty));
}

Fixed net_qty(const std::vector<MarginedLeg>& legs) {
  Fixed net = 0;
  for (const MarginedLeg& leg : legs) net += leg.qty;
  return net;
}

constexpr const char* position_value_doc = R"(Return what a quantity of a contract is worth.

Parameters
----------
qty : Decimal
    Contracts or coins, long > 0; of an inverse contract, units of the quote currency.
price : Decimal
inverse : bool
    Worth qty / price in the coin, not qty * price in the quote currency.

Examples
--------
>>> position_value(15000, 750, inverse=True)  # BitMEX's guide: 15,000 XBTUSD at 750
Decimal('20')
)";

constexpr const char* profit_doc = R"(Return the profit of a signed quantity from entry to exit.

Parameters
----------
qty, entry, exit_price : Decimal
    Quantity, long > 0, and the two prices.
inverse : bool
    In the coin: qty / entry - qty / exit.
costs : Decimal
    Funding and fees paid, taken off.

Examples
--------
>>> profit(15000, 750, 800, inverse=True, costs="0.05")  # BitMEX's guide
Decimal('1.2')
)";

constexpr const char* average_entry_doc = R"(Return the price at which all fills have their value.

Parameters
----------
fills : sequence of (qty, price)
inverse : bool
    The harmonic mean, as the value is qty / price.

Examples
--------
>>> average_entry([(1, 10), (1, 20)])
Decimal('15')
)";

constexpr const char* initial_margin_doc = R"(Return |value| / leverage, times a rate.

Parameters
----------
qty, price, leverage : Decimal
inverse : bool
rate : Decimal
    Share of the leveraged value that is asked for; 1 but for venues that margin a share of it.

Examples
--------
>>> initial_margin(12000, 8000, 50, inverse=True)  # Bybit's help
Decimal('0.03')
)";

constexpr const char* liquidation_price_doc = R"(Return where equity meets the maintenance margin.

The margin is taken of the value at that very price: wallet + profit = sum of |value| * (rate +
fee_rate) - deduction. One leg is an isolated or a cross position, two legs of opposite sign are a
hedged one (Binance, Bybit, Hyperliquid; with the closing fee inside OKX, Gate, Phemex).

Parameters
----------
legs : sequence of (qty, entry, maintenance_rate[, deduction])
    Positions in this contract, long > 0. An entry of 0 means that the wallet already holds the
    cost (Hyperliquid's rawUsd).
wallet : Decimal
    Isolated margin; in cross, the wallet and the `cross_contribution` of every other position.
inverse : bool
fee_rate : Decimal
    Closing fee that counts as maintenance.
tick : Decimal, optional
    Round to it towards the earlier liquidation: up for a long.

Returns
-------
Decimal or None
    None where no price liquidates.

Examples
--------
The two cross positions of Binance's FAQ, BTC seen from ETH at its mark:

>>> from decimal import Decimal
>>> others = cross_contribution("109.488", "32481.98", "31967.27", "0.025", 16300)
>>> wallet = Decimal("1535443.01") + others
>>> eth = liquidation_price([("3683.979", "1456.84", "0.1", 135365)], wallet)
>>> round(eth, 2)
Decimal('1153.26')
)";

constexpr const char* liquidation_price_in_brackets_doc =
    R"(Return `liquidation_price` of one position, in the bracket that holds its value there.

Parameters
----------
qty, entry, wallet : Decimal
brackets : sequence of (floor, maintenance_rate[, deduction])
    By rising floor; a deduction left out is the one that makes the margin continuous.
inverse, fee_rate, tick
    As in `liquidation_price`.

Examples
--------
>>> brackets = [(0, "0.004"), (50000, "0.005"), (600000, "0.0065")]
>>> liquidation_price_in_brackets(10, 10000, 20000, brackets)
Decimal('8035.175879396984924623')
)";

constexpr const char* cross_contribution_doc =
    R"(Return what a cross position gives to the wallet of the others: profit - maintenance.

Examples
--------
>>> cross_contribution(1, 100, 110, "0.05")
Decimal('4.5')
)";

constexpr const char* isolated_liquidation_price_doc =
    R"(Return the liquidation price where maintenance is fixed at the entry value.

Bybit's linear contracts, and the inverse ones of older venues: the position is liquidated once it
has lost value * (1 / leverage - maintenance_rate) + deduction + extra_margin.

Parameters
----------
qty : Decimal
    Long > 0; only its sign matters where no amounts are given.
entry, leverage, maintenance_rate : Decimal
inverse : bool
extra_margin, deduction : Decimal
    Amounts of margin added by hand, and taken off the maintenance margin.
tick : Decimal, optional
    Round to it towards the earlier liquidation.

Returns
-------
Decimal or None

Examples
--------
>>> isolated_liquidation_price(1, 20000, 50, "0.005")  # Bybit's help
Decimal('19700')
)";

constexpr const char* bankruptcy_price_doc =
    R"(Return where the margin is used up, of an amount of margin or of a leverage.

Parameters
----------
qty, entry : Decimal
    Long > 0; with a leverage only the sign of qty matters.
margin : Decimal, optional
    Isolated margin, or the whole balance in cross.
leverage : Decimal, optional
    Give either.
inverse : bool
fee_rate : Decimal
    Closing fee inside (with `margin`).
tick : Decimal, optional

Returns
-------
Decimal or None
    None where there is none: a 1x inverse short.

Examples
--------
>>> bankruptcy_price(1, 10000, leverage=50), bankruptcy_price(-1, 100, leverage=1, inverse=True)
(Decimal('9800'), None)
>>> price = bankruptcy_price(10000, 8000, margin="0.5", fee_rate="0.00075", inverse=True)
>>> round(price, 2)  # Bybit's help
Decimal('5718.57')
)";

constexpr const char* price_at_loss_doc = R"(Return where a position has lost an amount.

Examples
--------
>>> price_at_loss(2, 100, 30)
Decimal('85')
)";

constexpr const char* order_cost_doc = R"(Return what opening costs: margin and both fees.

Parameters
----------
qty, price, leverage, taker_rate : Decimal
    The fee of closing is reserved at the bankruptcy price.
inverse : bool

Returns
-------
dict
    initial_margin, open_fee, close_fee and their total.

Examples
--------
>>> order_cost(1, 10000, 50, "0.00075")["total"]  # Bybit's help
Decimal('214.85')
)";

void define_values(py::module_& module) {
  module.def(
      "position_value",
      [](Fixed qty, Fixed price, bool inverse) {
        return position_value(kind_of(inverse), qty, price);
      },
      arg("qty"), arg("price"), py::kw_only(), arg("inverse") = false, position_value_doc);
  module.def(
      "profit",
      [](Fixed qty, Fixed entry, Fixed exit, bool inverse, Fixed costs) {
        return profit(kind_of(inverse), qty, entry, exit) - costs;
      },
      arg("qty"), arg("entry"), arg("exit_price"), py::kw_only(), arg("inverse") = false,
      arg("costs") = 0, profit_doc);
  module.def(
      "average_entry",
      [](const std::vector<std::tuple<Fixed, Fixed>>& rows, bool inverse) {
        std::vector<FillAtPrice> fills;
        for (const auto& [qty, price] : rows) fills.push_back({qty, price});
        return average_entry(kind_of(inverse), fills);
      },
      arg("fills"), py::kw_only(), arg("inverse") = false, average_entry_doc);
  module.def(
      "initial_margin",
      [](Fixed qty, Fixed price, Fixed leverage, bool inverse, Fixed rate) {
        return initial_margin(kind_of(inverse), qty, price, leverage, rate);
      },
      arg("qty"), arg("price"), arg("leverage"), py::kw_only(), arg("inverse") = false,
      arg("rate") = 1, initial_margin_doc);
  module.def(
      "order_cost",
      [](Fixed qty, Fixed price, Fixed leverage, Fixed taker_rate, bool inverse) {
        const OrderCost cost = order_cost(kind_of(inverse), qty, price, leverage, taker_rate);
        py::dict result;
        result["initial_margin"] = cost.initial_margin;
        result["open_fee"] = cost.open_fee;
        result["close_fee"] = cost.close_fee;
        result["total"] = cost.total();
        return result;
      },
      arg("qty"), arg("price"), arg("leverage"), arg("taker_rate"), py::kw_only(),
      arg("inverse") = false, order_cost_doc);
}

void define_liquidation_prices(py::module_& module) {
  module.def(
      "liquidation_price",
      [](const std::vector<Row>& rows, Fixed wallet, bool inverse, Fixed fee_rate, Price tick) {
        const std::vector<MarginedLeg> legs = legs_from(rows);
        return on_tick(price_at_maintenance(kind_of(inverse), legs, wallet, fee_rate), tick,
                       net_qty(legs));
      },
      arg("legs"), arg("wallet"), py::kw_only(), arg("inverse") = false, arg("fee_rate") = 0,
      arg("tick") = py::none(), liquidation_price_doc);
  module.def(
      "liquidation_price_in_brackets",
      [](Fixed qty, Fixed entry, Fixed wallet, const std::vector<Row>& rows, bool inverse,
         Fixed fee_rate, Price tick) {
        return on_tick(price_at_maintenance(kind_of(inverse), qty, entry, wallet, fee_rate,
                                            brackets_from(rows)),
                       tick, qty);
      },
      arg("qty"), arg("entry"), arg("wallet"), arg("brackets"), py::kw_only(),
      arg("inverse") = false, arg("fee_rate") = 0, arg("tick") = py::none(),
      liquidation_price_in_brackets_doc);
  module.def(
      "cross_contribution",
      [](Fixed qty, Fixed entry, Fixed mark, Fixed rate, Fixed deduction, bool inverse) {
        return cross_contribution(kind_of(inverse), {qty, entry, rate, deduction}, mark);
      },
      arg("qty"), arg("entry"), arg("mark"), arg("maintenance_rate"), arg("deduction") = 0,
      py::kw_only(), arg("inverse") = false, cross_contribution_doc);
  module.def(
      "isolated_liquidation_price",
      [](Fixed qty, Fixed entry, Fixed leverage, Fixed rate, bool inverse, Fixed extra_margin,
         Fixed deduction, Price tick) {
        const MarginedLeg position{qty, entry, rate, deduction};
        return on_tick(isolated_price(kind_of(inverse), position, leverage, extra_margin), tick,
                       qty);
      },
      arg("qty"), arg("entry"), arg("leverage"), arg("maintenance_rate"), py::kw_only(),
      arg("inverse") = false, arg("extra_margin") = 0, arg("deduction") = 0,
      arg("tick") = py::none(), isolated_liquidation_price_doc);
}

Price bankruptcy_price_of(Fixed qty, Fixed entry, Price margin, Price leverage, bool inverse,
                          Fixed fee_rate, Price tick) {
  if (margin.has_value() == leverage.has_value())
    throw Misuse(Misunderstanding::Data, "give margin or leverage, one of the two");
  const MarginedLeg position{qty, entry, 0, 0};
  const ContractKind kind = kind_of(inverse);
  const Price price = margin ? price_at_maintenance(kind, {position}, *margin, fee_rate)
                             : isolated_price(kind, position, *leverage, 0);
  return on_tick(price, tick, qty);
}

void define_bankruptcy_prices(py::module_& module) {
  module.def("bankruptcy_price", &bankruptcy_price_of, arg("qty"), arg("entry"), py::kw_only(),
             arg("margin") = py::none(), arg("leverage") = py::none(), arg("inverse") = false,
             arg("fee_rate") = 0, arg("tick") = py::none(), bankruptcy_price_doc);
  module.def(
      "price_at_loss",
      [](Fixed qty, Fixed entry, Fixed loss, bool inverse, Price tick) {
        return on_tick(price_at_loss(kind_of(inverse), qty, entry, loss), tick, qty);
      },
      arg("qty"), arg("entry"), arg("loss"), py::kw_only(), arg("inverse") = false,
      arg("tick") = py::none(), price_at_loss_doc);
}

}  // namespace

void register_price_rules(py::module_& module) {
  define_values(module);
  define_liquidation_prices(module);
  define_bankruptcy_prices(module);
}

}  // namespace v1
}  // namespace delever
