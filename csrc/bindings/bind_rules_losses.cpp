// The rules of last resort: liquidation by shortage (Drift v2, in its integers), who shares a loss,
// and in which order opposite positions are deleveraged. Numpydoc stands here; its examples
// run as tests.
#include <pybind11/stl.h>

#include <map>
#include <tuple>

#include "bindings/bindings.hpp"
#include "bindings/exact_casters.hpp"
#include "risk/collateral_exchange.hpp"
#include "risk/deleveraging_queue.hpp"
#include "risk/loss_sharing.hpp"
#include "risk/shortage_liquidation.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using py::arg;
using Pair = std::tuple<Int128, Int128>;
using Queue = std::vector<std::tuple<py::object, Fixed, Fixed>>;  // an account is any key

constexpr const char* shortage_terms_doc = R"(Terms of a liquidation by shortage (Drift v2).

Parameters
----------
margin_ratio : int
    In 1e-4, the liquidation buffer included.
liquidator_fee, insurance_fee : int
    In 1e-6; the insurance fee is the largest one where a rule computes it.
oracle_price, quote_oracle_price : int
    In 1e-6.
)";

constexpr const char* base_to_cover_shortage_doc =
    R"(Return the base (1e-9) whose closing cures a margin shortage (1e-6).

Examples
--------
>>> terms = ShortageTerms(margin_ratio=1000, liquidator_fee=10000, insurance_fee=10000,
...                       oracle_price=100000000)
>>> base_to_cover_shortage(10000000, terms)
1250000000
)";

constexpr const char* insurance_fee_rate_doc =
    R"(Return the insurance fee (1e-6) that closing a position of `base` can bear.

Examples
--------
>>> terms = ShortageTerms(margin_ratio=500, liquidator_fee=10000, insurance_fee=50000,
...                       oracle_price=100000000)
>>> insurance_fee_rate(20000000, 10000000000, terms)
19000
)";

constexpr const char* liquidator_fee_rate_doc =
    R"(Return the liquidator's fee (1e-6), which rises with the slots an account was idle.

Examples
--------
>>> liquidator_fee_rate(20000, 50000, last_active_slot=0, slot=10000)
30000
)";

constexpr const char* transfer_perp_doc =
    R"(Return ((base, quote) left, (base, quote) of the liquidator, insurance paid).

The liquidator takes `base` at the oracle price less (of a short: plus) its fee.

Examples
--------
>>> terms = ShortageTerms(margin_ratio=500, liquidator_fee=10000, insurance_fee=0,
...                       oracle_price=100000000)
>>> transfer_perp((1000000000, -150000000), 1000000000, terms)
((0, -51000000), (1000000000, -99000000), 0)
)";

constexpr const char* liquidate_shortage_doc =
    R"(Return what `transfer_perp` does, of the base that cures the account.

Examples
--------
>>> terms = ShortageTerms(margin_ratio=700, liquidator_fee=10000, insurance_fee=10000,
...                       oracle_price=100000000)
>>> liquidate_shortage((2000000000, -200000000), 5000000, terms)
((200000000, -23600000), (1800000000, -178200000), 1800000)
)";

constexpr const char* exchange_side_doc = R"(One side of an exchange of collateral (Drift v2).

Parameters
----------
price : int
    In 1e-6.
decimals : int
    Amounts count 10 ** -decimals tokens.
multiplier : int
    In 1e-6: an asset's premium, a debt's discount.
weight : int
    In 1e-4.
)";

constexpr const char* asset_for_debt_doc =
    R"(Return the asset that a liquidator takes for a debt.

Examples
--------
>>> usdc = ExchangeSide(1000000, 6, multiplier=1010000)
>>> sol = ExchangeSide(100000000, 9, multiplier=990000)
>>> asset_for_debt(usdc, sol, held=200000000, debt=1000000000)
102020202
)";

constexpr const char* debt_for_asset_doc = R"(Return the debt that an amount of the asset pays for.

Examples
--------
>>> usdc = ExchangeSide(1000000, 6, multiplier=1010000)
>>> sol = ExchangeSide(100000000, 9, multiplier=990000)
>>> debt_for_asset(usdc, sol, 10000000)
98019802
)";

constexpr const char* debt_to_cover_shortage_doc =
    R"(Return the debt whose transfer cures a margin shortage (1e-6); None: all of it.

Examples
--------
>>> usdc, sol = ExchangeSide(1000000, 6, weight=8000), ExchangeSide(100000000, 9, weight=12000)
>>> debt_to_cover_shortage(usdc, sol, 10000000, insurance_fee=10000)
257731958
)";

