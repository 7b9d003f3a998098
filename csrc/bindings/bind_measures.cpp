// A replay's time series for Python, in reported dollars, and what window rules make of them. The
// engine's arrays stay numpy's; each question reads the columns it needs.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bindings/bindings.hpp"
#include "bindings/results.hpp"
#include "sim/observation.hpp"
#include "sim/window_rules.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using py::arg;
using Numbers = py::array_t<double, py::array::c_style | py::array::forcecast>;
using Integers = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;

constexpr const char* series_doc =
    R"(What a replay recorded, by bin and coin, in reported dollars.

Parameters
----------
scenario : Scenario
    Says what share of all coins the simulated ones stand for, and how far reports fall short of
    the truth.
result : mapping of str to ndarray
    The engine's arrays, (bins, coins) or (bins,), whose end is `time_ns`.

Attributes
----------
coins : list of str
    As "BTC", in the order of the columns.
paths : dict of str to ndarray
    The published bars of each coin.
time_ns : ndarray of int64
    End of each bin, ns since 1970.
all_coins_factor, reported : float
    What scales the coins to all, and dollars to reported ones.
)";

template <class T>
std::span<const T> span_of(const py::array_t<T, py::array::c_style | py::array::forcecast>& array) {
  return {array.data(), static_cast<std::size_t>(array.size())};
}

template <class T>
py::array_t<T> array_of(const std::vector<T>& values) {
  return py::array_t<T>(static_cast<py::ssize_t>(values.size()), values.data());
}

class Series : public ReplaySource {
 public:
  Series(py::object scenario, py::object result)
      : scenario_(std::move(scenario)), result_(std::move(result)) {
    const py::dict paths = scenario_.attr("paths");
    double shares = 0;
    for (const py::handle symbol : scenario_.attr("instruments")) {
      std::string coin = py::str(symbol.attr("removesuffix")("USDT"));
      shares += parameter("liquidation_share_" + lower(coin));
      read_path(paths[symbol]);
      coins_.push_back(std::move(coin));
    }
    for (const auto& [symbol, path] : paths) paths_[symbol.attr("removesuffix")("USDT")] = path;
    all_coins_factor_ = 1.0 / shares;
    reported_ = 1.0 / parameter("under_reporting");
    const auto ends = Integers(result_["time_ns"]);
    time_ns_.assign(ends.data(), ends.data() + ends.size());
  }

  const Times& time_ns() const override { return time_ns_; }
  Values column(const std::string& name, const std::string& coin) const override {
    const Numbers values(result_[py::str(name)]);
    const auto width = static_cast<std::size_t>(values.shape(1));
    const std::size_t only = coin == "all" ? width : coin_index(coin);
    Values found;
    for (py::ssize_t bin = 0; bin < values.shape(0); ++bin) {
      const double* row = values.data(bin, 0);
      double sum = 0;
      for (std::size_t at = 0; at < width; ++at) sum += row[at];
      found.push_back(only == width ? sum * all_coins_factor_ : row[only]);
    }
    return found;
  }
  Values liquidated(const std::string& coin, const std::string& side) const override {
    if (side != "total") {
      Values usd = column("liquidated_" + side + "_usd", coin);
      for (double& one : usd) one *= reported_;
      return usd;
    }
    Values usd = liquidated(coin, "long");
    const Values shorts = liquidated(coin, "short");
    for (std::size_t bin = 0; bin < usd.size(); ++bin) usd[bin] += shorts[bin];
    return usd;
  }
  std::span<const PublishedBar> path(const std::string& coin) const override {
    return bars_.at(coin_index(coin));
  }
  double open_interest(const std::string& coin) const override {
    return parameter("open_interest_" + lower(coin));
  }

  std::string venue() const override { return py::str(scenario_.attr("venue")); }

  const py::object& scenario() const { return scenario_; }
  const py::object& result() const { return result_; }
  const std::vector<std::string>& coins() const { return coins_; }
  const py::dict& paths() const { return paths_; }
  double all_coins_factor() const { return all_coins_factor_; }
  double reported() const { return reported_; }

