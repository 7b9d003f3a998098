// What a stress test found, for Python: sums, levels, the largest, as plain data and as a summary
// of at most 30 lines. The run's records are copied into numpy arrays once; everything else is
// counted from them when it is asked for.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "bindings/bindings.hpp"
#include "bindings/results.hpp"
#include "bindings/stress_tables.hpp"
#include "sim/plain_figures.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using py::arg;
using Object = py::object;
using Numbers = py::array_t<double, py::array::c_style | py::array::forcecast>;
using Integers = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;

constexpr std::size_t level_count = 40, top_count = 100;

constexpr const char* result_doc =
    R"(What a path did to a book: columns by liquidation, by deleveraging, and over time.

Attributes
----------
rules, listed : Rulebook, list of Instrument
    What the book was held against.
positions : Positions
    The book as it was read.
assumed : dict of str to str
    Path, depth, fund and counterparties in words.
loaded : dict
    Rows, positions, and refused rows by RejectReason.
liquidations, deleveragings : dict of str to ndarray
    One row per liquidated and per deleveraged position, in lots, ticks and USD.
series : dict of str to ndarray
    Samples over time in USD: (samples,), (samples, instruments) or (samples, instruments, 2).
waiting : list of (low, high, ndarray)
    Before the path, per instrument: lowest and highest price, and (bins, long/short) in USD.
digest : str
    Equal for equal runs.
seconds : dict of str to float
    What loading and running took.
)";

template <class... Values>
std::string written(const char* pattern, const Values&... values) {
  return py::str(pattern).attr("format")(values...).template cast<std::string>();
}

double sum_of(const Object& values) {
  const Numbers numbers(values);
  return std::accumulate(numbers.data(), numbers.data() + numbers.size(), 0.0);
}

struct Level {
  double low, high, usd = 0;
  std::int64_t count = 0;
};

class StressResult {
 public:
  /// The attributes in the order of the class's documentation.
  explicit StressResult(const py::tuple& parts)
      : rules_(parts[0]),
        positions_(parts[2]),
        assumed_(parts[3]),
        waiting_(parts[8]),
        seconds_(parts[10]),
        listed_(parts[1]),
        loaded_(parts[4]),
        liquidations_(parts[5]),
        deleveragings_(parts[6]),
        series_(parts[7]),
        digest_(py::str(parts[9])) {}
  py::tuple parts() const {
    return py::make_tuple(rules_, listed_, positions_, assumed_, loaded_, liquidations_,
                          deleveragings_, series_, waiting_, digest_, seconds_);
  }

  Object usd() const { return liquidations_["usd"]; }
  double lost_usd() const;
  py::list levels(std::size_t instrument) const;
  py::list largest(const py::dict& rows, const Object& sizes, const char* price) const;
  py::dict as_dict() const;
  std::string summary() const;

  Object rules_, positions_, assumed_, waiting_, seconds_;
  py::list listed_;
  py::dict loaded_, liquidations_, deleveragings_, series_;
  std::string digest_;

 private:
  std::vector<Level> counted_levels(std::size_t instrument) const;
  /// Liquidated USD of one side of one instrument; of all sides where it is 2.
  std::vector<double> liquidated(std::size_t instrument, std::size_t side) const;
  std::vector<double> liquidated() const;
  std::size_t heaviest() const;
  py::list over_time() const;
  py::dict totals() const;
  std::vector<std::string> heading() const;
  std::vector<std::string> by_instrument() const;
  std::vector<std::string> fund_and_time() const;
  std::vector<std::string> levels_and_largest() const;
};

double StressResult::lost_usd() const { return sum_of(series_["lost_usd"]); }

std::vector<double> StressResult::liquidated(std::size_t instrument, std::size_t side) const {
  const Numbers usd(series_["liquidated_usd"]);
  std::vector<double> found;
  for (py::ssize_t at = 0; at < usd.shape(0); ++at) found.push_back(usd.at(at, instrument, side));
  return found;
}

std::vector<double> StressResult::liquidated() const {
  const Numbers usd(series_["liquidated_usd"]);
  const py::ssize_t width = usd.shape(1) * 2;
  std::vector<double> found;
  for (py::ssize_t at = 0; at < usd.shape(0); ++at)
    found.push_back(std::accumulate(usd.data() + at * width, usd.data() + (at + 1) * width, 0.0));
  return found;
}

