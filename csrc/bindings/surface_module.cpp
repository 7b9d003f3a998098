// The Python module `delever.venue`: venues and matching engines as people use them, how they are
// made, copied and kept.
#include <string>
#include <utility>

#include "bindings/surface.hpp"

namespace delever {
inline namespace v1 {
namespace {

using py::arg;
using Object = py::object;

constexpr const char* module_doc = R"(Venues and matching engines, in people's units.

Single calls take text or Decimals and answer with an `Outcome`; `apply` takes many commands in
ticks, lots and atoms and is the way to be fast. A refused command is an outcome with a reason, and
an event; an exception means that the call itself made no sense.
)";

constexpr const char* market_doc =
    "Instruments with their order books: what a `Venue` and a `MatchingEngine` have in common.";

constexpr const char* venue_doc = R"(A leveraged-futures exchange.

Parameters
----------
instruments
    What it lists; fields an instrument leaves open come from the rulebook.
rulebook
    The rules; see `delever.rulebook`.
retention
    Which event families are kept: "all", "none", one name or several. The digest covers all.
trace
    Also keep every event as its 16 words, for `core.event_words` (comparing two venues).
ranking
    Whom to deleverage first, instead of the rulebook's order: a function of a dict of int64
    columns of the candidates by account and side (account, instrument, position_side,
    qty_lots, cost_atoms, margin_atoms, mark_ticks, equity_atoms, maintenance_atoms) that
    returns an int64 score of each; the largest goes first. What it raises stops the batch
    before that command.
procedure
    How much one step of a liquidation closes: a function of a dict of the same numbers of one
    position that returns lots. Snapshots keep neither function.

Examples
--------
>>> import delever as dl
>>> btc = dl.Instrument.linear("BTCUSDT", tick="0.1", lot="0.001")
>>> venue = dl.Venue([btc], rulebook=dl.rulebook("binance-um", at="2026-02-05"))
>>> alice = venue.open_account(deposit="10000")
>>> bool(venue.set_leverage(alice, btc, 20))
True
>>> order = venue.place(alice, btc, side="buy", qty="1.5", price="72000")
>>> order.ok, order.open, venue.best(btc, "buy")
(True, Decimal('1.500'), Decimal('72000.0'))
)";

constexpr const char* engine_doc =
    R"(Order books in which anybody may trade: a venue's orders and events, without its money.

Any number names an owner, without opening an account; 0 is anonymous. There is no margin, no
fee and no position, so that orders which need one (reduce-only, closing) are refused, as are
the commands of accounts. The index and the mark only serve as references. Parameters and
methods are those of `Venue`, except what is about accounts.

Examples
--------
>>> import delever as dl
>>> engine = dl.MatchingEngine([dl.rulebook("binance-um").instrument("BTCUSDT")])
>>> ask = engine.place(1, "BTCUSDT", side="sell", qty="2", price="72000")
>>> engine.place(2, "BTCUSDT", side="buy", qty="0.5", price="72000").filled
Decimal('0.500')
>>> engine.depth("BTCUSDT", "sell")["open_lots"].tolist()
[1500]
)";

constexpr const char* restore_doc = R"(Return one that continues where the snapshot was taken.

Examples
--------
>>> import delever as dl
>>> venue = dl.Venue([dl.rulebook("binance-um").instrument("BTCUSDT")])
>>> account = venue.open_account("100")
>>> dl.Venue.restore(venue.snapshot()).digest == venue.digest
True
)";

template <class Surface>
constexpr const char* machine_name =
    std::is_same_v<Surface, VenueSurface> ? "Venue" : "MatchingEngine";

/// The bits of the families to keep: "all", "none", one name or several.
std::uint32_t retention_mask(const Object& retention) {
  const py::dict families = named("_core", "event_schema")();
  py::dict masks;
  for (const auto& [family, columns] : families) masks[family] = 1U << masks.size();
  masks["none"] = 0;
  masks["all"] = (1U << families.size()) - 1;
  std::uint32_t mask = 0;
  const bool is_one = py::isinstance<py::str>(retention);
  const py::iterable names = is_one ? Object(py::make_tuple(retention)) : retention;
  for (const py::handle name : names) {
    if (!masks.contains(name))
      throw Misuse(Misunderstanding::Config,
                   "retention '" + std::string(py::str(name)) + "' is not known; use " +
                       py::str(", ").attr("join")(masks).cast<std::string>());
    mask |= masks[name].cast<std::uint32_t>();
  }
  return mask;
}

template <class Surface>
std::unique_ptr<Surface> make(const py::iterable& instruments, const Object& rulebook,
                              const Object& retention, bool trace) {
  const Object rules = rulebook.is_none() ? named("reference.rulebook", "Rulebook")() : rulebook;
  py::list listed, specs;
  for (const py::handle one : instruments) {
    const Object known = rules.attr("instruments").attr("get")(one.attr("symbol"), one);
    listed.append(one.attr("filled_from")(known));
  }
  for (const py::handle one : listed) specs.append(one.attr("spec")());
  const Object core = named("_core", machine_name<Surface>)(specs, rules.attr("spec")(),
                                                            retention_mask(retention), trace);
  return std::make_unique<Surface>(core, listed, rules.attr("currencies"));
}