 private:
  static std::string lower(const std::string& coin) {
    return py::str(coin).attr("lower")().cast<std::string>();
  }
  double parameter(const std::string& name) const {
    return scenario_.attr("parameter")(name).cast<double>();
  }
  std::size_t coin_index(const std::string& coin) const {
    for (std::size_t at = 0; at < coins_.size(); ++at)
      if (coins_[at] == coin) return at;
    throw Misuse(Misunderstanding::Config, "'" + coin + "' is not simulated");
  }
  void read_path(const py::object& path) {
    const Integers time(path["time_ns"]), bar(path["bar_ns"]);
    const Numbers open(path["open"]), high(path["high"]), low(path["low"]), close(path["close"]);
    std::vector<PublishedBar>& bars = bars_.emplace_back();
    for (py::ssize_t at = 0; at < time.size(); ++at)
      bars.push_back({time.at(at), bar.at(at), open.at(at), high.at(at), low.at(at), close.at(at)});
  }

  py::object scenario_, result_;
  std::vector<std::string> coins_;
  py::dict paths_;
  std::vector<std::vector<PublishedBar>> bars_;
  double all_coins_factor_ = 0, reported_ = 0;
  Times time_ns_;
};

TimeSpan span_from(const py::handle& span) {
  const auto ends = py::reinterpret_borrow<py::sequence>(span);
  return {ends[0].cast<std::int64_t>(), ends[1].cast<std::int64_t>()};
}

/// A fact's window rule as `scenario.toml` has it; a key that is not known there is ignored.
WindowRule rule_from(const py::object& metric) {
  WindowRule rule;
  for (const py::handle key : metric) {
    const auto name = key.cast<std::string>();
    const py::object value = metric[key];
    if (name == "kind")
      rule.kind = value.cast<std::string>();
    else if (name == "coin")
      rule.coin = value.cast<std::string>();
    else if (name == "side")
      rule.side = value.cast<std::string>();
    else if (name == "unit")
      rule.unit = value.cast<std::string>();
    else if (name == "venue")
      rule.venue = value.cast<std::string>();
    else if (name == "series")
      rule.series = value.cast<std::string>();
    else if (name == "hours")
      rule.hours = value.cast<double>();
    else if (name == "level")
      rule.level = value.cast<double>();
    else if (name == "periods")
      rule.periods = value.cast<int>();
    else if (name == "ends")
      rule.ends = span_from(value);
    else if (name == "span")
      rule.span = span_from(value);
    else if (name == "low")
      rule.low = span_from(value);
    else if (name == "high")
      rule.high = span_from(value), rule.has_high = true;
    else if (name == "by")
      rule.by = value.cast<std::int64_t>();
    else if (name == "after")
      rule.after = value.cast<std::int64_t>();
    else if (name == "base")
      rule.base = value.cast<std::int64_t>();
    else if (name == "at")
      rule.at = value.cast<std::int64_t>();
  }
  return rule;
}

/// Whether a run has the hours that a rule looks at; published prices stand in for those outside.
bool has_hours(const py::dict& metric, const Series& series) {
  const auto kind = metric["kind"].cast<std::string>();
  if (kind == "price" || kind == "return") return true;
  Times asked;
  for (const char* key : {"ends", "span", "low", "high", "by", "after", "base", "at"}) {
    if (!metric.contains(key)) continue;
    const py::object value = metric[key];
    if (!py::isinstance<py::sequence>(value))
      asked.push_back(value.cast<std::int64_t>());
    else
      for (const py::handle time : value) asked.push_back(time.cast<std::int64_t>());
  }
  const bool is_sum = kind == "liquidations" || kind == "long_share" || kind == "accounts";
  double hours = is_sum || kind == "rsi" ? metric["hours"].cast<double>() : 0;
  if (kind == "rsi") hours *= metric["periods"].cast<double>() + 1;
  const auto [first, last] = std::minmax_element(asked.begin(), asked.end());
  const Times& ends = series.time_ns();
  const auto before = static_cast<std::int64_t>(hours * static_cast<double>(hour_ns));
  return *first - before >= 2 * ends[0] - ends[1] && *last <= ends.back();
}

using Liquidations = py::array_t<Liquidation, py::array::c_style>;