constexpr const char* debt_insurance_fee_doc =
    R"(Return the insurance fee (1e-6) that the transfer of a debt can bear.

Examples
--------
>>> usdc = ExchangeSide(1000000, 6, multiplier=1010000)
>>> sol = ExchangeSide(100000000, 9, weight=11000)
>>> debt_insurance_fee(usdc, sol, 5000000, debt=1000000000, fee_max=50000)
36363
)";

constexpr const char* socialise_doc = R"(Return what each winner is paid of what was collected.

Each gets floor(win * collected / expected), the last one the rest (Vega).

Examples
--------
>>> socialise([80, 8000], 5080, last=1)
[50, 5030]
)";

constexpr const char* bankruptcy_funding_delta_doc =
    R"(Return the step of the cumulative funding rate that raises a loss from all open interest.

None where there is no open interest (Drift v2).

Examples
--------
>>> bankruptcy_funding_delta(-100000000, 7000000000, -4000000000)
9090910000
)";

constexpr const char* bankruptcy_funding_payment_doc =
    R"(Return what that step takes from a position.

Examples
--------
>>> bankruptcy_funding_payment(-5000000000, 10000000000)
50000000
)";

constexpr const char* pro_rata_haircut_doc = R"(Return min(1, deficit / equity of the winners).

Examples
--------
>>> round(pro_rata_haircut("0.705", "7.72"), 4)  # arXiv 2512.01112
Decimal('0.0913')
)";

constexpr const char* deleveraged_percent_doc =
    R"(Return what part of a liquidated notional fell to deleveraging, in percent.

Examples
--------
>>> round(deleveraged_percent(620890948, 1789607764), 1)  # BTC on Hyperliquid, 10 October 2025
Decimal('34.7')
)";

constexpr const char* risk_aware_shares_doc =
    R"(Return the shares of risk-aware pro-rata: pro-rata * leverage * g(leverage), normalised.

Parameters
----------
pro_rata, leverage : sequence of Decimal
weight : {'linear', 'square', 'cvar', 'one'}
    g: the leverage, its square, what exceeds `threshold`; 'one' leaves the pro-rata shares.
threshold : Decimal

Examples
--------
>>> shares = risk_aware_shares(["0.163", "0.728", "0.109"], ["1.031", "0.925", "1.548"], "linear")
>>> [round(share, 3) for share in shares]  # arXiv 2512.01112
[Decimal('0.164'), Decimal('0.589'), Decimal('0.247')]
)";

constexpr const char* fill_water_doc =
    R"(Return what each bears of a deficit in proportion to its share, nobody more than its cap.

Examples
--------
>>> fill_water(10, ["0.5", "0.25", "0.25"], [2, 9, 9])
[Decimal('2'), Decimal('4'), Decimal('4')]
)";

constexpr const char* leverage_profit_doc =
    R"(Return Binance's (profit share, score): profit share times margin ratio.

Examples
--------
>>> share, score = leverage_profit("40.2", "4.27", "0.1342")
>>> round(share, 2), round(score, 2)
(Decimal('9.41'), Decimal('1.26'))
)";

constexpr const char* margin_ratio_doc =
    R"(Return maintenance / (wallet + profit), 0 where that is not positive (Binance).

Examples
--------
>>> margin_ratio(5, 8, 2)
Decimal('0.5')
)";

constexpr const char* effective_leverage_score_doc =
    R"(Return BitMEX's score: profit share times effective leverage, or over it in a loss.

Parameters
----------
mark_value, entry_value, bankrupt_value : Decimal
    Signed so that mark_value - entry_value is the profit.

Examples
--------
>>> effective_leverage_score(110, 100, 90)
Decimal('0.55')
)";

constexpr const char* mark_over_entry_score_doc =
    R"(Return Hyperliquid's documented score: (mark / entry) * (notional / account value).

Examples
--------
>>> mark_over_entry_score("1.01", 1, 20, 1)
Decimal('20.2')
)";

constexpr const char* profit_leverage_score_doc =
    R"(Return the score of Hyperliquid's node: leverage times profit share, each at least 1e-8.

Examples
--------
>>> profit_leverage_score(20, 1, "0.2", 20)
Decimal('0.2')
)";

constexpr const char* deleverage_queue_doc =
    R"(Return (account, qty given, qty left) of each position that a deleveraging uses.

