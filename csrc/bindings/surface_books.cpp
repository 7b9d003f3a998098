// What people ask of a venue and of a matching engine alike: prices, books, orders, phases.
#include <string>

#include "bindings/surface.hpp"

namespace delever {
inline namespace v1 {
namespace {

using py::arg;
using Object = py::object;

py::object table(const Object& columns) { return named("events", "Table")(columns); }

Object price_by(const MarketSurface& market, const Object& instrument, const char* of) {
  const std::int64_t id = market.id_of(instrument);
  return market.price_or_none(id, market.core().attr(of)(id));
}

Object best(const MarketSurface& market, const Object& instrument, const Object& side) {
  const std::int64_t id = market.id_of(instrument);
  return market.price_or_none(id, market.core().attr("best")(id, choice("Side", side)));
}

Object depth(const MarketSurface& market, const Object& instrument, const Object& side,
             const Object& levels) {
  const py::tuple found =
      market.core().attr("depth")(market.id_of(instrument), choice("Side", side), levels);
  py::dict columns;
  columns["price_ticks"] = found[0];
  columns["open_lots"] = found[1];
  columns["orders"] = found[2];
  return table(columns);
}

py::tuple indicative(const MarketSurface& market, const Object& instrument) {
  const std::int64_t id = market.id_of(instrument);
  const py::tuple found = market.core().attr("indicative")(id);
  return py::make_tuple(market.price_or_none(id, found[0]),
                        market.listed(id).attr("qty")(found[1]));
}

Object now(const MarketSurface& market) {
  return py::module_::import("numpy").attr("datetime64")(market.time_ns(), "ns");
}

std::string digest(const MarketSurface& market) {
  return py::str("{:016x}").attr("format")(market.core().attr("digest")).cast<std::string>();
}

void define_state(MarketClass& market) {
  market
      .def_property("now", &now, &MarketSurface::set_now,
                    "Time of the following single commands; set it to move on.")
      .def_property_readonly("core", &MarketSurface::core,
                             "The machine itself, in ticks, lots, atoms and ids.")
      .def_property_readonly("instruments", &MarketSurface::instruments,
                             "The contracts, by id, with what the rulebook filled in.")
      .def_property_readonly("currencies", &MarketSurface::currencies, "The currencies, by number.")
      .def_property_readonly("events", &MarketSurface::events, "All retained events.")
      .def_property_readonly("digest", &digest,
                             "Digest of every event so far: equal for equal runs.")
      .def("id_of", &MarketSurface::id_of, arg("instrument"),
           "Return the id of an instrument: its place in the list.")
      .def(
          "clear_events", [](const MarketSurface& self) { self.core().attr("clear_events")(); },
          "Forget retained events and reuse their memory: earlier views then show later events.")
      .def("snapshot", &snapshot_of, "Return the whole state as bytes.");
}

}  // namespace

void define_prices_and_books(MarketClass& market) {
  const auto price = [&market](const char* name, const char* of, const char* doc) {
    market.def(
        name, [of](const MarketSurface& self, const Object& on) { return price_by(self, on, of); },
        arg("instrument"), doc);
  };
  price("mark", "mark", "Return the mark price; None while there is none.");
  price("last", "last_price", "Return the price of the last trade; None while there is none.");
  market
      .def("best", &best, arg("instrument"), arg("side"),
           "Return the best bid (\"buy\") or ask (\"sell\"); None where the side is empty.")
      .def("depth", &depth, arg("instrument"), arg("side"), arg("levels") = 10,
           "Return the best levels of a side, as far as they are displayed, as columns.")
      .def(
          "orders",
          [](const MarketSurface& self, const Object& instrument) {
            return table(self.core().attr("orders")(self.id_of(instrument)));
          },
          arg("instrument"),
          "Return live orders as columns: bids and asks by priority, then pending and parked.")
      .def(
          "phase",
          [](const MarketSurface& self, const Object& instrument) {
            return named("reference.vocabulary",
                         "TradingPhase")(self.core().attr("phase")(self.id_of(instrument)));
          },
          arg("instrument"), "Return whether trading is continuous, in an auction or halted.")
      .def(
          "indicative", &indicative, arg("instrument"),
          "Return price and quantity that an uncross would trade now; None and 0 without a cross.");
  define_state(market);
}

}  // namespace v1
}  // namespace delever
