// A venue, or a matching engine, as it is handed across a language boundary.
//
// Either is one state machine for one thread at a time. The handle keeps a flag that is up while
// somebody is inside: a second thread is refused, never queued, because the order of two batches
// would then depend on scheduling. The machine is shared, so that a simulation can hand out the one
// it owns. `error` holds the words for the last status that was not a success.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

template <class Machine>
struct MachineHandle {
  using machine_type = Machine;

  explicit MachineHandle(std::shared_ptr<Machine> shared) : machine(std::move(shared)) {}

  std::shared_ptr<Machine> machine;
  std::atomic<bool> busy{false};
  std::string error;
};

/// Holds a machine for the length of a scope; `entered` is false when somebody else does.
class MachineEntry {
 public:
  explicit MachineEntry(std::atomic<bool>& busy)
      : busy_(busy), entered_(!busy.exchange(true, std::memory_order_acquire)) {}
  ~MachineEntry() {
    if (entered_) busy_.store(false, std::memory_order_release);
  }
  MachineEntry(const MachineEntry&) = delete;
  MachineEntry& operator=(const MachineEntry&) = delete;

  bool entered() const { return entered_; }

 private:
  std::atomic<bool>& busy_;
  const bool entered_;
};

}  // namespace v1
}  // namespace delever

/// The opaque type of the C interface.
struct delever_venue : delever::MachineHandle<delever::Venue> {
  using MachineHandle::MachineHandle;
};

namespace delever {
inline namespace v1 {

using VenueHandle = delever_venue;

}  // namespace v1
}  // namespace delever