/// A recording of liquidations and the replayed ones, bin by bin, from its first bin to its last;
/// empty where no row is of the series' coins and times.
py::dict beside_feed(const Series& series, const Liquidations& rows,
                     const std::vector<std::string>& symbols) {
  const Times& times = series.time_ns();
  const auto coin_of = [&series](const std::string& symbol) {
    for (const std::string& coin : series.coins())
      if (symbol.starts_with(coin)) return coin;
    return std::string();
  };
  std::set<std::string> named;
  std::array<Values, 3> usd;
  usd.fill(Values(times.size()));
  std::size_t first = times.size(), last = 0;
  for (const std::string& symbol : symbols) named.insert(coin_of(symbol));
  named.erase("");
  for (const Liquidation& row : std::span(rows.data(), static_cast<std::size_t>(rows.size()))) {
    const auto bin = static_cast<std::size_t>(
        std::upper_bound(times.begin(), times.end(), row.time_ns) - times.begin());
    const bool is_early = row.time_ns < 2 * times[0] - times[1];
    if (is_early || bin == times.size() || coin_of(symbols.at(row.instrument)).empty()) continue;
    first = std::min(first, bin), last = std::max(last, bin);
    usd.at(row.side)[bin] += row.usd;
  }
  py::dict found;
  if (first == times.size()) return found;
  const auto cut = [&](const auto& values) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first);
    return array_of(std::vector(begin, values.begin() + static_cast<std::ptrdiff_t>(last) + 1));
  };
  found["time_ns"] = cut(times);
  for (const auto& [number, side] : {std::pair{1U, "long"}, std::pair{2U, "short"}}) {
    Values replayed(times.size());
    for (const std::string& coin : named) {
      const Values own = series.liquidated(coin, side);
      for (std::size_t bin = 0; bin < own.size(); ++bin) replayed[bin] += own[bin];
    }
    found[(std::string("feed_") + side).c_str()] = cut(usd[number]);
    found[(std::string("replayed_") + side).c_str()] = cut(replayed);
  }
  return found;
}

/// As "2026-02-05T21:00Z".
std::string utc_text(std::int64_t time_ns) {
  using namespace std::chrono;
  const sys_time<nanoseconds> moment{nanoseconds(time_ns)};
  const auto day = floor<days>(moment);
  const year_month_day date(day);
  const hh_mm_ss time(floor<minutes>(moment - day));
  char text[32];
  std::snprintf(text, sizeof(text), "%04d-%02u-%02uT%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()));
  return text;
}

/// One row per whole hour: the first coin's prices at its end, reported liquidations of all coins.
py::list hourly(const Series& series) {
  const Times& times = series.time_ns();
  Times ends;
  for (std::int64_t at = (times.front() + hour_ns - 1) / hour_ns * hour_ns; at <= times.back();
       at += hour_ns)
    ends.push_back(at);
  const Values spot = series.column("spot", series.coins().front());
  const Values perp = series.column("perp", series.coins().front());
  const Values longs = trailing_sum(times, series.liquidated("all", "long"), 1, ends);
  const Values shorts = trailing_sum(times, series.liquidated("all", "short"), 1, ends);
  py::list rows;
  for (std::size_t at = 0; at < ends.size(); ++at) {
    const auto bin = static_cast<std::size_t>(
        std::lower_bound(times.begin(), times.end(), ends[at]) - times.begin());
    rows.append(py::dict(arg("time_utc") = utc_text(ends[at]), arg("spot") = spot[bin],
                         arg("perp") = perp[bin], arg("liquidated_long_usd") = longs[at],
                         arg("liquidated_short_usd") = shorts[at]));
  }
  return rows;
}

void define_columns(py::class_<Series>& series) {
  series
      .def("hourly", &hourly,
           "Return a row per hour: prices of the first coin at its end, liquidations of all coins.")
      .def(
          "column",
          [](const Series& self, const std::string& name, const std::string& coin) {
            return array_of(self.column(name, coin));
          },
          arg("name"), arg("coin"),
          "Return one array of the result for one coin, or for \"all\" scaled to the market.")
      .def(
          "liquidated",
          [](const Series& self, const std::string& coin, const std::string& side) {
            return array_of(self.liquidated(coin, side));
          },
          arg("coin"), arg("side") = "total",
          "Return reported dollars per bin; side is long, short or total.")
      .def(
          "price",
          [](const Series& self, const std::string& coin, const Integers& at_ns) {
            return array_of(spot_at(self, coin, span_of(at_ns)));
          },
          arg("coin"), arg("at_ns"),
          "Return spot at given times: simulated inside the simulation, published outside.")
      .def(
          "extreme",
          [](const Series& self, const std::string& coin, const py::sequence& span,
             const std::string& which, const std::string& market) {
            const bool lowest = which == "low";
            return extreme_within(self, market + "_" + which, coin, span_from(span), lowest);
          },
          arg("coin"), arg("span"), arg("which"), arg("market") = "spot",
          "Return the \"low\" or \"high\" within a span, of the \"spot\" or the \"perp\".")
      .def(
          "rows",
          [](const Series& self, const py::sequence& span) {
            const std::vector<bool> inside = bins_within(self.time_ns(), span_from(span));
            py::array_t<bool> rows(static_cast<py::ssize_t>(inside.size()));
            std::copy(inside.begin(), inside.end(), rows.mutable_data());
            return rows;
          },
          arg("span"), "Return which bins lie within a span.")
      .def(
          "trailing",
          [](const Series& self, const Numbers& values, double hours, const Integers& ends) {
            return array_of(trailing_sum(self.time_ns(), span_of(values), hours, span_of(ends)));
          },
          arg("values"), arg("hours"), arg("ends"), "Return sums over the hours before each end.");
}

void define_series(py::module_& module) {
  py::class_<Series> series(module, "Series", series_doc);
  series.def(py::init<py::object, py::object>(), arg("scenario"), arg("result"))
      .def_property_readonly("scenario", &Series::scenario)
      .def_property_readonly("result", &Series::result)
      .def_property_readonly("coins",
                             [](const Series& self) {
                               py::list coins;
                               for (const std::string& coin : self.coins()) coins.append(coin);
                               return coins;
                             })
      .def_property_readonly("paths", &Series::paths)
      .def_property_readonly("all_coins_factor", &Series::all_coins_factor)
      .def_property_readonly("reported", &Series::reported)
      .def_property_readonly("time_ns",
                             [](const Series& self) { return self.result()["time_ns"]; });
  define_columns(series);
}

}  // namespace

