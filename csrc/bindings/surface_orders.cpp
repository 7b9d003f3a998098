// What people say to a venue and to a matching engine alike: orders, phases, prices, time.
#include <string>

#include "bindings/surface.hpp"
#include "units/ids.hpp"

namespace delever {
inline namespace v1 {
namespace {

using py::arg;
using Object = py::object;

constexpr const char* place_doc =
    R"(Place a limit order, or a market order where no price is given.

Parameters
----------
account, instrument, side, qty, price
    Who, where, and what.
tif
    "gtc" (default), "ioc", "fok", "gtd" (default with `expire`), "day" or "gfa".
flags, client_id
    `OrderFlag` bits, and a number of one's own that no other live order has.
replaces
    Id of a live order that is cancelled in the same step.
position_side
    "long" or "short": the leg of an account that hedges; "net" (default) of another.
**terms
    True for `post_only`, `reduce_only`, `hidden`, `slide`; `self_trade`: "maker", "both",
    "decrement", "taker" or "allow". `trigger`: "stop" (default) or "take_profit", at
    `trigger_price`; or `trail`, a distance, or `trail_share`, a share of the price;
    with `direction` "up" or "down" and `watch` "last", "mark", "index" or "quote".
    `peg`: "bid", "ask" or "mid", with `offset`. `display` and `display_min` of an iceberg.
    `expire`: a time. `minimum`: least quantity of a trade. `oco`: group of which one order
    is left. `budget`: greatest cost, with a fill-or-kill market order. `protection`:
    greatest distance of a market order from the touch. `close_position`: True.

Returns
-------
Placed
    The order's id, what is open of it and what traded at once.

Raises
------
DataError
    A number that is off the grid, a float, or a word that is not known.

Examples
--------
>>> import delever as dl
>>> engine = dl.MatchingEngine([dl.rulebook("binance-um").instrument("BTCUSDT")])
>>> ask = engine.place(7, "BTCUSDT", side="sell", qty="3", price="72000", display="1")
>>> stop = engine.place(8, "BTCUSDT", side="buy", qty="1", trigger_price="72000")
>>> engine.place(9, "BTCUSDT", side="buy", qty="0.5").filled, engine.orders(0)["open_lots"]
(Decimal('0.500'), array([1500]))
)";

constexpr const char* amend_doc =
    R"(Change a live order's open quantity, price, or a term; what asks for more re-queues.

Of the terms of `place`, a trigger or peg it has may change, and its `minimum`.
)";

constexpr const char* set_index_doc =
    R"(Move the index; the mark follows by the venue's formula, and liquidations the mark.

With `hold`, more prices of the same point follow: all are applied together, at the first
command that is not held.
)";

constexpr const char* apply_doc = R"(Apply commands in order and return their events.

Parameters
----------
commands
    Records of `delever.COMMAND_DTYPE`, or a dict of its columns.

Examples
--------
>>> import delever as dl
>>> venue = dl.Venue([dl.rulebook("binance-um").instrument("BTCUSDT")])
>>> venue.apply({"kind": dl.CommandKind.OPEN_ACCOUNT, "amount_atoms": [10**12] * 3})
<Events: 3 accounts>
)";

/// What a taker's order filled, by the events of its own command.
std::int64_t filled_lots(const Object& outcome, std::uint64_t order_id) {
  const Object fills = outcome.attr("events").attr("fills");
  const auto taker = fills["taker_order"].cast<py::array_t<std::int64_t>>();
  const auto lots = fills["qty_lots"].cast<py::array_t<std::int64_t>>();
  std::int64_t filled = 0;
  for (py::ssize_t row = 0; row < lots.size(); ++row)
    if (taker.at(row) == static_cast<std::int64_t>(order_id)) filled += lots.at(row);
  return filled;
}

Object placed(const MarketSurface& market, const Saying& saying) {
  const Object outcome = saying.done(), core = market.core(), qty = saying.listed().attr("qty");
  const bool is_done = outcome.attr("ok").cast<bool>();
  const auto order_id = is_done ? core.attr("last_order").cast<std::uint64_t>() : 0;
  const Object live = core.attr("order")(order_id);
  const Object open = live.is_none() ? Object(py::int_(0)) : Object(live[py::int_(4)]);
  return named("events", "Placed")(outcome.attr("reason"), outcome.attr("events"), order_id,
                                   qty(open), qty(filled_lots(outcome, order_id)));
}