Parameters
----------
positions : sequence of (account, qty, score)
    Of the opposite side; larger scores go first, equal ones in the order given.
qty : Decimal

Examples
--------
>>> rows = [(1, 10, 3), (2, 10, 6), (3, 20, 1), (4, 30, 4), (5, 20, 5), (6, 10, 2)]
>>> deleverage_queue(rows, 20)  # BitMEX's example
[(2, Decimal('10'), Decimal('0')), (5, Decimal('10'), Decimal('10'))]
)";

constexpr const char* queue_percentiles_doc =
    R"(Return the percentile of each account's quantity in the queue, in steps of 100 / buckets.

Examples
--------
>>> rows = [(1, 10, 3), (2, 10, 6), (3, 20, 1), (4, 30, 4), (5, 20, 5), (6, 10, 2)]
>>> queue_percentiles(rows)  # BitMEX's example
{1: 80, 2: 20, 3: 100, 4: 60, 5: 40, 6: 80}
)";

constexpr const char* random_start_order_doc =
    R"(Return 0 .. count - 1 in order from a pseudo-random start (dYdX v4).

Examples
--------
>>> sorted(random_start_order(4, seed=7))
[0, 1, 2, 3]
)";

std::tuple<Pair, Pair, Int128> rows_of(const PerpTransfer& moved) {
  return {{moved.user.base, moved.user.quote},
          {moved.liquidator.base, moved.liquidator.quote},
          moved.insurance_paid};
}

PerpPosition position_from(const Pair& pair) { return {std::get<0>(pair), std::get<1>(pair)}; }

void define_shortage(py::module_& module) {
  py::class_<ShortageTerms>(module, "ShortageTerms", shortage_terms_doc)
      .def(py::init(
               [](Int128 ratio, Int128 liquidator, Int128 insurance, Int128 oracle, Int128 quote) {
                 return ShortageTerms{ratio, liquidator, insurance, oracle, quote};
               }),
           py::kw_only(), arg("margin_ratio"), arg("liquidator_fee"), arg("insurance_fee"),
           arg("oracle_price"), arg("quote_oracle_price") = 1'000'000);
  module.def("base_to_cover_shortage", &base_to_cover_shortage, arg("shortage"), arg("terms"),
             base_to_cover_shortage_doc);
  module.def("insurance_fee_rate", &insurance_fee_rate, arg("shortage"), arg("base"), arg("terms"),
             insurance_fee_rate_doc);
  module.def("liquidator_fee_rate", &liquidator_fee_rate, arg("base_fee"), arg("fee_max"),
             arg("last_active_slot"), arg("slot"), liquidator_fee_rate_doc);
  module.def(
      "transfer_perp",
      [](const Pair& user, Int128 base, const ShortageTerms& terms) {
        return rows_of(transfer_perp(position_from(user), base, terms));
      },
      arg("user"), arg("base"), arg("terms"), transfer_perp_doc);
  module.def(
      "liquidate_shortage",
      [](const Pair& user, Int128 deposit, const ShortageTerms& terms) {
        return rows_of(liquidate_shortage(position_from(user), deposit, terms));
      },
      arg("user"), arg("deposit"), arg("terms"), liquidate_shortage_doc);
}

