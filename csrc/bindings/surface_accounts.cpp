// What people say to a venue alone: accounts, money, modes, leverage, positions.
#include "bindings/surface.hpp"

namespace delever {
inline namespace v1 {
namespace {

using py::arg;
using Object = py::object;

constexpr const char* leverage_doc =
    R"(Set the leverage of an account in an instrument, and its margin mode where one is given.

Where the mode is another one it is changed first; if that is refused, nothing changes.
)";

constexpr const char* margin_mode_doc =
    R"(Cover an account's positions in an instrument alone ("isolated") or together ("cross").

Refused while one is open or orders rest.

Examples
--------
>>> import delever as dl
>>> venue = dl.Venue([dl.rulebook("binance-um").instrument("BTCUSDT")])
>>> alice, bob = venue.open_account("1000"), venue.open_account("100000")
>>> bool(venue.set_margin_mode(alice, "BTCUSDT", "cross"))
True
>>> seeded = venue.seed_position(alice, bob, 0, side="buy", qty="0.1", price="72000")
>>> venue.position(alice, "BTCUSDT").margin, venue.balance(alice)
(Decimal('0E-8'), Decimal('1000.00000000'))
)";

constexpr const char* position_mode_doc =
    R"(Give an account one position per instrument ("one_way"), or two ("hedge").

Refused while it has a position or an order.

Examples
--------
>>> import delever as dl
>>> venue = dl.Venue([dl.rulebook("binance-um").instrument("BTCUSDT")])
>>> alice, bob = venue.open_account("10000"), venue.open_account("10000")
>>> bool(venue.set_position_mode(alice, "hedge"))
True
>>> ask = venue.place(bob, 0, side="sell", qty="0.1", price="72000")
>>> bid = venue.place(alice, 0, side="buy", qty="0.1", price="72000", position_side="long")
>>> venue.position(alice, 0, "long").qty, venue.position(alice, 0, "short").qty
(Decimal('0.100'), Decimal('0.000'))
)";

std::int64_t steps(const Object& value, const Object& step, const std::string& what) {
  return named("units", "to_steps")(value, step, what).cast<std::int64_t>();
}

/// A movement of money of one account in a currency.
Object pay(const VenueSurface& venue, CommandKind kind, const Object& account, const Object& amount,
           const Object& currency) {
  return Saying(venue, kind)
      .account(account)
      .amount(amount)
      .currency(venue.currency_id(currency))
      .done();
}

Object open_account(const VenueSurface& venue, const Object& deposit, const Object& currency) {
  const Object outcome = pay(venue, CommandKind::OpenAccount, py::int_(0), deposit, currency);
  if (!outcome.attr("ok").cast<bool>())
    throw Misuse(Misunderstanding::Data,
                 "no account opens with a deposit of " + std::string(py::str(deposit)) + ": " +
                     outcome.attr("reason").attr("name").cast<std::string>());
  return venue.core().attr("last_account");
}

Object update_collateral(const VenueSurface& venue, const Object& currency, const Object& price,
                         bool hold) {
  const std::size_t at = venue.currency_id(currency);
  const Object one = venue.currencies()[at];
  const Object step = Object(one.attr("tick_atoms")) * named("units", "ATOM");
  Saying saying(venue, CommandKind::UpdateCollateral);
  saying.currency(at).hold(hold).record().price_ticks =
      steps(price, step, "price of " + one.attr("symbol").cast<std::string>());
  return saying.done();
}

Object set_margin_mode(const VenueSurface& venue, const Object& account, const Object& instrument,
                       const Object& mode) {
  return Saying(venue, CommandKind::SetMarginMode)
      .on(instrument)
      .account(account)
      .whole(&Command::order_type, "order_type", choice("MarginMode", mode))
      .done();
}

