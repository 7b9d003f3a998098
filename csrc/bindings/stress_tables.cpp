#include "bindings/stress_tables.hpp"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "bindings/bindings.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using py::arg;
using Object = py::object;
using Numbers = py::array_t<double, py::array::c_style | py::array::forcecast>;
using Integers = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;

constexpr std::int64_t steps_max = 2'000'000, second_ns = 1'000'000'000;

Object numpy(const char* name) { return py::module_::import("numpy").attr(name); }

bool is_text(const Object& column) { return py::isinstance<py::tuple>(column); }

bool is_number(const Object& column) {
  const auto kind = column.attr("dtype").attr("kind").cast<std::string>();
  return kind == "i" || kind == "u" || kind == "f";
}

/// A column's codes and the names they stand for, whatever it was.
struct Coded {
  explicit Coded(const Object& column) {
    const py::tuple parts =
        is_text(column) ? column : numpy("unique")(column, arg("return_inverse") = true);
    codes = Integers(parts[is_text(column) ? 0 : 1]);
    names = parts[is_text(column) ? 1 : 0];
  }
  std::string name(std::size_t at) const { return py::str(Object(names[py::int_(at)])); }
  std::size_t size() const { return py::len(names); }

  Integers codes;
  Object names;
};

std::string lower(const std::string& text) {
  return py::str(text).attr("lower")().cast<std::string>();
}

// ---- positions
// -----------------------------------------------------------------------------------

Object column_or_none(const py::dict& columns, const char* name) {
  return columns.contains(name) ? Object(columns[name]) : Object(py::none());
}

Numbers numbers_of(const py::dict& columns, const char* name) {
  const Object column = column_or_none(columns, name);
  if (column.is_none()) return Numbers(0);
  if (is_text(column) || !is_number(column)) raise_data_error("holds text, not numbers", -1, name);
  const Numbers numbers(column);
  const double least = std::string_view(name) == "qty" ? -std::numeric_limits<double>::max() : 0;
  for (py::ssize_t row = 0; row < numbers.size(); ++row) {
    const double one = numbers.data()[row];
    if (!std::isfinite(one) || one < least)
      raise_data_error(std::string(py::str(py::float_(one))) + " is no size, price or amount", row,
                       name);
  }
  return numbers;
}

/// A word of a column, in any case, and the number it stands for.
struct Choice {
  const char* word;
  double number;
};

/// What each row of a column of words stands for; `fix` says two of them.
std::vector<double> chosen(const Object& column, const char* name,
                           std::initializer_list<Choice> choices, const char* fix) {
  const Coded coded(column);
  std::vector<double> numbers, rows;
  for (std::size_t at = 0; at < coded.size(); ++at) {
    const std::string said = lower(coded.name(at));
    const auto found = std::find_if(choices.begin(), choices.end(),
                                    [&](const Choice& one) { return said == one.word; });
    if (found == choices.end())
      raise_data_error("'" + coded.name(at) + "' is not a " + name + "; write " + fix, -1, name);
    numbers.push_back(found->number);
  }
  for (py::ssize_t row = 0; row < coded.codes.size(); ++row)
    rows.push_back(numbers[static_cast<std::size_t>(coded.codes.at(row))]);
  return rows;
}

/// Sizes with the signs of their sides.
Numbers signed_sizes(const Numbers& qty, const Object& side) {
  const std::vector<double> signs = chosen(
      side, "side", {{"long", 1}, {"buy", 1}, {"1", 1}, {"short", -1}, {"sell", -1}, {"-1", -1}},
      "long or short");
  if (static_cast<py::ssize_t>(signs.size()) != qty.size())
    throw Misuse(Misunderstanding::Data, "the columns differ in length");
  Numbers sizes(qty.size());
  for (py::ssize_t row = 0; row < qty.size(); ++row)
    sizes.mutable_at(row) = std::fabs(qty.at(row)) * signs[static_cast<std::size_t>(row)];
  return sizes;
}

/// 1 for positions in cross margin; empty where nothing is said.
Integers cross_of(const py::dict& columns) {
  if (!columns.contains("margin_mode")) return Integers(0);
  const std::vector<double> modes = chosen(columns["margin_mode"], "margin_mode",
                                           {{"isolated", 0}, {"cross", 1}}, "isolated or cross");
  Integers cross(static_cast<py::ssize_t>(modes.size()));
  std::copy(modes.begin(), modes.end(), cross.mutable_data());
  return cross;
}

