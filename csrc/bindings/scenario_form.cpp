// What may stand in a scenario file, held against what stands there.
//
// The form (delever/scenario.toml) is a tree of the same shape as the file: tables by key, lists of
// one form or of one form an item, and at the leaves the name of a rule that converts the value or
// the words to choose from. What is wrong is noted and the rest is read on, so that one pass finds
// everything: what, where, the value and the fix. Cost: one visit per value.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bindings/results.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using py::arg;
using Object = py::object;

struct Wrong {
  std::string what, fix;
};

template <class T>
T as(const py::handle& value) {
  return py::reinterpret_borrow<T>(value);
}

std::string text_of(const py::handle& value) { return py::str(value).cast<std::string>(); }

bool is_text(const py::handle& value) { return py::isinstance<py::str>(value); }

/// As `in` has it: keys of a table, items of a list.
bool holds(const py::handle& container, const py::handle& item) {
  const int found = PySequence_Contains(container.ptr(), item.ptr());
  if (found < 0) throw py::error_already_set();
  return found == 1;
}

std::vector<std::string> words_of(const std::string& text, char between) {
  std::vector<std::string> words{""};
  for (const char one : text)
    if (one == between)
      words.emplace_back();
    else
      words.back() += one;
  return words;
}

// ---- rules: each converts a value, or says what is wrong ----------------------------------------

Object one_of(const py::handle& options, const std::string& otherwise, const py::handle& value) {
  const bool is_word = is_text(value) || PyLong_Check(value.ptr());
  if (is_word && holds(options, value)) return as<Object>(value);
  if (!otherwise.empty()) {
    const auto at = otherwise.find("; ");
    throw Wrong{otherwise.substr(0, at), otherwise.substr(at + 2)};
  }
  std::string known;
  for (const py::handle option : options) known += (known.empty() ? "" : ", ") + text_of(option);
  throw Wrong{"not one of the known", "choose " + known};
}

Object must(bool fits, const char* name, const py::handle& value) {
  if (!fits) throw Wrong{std::string("not ") + name, "correct it"};
  return as<Object>(value);
}

/// Minutes since 1970 of a UTC time such as "2026-02-06T00:15Z"; none where it is not one.
std::optional<std::int64_t> minutes_of(const std::string& text) {
  static const std::string pattern = "0000-00-00T00:00Z";
  if (text.size() != pattern.size()) return {};
  std::vector<unsigned> parts{0};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (digit != (pattern[i] == '0') || (!digit && text[i] != pattern[i])) return {};
    if (digit)
      parts.back() = 10 * parts.back() + static_cast<unsigned>(text[i] - '0');
    else
      parts.push_back(0);
  }
  using namespace std::chrono;
  const year_month_day day{year(static_cast<int>(parts[0])), month(parts[1]),
                           std::chrono::day(parts[2])};
  if (parts[0] == 0 || !day.ok() || parts[3] > 23 || parts[4] > 59) return {};
  return std::int64_t{sys_days(day).time_since_epoch().count()} * 1440 + parts[3] * 60 + parts[4];
}