void define_exchange(py::module_& module) {
  py::class_<ExchangeSide>(module, "ExchangeSide", exchange_side_doc)
      .def(py::init([](Int128 price, std::int64_t decimals, Int128 multiplier, Int128 weight) {
             return ExchangeSide{price, decimals, multiplier, weight};
           }),
           arg("price"), arg("decimals"), py::kw_only(), arg("multiplier") = 1'000'000,
           arg("weight") = 10'000);
  module.def("asset_for_debt", &asset_for_debt, arg("asset"), arg("liability"), py::kw_only(),
             arg("held"), arg("debt"), asset_for_debt_doc);
  module.def("debt_for_asset", &debt_for_asset, arg("asset"), arg("liability"), arg("amount"),
             debt_for_asset_doc);
  module.def("debt_to_cover_shortage", &debt_to_cover_shortage, arg("asset"), arg("liability"),
             arg("shortage"), py::kw_only(), arg("insurance_fee") = 0, debt_to_cover_shortage_doc);
  module.def("debt_insurance_fee", &debt_insurance_fee, arg("asset"), arg("liability"),
             arg("shortage"), py::kw_only(), arg("debt"), arg("fee_max"), debt_insurance_fee_doc);
}

RiskWeight weight_from(const std::string& word) {
  const std::map<std::string, RiskWeight> known = {{"one", RiskWeight::One},
                                                   {"linear", RiskWeight::Linear},
                                                   {"square", RiskWeight::Square},
                                                   {"cvar", RiskWeight::Shortfall}};
  const auto found = known.find(word);
  if (found != known.end()) return found->second;
  throw Misuse(Misunderstanding::Data,
               "weight is '" + word + "'; give one, linear, square or cvar");
}

void define_sharing(py::module_& module) {
  module.def("socialise", &socialise, arg("wins"), arg("collected"), arg("last"), socialise_doc);
  module.def("bankruptcy_funding_delta", &bankruptcy_funding_delta, arg("loss"), arg("base_long"),
             arg("base_short"), bankruptcy_funding_delta_doc);
  module.def("bankruptcy_funding_payment", &bankruptcy_funding_payment, arg("base"), arg("delta"),
             bankruptcy_funding_payment_doc);
  module.def("pro_rata_haircut", &pro_rata_haircut, arg("deficit"), arg("equity"),
             pro_rata_haircut_doc);
  module.def("deleveraged_percent", &deleveraged_percent, arg("deleveraged"), arg("liquidated"),
             deleveraged_percent_doc);
  module.def(
      "risk_aware_shares",
      [](const std::vector<Fixed>& pro_rata, const std::vector<Fixed>& leverage,
         const std::string& weight, Fixed threshold) {
        return risk_aware_shares(pro_rata, leverage, weight_from(weight), threshold);
      },
      arg("pro_rata"), arg("leverage"), arg("weight"), arg("threshold") = 0, risk_aware_shares_doc);
  module.def("fill_water", &fill_water, arg("deficit"), arg("shares"), arg("caps"), fill_water_doc);
}

// Accounts are numbered by their row.
std::vector<QueuedPosition> queue_from(const Queue& rows) {
  std::vector<QueuedPosition> positions;
  for (const auto& row : rows)
    positions.push_back(
        {static_cast<std::int64_t>(positions.size()), std::get<1>(row), std::get<2>(row)});
  return positions;
}

py::object account_of(const Queue& rows, std::int64_t row) {
  return std::get<0>(rows[static_cast<std::size_t>(row)]);
}

void define_scores(py::module_& module) {
  module.def(
      "leverage_profit",
      [](Fixed unrealised, Fixed wallet, Fixed ratio) {
        const LeverageProfit found = leverage_profit(unrealised, wallet, ratio);
        return std::make_tuple(found.profit_share, found.score);
      },
      arg("unrealised"), arg("wallet"), arg("margin_ratio"), leverage_profit_doc);
  module.def("margin_ratio", &margin_ratio, arg("maintenance"), arg("wallet"),
             arg("unrealised") = 0, margin_ratio_doc);
  module.def("effective_leverage_score", &effective_leverage_score, arg("mark_value"),
             arg("entry_value"), arg("bankrupt_value"), effective_leverage_score_doc);
  module.def("mark_over_entry_score", &mark_over_entry_score, arg("mark"), arg("entry"),
             arg("notional"), arg("account_value"), mark_over_entry_score_doc);
  module.def("profit_leverage_score", &profit_leverage_score, arg("notional"), arg("account_value"),
             arg("unrealised"), arg("entry_notional"), profit_leverage_score_doc);
}

void define_queue(py::module_& module) {
  module.def(
      "deleverage_queue",
      [](const Queue& rows, Fixed qty) {
        Queue fills;
        for (const QueueFill& fill : deleverage_queue(queue_from(rows), qty))
          fills.emplace_back(account_of(rows, fill.account), fill.qty, fill.left);
        return fills;
      },
      arg("positions"), arg("qty"), deleverage_queue_doc);
  module.def(
      "queue_percentiles",
      [](const Queue& rows, std::int64_t buckets) {
        py::dict percentiles;
        const std::vector<std::int64_t> found = queue_buckets(queue_from(rows), buckets);
        for (std::size_t at = 0; at < rows.size(); ++at)
          percentiles[std::get<0>(rows[at])] = found[at] * 100 / buckets;
        return percentiles;
      },
      arg("positions"), arg("buckets") = 5, queue_percentiles_doc);
  module.def("random_start_order", &random_start_order, arg("count"), arg("seed"),
             random_start_order_doc);
}

}  // namespace

void register_loss_rules(py::module_& module) {
  define_shortage(module);
  define_exchange(module);
  define_sharing(module);
  define_scores(module);
  define_queue(module);
}

}  // namespace v1
}  // namespace delever