/// (codes, names) of the accounts; no names where integers can be the codes themselves.
py::tuple holders(const Object& column) {
  if (column.is_none()) return py::make_tuple(Integers(0), py::none());
  if (!is_text(column) && is_number(column) &&
      column.attr("dtype").attr("kind").cast<std::string>() != "f") {
    const Integers codes(column);
    const auto most = 4 * codes.size();
    const auto is_dense = [most](std::int64_t code) { return code >= 0 && code < most; };
    if (codes.size() > 0 && std::all_of(codes.data(), codes.data() + codes.size(), is_dense))
      return py::make_tuple(codes, py::none());
  }
  const Coded coded(column);
  return py::make_tuple(coded.codes, coded.names);
}

/// What a table of positions may hold; in brackets what a missing column means.
py::dict position_columns() {
  py::dict known;
  known["account"] =
      "holder, an integer or a text; rows of one account share a wallet (each its own)";
  known["symbol"] = "contract, as the rulebook lists it (the first listed)";
  known["side"] = "long or short, buy or sell, 1 or -1 (the sign of qty)";
  known["qty"] = "size in coins, inverse: in contracts; signed where there is no side";
  known["entry_price"] = "average price of the position";
  known["leverage"] = "at least 1; margin is value / leverage";
  known["margin"] =
      "margin in what the contract settles in; wins over leverage where it is above 0";
  known["wallet"] = "balance beside all margins, read at the account's first row (0)";
  known["margin_mode"] = "isolated, or cross: backed by the wallet, else by its margin (isolated)";
  return known;
}

void check_names(const py::dict& columns, const py::dict& known) {
  py::list unknown;
  for (const auto& [name, column] : columns)
    if (!known.contains(name)) unknown.append(name);
  if (!unknown.empty()) {
    unknown.attr("sort")();
    raise_data_error("unknown; known are " + py::str(", ").attr("join")(known).cast<std::string>(),
                     -1, py::str(unknown[0]));
  }
  const Integers cross = cross_of(columns);
  const bool is_all_cross =
      cross.size() > 0 && std::all_of(cross.data(), cross.data() + cross.size(),
                                      [](std::int64_t one) { return one == 1; });
  const bool is_backed = columns.contains("margin") || (is_all_cross && columns.contains("wallet"));
  for (const char* needed : {"qty", "entry_price", is_backed ? "qty" : "leverage"})
    if (!columns.contains(needed)) raise_data_error("missing", -1, needed);
}

/// The fields of `Positions` from a table's columns.
py::tuple positions_from(const py::dict& columns) {
  check_names(columns, position_columns());
  Numbers qty = numbers_of(columns, "qty");
  const Numbers entry = numbers_of(columns, "entry_price"),
                leverage = numbers_of(columns, "leverage");
  const Numbers margin = numbers_of(columns, "margin"), wallet = numbers_of(columns, "wallet");
  py::list symbols;
  Integers instrument(qty.size());
  std::fill_n(instrument.mutable_data(), instrument.size(), 0);
  if (columns.contains("symbol")) {
    const Coded coded(columns["symbol"]);
    for (std::size_t at = 0; at < coded.size(); ++at) symbols.append(coded.name(at));
    instrument = coded.codes;
  }
  if (columns.contains("side")) qty = signed_sizes(qty, columns["side"]);
  const py::tuple held = holders(column_or_none(columns, "account"));
  return py::make_tuple(symbols, instrument, qty, entry, leverage, margin, wallet,
                        cross_of(columns), held[0], held[1]);
}

/// (notional in USD, mean price) of every contract at entry; a contract of 0 USD is linear.
py::tuple at_entry(const Integers& instrument, const Numbers& qty, const Numbers& entry,
                   const std::vector<double>& contract_usd) {
  if (instrument.size() != qty.size() || entry.size() != qty.size())
    throw Misuse(Misunderstanding::Data, "the columns differ in length");
  std::vector<double> value(contract_usd.size()), sums(value), sizes(value);
  for (py::ssize_t row = 0; row < qty.size(); ++row) {
    const auto at = static_cast<std::size_t>(instrument.at(row));
    const double size = std::fabs(qty.at(row)), contract = contract_usd.at(at);
    value[at] += size * (contract > 0 ? contract : entry.at(row));
    sums[at] += size * entry.at(row);
    sizes[at] += size;
  }
  py::list values, means;
  for (std::size_t at = 0; at < value.size(); ++at) {
    values.append(value[at]);
    means.append(sums[at] / std::max(sizes[at], 1e-300));
  }
  return py::make_tuple(values, means);
}

