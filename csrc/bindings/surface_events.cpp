// What a venue says, for people: a span of events as one table per family.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "bindings/surface.hpp"
#include "venue/event.hpp"
#include "venue/event_schema.hpp"

namespace delever {
inline namespace v1 {
namespace {

constexpr const char* events_doc =
    R"(The retained events of a stretch of commands: one `Table` per family.

Each table has int64 columns, read-only views into the venue's own memory: they are not copies and
never move. `cause` is the sequence number of the event that led to this one, or -1 where the
command itself did: a cascade is the tree of causes. `delever.layout()` prints every column.

Attributes
----------
accounts : Table
    Opened, deposits, leverage and margin changes, seeded positions.
rejections : Table
    Commands refused, with the reason.
orders : Table
    Accepted, cancelled, amended.
fills : Table
    A taker, a maker, a price, a quantity.
marks : Table
    And the indices they came from.
risk : Table
    Liquidations, takeovers, deleveraging, losses covered.
funding : Table
    Payments and settlements.

Examples
--------
>>> import delever as dl
>>> venue = dl.Venue([dl.rulebook("binance-um").instrument("BTCUSDT")])
>>> account = venue.open_account("100")
>>> venue.events, len(venue.events), venue.events.counts()
(<Events: 1 accounts>, 1, {'ACCOUNT_OPENED': 1})
>>> venue.events.accounts["amount_atoms"].tolist()
[10000000000]
)";

const char* family_name(std::size_t family) { return name_of(static_cast<EventFamily>(family)); }

std::size_t family_of(const std::string& name) {
  std::string known;
  for (std::size_t family = 0; family < event_family_count; ++family) {
    if (name == family_name(family)) return family;
    known += (family > 0 ? ", " : "") + std::string(family_name(family));
  }
  throw py::attribute_error("no events '" + name + "'; the families are " + known);
}

std::string with_commas(std::int64_t number) {
  return py::str("{:,}").attr("format")(number).cast<std::string>();
}

}  // namespace

std::int64_t EventSpan::rows(std::size_t family) const {
  return end_[family].cast<std::int64_t>() - begin_[family].cast<std::int64_t>();
}

std::int64_t EventSpan::rows() const {
  std::int64_t all = 0;
  for (std::size_t family = 0; family < event_family_count; ++family) all += rows(family);
  return all;
}

py::object EventSpan::table(const std::string& name) const {
  const std::size_t family = family_of(name);
  const py::dict columns = core_.attr("events")(family);
  const py::slice span(begin_[family].cast<py::ssize_t>(), end_[family].cast<py::ssize_t>(), 1);
  py::dict cut;
  for (const auto& [column, values] : columns) cut[column] = values[span];
  return named("events", "Table")(cut);
}

py::object EventSpan::liquidations() const {
  return table("risk").attr("of")(static_cast<int>(EventKind::LiquidationStarted));
}

py::dict EventSpan::counts() const {
  std::array<std::int64_t, event_kind_max + 1> found{};
  for (std::size_t family = 0; family < event_family_count; ++family) {
    const auto kinds = table(family_name(family))["kind"].cast<py::array_t<std::int64_t>>();
    for (py::ssize_t row = 0; row < kinds.size(); ++row)
      ++found[static_cast<std::size_t>(kinds.at(row))];
  }
  const py::object words = named("reference.vocabulary", "EventKind");
  py::dict named_counts;
  for (std::size_t kind = 0; kind < found.size(); ++kind)
    if (found[kind] > 0) named_counts[words(kind).attr("name")] = found[kind];
  return named_counts;
}

std::string EventSpan::text() const {
  std::string said;
  for (std::size_t family = 0; family < event_family_count; ++family)
    if (rows(family) > 0)
      said += (said.empty() ? "" : ", ") + with_commas(rows(family)) + " " + family_name(family);
  return "<Events: " + (said.empty() ? "none" : said) + ">";
}

void register_surface_events(py::module_& module) {
  py::class_<EventSpan>(module, "Events", events_doc)
      .def("__getattr__", &EventSpan::table, py::arg("family"))
      .def_property_readonly(
          "liquidations", &EventSpan::liquidations,
          "The start of each liquidation: account, signed position, mark, equity.")
      .def("counts", &EventSpan::counts, "Return how many events of each kind there are, by name.")
      .def("__len__", [](const EventSpan& events) { return events.rows(); })
      .def("__repr__", &EventSpan::text);
}

}  // namespace v1
}  // namespace delever
