// The venue: configuration, commands in, snapshots and copies.
#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bindings/venue_access.hpp"
#include "capi/capi.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

// ---- configuration from dicts of plain integers

/// Reads the keys of one dict, and remembers which it was asked for, to refuse the others.
class Fields {
 public:
  Fields(py::dict values, std::string where)
      : values_(std::move(values)), where_(std::move(where)) {}

  template <class Value>
  Value take(const char* key) {
    if (!values_.contains(key))
      throw Misuse(Misunderstanding::Config, where_ + ": '" + key + "' is missing");
    const py::object value = values_[key];
    ++taken_;
    try {
      return value.cast<Value>();
    } catch (const py::cast_error&) {
      throw Misuse(Misunderstanding::Config, where_ + "." + key + " is " +
                                                 std::string(py::repr(value)) +
                                                 ": it does not have the right type");
    }
  }
  Money money(const char* key) { return Money{take<std::int64_t>(key)}; }
  TimeNs time(const char* key) { return TimeNs{take<std::int64_t>(key)}; }

  void finish() const {
    if (values_.size() != taken_)
      throw Misuse(Misunderstanding::Config,
                   where_ + " has a key too many: " + std::string(py::str(values_.attr("keys")())));
  }

 private:
  py::dict values_;
  std::string where_;
  std::size_t taken_ = 0;
};

MarginTier tier_from(const py::dict& values, const std::string& where) {
  Fields fields(values, where);
  MarginTier tier;
  tier.floor = fields.money("floor_atoms");
  tier.maintenance_ppm = fields.take<std::int64_t>("maintenance_ppm");
  tier.deduction = fields.money("deduction_atoms");
  tier.leverage_max = fields.take<std::int64_t>("leverage_max");
  fields.finish();
  return tier;
}

InstrumentSpec instrument_from(const py::dict& values, const std::string& where) {
  Fields fields(values, where);
  InstrumentSpec spec;
  spec.symbol = fields.take<std::string>("symbol");
  spec.atoms_per_tick_lot = fields.take<std::int64_t>("atoms_per_tick_lot");
  spec.price_ticks_max = fields.take<std::int64_t>("price_ticks_max");
  spec.order_lots_max = fields.take<std::int64_t>("order_lots_max");
  spec.position_lots_max = fields.take<std::int64_t>("position_lots_max");
  spec.maker_fee_ppm = fields.take<std::int64_t>("maker_fee_ppm");
  spec.taker_fee_ppm = fields.take<std::int64_t>("taker_fee_ppm");
  spec.liquidation_fee_ppm = fields.take<std::int64_t>("liquidation_fee_ppm");
  spec.market_bound_ppm = fields.take<std::int64_t>("market_bound_ppm");
  spec.leverage_default = fields.take<std::int64_t>("leverage_default");
  for (const py::handle tier : fields.take<py::list>("tiers"))
    spec.tiers.push_back(tier_from(tier.cast<py::dict>(),
                                   where + ".tiers[" + std::to_string(spec.tiers.size()) + "]"));
  fields.finish();
  return spec;
}

Rulebook rulebook_from(const py::dict& values) {
  Fields fields(values, "rulebook");
  Rulebook rules;
  rules.basis_samples = fields.take<std::int64_t>("basis_samples");
  rules.sample_interval = fields.time("sample_interval_ns");
  rules.funding_interval = fields.time("funding_interval_ns");
  rules.unwind_interval = fields.time("unwind_interval_ns");
  rules.unwind_clip = fields.money("unwind_clip_atoms");
  rules.unwind_bound_ppm = fields.take<std::int64_t>("unwind_bound_ppm");
  rules.deleveraging = fields.take<bool>("deleveraging");
  rules.breach_at_equality = fields.take<bool>("breach_at_equality");
  fields.finish();
  return rules;
}

std::shared_ptr<VenueHandle> make_venue(const py::list& instruments, const py::dict& rulebook,
                                        std::uint32_t retention, bool trace) {
  std::vector<InstrumentSpec> specs;
  for (const py::handle values : instruments)
    specs.push_back(instrument_from(values.cast<py::dict>(),
                                    "instruments[" + std::to_string(specs.size()) + "]"));
  auto venue = std::make_shared<Venue>(std::move(specs), rulebook_from(rulebook), retention);
  venue->set_trace(trace);
  return std::make_shared<VenueHandle>(std::move(venue));
}

// ---- commands

std::string difference(const py::dtype& got, const py::dtype& wanted) {
  const py::object fields = got.attr("fields");
  if (fields.is_none()) return "it holds " + std::string(py::str(got)) + ", not command records";
  std::string text;
  for (const py::handle name : wanted.attr("names")) {
    if (!fields.contains(name)) {
      text += " missing '" + std::string(py::str(name)) + "';";
    } else if (!fields[name].equal(wanted.attr("fields")[name])) {
      text += " '" + std::string(py::str(name)) + "' is " +
              std::string(py::str(fields[name][py::int_(0)])) + " at byte " +
              std::string(py::str(fields[name][py::int_(1)])) + " instead of " +
              std::string(py::str(wanted.attr("fields")[name][py::int_(0)])) + " at byte " +
              std::string(py::str(wanted.attr("fields")[name][py::int_(1)])) + ";";
    }
  }
  for (const py::handle name : got.attr("names"))
    if (!wanted.attr("fields").contains(name))
      text += " unknown '" + std::string(py::str(name)) + "';";
  return "fields differ from COMMAND_DTYPE:" + (text.empty() ? " padding" : text);
}