// ---- paths
// ---------------------------------------------------------------------------------------

/// So many steps from the first time to the last.
std::vector<std::int64_t> steps_between(double first, double last, double step_s) {
  const std::int64_t count = std::max<std::int64_t>(1, std::llrint((last - first) / 1e9 / step_s));
  if (count > steps_max)
    throw Misuse(Misunderstanding::Config,
                 py::str("{:,} steps of {:g} s are too many; take longer ones")
                     .attr("format")(count, step_s)
                     .cast<std::string>());
  std::vector<std::int64_t> steps;
  for (std::int64_t at = 0; at <= count; ++at) {
    const double share = static_cast<double>(at) / static_cast<double>(count);
    steps.push_back(std::llrint(first + share * (last - first)));
  }
  return steps;
}

py::tuple path_of(const std::vector<std::int64_t>& steps, const Numbers& prices) {
  return py::make_tuple(Integers(static_cast<py::ssize_t>(steps.size()), steps.data()), prices);
}

/// "-30%", "+10% over 5min", "-30% over 1h from 72000": an even move of every instrument.
py::tuple path_in_words(const std::string& source, const std::vector<double>& start,
                        double step_s) {
  const Object found = py::module_::import("re").attr("fullmatch")(
      R"(\s*([+-])\s*(\d+(?:\.\d+)?)\s*%(?:\s+over\s+(\d+(?:\.\d+)?)\s*(s|min|m|h|d))?)"
      R"((?:\s+from\s+(\d+(?:\.\d+)?))?\s*)",
      source);
  double change = -1, seconds = 3600, from = 0;
  if (!found.is_none()) {
    const py::tuple words = found.attr("groups")();
    const auto number = [&words](std::size_t at) { return std::stod(py::str(words[at])); };
    change = number(1) / (words[0].cast<std::string>() == "-" ? -100 : 100);
    if (!words[2].is_none()) {
      const auto unit = words[3].cast<std::string>();
      seconds = number(2) * (unit == "s" ? 1 : unit == "h" ? 3600 : unit == "d" ? 86400 : 60);
    }
    if (!words[4].is_none()) from = number(4);
  }
  if (change <= -1 || seconds <= 0)
    throw Misuse(Misunderstanding::Config,
                 "path '" + source + "': write it as '-30% over 1h' or '+10% over 5min'");
  const auto steps = steps_between(second_ns, second_ns + std::rint(seconds * 1e9), step_s);
  Numbers prices({steps.size(), start.size()});
  for (std::size_t at = 0; at < steps.size(); ++at)
    for (std::size_t one = 0; one < start.size(); ++one)
      prices.mutable_at(at, one) =
          (from > 0 ? from : start[one]) *
          std::pow(1 + change, static_cast<double>(at) / static_cast<double>(steps.size() - 1));
  return path_of(steps, prices);
}

/// A column of times as ns since 1970: text, datetime64, or numbers of s, ms, us or ns.
Integers times_from(Object column, const char* name) {
  if (is_text(column)) {
    const py::tuple parts = column;
    py::list texts;
    for (const py::handle text : parts[1]) texts.append(py::str(text).attr("removesuffix")("Z"));
    column = numpy("array")(texts, "M8[ns]")[parts[0]];
  }
  if (column.attr("dtype").attr("kind").cast<std::string>() == "M")
    return Integers(column.attr("astype")("M8[ns]").attr("astype")("i8"));
  if (!is_number(column) || py::len(column) == 0)
    raise_data_error("holds " + std::string(py::str(column.attr("dtype"))) + ", not times", -1,
                     name);
  const auto most = numpy("abs")(column).attr("max")().cast<double>();
  const std::int64_t scale = most < 1e11   ? second_ns
                             : most < 1e14 ? 1'000'000
                             : most < 1e17 ? 1000
                                           : 1;
  return Integers(Object(column * py::int_(scale)).attr("astype")("i8"));
}

struct Line {
  std::vector<double> time_ns, log_price;
};