Object time_ns(const py::handle& value) {
  const auto minutes = is_text(value) ? minutes_of(text_of(value)) : std::nullopt;
  if (!minutes) throw Wrong{"bad time", R"(write UTC as "2026-02-06T00:15Z")"};
  return py::int_(*minutes) * py::int_(60'000'000'000);
}

Object number(const py::handle& value) {
  const bool is_real =
      PyFloat_Check(value.ptr()) || (PyLong_Check(value.ptr()) && !PyBool_Check(value.ptr()));
  const double real = is_real ? PyFloat_AsDouble(value.ptr()) : std::nan("");
  PyErr_Clear();
  if (!std::isfinite(real) || (real == -1 && !py::float_(real).equal(value)))
    throw Wrong{"not a number", "write a finite number"};
  return py::float_(real);
}

Object numbers(const py::handle& value) {
  if (!py::isinstance<py::list>(value)) return number(value);
  py::list found;
  for (const py::handle item : value) found.append(number(item));
  return py::tuple(found);
}

Object time_or_span(const py::handle& value) {
  const bool is_list = py::isinstance<py::list>(value);
  if (!is_list) return time_ns(value);
  py::list found;
  for (const py::handle item : value) found.append(time_ns(item));
  if (found.size() != 2 || found[0].attr("__gt__")(found[1]).cast<bool>())
    throw Wrong{"not a span of time", "write [from, to]"};
  return py::tuple(found);
}

Object moment(const py::handle& value) {
  const std::string text = text_of(value);
  if (text != "undated")
    for (const std::string& part : words_of(text, '/')) time_ns(py::str(part));
  return as<Object>(value);
}

/// The keys of a window rule are those its kind names, with `kind`, `coin` and perhaps `series`.
Object metric(const py::dict& kinds, const py::handle& value) {
  static const std::set<std::string> times{"ends", "span",  "high", "low",
                                           "by",   "after", "at",   "base"};
  must(py::isinstance<py::dict>(value), "a table", value);
  const auto rule = as<py::dict>(value);
  const auto kind = text_of(one_of(kinds, "", rule.attr("get")("kind")));
  std::set<std::string> known{"kind", "coin"}, wrong;
  for (const std::string& word : words_of(text_of(kinds[py::str(kind)]), ' ')) known.insert(word);
  py::dict found;
  for (const auto& [key, item] : rule) {
    const std::string name = text_of(key);
    if (name != "series" && known.erase(name) == 0) wrong.insert(name);
  }
  wrong.merge(known);
  if (!wrong.empty()) {
    const py::list names = py::cast(std::vector<std::string>(wrong.begin(), wrong.end()));
    throw Wrong{kind + " has other keys",
                "it needs or does not know " + py::repr(names).cast<std::string>()};
  }
  for (const auto& [key, item] : rule)
    found[key] = times.contains(text_of(key)) ? time_or_span(item) : as<Object>(item);
  return found;
}

// ---- the pass -----------------------------------------------------------------------------------

std::string bare(std::string name) {
  name.erase(name.find_last_not_of("?!") + 1);
  return name;
}

class FormReader {
 public:
  explicit FormReader(const py::dict& file, py::dict kinds) : kinds_(std::move(kinds)) {
    const auto table = [&file](const char* name) {
      const Object part = file.attr("get")(name);
      return py::isinstance<py::dict>(part) ? as<py::dict>(part) : py::dict();
    };
    sources_ = table("sources"), tags_ = table("tags");
  }

  /// A value as its form wants it: the keys of a table, the items of a list, a rule.
  Object convert(const py::handle& value, const py::handle& form, const std::string& place) {
    Object found;
    try {
      found = by_rule(value, form);
    } catch (const Wrong& wrong) {
      return note(wrong.what, place, value, wrong.fix);
    }
    if (py::isinstance<py::dict>(form))
      return table(as<py::dict>(found), as<py::dict>(form), place);
    if (!py::isinstance<py::list>(form)) return found;
    const auto items = as<py::list>(found), forms = as<py::list>(form);
    const bool is_any_length = forms.size() == 1;
    if (!is_any_length && items.size() != forms.size()) {
      const std::string count = std::to_string(forms.size());
      return note("not " + count + " items", place, found, "write a list of " + count);
    }
    py::tuple converted(items.size());
    for (std::size_t i = 0; i < items.size(); ++i)
      converted[i] =
          convert(items[i], forms[is_any_length ? 0 : i], place + "[" + std::to_string(i) + "]");
    return converted;
  }
  Object note(const std::string& what, const std::string& place, const py::handle& value,
              const std::string& fix) {
    errors_.append(py::make_tuple(what, place, value, fix));
    return py::none();
  }
  const py::list& errors() const { return errors_; }

 private:
  Object by_rule(const py::handle& value, const py::handle& form) const {
    if (py::isinstance<py::dict>(form))
      return must(py::isinstance<py::dict>(value), "a table", value);
    if (py::isinstance<py::list>(form))
      return must(py::isinstance<py::list>(value), "a list", value);
    if (!is_text(form)) return one_of(py::make_tuple(form), "", value);
    const std::string rule = text_of(form);
    if (rule == "text") return must(is_text(value), "text", value);
    if (rule == "flag") return must(PyBool_Check(value.ptr()), "true or false", value);
    if (rule == "whole")
      return must(PyLong_Check(value.ptr()) && !PyBool_Check(value.ptr()), "a whole number", value);
    if (rule == "number") return number(value);
    if (rule == "numbers") return numbers(value);
    if (rule == "value") return is_text(value) ? as<Object>(value) : numbers(value);
    if (rule == "time") return time_ns(value);
    if (rule == "time or span") return time_or_span(value);
    if (rule == "moment") return moment(value);
    if (rule == "metric") return metric(kinds_, value);
    if (rule == "source") return one_of(sources_, "missing source; name it in [sources]", value);
    if (rule == "tag") return one_of(tags_, "unknown tag; describe it in [tags]", value);
    return one_of(py::cast(words_of(rule, '|')), "", value);
  }
  Object table(const py::dict& value, const py::dict& form, std::string place) {
    if (value.contains("id")) place += " '" + text_of(value["id"]) + "'";
    py::dict forms, found;
    for (const auto& [name, one] : form) forms[py::str(bare(text_of(name)))] = one;
    const bool takes_any = forms.contains("*");
    for (const auto& [name, item] : value)
      if (!takes_any && !forms.contains(name)) note_unknown(forms, name, item, place);
    for (const auto& [key, one] : form) {
      const std::string name = text_of(key);
      const bool is_needed = std::string("?!*").find(name.back()) == std::string::npos;
      if (is_needed && !value.contains(key)) note("missing key", place, key, "add " + name);
    }
    for (const auto& [name, item] : value) {
      if (!takes_any && !forms.contains(name)) continue;
      const Object one = forms.contains(name) ? Object(forms[name]) : Object(forms["*"]);
      found[name] = convert(item, one, place + ", " + text_of(name));
    }
    return found;
  }
  void note_unknown(const py::dict& forms, const py::handle& name, const py::handle& item,
                    const std::string& place) {
    const py::list near = py::module_::import("difflib").attr("get_close_matches")(
        name, py::list(forms), arg("n") = 1);
    const std::string fix = near.empty() ? "remove it" : "did you mean " + text_of(near[0]) + "?";
    note("unknown key", place + ", " + text_of(name), item, fix);
  }

  py::dict kinds_, sources_, tags_;
  py::list errors_;
};

// ---- what no part of the file alone can show ----------------------------------------------------

/// What a replay needs and a table has not: keys of [scenario] and sections.
std::vector<std::string> missing_of(const py::dict& table, const py::dict& form) {
  std::vector<std::string> absent;
  const auto look = [&absent](const py::dict& wanted, const py::dict& given, bool is_section) {
    for (const auto& [key, one] : wanted) {
      const std::string name = text_of(key), own = name.substr(0, name.size() - 1);
      if (name.back() == '!' && !given.contains(py::str(own)))
        absent.push_back(is_section ? "[" + own + "]" : own);
    }
  };
  look(form["scenario"], table["scenario"], false);
  look(form, table, true);
  return absent;
}

void check_facts(FormReader& reader, const py::dict& table, const std::string& where) {
  std::set<std::string> ids;
  std::size_t at = 0;
  for (const py::handle one : table["fact"]) {
    const auto fact = as<py::dict>(one);
    const std::string id = text_of(fact["id"]), role = text_of(fact["role"]);
    const std::string place = where + ", fact[" + std::to_string(at++) + "] '" + id + "'";
    if (!ids.insert(id).second) reader.note("fact id used twice", place, fact["id"], "rename one");
    const bool is_measured = role == "derived" || role == "fit" || role == "check";
    if (is_measured && !(fact.contains("metric") && fact.contains("tolerance")))
      reader.note("no window rule", place, fact["role"], "this role needs metric and tolerance");
  }
}

void check_bars(FormReader& reader, const py::dict& table, const std::string& where) {
  std::size_t at = 0;
  for (const py::handle one : table["bars"]) {
    const std::string place = where + ", bars[" + std::to_string(at++) + "]";
    std::vector<std::vector<double>> columns;
    py::dict sizes;
    for (const char* name : {"open", "high", "low", "close"}) {
      columns.push_back(one[name].cast<std::vector<double>>());
      sizes[name] = columns.back().size();
    }
    const std::size_t rows = columns[0].size();
    if (std::any_of(columns.begin(), columns.end(),
                    [rows](const auto& column) { return column.size() != rows; })) {
      reader.note("columns differ in length", place, sizes, "give one value a bar");
      continue;
    }
    for (std::size_t row = 0; row < rows; ++row) {
      const double open = columns[0][row], high = columns[1][row];
      const double low = columns[2][row], close = columns[3][row];
      const auto [least, most] = std::minmax(open, close);
      if (!(0 < low && low <= least && most <= high))
        reader.note("a bar that cannot be", place, py::make_tuple(open, high, low, close),
                    "0 < low <= open, close <= high must hold");
    }
  }
}

py::tuple scenario_table(const py::dict& file, const py::dict& form, const py::dict& kinds,
                         const std::string& where) {
  FormReader reader(file, kinds);
  const Object table = reader.convert(file, form, where);
  if (!reader.errors().empty()) return py::make_tuple(table, reader.errors());
  const py::dict scenario = table["scenario"];
  if (!py::str("facts").equal(scenario.attr("get")("parts")))
    for (const std::string& name : missing_of(table, form))
      reader.note("missing key", where + ", scenario", py::str(name),
                  "add " + name + R"(, or say parts = "facts" where nothing is to be replayed)");
  check_facts(reader, table, where);
  check_bars(reader, table, where);
  return py::make_tuple(table, reader.errors());
}

Object public_time_ns(const py::handle& text) {
  try {
    return time_ns(text);
  } catch (const Wrong& wrong) {
    throw py::value_error(wrong.what + "; " + wrong.fix);
  }
}

}  // namespace

void register_scenarios(py::module_& module) {
  module.def("scenario_table", &scenario_table, arg("file"), arg("form"), arg("kinds"),
             arg("where"),
             "Convert a parsed scenario by its form; return it and what is wrong, in rows of what, "
             "where, value and fix.");
  module.def("scenario_missing", &missing_of, arg("table"), arg("form"),
             "Name what a replay needs and this table has not: keys of [scenario] and sections.");
  module.def("time_ns", &public_time_ns, arg("text"),
             "Return a UTC time such as \"2026-02-06T00:15Z\" in ns since 1970.");
}

}  // namespace v1
}  // namespace delever
