// The face that people see: `delever.Venue` and `delever.MatchingEngine`, in Decimals, names and
// times.
//
// A surface holds a machine of `_core`, which counts in ticks, lots, atoms and ids, and the
// contracts with their units. A method says one command or asks one question through it; many
// commands at once go through `apply` unchanged. Numbers become integers in delever.units and in
// the contracts, so that what is refused is worded in one place, and before anything is applied. A
// call costs some microseconds, most of them Decimals; memory: a few references.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "bindings/bindings.hpp"
#include "venue/command.hpp"

namespace delever {
inline namespace v1 {

namespace py = pybind11;

/// A name of one of the package's modules, such as ("events", "Outcome").
py::object named(const char* module, const char* name);
/// The member of an enumeration of the vocabulary that a number or a name, as "buy", stands for.
py::object choice(const char* enumeration, const py::object& said);
py::object from_atoms(const py::handle& atoms);

/// The retained events of a stretch of commands: `begin` and `end` are rows of each family.
class EventSpan {
 public:
  EventSpan(py::object core, py::tuple begin, py::tuple end)
      : core_(std::move(core)), begin_(std::move(begin)), end_(std::move(end)) {}

  py::object table(const std::string& family) const;
  py::object liquidations() const;
  py::dict counts() const;
  std::int64_t rows(std::size_t family) const;
  std::int64_t rows() const;
  std::string text() const;

 private:
  py::object core_;
  py::tuple begin_, end_;
};

class MarketSurface {
 public:
  MarketSurface(py::object core, const py::iterable& instruments, const py::iterable& currencies);

  const py::object& core() const { return core_; }
  const py::tuple& instruments() const { return instruments_; }
  const py::tuple& currencies() const { return currencies_; }
  std::int64_t id_of(const py::object& instrument) const;
  py::object listed(std::int64_t id) const { return instruments_[static_cast<std::size_t>(id)]; }
  std::string symbols() const;

  std::int64_t time_ns() const;
  void set_now(const py::object& time);
  std::int64_t own_time_ns() const { return now_ns_; }
  void set_own_time_ns(std::int64_t now_ns) { now_ns_ = now_ns; }

  /// Applies records of COMMAND_DTYPE, or a mapping of its columns.
  EventSpan apply(const py::object& commands) const;
  EventSpan events() const;
  /// Ticks as the price of an instrument; None unless positive.
  py::object price_or_none(std::int64_t instrument, const py::object& ticks) const;

 private:
  py::object core_;
  py::tuple instruments_, currencies_;
  py::dict ids_;
  std::int64_t now_ns_;
};

class EngineSurface : public MarketSurface {
  using MarketSurface::MarketSurface;
};

class VenueSurface : public MarketSurface {
 public:
  using MarketSurface::MarketSurface;
  std::size_t currency_id(const py::object& currency) const;
};

/// One command and the terms before it, said in people's units: what is None stays 0.
class Saying {
 public:
  Saying(const MarketSurface& market, CommandKind kind);

  Saying& on(const py::object& instrument);
  /// A field that is a whole number; DataError where it cannot hold it.
  template <class Field>
  Saying& whole(Field Command::* field, const char* name, const py::object& value);
  Saying& account(const py::object& id) { return whole(&Command::account, "account", id); }
  Saying& other_account(const py::object& id) {
    return whole(&Command::other_account, "other_account", id);
  }
  Saying& order(const py::object& id) { return whole(&Command::order_id, "order_id", id); }
  Saying& currency(std::size_t id);
  Saying& side(const py::object& side);
  Saying& qty(const py::object& qty);
  Saying& price(const py::object& price);
  Saying& price_high(const py::object& price);
  Saying& amount(const py::object& amount);
  Saying& hold(bool held);
  Saying& terms(const py::dict& terms);

  Command& record() { return record_; }
  const py::object& listed() const { return listed_; }
  /// Applies it all: an `Outcome`.
  py::object done() const;

 private:
  const MarketSurface& market_;
  py::object listed_;
  Command record_;
  std::vector<Command> before_;
};

/// The record's field of that name, which terms fill.
void put_named(Command& record, const std::string& name, const py::object& value);
[[noreturn]] void refuse_misfit(const py::object& value, const char* name, const std::string& span);

template <class Field>
void put(Field& field, const char* name, const py::object& value) {
  using Limits = std::numeric_limits<Field>;
  const py::int_ whole(value);
  int overflow = 0;
  const long long small = PyLong_AsLongLongAndOverflow(whole.ptr(), &overflow);
  bool fits = overflow == 0 && std::in_range<Field>(small);
  auto held = static_cast<Field>(small);
  if constexpr (std::is_same_v<Field, std::uint64_t>) {
    if (overflow > 0) {
      held = PyLong_AsUnsignedLongLong(whole.ptr());
      fits = PyErr_Occurred() == nullptr;
      PyErr_Clear();
    }
  }
  if (!fits)
    refuse_misfit(whole, name,
                  std::to_string(Limits::min()) + " .. " + std::to_string(Limits::max()));
  field = held;
}

template <class Field>
Saying& Saying::whole(Field Command::* field, const char* name, const py::object& value) {
  put(record_.*field, name, value);
  return *this;
}

using MarketClass = py::class_<MarketSurface>;
using SurfaceClass = py::class_<VenueSurface, MarketSurface>;

void register_surface_events(py::module_& module);
void define_orders(MarketClass& market);
void define_prices_and_books(MarketClass& market);
void define_accounts(SurfaceClass& venue);
void define_own_prices(SurfaceClass& venue);
void define_questions(SurfaceClass& venue);

/// What a snapshot of a surface begins with: the units, which no core knows.
py::bytes snapshot_of(const MarketSurface& market);
struct Restored {
  py::object core;
  py::list instruments, currencies;
};
Restored restored(const char* machine, const py::bytes& snapshot);

}  // namespace v1
}  // namespace delever
