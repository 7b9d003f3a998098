// The rules that venues define in integers of their own: dYdX v4 in quantums and subticks, Drift v2
// in its fixed precisions. Integers in, integers out. What the venue would refuse raises DataError
// whose message begins with the reason's name.
#include <pybind11/stl.h>

#include <map>
#include <tuple>

#include "bindings/bindings.hpp"
#include "bindings/exact_casters.hpp"
#include "risk/quantum_liquidation.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using py::arg;
using Terms = std::vector<PerpetualTerms>;

const char* reason_of(QuantumRefusal refusal) {
  switch (refusal) {
    case QuantumRefusal::InvalidPositionSizeDelta:
      return "InvalidPositionSizeDelta: delta has to close the position, or a part of it";
    case QuantumRefusal::InvalidFillAmount: return "InvalidFillAmount: nothing was filled";
    case QuantumRefusal::UndercollateralizedUpdate:
      return "UndercollateralizedUpdate: one of the two would be riskier than before";
    case QuantumRefusal::ZeroMaintenance:
      return "ZeroMaintenance: there is no maintenance margin to share the collateral by";
    case QuantumRefusal::None: break;
  }
  return "";
}

template <class Value>
Value value_of(QuantumResult<Value> result) {
  if (result.refusal == QuantumRefusal::None) return std::move(result.value);
  throw Misuse(Misunderstanding::Data, reason_of(result.refusal));
}

Subaccount subaccount_from(Int128 quote_balance, const std::map<std::int64_t, Int128>& positions) {
  Subaccount subaccount{quote_balance, {}};
  for (const auto& [perpetual, quantums] : positions)
    if (quantums != 0) subaccount.positions.push_back({perpetual, quantums});
  return subaccount;
}

std::map<std::int64_t, Int128> positions_of(const Subaccount& subaccount) {
  std::map<std::int64_t, Int128> positions;
  for (const QuantumPosition& one : subaccount.positions) positions[one.perpetual] = one.quantums;
  return positions;
}

constexpr const char* perpetual_doc = R"(A dYdX v4 market as its margin rules see it.

Parameters
----------
perpetual : int
atomic_resolution : int
    A base quantum is 10 ** atomic_resolution coins.
price, exponent : int
    The oracle: price * 10 ** exponent USD.
initial_ppm, maintenance_fraction_ppm : int
    Initial margin rate, and maintenance as a share of it.
open_interest_lower, open_interest_upper, open_interest : int
    Quote quantums between which the initial rate rises to 1; upper 0: it does not.
)";

constexpr const char* subaccount_doc = R"(A dYdX v4 subaccount: a quote balance and positions.

Parameters
----------
quote_balance : int
    Quote quantums, 1e-6 USDC.
positions : dict[int, int]
    Signed base quantums by perpetual.
)";

constexpr const char* liquidation_terms_doc = R"(Parameters of dYdX v4 liquidations, in ppm.)";

constexpr const char* subaccount_risk_doc =
    R"(Return (net collateral, initial margin, maintenance margin), in quote quantums.

Examples
--------
>>> btc = PerpetualTerms(0, -8, 5000000000, -5, 200000, 500000)
>>> subaccount_risk(Subaccount(-4501000000, {0: 10000000}), [btc])
(499000000, 1000000000, 500000000)
)";

constexpr const char* is_liquidatable_doc =
    R"(Return whether the collateral is below a maintenance margin that is not zero.

Examples
--------
>>> btc = PerpetualTerms(0, -8, 5000000000, -5, 200000, 500000)
>>> is_liquidatable(Subaccount(-4501000000, {0: 10000000}), [btc])
True
)";

constexpr const char* bankruptcy_quantums_doc =
    R"(Return the quote quantums received for `delta` at the bankruptcy price (negative: paid).

Parameters
----------
subaccount : Subaccount
perpetuals : list[PerpetualTerms]
    Of every market it holds.
perpetual, delta : int
    Market, and the signed base quantums that close some of the position.

Raises
------
DataError
    InvalidPositionSizeDelta: delta is zero, of the position's sign, or larger than it.

