#include "venue/matching_engine.hpp"

#include <stdexcept>
#include <utility>

#include "units/invariant.hpp"
#include "venue/order_archive.hpp"
#include "venue/snapshot_frame.hpp"

namespace delever {
inline namespace v1 {

template class OrderFlow<MatchingEngine>;

MatchingEngine::MatchingEngine(std::vector<InstrumentSpec> instruments, const Rulebook& rulebook,
                               std::uint32_t retention) {
  rulebook_ = rulebook;
  log().set_retention(retention);
  if (instruments.empty())
    throw std::invalid_argument("a matching engine needs at least one instrument");
  for (InstrumentSpec& spec : instruments) {
    const std::string complaint = spec.validate();
    if (!complaint.empty()) throw std::invalid_argument(complaint);
    markets_.emplace_back(std::move(spec));
  }
}

namespace {

// Far enough ahead to hide a miss, near enough to stay in the first cache.
constexpr std::size_t far_ahead = 16;
constexpr std::size_t near_ahead = 8;

}  // namespace

void MatchingEngine::apply(std::span<const Command> commands) {
  refuse_if_poisoned();
  try {
    for (std::size_t at = 0; at < commands.size(); ++at) {
      if (at + far_ahead < commands.size()) prefetch_far(commands[at + far_ahead]);
      if (at + near_ahead < commands.size()) prefetch_near(commands[at + near_ahead]);
      run(commands[at]);
      ++command_count_;
    }
  } catch (const InvariantViolation& violation) {
    poison(violation);
  }
}

void MatchingEngine::apply(const Command& command) { apply({&command, 1}); }

void MatchingEngine::refuse_if_poisoned() const {
  if (!poison_.empty()) [[unlikely]]
    throw InvariantViolation(poison_);
}

void MatchingEngine::poison(const InvariantViolation& violation) {
  poison_ = std::string(violation.what()) + " at event " + std::to_string(next_sequence()) +
            ", command " + std::to_string(command_count_);
  throw InvariantViolation(poison_);
}

void MatchingEngine::prefetch_far(const Command& command) const {
  orders_.prefetch(command.order_id);  // of a command without an order: slot 0, which is warm
}

void MatchingEngine::prefetch_near(const Command& command) const {
  const std::uint32_t slot = order_slot(command.order_id);
  if (slot >= orders_.slots()) return;
  const Order& order = orders_[slot];
  orders_.prefetch_slot(order.fifo_previous);
  orders_.prefetch_slot(order.fifo_next);
  if (!is_owner(order.account)) return;
  orders_.prefetch_links(slot);
}

void MatchingEngine::run_own_command(const Command& command) {
  if (static_cast<CommandKind>(command.kind) == CommandKind::SetTradeGroup)
    return set_trade_group(command);
  update_price(command);
}

void MatchingEngine::update_price(const Command& command) {
  const InstrumentId id = command.instrument;
  if (id >= markets_.size()) return reject(command, RejectReason::UnknownInstrument);
  MarketState& state = markets_[id];
  const PriceTicks price{command.price_ticks};
  if (!state.spec.is_price(price.value)) return reject(command, RejectReason::InvalidPrice);
  const bool is_mark = static_cast<CommandKind>(command.kind) == CommandKind::SetMark;
  if (is_mark) state.mark = price;
  if (!is_mark || state.index.value == 0) state.index = price;
  state.mark_event =
      emit(EventKind::MarkUpdated,
           {.instrument = id, .price = state.mark.value, .other_amount = state.index.value});
  collect_triggered(id, TriggerFeed::Mark, state.mark.value, state.mark_event);
  collect_triggered(id, TriggerFeed::Index, state.index.value, state.mark_event);
}

void MatchingEngine::set_trade_group(const Command& command) {
  if (!is_owner(command.account)) return reject(command, RejectReason::UnknownAccount);
  if (command.amount_atoms < 0 || command.amount_atoms > group_max)
    return reject(command, RejectReason::InvalidAmount);
  OwnerLists::Owner& owner = owners_[owners_.require(command.account)];
  owner.group = static_cast<std::uint32_t>(command.amount_atoms);
  if (owner.group != 0) groups_used_ = true;
  emit(EventKind::TradeGroupSet, {.account = command.account, .amount = command.amount_atoms});
}

bool MatchingEngine::in_one_group(AccountId taker, AccountId maker) const {
  const std::uint32_t first = owners_.find(taker);
  const std::uint32_t second = owners_.find(maker);
  return first != no_index && second != no_index && owners_[first].group != 0 &&
         owners_[first].group == owners_[second].group;
}

std::size_t MatchingEngine::bytes() const {
  std::size_t total =
      orders_.bytes() + terms_.bytes() + agenda_.bytes() + client_ids_.bytes() + owners_.bytes();
  for (const MarketState& state : markets_)
    total += sizeof state + state.book.bytes() + state.triggers.bytes();
  return total;
}

template <class Archive>
void MatchingEngine::serialize(Archive& archive) {
  serialize_rulebook(archive, rulebook_);
  std::uint64_t count = markets_.size();
  archive(count);
  for (std::uint64_t id = 0; id < count; ++id) {
    if constexpr (Archive::reading) {
      markets_.emplace_back(read_spec(archive));
    } else {
      serialize_spec(archive, markets_[id].spec);
    }
    serialize_market(archive, markets_[id]);
  }
  serialize_flow(archive);
  owners_.serialize(archive);
  archive(groups_used_);
  events_.serialize(archive);
  archive(poison_);
}

std::vector<std::byte> MatchingEngine::snapshot() const {
  ArchiveWriter payload;
  const_cast<MatchingEngine*>(this)->serialize(payload);  // a writer changes nothing
  return framed_snapshot(engine_snapshot_magic, payload.bytes);
}

std::unique_ptr<MatchingEngine> MatchingEngine::restore(std::span<const std::byte> bytes) {
  ArchiveReader payload(snapshot_payload(engine_snapshot_magic, bytes));
  std::unique_ptr<MatchingEngine> engine(new MatchingEngine());
  engine->serialize(payload);
  if (!payload.finished()) throw std::invalid_argument("snapshot: bytes to spare");
  return engine;
}

std::unique_ptr<MatchingEngine> MatchingEngine::branch() const {
  return std::unique_ptr<MatchingEngine>(new MatchingEngine(*this));
}

}  // namespace v1
}  // namespace delever
