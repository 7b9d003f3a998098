#include <limits>
#include <string>
#include <utility>

#include "bindings/surface.hpp"

namespace delever {
inline namespace v1 {

py::object named(const char* module, const char* name) {
  return py::module_::import((std::string("delever.") + module).c_str()).attr(name);
}

py::object choice(const char* enumeration, const py::object& said) {
  return named("reference.order_words", "choice")(named("reference.vocabulary", enumeration), said);
}

py::object from_atoms(const py::handle& atoms) { return named("units", "from_atoms")(atoms); }

void refuse_misfit(const py::object& value, const char* name, const std::string& span) {
  raise_data_error(std::string(py::str(value)) + " is outside " + span, 0, name);
}

// ---- a market
// ------------------------------------------------------------------------------------

MarketSurface::MarketSurface(py::object core, const py::iterable& instruments,
                             const py::iterable& currencies)
    : core_(std::move(core)),
      instruments_(instruments),
      currencies_(currencies),
      now_ns_(core_.attr("time_ns").cast<std::int64_t>()) {
  for (const py::handle one : instruments_) ids_[one.attr("symbol")] = ids_.size();
  if (ids_.size() < instruments_.size())
    throw Misuse(Misunderstanding::Config, "two instruments have the same symbol");
}

std::int64_t MarketSurface::id_of(const py::object& instrument) const {
  if (py::isinstance<py::int_>(instrument)) {
    const py::int_ count(instruments_.size());
    if (instrument >= py::int_(0) && instrument < count) return instrument.cast<std::int64_t>();
  }
  const bool is_contract = py::hasattr(instrument, "symbol");
  const py::str symbol(is_contract ? py::object(instrument.attr("symbol")) : instrument);
  if (ids_.contains(symbol)) return ids_[symbol].cast<std::int64_t>();
  throw Misuse(Misunderstanding::Config,
               "'" + std::string(symbol) + "' is not listed here; listed: " + symbols());
}

std::string MarketSurface::symbols() const {
  return py::str(", ").attr("join")(ids_).cast<std::string>();
}

std::int64_t MarketSurface::time_ns() const {
  return std::max(now_ns_, core_.attr("time_ns").cast<std::int64_t>());
}

void MarketSurface::set_now(const py::object& time) {
  now_ns_ = named("units", "to_time_ns")(time).cast<std::int64_t>();
}

EventSpan MarketSurface::apply(const py::object& commands) const {
  const py::tuple begin = core_.attr("event_rows")();
  core_.attr("apply")(commands);
  return {core_, begin, core_.attr("event_rows")()};
}

EventSpan MarketSurface::events() const {
  const py::tuple end = core_.attr("event_rows")();
  py::tuple begin(end.size());
  for (std::size_t at = 0; at < end.size(); ++at) begin[at] = 0;
  return {core_, begin, end};
}

py::object MarketSurface::price_or_none(std::int64_t instrument, const py::object& ticks) const {
  if (ticks.cast<std::int64_t>() <= 0) return py::none();
  return listed(instrument).attr("price")(ticks);
}

std::size_t VenueSurface::currency_id(const py::object& currency) const {
  std::string known;
  for (std::size_t at = 0; at < currencies().size(); ++at) {
    const py::object symbol = currencies()[at].attr("symbol");
    if (symbol.equal(currency)) return at;
    known += (at > 0 ? ", " : "") + symbol.cast<std::string>();
  }
  if (py::isinstance<py::int_>(currency) && currency >= py::int_(0) &&
      currency < py::int_(currencies().size()))
    return currency.cast<std::size_t>();
  throw Misuse(Misunderstanding::Config,
               "'" + std::string(py::str(currency)) + "' is no currency here; there are " + known);
}

// ---- one command
// ---------------------------------------------------------------------------------

Saying::Saying(const MarketSurface& market, CommandKind kind)
    : market_(market), listed_(market.listed(0)) {
  record_.kind = static_cast<std::uint16_t>(kind);
}

Saying& Saying::on(const py::object& instrument) {
  const std::int64_t id = market_.id_of(instrument);
  record_.instrument = static_cast<std::uint16_t>(id);
  listed_ = market_.listed(id);
  return *this;
}

Saying& Saying::currency(std::size_t id) {
  record_.instrument = static_cast<std::uint16_t>(id);
  return *this;
}

Saying& Saying::side(const py::object& side) {
  return whole(&Command::side, "side", choice("Side", side));
}

Saying& Saying::qty(const py::object& qty) {
  if (qty.is_none()) return *this;
  return whole(&Command::qty_lots, "qty_lots", listed_.attr("lots")(qty));
}

Saying& Saying::price(const py::object& price) {
  if (price.is_none()) return *this;
  return whole(&Command::price_ticks, "price_ticks", listed_.attr("ticks")(price));
}

Saying& Saying::price_high(const py::object& price) {
  if (price.is_none()) return *this;
  return whole(&Command::amount_atoms, "amount_atoms", listed_.attr("ticks")(price));
}

Saying& Saying::amount(const py::object& amount) {
  return whole(&Command::amount_atoms, "amount_atoms", named("units", "to_atoms")(amount));
}

Saying& Saying::hold(bool held) {
  if (held) record_.flags = hold_point;
  return *this;
}

Saying& Saying::terms(const py::dict& terms) {
  const py::object rows = named("reference.order_words", "attached")(listed_, terms);
  for (const py::handle row : rows) {
    Command& term = before_.emplace_back();
    for (const auto& [name, value] : row.cast<py::dict>())
      put_named(term, name.cast<std::string>(), py::reinterpret_borrow<py::object>(value));
  }
  return *this;
}

py::object Saying::done() const {
  py::array_t<Command> records(static_cast<py::ssize_t>(before_.size() + 1));
  Command* rows = records.mutable_data();
  std::copy(before_.begin(), before_.end(), rows);
  rows[before_.size()] = record_;
  for (std::size_t at = 0; at <= before_.size(); ++at) {
    rows[at].time_ns = market_.time_ns();
    rows[at].account = record_.account;
  }
  const EventSpan events = market_.apply(records);
  const py::object reason =
      named("reference.vocabulary", "RejectReason")(market_.core().attr("last_rejection"));
  return named("events", "Outcome")(reason, events);
}

void put_named(Command& record, const std::string& name, const py::object& value) {
  if (name == "kind")
    put(record.kind, "kind", value);
  else if (name == "side")
    put(record.side, "side", value);
  else if (name == "order_type")
    put(record.order_type, "order_type", value);
  else if (name == "time_in_force")
    put(record.time_in_force, "time_in_force", value);
  else if (name == "flags")
    put(record.flags, "flags", value);
  else if (name == "price_ticks")
    put(record.price_ticks, "price_ticks", value);
  else if (name == "qty_lots")
    put(record.qty_lots, "qty_lots", value);
  else
    put(record.amount_atoms, "amount_atoms", value);
}

// ---- snapshots: the units as lines of text, those of currencies with no name of an instrument
// ----

namespace {

constexpr std::string_view magic = "delever1";
constexpr std::size_t head_begin = magic.size() + 4;

py::object instrument_from(const py::list& words) {
  const py::object decimal = py::module_::import("decimal").attr("Decimal");
  const py::object contract = decimal(words[3]);
  return named("reference.instruments", "Instrument")(
      py::arg("symbol") = words[0], py::arg("tick") = decimal(words[1]),
      py::arg("lot") = decimal(words[2]),
      py::arg("contract") = contract.equal(py::int_(0)) ? py::object(py::none()) : contract);
}

std::string head_of(const MarketSurface& market) {
  std::string text;
  const auto line = [&text](const py::object& row) {
    text += (text.empty() ? "" : "\n") + py::str("\t").attr("join")(row).cast<std::string>();
  };
  for (const py::handle one : market.instruments()) {
    const py::object contract = one.attr("contract");
    line(py::make_tuple(one.attr("symbol"), py::str(one.attr("tick")), py::str(one.attr("lot")),
                        contract.is_none() ? py::str("0") : py::str(contract)));
  }
  for (const py::handle one : market.currencies())
    line(py::make_tuple("", one.attr("symbol"), py::str(one.attr("tick_atoms")), "0"));
  return text;
}

}  // namespace

py::bytes snapshot_of(const MarketSurface& market) {
  const std::string head = head_of(market);
  std::string bytes(magic);
  for (std::size_t at = 0; at < 4; ++at)
    bytes.push_back(static_cast<char>(head.size() >> (8 * at) & 0xFF));
  bytes += head + market.core().attr("snapshot")().cast<std::string>();
  return bytes;
}

Restored restored(const char* machine, const py::bytes& snapshot) {
  const auto bytes = static_cast<std::string_view>(snapshot);
  std::size_t end = head_begin;
  for (std::size_t at = 0; at < 4 && bytes.size() >= head_begin; ++at)
    end += std::size_t{static_cast<unsigned char>(bytes[magic.size() + at])} << (8 * at);
  if (!bytes.starts_with(magic) || bytes.size() <= end)
    throw Misuse(Misunderstanding::Data,
                 "these bytes are not a venue's snapshot; use what snapshot() returned");
  Restored found;
  found.core = named("_core", machine).attr("restore")(py::bytes(bytes.substr(end)));
  const py::str head(bytes.substr(head_begin, end - head_begin));
  for (const py::handle line : head.attr("split")("\n")) {
    const py::list words = line.attr("split")("\t");
    if (py::len(words[0]) > 0)
      found.instruments.append(instrument_from(words));
    else
      found.currencies.append(named("reference.rules", "Currency")(
          words[1], py::arg("tick_atoms") = py::int_(py::object(words[2]))));
  }
  return found;
}

}  // namespace v1
}  // namespace delever