Examples
--------
>>> btc = PerpetualTerms(0, -8, 5000000000, -5, 200000, 500000)
>>> bankruptcy_quantums(Subaccount(-4501000000, {0: 10000000}), [btc], 0, -10000000)
4501000000
)";

constexpr const char* fillable_price_doc =
    R"(Return the limit of a liquidation order, in quote quantums per base quantum.

Examples
--------
>>> btc = PerpetualTerms(0, -8, 5000000000, -5, 200000, 500000)
>>> fillable_price(Subaccount(-4501000000, {0: 10000000}), [btc], 0, -10000000)
Fraction(49999, 100)
)";

constexpr const char* fillable_subticks_doc =
    R"(Return a fillable price in subticks, on the tick that favours the account.

Examples
--------
>>> fillable_subticks("197", liquidates_long=True, subticks_per_tick=100,
...                   quantum_conversion_exponent=1)
100
)";

constexpr const char* insurance_delta_doc =
    R"(Return what the insurance fund receives (negative: pays) for a liquidation fill.

Parameters
----------
subaccount, perpetuals, perpetual
    As in `bankruptcy_quantums`.
is_buy : bool
quantums, subticks, quantum_conversion_exponent : int
    The fill.
terms : LiquidationTerms

Examples
--------
>>> btc = PerpetualTerms(0, -8, 5000000000, -5, 200000, 500000)
>>> short = Subaccount(4900000000, {0: -10000000})
>>> insurance_delta(short, [btc], 0, is_buy=True, quantums=10000000, subticks=44100000000,
...                 quantum_conversion_exponent=-8)
22050000
)";

constexpr const char* deleverage_doc =
    R"(Return both subaccounts after `delta` moved from one to the other.

Parameters
----------
liquidated, offsetting : Subaccount
perpetuals : list[PerpetualTerms]
perpetual, delta : int
    Delta is added to the liquidated position, taken off the other.
at_oracle : bool
    At the oracle price (final settlement), not the liquidated account's bankruptcy price.

Raises
------
DataError
    InvalidPositionSizeDelta, or UndercollateralizedUpdate where a side would be riskier.

Examples
--------
>>> btc = PerpetualTerms(0, -8, 5000000000, -5, 200000, 500000)
>>> short, long = Subaccount(54999000000, {0: -100000000}), Subaccount(0, {0: 100000000})
>>> [one.quote_balance for one in deleverage(short, long, [btc], 0, 100000000)]
[0, 54999000000]
)";

constexpr const char* scaled_initial_ppm_doc =
    R"(Return the initial margin rate at an open interest between two caps.

Examples
--------
>>> scaled_initial_ppm(200000, 1000000, 2000000, 1500000)
600000
)";

constexpr const char* initial_margin_quantums_doc = R"(Return ceil(notional * rate).

Examples
--------
>>> initial_margin_quantums(123456, 567243)
70030
)";