/// A venue that asks a user whom to deleverage, or how much a step of a liquidation closes.
std::unique_ptr<VenueSurface> make_venue(const py::iterable& instruments, const Object& rulebook,
                                         const Object& retention, bool trace, const Object& ranking,
                                         const Object& procedure) {
  py::dict asked;
  if (!ranking.is_none())
    asked["ranking"] = named("reference.procedure_words", "Ranking").attr("USER");
  if (!procedure.is_none())
    asked["reduce"] = named("reference.procedure_words", "Reduce").attr("ASKED");
  if (asked.empty()) return make<VenueSurface>(instruments, rulebook, retention, trace);
  const Object rules = rulebook.is_none() ? named("reference.rulebook", "Rulebook")() : rulebook;
  const Object told = py::module_::import("dataclasses").attr("replace")(rules, **asked);
  auto venue = make<VenueSurface>(instruments, told, retention, trace);
  venue->core().attr("set_advisor")(ranking, procedure);
  return venue;
}

/// From the bytes of a snapshot, or from what `branch` passes on.
template <class Surface>
std::unique_ptr<Surface> from_state(const Object& state) {
  if (py::isinstance<py::bytes>(state)) {
    const Restored found = restored(machine_name<Surface>, state);
    return std::make_unique<Surface>(found.core, found.instruments, found.currencies);
  }
  const py::tuple parts = state;
  auto copy = std::make_unique<Surface>(parts[0], parts[1], parts[2]);
  copy->set_own_time_ns(parts[3].cast<std::int64_t>());
  return copy;
}

/// An instance of a class, which may be somebody's own, without running its constructor.
Object of_class(const Object& type, const Object& state) {
  const Object made = type.attr("__new__")(type);
  made.attr("__setstate__")(state);
  return made;
}

Object branch(const Object& self) {
  const auto& market = self.cast<const MarketSurface&>();
  const Object state = py::make_tuple(market.core().attr("branch")(), market.instruments(),
                                      market.currencies(), market.own_time_ns());
  const Object twin = of_class(py::type::of(self), state);
  twin.attr("__dict__").attr("update")(self.attr("__dict__"));
  return twin;
}

std::string text(const Object& self) {
  const auto& market = self.cast<const MarketSurface&>();
  const Object core = market.core();
  const auto counted = [&core](const char* of, const char* what, int less) {
    const Object number = Object(core.attr(of)) - py::int_(less);
    return py::str("{:,} ").attr("format")(number).cast<std::string>() + what + ", ";
  };
  const bool is_venue = py::isinstance<VenueSurface>(self);
  return "<" + py::type::of(self).attr("__name__").cast<std::string>() + " " + market.symbols() +
         ": " + (is_venue ? counted("account_count", "accounts", 1) : "") +
         counted("live_orders", "live orders", 0) + counted("event_count", "events", 0) +
         std::string(py::str(self.attr("now"))) + ">";
}

template <class Surface>
py::class_<Surface, MarketSurface> define(py::module_& module, const char* doc) {
  py::class_<Surface, MarketSurface> made(module, machine_name<Surface>, doc, py::dynamic_attr());
  if constexpr (std::is_same_v<Surface, VenueSurface>) {
    made.def(py::init(&make_venue), arg("instruments"), py::kw_only(), arg("rulebook") = py::none(),
             arg("retention") = "all", arg("trace") = false, arg("ranking") = py::none(),
             arg("procedure") = py::none());
  } else {
    made.def(py::init(&make<Surface>), arg("instruments"), py::kw_only(),
             arg("rulebook") = py::none(), arg("retention") = "all", arg("trace") = false);
  }
  made.def("__repr__", &text)
      .def(py::pickle([](const Surface& self) { return snapshot_of(self); }, &from_state<Surface>));
  return made;
}

void register_surface(py::module_& module) {
  MarketClass market(module, "Market", market_doc, py::dynamic_attr());
  define_orders(market);
  define_prices_and_books(market);
  market.def("branch", &branch,
             "Return a copy that continues on its own, with an empty event log.");
  const py::cpp_function restore(
      [](const Object& type, const py::bytes& snapshot) { return of_class(type, snapshot); },
      py::name("restore"), py::scope(market), arg("cls"), arg("snapshot"), restore_doc);
  market.attr("restore") = py::reinterpret_steal<Object>(PyClassMethod_New(restore.ptr()));
  SurfaceClass venue = define<VenueSurface>(module, venue_doc);
  define_accounts(venue);
  define_own_prices(venue);
  define_questions(venue);
  define<EngineSurface>(module, engine_doc);
}

}  // namespace
}  // namespace v1
}  // namespace delever

PYBIND11_MODULE(venue, module, pybind11::mod_gil_not_used()) {
  module.doc() = delever::module_doc;
  delever::register_errors(module);
  delever::register_surface_events(module);
  delever::register_surface(module);
}
