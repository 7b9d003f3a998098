#include "capi/capi.hpp"

#include <cstddef>
#include <exception>
#include <span>
#include <string_view>
#include <type_traits>

#include "capi/venue_handle.hpp"
#include "units/invariant.hpp"

namespace delever {
inline namespace v1 {
namespace {

static_assert(sizeof(delever_command) == sizeof(Command) &&
              offsetof(delever_command, time_ns) == offsetof(Command, time_ns) &&
              offsetof(delever_command, order_id) == offsetof(Command, order_id) &&
              offsetof(delever_command, amount_atoms) == offsetof(Command, amount_atoms));

template <class Work>
std::int32_t entered(delever_venue* handle, Work&& work) noexcept {
  if (handle == nullptr) return DELEVER_INVALID;
  const MachineEntry entry(handle->busy);
  if (!entry.entered()) return DELEVER_BUSY;
  try {
    return work(*handle->machine);
  } catch (const InvariantViolation& violation) {
    handle->error = violation.what();
    return DELEVER_BROKEN;
  } catch (const std::exception& failure) {
    handle->error = failure.what();
    return DELEVER_CAPACITY;
  }
}

std::int32_t status_of(const Venue& venue) {
  return venue.last_rejection() == RejectReason::None ? DELEVER_OK : DELEVER_REJECTED;
}

std::int32_t apply(delever_venue* handle, const delever_command* commands,
                   std::size_t count) noexcept {
  if (commands == nullptr && count > 0) return DELEVER_INVALID;
  return entered(handle, [&](Venue& venue) -> std::int32_t {
    if (count == 0) return DELEVER_OK;
    venue.apply(std::span(reinterpret_cast<const Command*>(commands), count));
    return status_of(venue);
  });
}

std::int32_t place(delever_venue* handle, std::uint32_t account, std::uint16_t instrument,
                   std::uint8_t side, std::int64_t qty_lots, std::int64_t price_ticks,
                   std::uint8_t flags, std::uint64_t* order_id) noexcept {
  return entered(handle, [&](Venue& venue) {
    const bool is_market = price_ticks == 0;
    Command command;
    command.kind = static_cast<std::uint16_t>(CommandKind::PlaceOrder);
    command.instrument = instrument;
    command.side = side;
    command.order_type =
        static_cast<std::uint8_t>(is_market ? OrderType::Market : OrderType::Limit);
    command.time_in_force = static_cast<std::uint8_t>(TimeInForce::Gtc);
    command.flags = flags;
    command.time_ns = venue.time().value;
    command.account = account;
    command.price_ticks = price_ticks;
    command.qty_lots = qty_lots;
    venue.apply(command);
    const std::int32_t status = status_of(venue);
    if (order_id != nullptr) *order_id = status == DELEVER_OK ? venue.last_order() : no_order;
    return status;
  });
}

std::int32_t cancel(delever_venue* handle, std::uint32_t account, std::uint64_t order_id) noexcept {
  return entered(handle, [&](Venue& venue) {
    Command command;
    command.kind = static_cast<std::uint16_t>(CommandKind::CancelOrder);
    command.time_ns = venue.time().value;
    command.account = account;
    command.order_id = order_id;
    venue.apply(command);
    return status_of(venue);
  });
}

std::int32_t last_rejection(const delever_venue* handle) noexcept {
  return handle == nullptr ? DELEVER_INVALID : static_cast<int>(handle->machine->last_rejection());
}

const char* error(const delever_venue* handle) noexcept {
  return handle == nullptr ? "the venue is a null pointer" : handle->error.c_str();
}

std::uint64_t digest(const delever_venue* handle) noexcept {
  return handle == nullptr ? 0 : handle->machine->digest();
}

std::int64_t time_ns(const delever_venue* handle) noexcept {
  return handle == nullptr ? 0 : handle->machine->time().value;
}

bool knows(const delever_venue* handle, std::uint16_t instrument) {
  return handle != nullptr && instrument < handle->machine->instrument_count();
}

std::int64_t mark(const delever_venue* handle, std::uint16_t instrument) noexcept {
  return knows(handle, instrument) ? handle->machine->mark(instrument).value : -1;
}

std::int64_t best(const delever_venue* handle, std::uint16_t instrument,
                  std::uint8_t side) noexcept {
  if (!knows(handle, instrument) || (side != 1 && side != 2)) return -1;
  return handle->machine->book(instrument).best_displayed(static_cast<Side>(side));
}

std::int32_t position(const delever_venue* handle, std::uint32_t account, std::uint16_t instrument,
                      std::int64_t* qty_lots, std::int64_t* margin_atoms) noexcept {
  if (!knows(handle, instrument) || account >= handle->machine->account_count())
    return DELEVER_INVALID;
  const Position* found = handle->machine->position(account, instrument);
  if (qty_lots != nullptr) *qty_lots = found == nullptr ? 0 : found->qty.value;
  if (margin_atoms != nullptr) *margin_atoms = found == nullptr ? 0 : found->margin.value;
  return DELEVER_OK;
}

std::int64_t event_rows(const delever_venue* handle, std::int32_t family) noexcept {
  if (handle == nullptr || family < 0 || family >= static_cast<int>(event_family_count)) return -1;
  return static_cast<std::int64_t>(handle->machine->log().rows(static_cast<EventFamily>(family)));
}

const std::int64_t* event_column(const delever_venue* handle, std::int32_t family,
                                 const char* name) noexcept {
  if (event_rows(handle, family) < 0 || name == nullptr) return nullptr;
  const auto wanted = static_cast<EventFamily>(family);
  const auto schema = schema_of(wanted);
  for (std::size_t column = 0; column < schema.size(); ++column)
    if (std::string_view(schema[column].name) == name)
      return handle->machine->log().column(wanted, column);
  return nullptr;
}

}  // namespace

const delever_capi& capi_table() {
  static constexpr delever_capi table = {
      DELEVER_CAPI_VERSION,
      sizeof(delever_capi),
      apply,
      place,
      cancel,
      last_rejection,
      error,
      digest,
      time_ns,
      mark,
      best,
      position,
      event_rows,
      event_column,
  };
  return table;
}

}  // namespace v1
}  // namespace delever