double total(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

std::size_t StressResult::heaviest() const {
  std::size_t most = 0;
  double top = -1;
  for (std::size_t at = 0; at < listed_.size(); ++at) {
    const double usd = total(liquidated(at, 0)) + total(liquidated(at, 1));
    if (usd > top) top = usd, most = at;
  }
  return most;
}

/// Liquidations by mark, from the lowest level up.
std::vector<Level> StressResult::counted_levels(std::size_t instrument) const {
  const Numbers path(series_["mark"]), all_usd(usd());
  const Integers which(liquidations_["instrument"]), ticks(liquidations_["mark_ticks"]);
  double low = path.at(0, instrument), high = low;
  for (py::ssize_t at = 0; at < path.shape(0); ++at) {
    low = std::min(low, path.at(at, instrument));
    high = std::max(high, path.at(at, instrument));
  }
  if (low == high) low -= 0.5, high += 0.5;
  const double width = (high - low) / static_cast<double>(level_count);
  std::vector<Level> levels;
  for (std::size_t at = 0; at < level_count; ++at)
    levels.push_back({low + width * static_cast<double>(at),
                      at + 1 == level_count ? high : low + width * static_cast<double>(at + 1)});
  const double tick = py::float_(listed_[instrument].attr("tick"));
  for (py::ssize_t row = 0; row < which.size(); ++row) {
    if (which.at(row) != static_cast<std::int64_t>(instrument)) continue;
    const double place = (static_cast<double>(ticks.at(row)) * tick - low) / width;
    const double most = static_cast<double>(level_count) - 1;
    Level& level = levels[static_cast<std::size_t>(std::clamp(place, 0.0, most))];
    ++level.count;
    level.usd += all_usd.at(row);
  }
  return levels;
}

py::list StressResult::levels(std::size_t instrument) const {
  const std::vector<Level> counted = counted_levels(instrument);
  py::list rows;
  for (auto one = counted.rbegin(); one != counted.rend(); ++one)
    rows.append(py::dict(arg("low") = one->low, arg("high") = one->high, arg("count") = one->count,
                         arg("usd") = one->usd));
  return rows;
}

py::list StressResult::largest(const py::dict& rows, const Object& sizes, const char* price) const {
  const Numbers size(sizes);
  std::vector<py::ssize_t> order(static_cast<std::size_t>(size.size()));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](py::ssize_t a, py::ssize_t b) {
    return std::fabs(size.at(a)) > std::fabs(size.at(b));
  });
  order.resize(std::min(order.size(), top_count));
  const Object names = positions_.attr("accounts");
  const Integers instrument(rows["instrument"]), account(rows["account"]), time(rows["time_ns"]);
  const Integers lots(rows["qty_lots"]), ticks(rows[price]);
  py::list found;
  for (const py::ssize_t at : order) {
    const Object one = listed_[static_cast<std::size_t>(instrument.at(at))];
    Object who = py::int_(account.at(at));
    if (account.at(at) < 0)
      who = py::str("hedger");
    else if (!names.is_none())
      who = names[who].attr("item")();
    found.append(py::dict(arg("time_ns") = time.at(at), arg("account") = who,
                          arg("symbol") = one.attr("symbol"),
                          arg("qty") = py::float_(one.attr("qty")(lots.at(at))),
                          arg("price") = py::float_(one.attr("price")(ticks.at(at)))));
  }
  return found;
}

py::list StressResult::over_time() const {
  const Integers time(series_["time_ns"]), count(series_["liquidated_count"]);
  const Numbers fund(series_["fund_usd"]);
  const std::vector<double> usd = liquidated();
  py::list rows;
  for (py::ssize_t at = 0; at < time.size(); ++at)
    rows.append(py::dict(arg("time_ns") = time.at(at), arg("count") = count.at(at),
                         arg("usd") = usd[static_cast<std::size_t>(at)],
                         arg("fund_usd") = fund.at(at)));
  return rows;
}

/// The parts of the plain data that are sums.
py::dict StressResult::totals() const {
  py::dict sides, refused, fund, found;
  for (std::size_t at = 0; at < listed_.size(); ++at)
    sides[listed_[at].attr("symbol")] =
        py::dict(arg("long") = total(liquidated(at, 0)), arg("short") = total(liquidated(at, 1)));
  const Object reason = py::module_::import("delever.reference.vocabulary").attr("RejectReason");
  for (const auto& [code, number] : py::dict(loaded_["refused"]))
    refused[reason(code).attr("name").attr("lower")()] = number;
  const Numbers worth(series_["fund_usd"]);
  fund["low_usd"] = *std::min_element(worth.data(), worth.data() + worth.size());
  fund["end_usd"] = worth.at(worth.size() - 1);
  for (const char* what : {"taken_usd", "covered_usd", "deleveraged_usd"})
    fund[what] = sum_of(series_[what]);
  found["positions"] = py::dict(arg("rows") = loaded_["rows"], arg("loaded") = loaded_["loaded"],
                                arg("refused") = refused);
  found["liquidated"] =
      py::dict(arg("count") = py::len(liquidations_["time_ns"]), arg("usd") = sides,
               arg("lost_usd") = lost_usd(), arg("fees_usd") = sum_of(liquidations_["fee_usd"]));
  found["fund"] = fund;
  return found;
}

