// The rules of mark, index and funding, in people's numbers and in dYdX v4's integers. Numpydoc
// stands here; its examples run as tests.
#include <pybind11/stl.h>

#include <tuple>

#include "bindings/bindings.hpp"
#include "bindings/exact_casters.hpp"
#include "market/funding_rate.hpp"
#include "market/index_price.hpp"
#include "market/quantums.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using py::arg;
using Pairs = std::vector<std::tuple<Fixed, Fixed>>;

constexpr const char* funding_rate_doc =
    R"(Return [premium + clamp(interest - premium, +-clamp)] / divisor, within +-cap.

Parameters
----------
premium, interest : Decimal
    Average premium, and interest of the same interval.
clamp : Decimal
    How far the rate may be pulled towards the interest; 0: no interest term.
divisor : Decimal
    Payments an interval is split into (Hyperliquid: 8; Binance: 8 h over the interval).
cap : Decimal, optional

Examples
--------
>>> funding_rate("-0.00184", "0.0001", "0.0005")  # BitMEX's ONDOUSDT
Decimal('-0.00134')
>>> funding_rate("0.0006", "0.0001", "0.0005")  # within Binance's dead band: the interest
Decimal('0.0001')
)";

constexpr const char* impact_premium_doc =
    R"(Return [max(0, impact bid - index) - max(0, index - impact ask)] / index.

A side that is too thin for the impact notional is None and counts nothing.

Examples
--------
>>> impact_premium(10000, 10100, None)  # Hyperliquid's page
Decimal('0.01')
)";

constexpr const char* mid_premium_doc =
    R"(Return the mean of both impact prices over the index, - 1.

Examples
--------
>>> mid_premium(10000, 10100, 10200)
Decimal('0.015')
)";

constexpr const char* weighted_premium_doc =
    R"(Return the mean of premiums, oldest first, with weights 1 .. n.

Examples
--------
>>> weighted_premium(["0.001", "0.004"])
Decimal('0.003')
)";

constexpr const char* interest_rate_doc =
    R"(Return (quote interest - base interest) / intervals a day.

Examples
--------
>>> interest_rate("0.01", "0.0025", 3)  # BitMEX's guide
Decimal('0.0025')
)";

constexpr const char* damped_premium_doc =
    R"(Return Deribit's funding: the premium beyond a band, 0 inside it, within +-cap.

Examples
--------
>>> damped_premium("0.001", "0.00025"), damped_premium("0.0001", "0.00025")
(Decimal('0.00075'), Decimal('0'))
)";

constexpr const char* average_price_funding_doc =
    R"(Return Drift's hourly funding per unit of base: clamp(mark - oracle, +-oracle / 33) / 24.

Examples
--------
>>> average_price_funding(101, 100)
Decimal('0.041666666666666667')
)";

constexpr const char* impact_notional_doc =
    R"(Return the notional of the impact orders: margin over the initial rate at most leverage.

Examples
--------
>>> impact_notional(200, "0.05")  # Binance at 20x
Decimal('4000')
)";

constexpr const char* funding_cap_doc =
    R"(Return Binance's cap of a rate: factor * first tier's rate.

Examples
--------
>>> funding_cap("0.004", "0.75")
Decimal('0.003')
)";

constexpr const char* funding_payment_doc =
    R"(Return what a long of that value pays at a rate (negative: receives).

Examples
--------
>>> funding_payment(20, "0.0025")  # BitMEX's guide
Decimal('0.05')
)";

constexpr const char* next_interval_hours_doc =
    R"(Return Binance's hours to the next settlement after one at `rate`.

At the cap: one hour. From one hour back to four after 16 settlements within +-0.025%.

Examples
--------
>>> next_interval_hours(8, "0.02", "0.02", 0), next_interval_hours(1, "0.0001", "0.02", 16)
(1, 4)
)";

constexpr const char* hyperliquid_funding_rate_doc =
    R"(Return Hyperliquid's rate for a premium, as its rules were at a time (ns UTC since 1970).

Examples
--------
>>> hyperliquid_funding_rate("0.00026996", 1686949200129000000)  # June 2023: no interest
Decimal('0.000033745')
)";

constexpr const char* median_doc =
    R"(Return the median; of an even number, the mean of the middle two.

Examples
--------
>>> median([10005, 10015, 10010])
Decimal('10010')
)";

constexpr const char* weighted_median_doc =
    R"(Return the least value at which half of the weight of (value, weight) is reached.

Examples
--------
>>> weighted_median([(100, 3), (101, 2), (99, 2), (105, 1), (90, 1)])
Decimal('100')
)";

constexpr const char* capped_to_median_doc =
    R"(Return a source's price held within median * (1 +- band).

