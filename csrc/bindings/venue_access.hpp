// How the bindings reach into a venue: for work (one at a time), or to read it while nobody works.
//
// A venue is wrapped as the same `delever_venue` handle that the C interface uses, so that both
// doors share one busy flag. Views of event columns hold a reference to the Python venue and never
// move.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "bindings/bindings.hpp"
#include "capi/venue_handle.hpp"

namespace delever {
inline namespace v1 {

[[noreturn]] inline void refuse_busy() {
  throw Misuse(Misunderstanding::Busy,
               "this venue is in use by another thread; give each thread its own "
               "(venue.branch() makes a copy)");
}

/// The venue, for reading; refuses while another thread works in it.
inline const Venue& idle(const VenueHandle& handle) {
  if (handle.busy.load(std::memory_order_acquire)) refuse_busy();
  return *handle.venue;
}

/// Runs `work(venue)` as the only one inside, without the interpreter lock.
template <class Work>
auto work_in(VenueHandle& handle, Work&& work) {
  const VenueEntry entry(handle);
  if (!entry.entered()) refuse_busy();
  const pybind11::gil_scoped_release unlocked;
  return work(*handle.venue);
}

void check_account(const Venue& venue, std::int64_t account);
void check_instrument(const Venue& venue, std::int64_t instrument);

/// The array as contiguous commands; DataError naming the fields that differ otherwise.
pybind11::array command_array(const pybind11::handle& commands);

using VenueClass = pybind11::class_<VenueHandle, std::shared_ptr<VenueHandle>>;
void define_event_views(VenueClass& venue);
void define_state_views(VenueClass& venue);
void define_breaches(VenueClass& venue);

}  // namespace v1
}  // namespace delever