py::dict StressResult::as_dict() const {
  const Object at = rules_.attr("at");
  const bool is_open = at.equal(py::module_::import("datetime").attr("date").attr("max"));
  py::dict data, by_level;
  data["rulebook"] = rules_.attr("name");
  data["at"] = is_open ? Object(py::none()) : Object(py::str(at));
  data["assumed"] = py::dict(assumed_);
  data.attr("update")(totals());
  data["by_time"] = over_time();
  for (std::size_t one = 0; one < listed_.size(); ++one)
    by_level[listed_[one].attr("symbol")] = levels(one);
  data["by_level"] = by_level;
  data["accounts"] = largest(liquidations_, usd(), "mark_ticks");
  data["deleveraged"] = largest(deleveragings_, deleveragings_["qty_lots"], "price_ticks");
  data["digest"] = digest_;
  data["seconds"] = py::dict(seconds_);
  return data;
}

// ---- the summary
// ---------------------------------------------------------------------------------

using Lines = std::vector<std::string>;

Lines StressResult::heading() const {
  const auto loaded = loaded_["loaded"].cast<std::int64_t>();
  Lines lines{written("{} · {:,} positions · digest {}", rules_.attr("name"), loaded, digest_)};
  for (const auto& [key, text] : py::dict(assumed_))
    lines.push_back(written(" assumed {}: {}", key, text));
  const Object reasons = py::module_::import("delever.reference.vocabulary").attr("RejectReason");
  std::size_t said = 0;
  for (const auto& [code, number] : py::dict(loaded_["refused"])) {
    const Object why = reasons(code).attr("name").attr("lower")().attr("replace")("_", " ");
    if (++said <= 3)
      lines.push_back(written(" refused {:,} rows: {} (first row {:,})", number, why,
                              loaded_["first_refused_row"]));
  }
  const auto count = py::len(liquidations_["time_ns"]);
  const double share =
      static_cast<double>(count) / static_cast<double>(std::max<std::int64_t>(loaded, 1));
  lines.push_back(written(" liquidated {:,} ({:.2%}), {}; lost {}, fees {}", count, share,
                          dollars(sum_of(usd())), dollars(lost_usd()),
                          dollars(sum_of(liquidations_["fee_usd"]))));
  return lines;
}

Lines StressResult::by_instrument() const {
  const Numbers index(series_["index"]), last(series_["last"]);
  Lines lines;
  for (std::size_t at = 0; at < std::min<std::size_t>(listed_.size(), 4); ++at) {
    double low = 0, high = 0;
    for (py::ssize_t row = 0; row < last.shape(0); ++row) {
      const double price = last.at(row, at);
      if (price > 0) low = low > 0 ? std::min(low, price) : price;
      high = std::max(high, price);
    }
    const std::string told =
        high > 0 ? written("traded {:,.6g} to {:,.6g}", low, high) : std::string("no trade");
    lines.push_back(written("  {:<12} longs {:>7}  shorts {:>7}  index {:,.6g} to {:,.6g}, {}",
                            listed_[at].attr("symbol"), dollars(total(liquidated(at, 0))),
                            dollars(total(liquidated(at, 1))), index.at(0, at),
                            index.at(index.shape(0) - 1, at), told));
  }
  return lines;
}

Lines StressResult::fund_and_time() const {
  const py::dict fund = totals()["fund"];
  const auto usd = [&fund](const char* what) { return dollars(fund[what].cast<double>()); };
  const std::vector<double> all = liquidated();
  constexpr std::size_t blocks = 60;
  std::vector<double> parts;  // as numpy.array_split cuts
  for (std::size_t at = 0, begin = 0; at < blocks; ++at) {
    const std::size_t end = begin + all.size() / blocks + (at < all.size() % blocks ? 1 : 0);
    parts.push_back(0);
    for (; begin < end; ++begin) parts.back() += all[begin];
  }
  const Integers time(series_["time_ns"]);
  return {" fund ends at " + usd("end_usd") + ", low " + usd("low_usd") + "; took over " +
              usd("taken_usd"),
          written(" deleveraged {} of {:,} positions", usd("deleveraged_usd"),
                  py::len(deleveragings_["qty_lots"])),
          " over time " + sparkline(parts) + " to " + day_and_clock(time.at(time.size() - 1))};
}