Examples
--------
>>> capped_to_median(21400, 20000, "0.03")  # Binance's FAQ
Decimal('20600')
)";

constexpr const char* index_price_doc = R"(Return the weighted mean of the fresh sources.

Parameters
----------
sources : sequence of (price, weight, age_seconds)
band : Decimal
    How far from the median of all a source may be.
age_max_seconds : Decimal
    Older sources have no weight.
drop_outliers : bool
    Give sources outside the band no weight (more than one of them: the median is the index),
    rather than cap them to it.

Examples
--------
>>> index_price([(100, 1, 0), (101, 1, 0), (120, 1, 0), (99, 5, 60)], "0.05", 10)
Decimal('102.35')
)";

constexpr const char* impact_price_doc =
    R"(Return the average price of trading a notional against levels, None where they are too thin.

Examples
--------
>>> impact_price([(100, 1), (110, 10)], 210)
Decimal('105')
)";

constexpr const char* funding_basis_price_doc =
    R"(Return index * (1 + rate * left / interval), a mark that converges to the index.

Examples
--------
>>> funding_basis_price(50000, "0.0001", 4, 8)
Decimal('50002.5')
)";

constexpr const char* decaying_average_doc = R"(An average that forgets exponentially.

Numerator and denominator decay by e ** -(seconds / time constant) at every sample, which weighs as
long as it held (Hyperliquid's mark: 150 s).

Examples
--------
>>> average = DecayingAverage(150)
>>> average.push(4, 3)
>>> average.push(1, 3)
>>> round(average.mean, 6)
Decimal('2.485000')
)";

constexpr const char* funding_index_delta_doc =
    R"(Return dYdX v4's change of the funding index over some seconds, towards zero.

Examples
--------
>>> funding_index_delta(atomic_resolution=-12, price=1000, exponent=0, rate_8h_ppm=1001999,
...                     seconds=28800)
1001
)";

constexpr const char* funding_clamp_ppm_doc =
    R"(Return dYdX v4's largest rate: factor * (initial - maintenance margin), in ppm.

Examples
--------
>>> funding_clamp_ppm(6000000, 50000, 600000)
120000
)";

constexpr const char* premium_ppm_doc =
    R"(Return dYdX v4's premium of a book over its index, in ppm, towards zero.

Parameters
----------
orders : sequence of (is_buy, quantums, subticks)
index_price, index_exponent : int
atomic_resolution, quote_resolution, quantum_conversion_exponent : int
impact_notional : int
    Quote quantums traded for the impact price; 0: the best price.
premium_max_ppm : int

Raises
------
DataError
    ZeroIndexPrice.

Examples
--------
>>> premium_ppm([(False, 10**10, 100010000), (True, 10**10, 99990000)], index_price=1000190000,
...             index_exponent=-5, atomic_resolution=-10, quantum_conversion_exponent=-8,
...             impact_notional=5 * 10**9, premium_max_ppm=10**6)
-89
)";

void define_rates(py::module_& module) {
  module.def(
      "funding_rate",
      [](Fixed premium, Fixed interest, Fixed bound, Fixed divisor, std::optional<Fixed> cap) {
        return funding_rate(premium, {interest, bound, divisor, cap});
      },
      arg("premium"), arg("interest"), arg("clamp"), py::kw_only(), arg("divisor") = 1,
      arg("cap") = py::none(), funding_rate_doc);
  module.def("damped_premium", &damped_premium, arg("premium"), arg("band"),
             arg("cap") = py::none(), damped_premium_doc);
  module.def("average_price_funding", &average_price_funding, arg("mark_average"),
             arg("oracle_average"), average_price_funding_doc);
  module.def(
      "funding_cap", [](Fixed rate, Fixed factor) { return rate * factor; },
      arg("maintenance_rate"), arg("factor"), funding_cap_doc);
  module.def(
      "funding_payment", [](Fixed value, Fixed rate) { return value * rate; }, arg("value"),
      arg("rate"), funding_payment_doc);
  module.def("next_interval_hours", &next_interval_hours, arg("hours"), arg("rate"), arg("cap"),
             arg("calm_settlements"), next_interval_hours_doc);
  module.def(
      "hyperliquid_funding_rate",
      [](Fixed premium, std::int64_t time_ns) {
        return funding_rate(premium, hyperliquid_regime(TimeNs{time_ns}));
      },
      arg("premium"), arg("time_ns"), hyperliquid_funding_rate_doc);
}

