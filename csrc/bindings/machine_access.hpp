// How the bindings reach into a venue or a matching engine: for work (one at a time), or to read it
// while nobody works. Here is also what the two are asked alike.
//
// A venue is wrapped as the same `delever_venue` handle that the C interface uses, so that both
// doors share one busy flag. Views of event columns hold a reference to their Python owner and
// never move. The define_* functions add to a class what their names say; `Handle` is VenueHandle
// or EngineHandle.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/bindings.hpp"
#include "capi/venue_handle.hpp"
#include "venue/matching_engine.hpp"

namespace delever {
inline namespace v1 {

using EngineHandle = MachineHandle<MatchingEngine>;

template <class Handle>
using MachineClass = pybind11::class_<Handle, std::shared_ptr<Handle>>;
using VenueClass = MachineClass<VenueHandle>;

[[noreturn]] inline void refuse_busy() {
  throw Misuse(Misunderstanding::Busy,
               "this venue is in use by another thread; give each thread its own "
               "(venue.branch() makes a copy)");
}

/// The machine, for reading; refuses while another thread works in it.
template <class Handle>
const typename Handle::machine_type& idle(const Handle& handle) {
  if (handle.busy.load(std::memory_order_acquire)) refuse_busy();
  return *handle.machine;
}

/// Runs `work(machine)` as the only one inside, without the interpreter lock.
template <class Handle, class Work>
auto work_in(Handle& handle, Work&& work) {
  const MachineEntry entry(handle.busy);
  if (!entry.entered()) refuse_busy();
  const pybind11::gil_scoped_release unlocked;
  return work(*handle.machine);
}

/// Refuses an id that is not one of 0 .. count - 1.
void check_id(const char* what, std::int64_t id, std::size_t count);

template <class Machine>
void check_instrument(const Machine& machine, std::int64_t instrument) {
  check_id("instrument", instrument, machine.instrument_count());
}
inline void check_account(const Venue& venue, std::int64_t account) {
  check_id("account", account, venue.account_count());
}

/// The machine, idle, with the instrument known.
template <class Handle>
const typename Handle::machine_type& checked(const Handle& handle, std::int64_t instrument) {
  const auto& machine = idle(handle);
  check_instrument(machine, instrument);
  return machine;
}

/// The array as contiguous commands; DataError naming the fields that differ otherwise.
pybind11::array command_array(const pybind11::handle& commands);

template <class Handle>
void define_work(MachineClass<Handle>& machine);
template <class Handle>
void define_event_views(MachineClass<Handle>& machine);
template <class Handle>
void define_market_views(MachineClass<Handle>& machine);

void define_state_views(VenueClass& venue);
void define_breaches(VenueClass& venue);
void define_advisor(VenueClass& venue);

}  // namespace v1
}  // namespace delever