void define_terms(py::module_& module) {
  py::class_<PerpetualTerms>(module, "PerpetualTerms", perpetual_doc)
      .def(py::init([](std::int64_t id, std::int64_t resolution, Int128 price,
                       std::int64_t exponent, Int128 initial, Int128 fraction, Int128 lower,
                       Int128 upper, Int128 interest) {
             return PerpetualTerms{
                 id, {resolution, price, exponent}, initial, fraction, lower, upper, interest};
           }),
           arg("perpetual"), arg("atomic_resolution"), arg("price"), arg("exponent"),
           arg("initial_ppm"), arg("maintenance_fraction_ppm"), arg("open_interest_lower") = 0,
           arg("open_interest_upper") = 0, arg("open_interest") = 0);
  py::class_<Subaccount>(module, "Subaccount", subaccount_doc)
      .def(py::init(&subaccount_from), arg("quote_balance"), arg("positions"))
      .def_property_readonly("quote_balance",
                             [](const Subaccount& one) { return one.quote_balance; })
      .def_property_readonly("positions", &positions_of);
  py::class_<LiquidationTerms>(module, "LiquidationTerms", liquidation_terms_doc)
      .def(py::init([](Int128 fee, Int128 adjustment, Int128 spread) {
             return LiquidationTerms{fee, adjustment, spread};
           }),
           py::kw_only(), arg("fee_max_ppm") = 5'000, arg("bankruptcy_adjustment_ppm") = 1'000'000,
           arg("spread_to_maintenance_ppm") = 100'000);
}

void define_risk(py::module_& module) {
  module.def(
      "subaccount_risk",
      [](const Subaccount& subaccount, const Terms& perpetuals) {
        const SubaccountRisk risk = subaccount_risk(subaccount, perpetuals);
        return std::make_tuple(risk.collateral, risk.initial, risk.maintenance);
      },
      arg("subaccount"), arg("perpetuals"), subaccount_risk_doc);
  module.def(
      "is_liquidatable",
      [](const Subaccount& subaccount, const Terms& perpetuals) {
        return subaccount_risk(subaccount, perpetuals).is_liquidatable();
      },
      arg("subaccount"), arg("perpetuals"), is_liquidatable_doc);
  module.def("scaled_initial_ppm", &scaled_initial_ppm, arg("initial_ppm"),
             arg("open_interest_lower"), arg("open_interest_upper"), arg("open_interest"),
             scaled_initial_ppm_doc);
  module.def("initial_margin_quantums", &initial_margin_quantums, arg("notional"), arg("rate_ppm"),
             initial_margin_quantums_doc);
}

void define_liquidation(py::module_& module) {
  module.def(
      "bankruptcy_quantums",
      [](const Subaccount& subaccount, const Terms& perpetuals, std::int64_t perpetual,
         Int128 delta) {
        return value_of(bankruptcy_quantums(subaccount, perpetuals, perpetual, delta));
      },
      arg("subaccount"), arg("perpetuals"), arg("perpetual"), arg("delta"),
      bankruptcy_quantums_doc);
  module.def(
      "fillable_price",
      [](const Subaccount& subaccount, const Terms& perpetuals, std::int64_t perpetual,
         Int128 delta, const LiquidationTerms& terms) {
        return value_of(fillable_price(subaccount, perpetuals, perpetual, delta, terms));
      },
      arg("subaccount"), arg("perpetuals"), arg("perpetual"), arg("delta"),
      arg("terms") = LiquidationTerms{}, fillable_price_doc);
  module.def("fillable_subticks", &fillable_subticks, arg("price"), py::kw_only(),
             arg("liquidates_long"), arg("subticks_per_tick"), arg("quantum_conversion_exponent"),
             fillable_subticks_doc);
  module.def(
      "insurance_delta",
      [](const Subaccount& subaccount, const Terms& perpetuals, std::int64_t perpetual, bool is_buy,
         Int128 quantums, Int128 subticks, std::int64_t exponent, const LiquidationTerms& terms) {
        return value_of(insurance_delta(subaccount, perpetuals, perpetual,
                                        {is_buy, quantums, subticks, exponent}, terms));
      },
      arg("subaccount"), arg("perpetuals"), arg("perpetual"), py::kw_only(), arg("is_buy"),
      arg("quantums"), arg("subticks"), arg("quantum_conversion_exponent"),
      arg("terms") = LiquidationTerms{}, insurance_delta_doc);
  module.def(
      "deleverage",
      [](const Subaccount& liquidated, const Subaccount& offsetting, const Terms& perpetuals,
         std::int64_t perpetual, Int128 delta, bool at_oracle) {
        const SubaccountPair moved = value_of(
            deleverage({liquidated, offsetting}, perpetuals, perpetual, delta,
                       at_oracle ? DeleveragingPrice::Oracle : DeleveragingPrice::Bankruptcy));
        return std::make_tuple(moved.liquidated, moved.offsetting);
      },
      arg("liquidated"), arg("offsetting"), arg("perpetuals"), arg("perpetual"), arg("delta"),
      py::kw_only(), arg("at_oracle") = false, deleverage_doc);
}

}  // namespace

void register_quantum_rules(py::module_& module) {
  define_terms(module);
  define_risk(module);
  define_liquidation(module);
}

}  // namespace v1
}  // namespace delever
