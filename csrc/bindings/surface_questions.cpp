// What people ask of a venue alone: money, positions, liquidation prices, what waits for them.
#include <string>

#include "bindings/surface.hpp"
#include "units/invariant.hpp"

namespace delever {
inline namespace v1 {
namespace {

using py::arg;
using Object = py::object;

constexpr const char* liquidation_price_doc =
    R"(Return the mark at which a position is liquidated, exact to the tick; None: never.

In cross margin it holds while the pool's other positions and collaterals stay as they are.

Examples
--------
>>> import delever as dl
>>> venue = dl.Venue([dl.rulebook("binance-um").instrument("BTCUSDT")])
>>> alice, bob = venue.open_account("100000"), venue.open_account("100000")
>>> seeded = venue.seed_position(alice, bob, 0, side="buy", qty="1.5", price="72000")
>>> marked = venue.set_mark(0, "72000")
>>> price = venue.liquidation_price(alice, "BTCUSDT")
>>> price
Decimal('68674.6')
>>> print(price.explain())
BTCUSDT long 1.500, isolated, mark 72000: liquidated where equity <= maintenance
  equity      = margin 5400 - cost 108000 + 1.5 x P
  maintenance = 1.5 x P x rate 0.004
  equal at P  = 68674.69879518
  at 68674.6: equity 411.9, maintenance 412.0476
)";

constexpr const char* liquidation_map_doc =
    R"(Return what waits for liquidation, by rising mark, as columns in ticks, lots and atoms.

`long_*` wait for marks at or below `price_ticks`, `short_*` at or above: isolated
positions, exact. With `cross` also `cross_long_*` and `cross_short_*`: conditional prices,
each with the rest of its pool held fixed; O(accounts).
)";

Object table(const Object& columns) { return named("events", "Table")(columns); }

Object balance(const VenueSurface& venue, const Object& account, const Object& currency) {
  const py::tuple held = venue.core().attr("account")(account, venue.currency_id(currency));
  return from_atoms(held[0]);
}

Object available(const VenueSurface& venue, const Object& account, const Object& currency) {
  const py::tuple held = venue.core().attr("account")(account, venue.currency_id(currency));
  return from_atoms(held[0] - held[1]);
}

/// The average price of what was bought for a cost; None of nothing.
Object entry_price(const Object& listed, const Object& qty, const Object& cost_atoms) {
  if (qty.equal(py::int_(0))) return py::none();
  const Object cost = from_atoms(cost_atoms), contract = listed.attr("contract");
  return contract.is_none() ? cost / qty : qty * contract / -cost;
}

Object position(const VenueSurface& venue, const Object& account, const Object& instrument,
                const Object& position_side) {
  const std::int64_t id = venue.id_of(instrument);
  const Object leg = choice("PositionSide", position_side), listed = venue.listed(id);
  const py::tuple held = venue.core().attr("position")(account, id, leg);
  const Object qty = listed.attr("qty")(held[0]);
  const Object is_cross = venue.core().attr("is_cross")(account, id);
  return named("events", "Position")(qty, entry_price(listed, qty, held[1]), from_atoms(held[2]),
                                     held[3], leg,
                                     named("reference.vocabulary", "MarginMode")(is_cross));
}

/// One of the prices of delever.reference.explained, of a position.
auto explained(const char* name) {
  return [name](const VenueSurface& venue, const Object& account, const Object& instrument,
                const Object& position_side) {
    const std::int64_t id = venue.id_of(instrument);
    const Object terms =
        venue.core().attr("margin_terms")(account, id, choice("PositionSide", position_side));
    return named("reference.explained", name)(terms, venue.listed(id));
  };
}

void define_positions(SurfaceClass& venue) {
  const py::arg_v leg = arg("position_side") = 0;
  venue
      .def("position", &position, arg("account"), arg("instrument"), leg,
           "Return an account's position in an instrument, or one leg where it hedges.")
      .def(
          "positions",
          [](const VenueSurface& self) { return table(self.core().attr("positions")()); },
          "Return all open positions as columns in lots, atoms and ticks.")
      .def("liquidation_price", explained("liquidation_price"), arg("account"), arg("instrument"),
           leg, liquidation_price_doc)
      .def("bankruptcy_price", explained("bankruptcy_price"), arg("account"), arg("instrument"),
           leg, "Return the price at which closing a position leaves nothing; None without one.")
      .def("margin_ratio", explained("margin_ratio"), arg("account"), arg("instrument"), leg,
           "Return maintenance margin over equity, of the pool in cross margin: 1 is liquidated.")
      .def(
          "liquidation_map",
          [](const VenueSurface& self, const Object& instrument, bool cross) {
            return table(self.core().attr("liquidation_levels")(self.id_of(instrument), cross));
          },
          arg("instrument"), py::kw_only(), arg("cross") = false, liquidation_map_doc);
}

}  // namespace

void define_questions(SurfaceClass& venue) {
  const py::arg_v currency = arg("currency") = 0;
  define_positions(venue);
  venue
      .def("currency_id", &VenueSurface::currency_id, arg("currency"),
           "Return the number of a currency: its place in the rulebook's list.")
      .def("balance", &balance, arg("account"), currency,
           "Return an account's wallet: what is not margin of an isolated position.")
      .def("available", &available, arg("account"), currency,
           "Return what of the wallet no resting order reserves.")
      .def(
          "accounts",
          [](const VenueSurface& self, const Object& of) {
            return table(self.core().attr("accounts")(self.currency_id(of)));
          },
          currency, "Return wallets and reserves of all accounts as columns in atoms, by id.")
      .def_property_readonly(
          "insurance_fund",
          [](const VenueSurface& self) { return balance(self, py::int_(0), py::int_(0)); },
          "The wallet of the insurance fund.")
      .def(
          "check",
          [](const VenueSurface& self) {
            const Object broken = self.core().attr("audit")();
            if (py::len(broken) > 0) throw InvariantViolation(broken.cast<std::string>());
          },
          "Raise InvariantError where money, positions or books do not add up; visits everything.");
}

}  // namespace v1
}  // namespace delever