void apply(VenueHandle& handle, const py::object& commands) {
  const py::array records = command_array(commands);
  const std::span batch(static_cast<const Command*>(records.data()),
                        static_cast<std::size_t>(records.size()));
  work_in(handle, [&](Venue& venue) { venue.apply(batch); });
}

// ---- snapshots and copies

py::bytes snapshot(VenueHandle& handle) {
  const auto bytes = work_in(handle, [](Venue& venue) { return venue.snapshot(); });
  return py::bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::shared_ptr<VenueHandle> restore(const py::bytes& bytes) {
  const auto text = static_cast<std::string_view>(bytes);
  std::shared_ptr<Venue> venue =
      Venue::restore({reinterpret_cast<const std::byte*>(text.data()), text.size()});
  return std::make_shared<VenueHandle>(std::move(venue));
}

std::shared_ptr<VenueHandle> branch(VenueHandle& handle) {
  std::shared_ptr<Venue> copy = work_in(handle, [](Venue& venue) { return venue.branch(); });
  return std::make_shared<VenueHandle>(std::move(copy));
}

py::capsule capsule_of(const py::object& self) {
  self.inc_ref();  // the capsule keeps the venue
  auto* handle = &self.cast<VenueHandle&>();
  py::capsule capsule(handle, DELEVER_VENUE_CAPSULE);
  PyCapsule_SetContext(capsule.ptr(), self.ptr());
  PyCapsule_SetDestructor(capsule.ptr(), [](PyObject* dying) {
    Py_XDECREF(static_cast<PyObject*>(PyCapsule_GetContext(dying)));
  });
  return capsule;
}

void define_work(VenueClass& venue) {
  venue
      .def(py::init(&make_venue), py::arg("instruments"), py::arg("rulebook"), py::arg("retention"),
           py::arg("trace"))
      .def("apply", &apply, py::arg("commands"), "Applies an array of COMMAND_DTYPE, in order.")
      .def("snapshot", &snapshot, "The whole state, as bytes.")
      .def_static("restore", &restore, py::arg("snapshot"), "A venue from a snapshot.")
      .def("branch", &branch, "A copy that continues on its own, with an empty event log.")
      .def("handle", &capsule_of, "A capsule with this venue for the C interface (capi.pxd).")
      .def(
          "set_retention",
          [](VenueHandle& handle, std::uint32_t mask) {
            work_in(handle, [=](Venue& v) { v.log().set_retention(mask); });
          },
          py::arg("mask"), "Which families are kept from now on: bit f for family f.");
}

}  // namespace

void check_account(const Venue& venue, std::int64_t account) {
  if (account < 0 || account >= static_cast<std::int64_t>(venue.account_count()))
    throw Misuse(Misunderstanding::UnknownId, "account " + std::to_string(account) +
                                                  " does not exist: the venue has 0 .. " +
                                                  std::to_string(venue.account_count() - 1));
}

void check_instrument(const Venue& venue, std::int64_t instrument) {
  if (instrument < 0 || instrument >= static_cast<std::int64_t>(venue.instrument_count()))
    throw Misuse(Misunderstanding::UnknownId, "instrument " + std::to_string(instrument) +
                                                  " does not exist: the venue has 0 .. " +
                                                  std::to_string(venue.instrument_count() - 1));
}

py::array command_array(const py::handle& commands) {
  if (!py::isinstance<py::array>(commands))
    throw Misuse(Misunderstanding::Data,
                 "commands must be a numpy array of delever.COMMAND_DTYPE, not " +
                     std::string(py::str(py::type::of(commands).attr("__name__"))) +
                     "; build one with delever.commands(...)");
  auto array = py::reinterpret_borrow<py::array>(commands);
  const py::dtype wanted = py::dtype::of<Command>();
  if (!array.dtype().is(wanted) && !array.dtype().equal(wanted))
    throw Misuse(Misunderstanding::Data,
                 "commands have the wrong dtype: " + difference(array.dtype(), wanted) +
                     " build them with delever.commands(...)");
  constexpr int ready =
      py::detail::npy_api::NPY_ARRAY_C_CONTIGUOUS_ | py::detail::npy_api::NPY_ARRAY_ALIGNED_;
  if ((array.flags() & ready) != ready) array = py::array(array.attr("copy")());
  return array;
}

void register_venue(py::module_& module) {
  PYBIND11_NUMPY_DTYPE(Command, kind, instrument, side, order_type, time_in_force, flags, time_ns,
                       account, other_account, order_id, client_id, price_ticks, qty_lots,
                       amount_atoms);
  module.attr("COMMAND_DTYPE") = py::dtype::of<Command>();
  module.attr("_C_API") = py::capsule(&capi_table(), DELEVER_CAPI_CAPSULE);
  VenueClass venue(module, "Venue", "A venue in ticks, lots, atoms and ids.", py::is_final());
  define_work(venue);
  define_event_views(venue);
  define_state_views(venue);
  define_breaches(venue);
}

}  // namespace v1
}  // namespace delever