Object place(const MarketSurface& market, const Object& account, const Object& instrument,
             const Object& side, const Object& qty, const Object& price, const Object& tif,
             const Object& flags, const Object& client_id, const Object& replaces,
             const Object& position_side, const py::kwargs& kwargs) {
  const py::dict terms(kwargs);
  const Object all_flags = flags | named("reference.order_words", "flags_of")(terms);
  const bool is_market = price.is_none() && !terms.contains("peg");
  const Object in_force =
      py::bool_(tif) ? tif : Object(py::str(terms.contains("expire") ? "gtd" : "gtc"));
  Saying saying(market, py::bool_(replaces) ? CommandKind::ReplaceOrder : CommandKind::PlaceOrder);
  saying.on(instrument).account(account).side(side).qty(qty).price(price).order(replaces);
  saying.other_account(choice("PositionSide", position_side));
  saying.whole(&Command::order_type, "order_type",
               choice("OrderType", py::str(is_market ? "market" : "limit")));
  saying.whole(&Command::time_in_force, "time_in_force", choice("TimeInForce", in_force));
  saying.whole(&Command::flags, "flags", all_flags);
  saying.whole(&Command::client_id, "client_id", client_id);
  return placed(market, saying.terms(terms));
}

Object amend(const MarketSurface& market, const Object& account, const Object& order_id,
             const Object& qty, const Object& price, const py::kwargs& terms) {
  const Object live = market.core().attr("order")(order_id);
  return Saying(market, CommandKind::AmendOrder)
      .on(live.is_none() ? Object(py::int_(0)) : Object(live[py::int_(1)]))
      .account(account)
      .order(order_id)
      .qty(qty)
      .price(price)
      .terms(terms)
      .done();
}

Object cancel_all(const MarketSurface& market, const Object& account, const Object& instrument,
                  const Object& side, const Object& low, const Object& high) {
  Saying saying(market, CommandKind::CancelAll);
  saying.record().instrument = every_instrument;
  if (!instrument.is_none()) saying.on(instrument);
  return saying.account(account).side(side).price(low).price_high(high).done();
}

Object change_phase(const MarketSurface& market, const Object& instrument, const Object& phase,
                    const Object& reference) {
  return Saying(market, CommandKind::ChangePhase)
      .on(instrument)
      .whole(&Command::order_type, "order_type", choice("TradingPhase", phase))
      .price(reference)
      .done();
}

template <CommandKind kind>
Object set_price(const MarketSurface& market, const Object& instrument, const Object& price,
                 bool hold) {
  return Saying(market, kind).on(instrument).price(price).hold(hold).done();
}

void define_phases(MarketClass& market) {
  const Object none = py::none();
  market
      .def("change_phase", &change_phase, arg("instrument"), arg("phase"), py::kw_only(),
           arg("reference") = none,
           "Go to \"auction\", \"halted\", or back to \"continuous\": what crosses trades at one "
           "price.")
      .def(
          "print_trade",
          [](const MarketSurface& self, const Object& instrument, const Object& price,
             const Object& qty) {
            return Saying(self, CommandKind::PrintTrade)
                .on(instrument)
                .price(price)
                .qty(qty)
                .done();
          },
          arg("instrument"), arg("price"), arg("qty") = none,
          "Report a trade made elsewhere: it is the last price, and may trigger orders.")
      .def(
          "advance_time",
          [](MarketSurface& self, const Object& time) {
            self.set_now(time);
            return Saying(self, CommandKind::AdvanceTime).done();
          },
          arg("time"), "Let time pass until then: orders expire, and a point that was held closes.")
      .def("set_index", &set_price<CommandKind::UpdateIndex>, arg("instrument"), arg("price"),
           py::kw_only(), arg("hold") = false, set_index_doc)
      .def("set_mark", &set_price<CommandKind::SetMark>, arg("instrument"), arg("price"),
           py::kw_only(), arg("hold") = false,
           "Force the mark to a price, for this point; `hold` as in `set_index`.")
      .def("apply", &MarketSurface::apply, arg("commands"), apply_doc);
}

}  // namespace

void define_orders(MarketClass& market) {
  const Object none = py::none();
  market
      .def("place", &place, arg("account"), arg("instrument"), py::kw_only(), arg("side"),
           arg("qty") = none, arg("price") = none, arg("tif") = none, arg("flags") = 0,
           arg("client_id") = 0, arg("replaces") = 0, arg("position_side") = 0, place_doc)
      .def(
          "cancel",
          [](const MarketSurface& self, const Object& account, const Object& order_id) {
            return Saying(self, CommandKind::CancelOrder).account(account).order(order_id).done();
          },
          arg("account"), arg("order_id"), "Cancel a live order.")
      .def("amend", &amend, arg("account"), arg("order_id"), py::kw_only(), arg("qty") = none,
           arg("price") = none, amend_doc)
      .def("cancel_all", &cancel_all, arg("account"), arg("instrument") = none, py::kw_only(),
           arg("side") = 0, arg("low") = none, arg("high") = none,
           "Cancel an account's live orders: on one instrument, one side, or within prices.")
      .def(
          "set_trade_group",
          [](const MarketSurface& self, const Object& account, const Object& group) {
            return Saying(self, CommandKind::SetTradeGroup)
                .account(account)
                .whole(&Command::amount_atoms, "amount_atoms", group)
                .done();
          },
          arg("account"), arg("group"),
          "Let accounts of one group (0: none) count as one where self-trades are prevented.");
  define_phases(market);
}

}  // namespace v1
}  // namespace delever