void define_premiums(py::module_& module) {
  module.def("impact_premium", &impact_premium, arg("index"), arg("impact_bid").none(true),
             arg("impact_ask").none(true), impact_premium_doc);
  module.def("mid_premium", &mid_premium, arg("index"), arg("impact_bid"), arg("impact_ask"),
             mid_premium_doc);
  module.def("weighted_premium", &weighted_premium, arg("premiums"), weighted_premium_doc);
  module.def("interest_rate", &interest_rate, arg("quote"), arg("base"), arg("intervals"),
             interest_rate_doc);
  module.def("impact_notional", &impact_notional, arg("margin"), arg("initial_rate"),
             impact_notional_doc);
  module.def(
      "impact_price",
      [](const Pairs& rows, Fixed notional) -> std::optional<Fixed> {
        std::vector<BookLevel> levels;
        for (const auto& [price, qty] : rows) levels.push_back({price, qty});
        const Fixed price = impact_price(levels, notional);
        if (price == 0) return std::nullopt;
        return price;
      },
      arg("levels"), arg("notional"), impact_price_doc);
}

void define_index(py::module_& module) {
  module.def("median", &median, arg("values"), median_doc);
  module.def(
      "weighted_median",
      [](const Pairs& rows) {
        std::vector<WeightedValue> values;
        for (const auto& [value, weight] : rows) values.push_back({value, weight});
        return weighted_median(values);
      },
      arg("values"), weighted_median_doc);
  module.def("capped_to_median", &capped_to_median, arg("price"), arg("median"), arg("band"),
             capped_to_median_doc);
  module.def(
      "index_price",
      [](const std::vector<std::tuple<Fixed, Fixed, Fixed>>& rows, Fixed band, Fixed age_max,
         bool drop) {
        std::vector<IndexSource> sources;
        for (const auto& [price, weight, age] : rows) sources.push_back({price, weight, age});
        return index_price(sources, {band, age_max, drop ? OutlierRule::Drop : OutlierRule::Cap});
      },
      arg("sources"), arg("band"), arg("age_max_seconds"), py::kw_only(),
      arg("drop_outliers") = false, index_price_doc);
  module.def("funding_basis_price", &funding_basis_price, arg("index"), arg("rate"), arg("left"),
             arg("interval"), funding_basis_price_doc);
}

// An average and the time constant it forgets by.
struct TimedAverage {
  Fixed time_constant_seconds;
  DecayingAverage average;
};

void define_average(py::module_& module) {
  py::class_<TimedAverage>(module, "DecayingAverage", decaying_average_doc)
      .def(py::init([](Fixed seconds) { return TimedAverage{seconds, {}}; }),
           arg("time_constant_seconds"))
      .def(
          "push",
          [](TimedAverage& self, Fixed value, Fixed seconds) {
            self.average.push(value, seconds, self.time_constant_seconds);
          },
          arg("value"), arg("seconds"), "Take a sample that held for so many seconds.")
      .def_property_readonly("mean", [](const TimedAverage& self) { return self.average.mean(); });
}

void define_quantum_funding(py::module_& module) {
  module.def(
      "funding_index_delta",
      [](std::int64_t resolution, Int128 price, std::int64_t exponent, Int128 rate,
         std::int64_t seconds) {
        return funding_index_delta({resolution, price, exponent}, rate, seconds);
      },
      py::kw_only(), arg("atomic_resolution"), arg("price"), arg("exponent"), arg("rate_8h_ppm"),
      arg("seconds"), funding_index_delta_doc);
  module.def("funding_clamp_ppm", &funding_clamp_ppm, arg("clamp_factor_ppm"), arg("initial_ppm"),
             arg("maintenance_fraction_ppm"), funding_clamp_ppm_doc);
  module.def(
      "premium_ppm",
      [](const std::vector<std::tuple<bool, Int128, Int128>>& rows, Int128 price,
         std::int64_t exponent, std::int64_t resolution, std::int64_t quote_resolution,
         std::int64_t conversion, Int128 notional, Int128 most) {
        std::vector<SubtickOrder> orders;
        for (const auto& [is_buy, quantums, subticks] : rows)
          orders.push_back({is_buy, quantums, subticks});
        const std::optional<Int128> premium = premium_ppm(
            orders, {{resolution, price, exponent}, quote_resolution, conversion, notional, most});
        if (premium) return *premium;
        throw Misuse(Misunderstanding::Data, "ZeroIndexPrice: a premium needs an index");
      },
      arg("orders"), py::kw_only(), arg("index_price"), arg("index_exponent"),
      arg("atomic_resolution"), arg("quote_resolution") = quote_atomic_resolution,
      arg("quantum_conversion_exponent"), arg("impact_notional"), arg("premium_max_ppm"),
      premium_ppm_doc);
}

}  // namespace

void register_funding_rules(py::module_& module) {
  define_rates(module);
  define_premiums(module);
  define_index(module);
  define_average(module);
  define_quantum_funding(module);
}

}  // namespace v1
}  // namespace delever