Lines StressResult::levels_and_largest() const {
  const std::size_t main = heaviest();
  std::vector<Level> fallen = counted_levels(main);
  std::reverse(fallen.begin(), fallen.end());
  std::erase_if(fallen, [](const Level& level) { return level.count == 0; });
  std::stable_sort(fallen.begin(), fallen.end(),
                   [](const Level& a, const Level& b) { return a.usd > b.usd; });
  Lines lines{written(" heaviest levels of {}:", listed_[main].attr("symbol"))};
  for (std::size_t at = 0; at < std::min<std::size_t>(fallen.size(), 5); ++at)
    lines.push_back(written("  {:>12,.6g} to {:<12,.6g} {:>11,} {:>8}", fallen[at].low,
                            fallen[at].high, fallen[at].count, dollars(fallen[at].usd)));
  lines.push_back(" largest liquidations:");
  const py::list rows = largest(liquidations_, usd(), "mark_ticks");
  for (std::size_t at = 0; at < std::min<std::size_t>(rows.size(), 4); ++at) {
    const py::dict row = rows[at];
    lines.push_back(written("  {}  account {}  {:+,.6g} {} at {:,.6g}",
                            day_and_clock(row["time_ns"].cast<std::int64_t>()), row["account"],
                            row["qty"], row["symbol"], row["price"]));
  }
  return lines;
}

std::string StressResult::summary() const {
  Lines lines = heading();
  for (const Lines& more : {by_instrument(), fund_and_time(), levels_and_largest()})
    lines.insert(lines.end(), more.begin(), more.end());
  std::string took;
  for (const auto& [what, seconds] : py::dict(seconds_))
    took += (took.empty() ? "" : ", ") + written("{} {:.1f} s", what, seconds);
  lines.push_back(" " + took);
  std::string text;
  for (const std::string& line : lines)  // 100 columns
    text += (text.empty() ? "" : "\n") + written("{:.100}", line);
  return text;
}

Object path_of(const Object& path) { return py::module_::import("pathlib").attr("Path")(path); }

Object to_json(const StressResult& result, const Object& path) {
  const Object text = py::module_::import("json").attr("dumps")(result.as_dict(), arg("indent") = 1,
                                                                arg("ensure_ascii") = false);
  const Object bytes = (text + py::str("\n")).attr("encode")();
  return py::module_::import("delever.replay").attr("write_whole")(path_of(path), bytes);
}

Object plot(const Object& result, const Object& out) {
  return py::module_::import("delever.stress.picture").attr("draw")(result, path_of(out));
}

}  // namespace

void register_stress_result(py::module_& module) {
  define_stress_tables(module);
  py::class_<StressResult> result(module, "StressResult", result_doc, py::dynamic_attr());
  result
      .def(py::init([](const py::args& parts) {
        if (parts.size() != 11) throw py::type_error("StressResult takes its 11 attributes");
        return StressResult(parts);
      }))
      .def(py::pickle([](const StressResult& self) { return self.parts(); },
                      [](const py::tuple& parts) { return StressResult(parts); }))
      .def_readonly("rules", &StressResult::rules_)
      .def_readonly("listed", &StressResult::listed_)
      .def_readonly("positions", &StressResult::positions_)
      .def_readonly("assumed", &StressResult::assumed_)
      .def_readonly("loaded", &StressResult::loaded_)
      .def_readonly("liquidations", &StressResult::liquidations_)
      .def_readonly("deleveragings", &StressResult::deleveragings_)
      .def_readonly("series", &StressResult::series_)
      .def_readonly("waiting", &StressResult::waiting_)
      .def_readonly("digest", &StressResult::digest_)
      .def_readonly("seconds", &StressResult::seconds_)
      .def_property_readonly("usd", &StressResult::usd,
                             "Notional of each liquidation, at the mark.")
      .def_property_readonly(
          "lost_usd", &StressResult::lost_usd,
          "What liquidation took from its accounts' wallets and margins: realised losses, fees and "
          "what was seized, in USD at the time. What still stands behind a position is not lost.")
      .def("levels", &StressResult::levels, arg("at"),
           "Return the liquidations of an instrument by mark, from the highest level down.")
      .def("as_dict", &StressResult::as_dict,
           "Return the result as plain data: what `--json` writes, and `docs/stress.md` describes.")
      .def("to_json", &to_json, arg("path"), "Write the result as JSON: the whole file or nothing.")
      .def("plot", &plot, arg("out") = "out",
           "Draw stress.png into a directory; needs the extra `plot`.")
      .def("__str__", &StressResult::summary)
      .def("__repr__", [](const StressResult& self) {
        return written("<StressResult {}: {:,} of {:,} positions liquidated, digest {}>",
                       self.rules_.attr("name"), py::len(self.liquidations_["time_ns"]),
                       self.loaded_["loaded"], self.digest_);
      });
}

}  // namespace v1
}  // namespace delever
