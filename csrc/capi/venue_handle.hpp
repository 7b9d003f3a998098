// A venue as it is handed across a language boundary.
//
// A venue is one state machine for one thread at a time. The handle keeps a flag that is up while
// somebody is inside: a second thread is refused, never queued, because the order of two batches
// would then depend on scheduling. The venue is shared, so that a simulation can hand out the one
// it owns. `error` holds the words for the last status that was not a success.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "venue/venue.hpp"

/// The opaque type of the C interface.
struct delever_venue {
  explicit delever_venue(std::shared_ptr<delever::Venue> shared) : venue(std::move(shared)) {}

  std::shared_ptr<delever::Venue> venue;
  std::atomic<bool> busy{false};
  std::string error;
};

namespace delever {
inline namespace v1 {

using VenueHandle = delever_venue;

/// Holds a venue for the length of a scope; `entered` is false when somebody else does.
class VenueEntry {
 public:
  explicit VenueEntry(VenueHandle& handle)
      : handle_(handle), entered_(!handle.busy.exchange(true, std::memory_order_acquire)) {}
  ~VenueEntry() {
    if (entered_) handle_.busy.store(false, std::memory_order_release);
  }
  VenueEntry(const VenueEntry&) = delete;
  VenueEntry& operator=(const VenueEntry&) = delete;

  bool entered() const { return entered_; }

 private:
  VenueHandle& handle_;
  const bool entered_;
};

}  // namespace v1
}  // namespace delever