Object set_leverage(const VenueSurface& venue, const Object& account, const Object& instrument,
                    const Object& leverage, const Object& mode) {
  if (!mode.is_none()) {
    const Object is_cross = venue.core().attr("is_cross")(account, venue.id_of(instrument));
    if (choice("MarginMode", mode).cast<bool>() != is_cross.cast<bool>()) {
      const Object changed = set_margin_mode(venue, account, instrument, mode);
      if (!changed.attr("ok").cast<bool>()) return changed;
    }
  }
  return Saying(venue, CommandKind::SetLeverage)
      .on(instrument)
      .account(account)
      .whole(&Command::qty_lots, "qty_lots", leverage)
      .done();
}

Object set_position_mode(const VenueSurface& venue, const Object& account, const Object& mode) {
  return Saying(venue, CommandKind::SetPositionMode)
      .account(account)
      .whole(&Command::order_type, "order_type", choice("PositionMode", mode))
      .done();
}

Object adjust_margin(const VenueSurface& venue, const Object& account, const Object& instrument,
                     const Object& amount, const Object& position_side) {
  return Saying(venue, CommandKind::AdjustMargin)
      .on(instrument)
      .account(account)
      .amount(amount)
      .whole(&Command::side, "side", choice("PositionSide", position_side))
      .done();
}

Object seed_position(const VenueSurface& venue, const Object& account, const Object& other_account,
                     const Object& instrument, const Object& side, const Object& qty,
                     const Object& price) {
  Saying saying(venue, CommandKind::SeedPosition);
  saying.on(instrument).account(account).other_account(other_account);
  return saying.side(side).qty(qty).price(price).done();
}

void define_money(SurfaceClass& venue) {
  const py::arg_v currency = arg("currency") = 0;
  const auto payment = [&venue, &currency](const char* name, CommandKind kind, const char* doc) {
    venue.def(
        name,
        [kind](const VenueSurface& self, const Object& account, const Object& amount,
               const Object& of) { return pay(self, kind, account, amount, of); },
        arg("account"), arg("amount"), py::kw_only(), currency, doc);
  };
  payment("deposit", CommandKind::Deposit, "Pay into an account.");
  payment("withdraw", CommandKind::Withdraw,
          "Pay out of an account what no order reserves and no cross position needs.");
  venue
      .def("open_account", &open_account, arg("deposit") = 0, py::kw_only(), currency,
           "Open an account with a first deposit and return its id.")
      .def(
          "transfer",
          [](const VenueSurface& self, const Object& account, const Object& other,
             const Object& amount, const Object& of) {
            Saying saying(self, CommandKind::Transfer);
            saying.account(account).other_account(other).amount(amount);
            return saying.currency(self.currency_id(of)).done();
          },
          arg("account"), arg("other_account"), arg("amount"), py::kw_only(), currency,
          "Pass on to another account what could be withdrawn.")
      .def(
          "fund_insurance",
          [](const VenueSurface& self, const Object& amount, const Object& of) {
            return pay(self, CommandKind::FundInsurance, py::int_(0), amount, of);
          },
          arg("amount"), py::kw_only(), currency, "Pay into the insurance fund from outside.")
      .def("update_collateral", &update_collateral, arg("currency"), arg("price"), py::kw_only(),
           arg("hold") = false,
           "Set the price of a currency in the first one; `hold` as in `set_index`.");
}

}  // namespace

void define_accounts(SurfaceClass& venue) {
  define_money(venue);
  venue
      .def("set_leverage", &set_leverage, arg("account"), arg("instrument"), arg("leverage"),
           py::kw_only(), arg("mode") = py::none(), leverage_doc)
      .def("set_margin_mode", &set_margin_mode, arg("account"), arg("instrument"), arg("mode"),
           margin_mode_doc)
      .def("set_position_mode", &set_position_mode, arg("account"), arg("mode"), position_mode_doc)
      .def("adjust_margin", &adjust_margin, arg("account"), arg("instrument"), arg("amount"),
           py::kw_only(), arg("position_side") = 0,
           "Add isolated margin to a position, or remove some with a negative amount.")
      .def("seed_position", &seed_position, arg("account"), arg("other_account"), arg("instrument"),
           py::kw_only(), arg("side"), arg("qty"), arg("price"),
           "Open opposite positions of two accounts at a price, as if they had once traded.");
}

}  // namespace v1
}  // namespace delever