double log_price_at(const Line& line, double time) {
  const auto above = std::upper_bound(line.time_ns.begin(), line.time_ns.end(), time);
  if (above == line.time_ns.begin()) return line.log_price.front();
  if (above == line.time_ns.end()) return line.log_price.back();
  const auto at = static_cast<std::size_t>(above - line.time_ns.begin());
  const double share = (time - line.time_ns[at - 1]) / (line.time_ns[at] - line.time_ns[at - 1]);
  return line.log_price[at - 1] + share * (line.log_price[at] - line.log_price[at - 1]);
}

const char* first_of(const py::dict& columns, std::initializer_list<const char*> names) {
  const auto found = std::find_if(names.begin(), names.end(),
                                  [&](const char* name) { return columns.contains(name); });
  return found == names.end() ? nullptr : *found;
}

/// The rows of a table that are about a symbol.
Line line_of(const py::dict& columns, const Integers& times, const char* time_name,
             const char* price, const std::string& symbol) {
  const bool has_own = columns.contains(symbol.c_str());
  if (!has_own && price == nullptr)
    raise_data_error("missing; give price, or a column " + symbol, -1, "price");
  const char* name = has_own ? symbol.c_str() : price;
  const Object column = columns[name];
  if (is_text(column)) raise_data_error("holds text, not numbers", -1, name);
  const Numbers prices(column);
  std::vector<bool> mine(static_cast<std::size_t>(times.size()), true);
  if (!has_own && columns.contains("symbol")) {
    const Coded coded(columns["symbol"]);
    std::vector<bool> is_meant;
    for (std::size_t at = 0; at < coded.size(); ++at) is_meant.push_back(coded.name(at) == symbol);
    for (std::size_t row = 0; row < mine.size(); ++row)
      mine[row] = is_meant[static_cast<std::size_t>(coded.codes.at(row))];
  }
  Line line;
  bool is_sound = prices.size() == times.size();
  for (py::ssize_t row = 0; is_sound && row < times.size(); ++row) {
    if (!mine[static_cast<std::size_t>(row)]) continue;
    const auto time = static_cast<double>(times.at(row));
    is_sound = prices.at(row) > 0 && (line.time_ns.empty() || time > line.time_ns.back());
    line.time_ns.push_back(time);
    line.log_price.push_back(std::log(prices.at(row)));
  }
  if (!is_sound || line.time_ns.size() < 2)
    raise_data_error("the path of " + symbol + " needs two rising times, and prices above 0", -1,
                     time_name);
  return line;
}

py::tuple path_from_table(const py::dict& columns, const std::vector<std::string>& symbols,
                          double step_s) {
  const char* time_name = first_of(columns, {"time", "time_ns", "timestamp", "open_time", "date"});
  const char* price = first_of(columns, {"price", "close", "index", "mark"});
  if (time_name == nullptr)
    raise_data_error("missing; give one of time, time_ns, timestamp, open_time, date", -1, "time");
  const Integers times = times_from(columns[time_name], time_name);
  std::vector<Line> lines;
  double first = 0, last = std::numeric_limits<double>::max();
  for (const std::string& symbol : symbols) {
    lines.push_back(line_of(columns, times, time_name, price, symbol));
    first = lines.size() == 1 ? lines[0].time_ns.front()
                              : std::max(first, lines.back().time_ns.front());
    last = std::min(last, lines.back().time_ns.back());
  }
  const auto steps = steps_between(first, last, step_s);
  Numbers prices({steps.size(), symbols.size()});
  for (std::size_t at = 0; at < steps.size(); ++at)
    for (std::size_t one = 0; one < lines.size(); ++one)
      prices.mutable_at(at, one) =
          std::exp(log_price_at(lines[one], static_cast<double>(steps[at])));
  return path_of(steps, prices);
}

}  // namespace

void define_stress_tables(py::module_& module) {
  module.attr("POSITION_COLUMNS") = position_columns();
  module.def("positions_from", &positions_from, arg("columns"),
             "The fields of `delever.stress.Positions` from a table's columns.");
  module.def("at_entry", &at_entry, arg("instrument"), arg("qty"), arg("entry_price"),
             arg("contract_usd"),
             "(notional in USD, mean price) of every contract, linear where its USD are 0.");
  module.def("path_in_words", &path_in_words, arg("source"), arg("start"), arg("step_s"),
             "(time_ns, prices) of a move in words, from the prices at the start.");
  module.def("path_from_table", &path_from_table, arg("columns"), arg("symbols"), arg("step_s"),
             "(time_ns, prices) of a table's columns, interpolated in between.");
}

}  // namespace v1
}  // namespace delever
