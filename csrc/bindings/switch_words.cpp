// What a counterfactual changes, in the words of `--what-if`: read, checked and told to the engine.
//
// A switch takes one of its words, or numbers; liquidations and deleveraging set one thing, how
// positions are closed by force. "rulebook" is known here and read by whoever sets up the venues.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "bindings/bindings.hpp"
#include "bindings/results.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

struct Word {
  std::string text;
  py::object value;
};
/// A switch with its words, or with how many numbers it takes.
struct Switch {
  std::string name, key;
  std::vector<Word> words;
  std::size_t numbers = 0;
};

std::vector<Switch> known_switches() {
  const auto closing = [](int way) -> py::object { return py::int_(way); };
  const std::vector<Word> on_off{{"on", py::bool_(true)}, {"off", py::bool_(false)}};
  return {{"liquidations",
           "forced_closing",
           {{"on", closing(0)}, {"off", closing(1)}, {"off-book", closing(2)}}},
          {"deleveraging", "forced_closing", {{"last", closing(0)}, {"first", closing(3)}}},
          {"withdrawal", "withdrawal", on_off},
          {"stops", "stops", on_off},
          {"momentum", "momentum", on_off},
          {"links", "links", on_off},
          {"option_hedgers", "option_hedgers", on_off},
          {"leverage_max", "leverage_max", {}, 1},
          {"depth", "depth", {}, 1},
          {"fund", "fund", {}, 1},
          {"halt", "halt", {}, 2}};
}

[[noreturn]] void refuse_switch(const std::string& message) {
  throw Misuse(Misunderstanding::Config, "--what-if " + message);
}

template <class Items, class Name>
std::string joined(const Items& items, const std::string& between, Name name) {
  std::string text;
  for (const auto& one : items) text += (text.empty() ? "" : between) + name(one);
  return text;
}

void tell_numbers(py::dict& said, const Switch& one, const std::string& word) {
  std::vector<double> values;
  for (const py::handle part : py::str(word).attr("split")("/")) {
    const auto number = py::reinterpret_steal<py::object>(PyFloat_FromString(part.ptr()));
    PyErr_Clear();
    values.push_back(number ? number.cast<double>() : 0.0);
  }
  const bool is_above = std::all_of(values.begin(), values.end(), [](double v) { return v > 0; });
  if (values.size() != one.numbers || !is_above)
    refuse_switch(one.name + "=" + word + ": write " + one.name + "=" +
                  (one.numbers == 2 ? "PERCENT/MINUTES" : "a number above 0"));
  if (one.numbers == 2)
    said["halt_fall"] = values[0] / 100, said["halt_minutes"] = values[1];
  else
    said[one.key.c_str()] = values[0];
}

void tell_word(py::dict& said, const Switch& one, const std::string& word) {
  const auto found = std::find_if(one.words.begin(), one.words.end(),
                                  [&word](const Word& known) { return known.text == word; });
  const std::string typed = one.name + "=" + word;
  if (found == one.words.end())
    refuse_switch(typed + ": choose " +
                  joined(one.words, " or ", [](const Word& known) { return known.text; }));
  const char* key = one.key.c_str();
  const bool is_set = said.contains(key) && py::bool_(said[key]);
  if (is_set && py::bool_(found->value)) refuse_switch(typed + ": not together with liquidations");
  if (!is_set) said[key] = found->value;
}

py::dict engine_switches(const py::dict& words) {
  const std::vector<Switch> switches = known_switches();
  py::dict said;
  for (const auto& [key, word] : words) {
    const std::string name = py::str(key), text = py::str(word);
    if (name == "rulebook") continue;
    const auto one = std::find_if(switches.begin(), switches.end(),
                                  [&name](const Switch& known) { return known.name == name; });
    if (one == switches.end())
      refuse_switch(name + ": unknown; one of " +
                    joined(switches, ", ", [](const Switch& known) { return known.name; }) +
                    ", rulebook");
    if (one->numbers > 0)
      tell_numbers(said, *one, text);
    else
      tell_word(said, *one, text);
  }
  return said;
}

py::dict what_if(const py::dict& words) {
  py::dict texts;
  for (const auto& [key, word] : words) {
    const bool is_flag = py::isinstance<py::bool_>(word);
    texts[key] = is_flag
                     ? py::str(py::bool_(py::reinterpret_borrow<py::object>(word)) ? "on" : "off")
                     : py::str(word);
  }
  engine_switches(texts);
  return texts;
}

py::list parse_what_if(const py::iterable& texts) {
  py::list runs;
  for (const py::handle text : texts) {
    py::dict words;
    for (const py::handle part : text.attr("split")(",")) {
      const py::tuple pair = part.attr("partition")("=");
      words[pair[0].attr("strip")()] = pair[2].attr("strip")();
    }
    runs.append(what_if(words));
  }
  return runs;
}

constexpr const char* what_if_doc = R"(Return switches as they would be typed.

Raises
------
ConfigError
    A switch, or a word of one, that does not exist.

Examples
--------
>>> from delever.switches import what_if
>>> what_if(liquidations="off", leverage_max=10)
{'liquidations': 'off', 'leverage_max': '10'}
)";

constexpr const char* parse_what_if_doc = R"(Return one counterfactual per text.

Commas join what is switched at once.

Examples
--------
>>> from delever.switches import parse_what_if
>>> parse_what_if(["liquidations=off", "depth=2,stops=off"])
[{'liquidations': 'off'}, {'depth': '2', 'stops': 'off'}]
)";

}  // namespace

void register_switches(py::module_& module) {
  py::list names;
  for (const Switch& one : known_switches()) names.append(one.name);
  module.attr("SWITCHES") = py::tuple(names);
  module.def("what_if", [](const py::kwargs& words) { return what_if(words); }, what_if_doc);
  module.def("parse_what_if", &parse_what_if, py::arg("texts"), parse_what_if_doc);
  module.def("engine_switches", &engine_switches, py::arg("words"),
             "Return what the engine is told; \"rulebook\" is the configuration's, not its.");
}

}  // namespace v1
}  // namespace delever