const ReplaySource& source_of(const py::handle& series) { return series.cast<const Series&>(); }

void register_measures(py::module_& module) {
  define_series(module);
  module.def(
      "measure",
      [](const py::object& metric, const Series& series) {
        return measure(rule_from(metric), series);
      },
      arg("metric"), arg("series"),
      "Return the replayed value under a fact's window rule, in its unit; None: not replayed.");
  module.def("has_hours", &has_hours, arg("metric"), arg("series"),
             "Return whether a run has the hours that a fact's window rule looks at.");
  module.def("beside_feed", &beside_feed, arg("series"), arg("rows"), arg("symbols"),
             "Return a recording of liquidations and the replayed ones, bin by bin; empty: none.");
  py::list kinds;
  for (const std::string_view kind : measured_kinds()) kinds.append(std::string(kind));
  module.attr("MEASURED_KINDS") = py::tuple(kinds);
  module.def(
      "window_ends",
      [](const py::sequence& ends) { return array_of(window_ends(span_from(ends))); }, arg("ends"),
      "Return every minute from the first to the last window end.");
  module.def(
      "trailing_sum",
      [](const Integers& time_ns, const Numbers& values, double hours, const Integers& ends) {
        return array_of(trailing_sum(span_of(time_ns), span_of(values), hours, span_of(ends)));
      },
      arg("time_ns"), arg("values"), arg("hours"), arg("ends"),
      "Return sums over the `hours` before each end; what is in a bin is spread evenly over it.");
  module.def(
      "rsi",
      [](const Numbers& closes, int periods) {
        return relative_strength(span_of(closes), periods);
      },
      arg("closes"), arg("periods"),
      "Return Wilder's relative strength index after the last close, 0 to 100.");
  module.def(
      "new_low_percent",
      [](const Numbers& lows, double before) {
        return array_of(new_low_percent(span_of(lows), before));
      },
      arg("lows"), arg("before"),
      "Return by how many percent each bin lowers the running low; `before` is the low so far.");
}

}  // namespace v1
}  // namespace delever
