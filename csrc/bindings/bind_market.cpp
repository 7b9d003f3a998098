// What a venue or a matching engine can be asked about its markets: books, orders, prices, counts.
// Nothing here changes it.
#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <vector>

#include "bindings/machine_access.hpp"
#include "venue/live_orders.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using Column = py::array_t<std::int64_t>;

Side side_from(std::int64_t side) {
  if (side != 1 && side != 2)
    throw Misuse(Misunderstanding::Data,
                 "side is " + std::to_string(side) + "; use 1 (buy, bids) or 2 (sell, asks)");
  return static_cast<Side>(side);
}

template <class Handle>
py::tuple depth(const Handle& handle, std::int64_t instrument, std::int64_t side,
                std::size_t levels) {
  const auto& machine = checked(handle, instrument);
  std::vector<PriceLevel> found;
  machine.book(static_cast<InstrumentId>(instrument)).depth(side_from(side), levels, found);
  const auto count = static_cast<py::ssize_t>(found.size());
  Column price(count), lots(count), orders(count);
  for (py::ssize_t at = 0; at < count; ++at) {
    const PriceLevel& level = found[static_cast<std::size_t>(at)];
    price.mutable_at(at) = level.price_ticks;
    lots.mutable_at(at) = level.open_lots;
    orders.mutable_at(at) = level.count;
  }
  return py::make_tuple(price, lots, orders);
}

template <class Handle>
std::optional<py::tuple> order(const Handle& handle, std::uint64_t id) {
  const auto& machine = idle(handle);
  if (machine.orders().find(id) == nullptr) return std::nullopt;
  const LiveOrder found = live_order(machine, order_slot(id));
  return py::make_tuple(found.account, found.instrument, static_cast<int>(found.side),
                        found.price_ticks, found.open_lots, found.client_id,
                        static_cast<int>(found.stage), found.visible_lots, found.trigger_ticks);
}

template <class Handle>
py::dict orders(const Handle& handle, std::int64_t instrument) {
  const auto& machine = checked(handle, instrument);
  const std::vector<LiveOrder> all = live_orders(machine, static_cast<InstrumentId>(instrument));
  py::dict columns;
  const auto add = [&](const char* name, auto read) {
    Column column(static_cast<py::ssize_t>(all.size()));
    for (std::size_t row = 0; row < all.size(); ++row)
      column.mutable_data()[row] = static_cast<std::int64_t>(read(all[row]));
    columns[name] = column;
  };
  add("order_id", [](const LiveOrder& o) { return o.id; });
  add("account", [](const LiveOrder& o) { return o.account; });
  add("side", [](const LiveOrder& o) { return o.side; });
  add("state", [](const LiveOrder& o) { return o.stage; });
  add("price_ticks", [](const LiveOrder& o) { return o.price_ticks; });
  add("open_lots", [](const LiveOrder& o) { return o.open_lots; });
  add("visible_lots", [](const LiveOrder& o) { return o.visible_lots; });
  add("trigger_ticks", [](const LiveOrder& o) { return o.trigger_ticks; });
  add("client_id", [](const LiveOrder& o) { return o.client_id; });
  return columns;
}

template <class Handle>
py::tuple indicative(const Handle& handle, std::int64_t instrument) {
  const AuctionResult result =
      checked(handle, instrument).indicative(static_cast<InstrumentId>(instrument));
  return py::make_tuple(result.price_ticks, result.volume_lots);
}

/// A getter for one price of an instrument.
template <class Handle, class Read>
auto price_of(Read read) {
  return [read](const Handle& handle, std::int64_t instrument) -> std::int64_t {
    return read(checked(handle, instrument), static_cast<InstrumentId>(instrument));
  };
}

template <class Handle>
void define_prices(MachineClass<Handle>& machine) {
  using M = typename Handle::machine_type;
  const auto price = [&machine](const char* name, auto read, const char* doc) {
    machine.def(name, price_of<Handle>(read), py::arg("instrument").noconvert(), doc);
  };
  price(
      "mark", [](const M& m, InstrumentId i) { return m.mark(i).value; },
      "Mark price in ticks; 0 while unset.");
  price(
      "index", [](const M& m, InstrumentId i) { return m.index(i).value; },
      "Index price in ticks; 0 while unset.");
  price(
      "last_price", [](const M& m, InstrumentId i) { return m.last_price(i).value; },
      "Price of the last fill in ticks; 0 while unset.");
  price(
      "phase", [](const M& m, InstrumentId i) { return static_cast<std::int64_t>(m.phase(i)); },
      "TradingPhase of the instrument.");
}

template <class Handle>
void define_books(MachineClass<Handle>& machine) {
  const auto instrument_arg = py::arg("instrument").noconvert();
  const auto side_arg = py::arg("side").noconvert();
  machine
      .def(
          "best",
          [](const Handle& handle, std::int64_t instrument, std::int64_t side) {
            const auto id = static_cast<InstrumentId>(instrument);
            return checked(handle, instrument).book(id).best_displayed(side_from(side));
          },
          instrument_arg, side_arg, "Best displayed price in ticks; -1 when there is none.")
      .def("depth", &depth<Handle>, instrument_arg, side_arg, py::arg("levels").noconvert(),
           "(price_ticks, open_lots, orders) arrays of what is displayed, best first.")
      .def("order", &order<Handle>, py::arg("order_id").noconvert(),
           "(account, instrument, side, price_ticks, open_lots, client_id, state, visible_lots, "
           "trigger_ticks), or None if not live")
      .def("orders", &orders<Handle>, instrument_arg,
           "Columns over live orders: bids, asks by priority; pending, parked by age.")
      .def("indicative", &indicative<Handle>, instrument_arg,
           "(price_ticks, volume_lots) an uncross would give now; (0, 0) without a cross.");
}

template <class Handle>
void define_counts(MachineClass<Handle>& machine) {
  const auto number = [&machine](const char* name, auto read, const char* doc) {
    machine.def_property_readonly(
        name, [read](const Handle& handle) { return read(idle(handle)); }, doc);
  };
  using M = const typename Handle::machine_type&;
  number("instrument_count", [](M m) { return m.instrument_count(); }, "Instruments.");
  number("live_orders", [](M m) { return m.orders().live(); }, "Live orders, resting or waiting.");
  number("last_order", [](M m) { return m.last_order(); }, "Id of the last accepted order.");
  number(
      "last_rejection", [](M m) { return static_cast<int>(m.last_rejection()); },
      "RejectReason of the last command; 0 if it was carried out.");
  number("time_ns", [](M m) { return m.time().value; }, "Time of the last command.");
  number("digest", [](M m) { return m.digest(); }, "Digest of all events so far.");
  number("command_count", [](M m) { return m.command_count(); }, "Commands applied.");
  number("event_count", [](M m) { return m.next_sequence(); }, "Events so far, kept or not.");
}

}  // namespace

template <class Handle>
void define_market_views(MachineClass<Handle>& machine) {
  define_prices(machine);
  define_books(machine);
  define_counts(machine);
}

template void define_market_views(MachineClass<VenueHandle>&);
template void define_market_views(MachineClass<EngineHandle>&);

}  // namespace v1
}  // namespace delever
