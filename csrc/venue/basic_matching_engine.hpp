// Order books without accounts: the order flow of a venue, and nothing of money.
//
// The commands are a venue's, and so are the events and their digest; what needs an account is
// refused (reduce-only orders: InvalidOrder, close-position: InvalidTerms, deposits, leverage,
// positions, funding: UnknownCommand). An owner is any number, known by using it; 0 is anonymous:
// it trades with itself, and nobody's orders are not cancelled all at once (UnknownAccount). There
// are no fees, no margin and no limits on positions. Prices of the index and the mark only serve as
// references for triggers and bands.
//
// What it says goes to a Sink, known when compiling. MatchingEngine's (matching_engine.hpp)
// numbers, digests and keeps the events; a C++ embedder's own takes them straight from registers:
//
//   struct Sink {
//     Sequence emit(EventKind kind, const EventFields& fields, TimeNs time, std::int64_t command,
//                   const OrderPool& orders);  // returns the event's number, from 0 upward
//   };
//
// `kind` is a constant at each call: with `emit` inline (DELEVER_INLINE), what it does not read of
// the fields is not computed. While a fill is said, both orders of it are still in `orders`, or the
// taker's has no record yet; the sink must not call the engine.
//
// Owns the markets, the order flow's state and the sink. Time enters only through commands; the
// same commands give the same events. A broken invariant poisons the engine: it refuses every
// further command with the message of the first. Cost and worst cases: order_flow.hpp's.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "units/inline.hpp"
#include "units/invariant.hpp"
#include "venue/event.hpp"
#include "venue/order_archive.hpp"
#include "venue/order_flow.hpp"
#include "venue/owner_lists.hpp"
#include "venue/snapshot_frame.hpp"

namespace delever {
inline namespace v1 {

template <class Sink>
class BasicMatchingEngine : public OrderFlow<BasicMatchingEngine<Sink>> {
 public:
  /// The words after the rulebook make the sink. Throws std::invalid_argument with the complaint of
  /// the first unsound instrument.
  template <class... SinkWords>
  explicit BasicMatchingEngine(std::vector<InstrumentSpec> instruments, const Rulebook& rulebook,
                               SinkWords&&... sink);

  void apply(std::span<const Command> commands);
  DELEVER_INLINE void apply(const Command& command);

  Sink& sink() { return sink_; }
  const Sink& sink() const { return sink_; }
  std::size_t instrument_count() const { return market_count_; }
  const InstrumentSpec& instrument(InstrumentId id) const { return markets_[id].spec; }
  const MarketState& market(InstrumentId id) const { return markets_[id]; }
  const OrderBook& book(InstrumentId id) const { return markets_[id].book; }
  PriceTicks mark(InstrumentId id) const { return markets_[id].mark; }
  PriceTicks index(InstrumentId id) const { return markets_[id].index; }
  PriceTicks last_price(InstrumentId id) const { return markets_[id].last; }

  // What an EventStream offers.
  auto& log() { return sink_.log(); }
  const auto& log() const { return sink_.log(); }
  void set_trace(bool on) { sink_.set_trace(on); }
  auto trace() const { return sink_.trace(); }
  void clear_trace() { sink_.clear_trace(); }
  std::uint64_t digest() const { return sink_.digest(); }
  Sequence next_sequence() const { return sink_.next_sequence(); }

  std::int64_t command_count() const { return command_count_; }
  /// Empty, or why the engine refuses commands.
  const std::string& poisoned() const { return poison_; }
  /// Memory of orders, books and owners; the event log's is its own.
  std::size_t bytes() const;

  std::vector<std::byte> snapshot() const;
  /// Throws std::invalid_argument where the bytes are not a whole snapshot of this layout.
  static std::unique_ptr<BasicMatchingEngine> restore(std::span<const std::byte> bytes);
  /// A copy that continues on its own, with an empty log.
  std::unique_ptr<BasicMatchingEngine> branch() const;

 private:
  using Flow = OrderFlow<BasicMatchingEngine<Sink>>;
  friend Flow;
  using Flow::agenda_;
  using Flow::client_ids_;
  using Flow::command_count_;
  using Flow::lane_;
  using Flow::orders_;
  using Flow::rulebook_;
  using Flow::terms_;
  using Flow::time_;

  BasicMatchingEngine() = default;
  BasicMatchingEngine(const BasicMatchingEngine&) = default;

  // What the order flow asks its host; there is no money, so most answers are "as you like".
  struct Booking {
    Money taker_fee;
    Money maker_fee;
  };
  static constexpr bool has_positions = false;
  /// Every kind but those that need an account.
  static constexpr bool knows(std::uint16_t kind) {
    constexpr auto bit = [](CommandKind one) { return std::uint64_t{1} << static_cast<int>(one); };
    constexpr std::uint64_t known = bit(CommandKind::PlaceOrder) | bit(CommandKind::CancelOrder) |
                                    bit(CommandKind::AmendOrder) | bit(CommandKind::CancelAll) |
                                    bit(CommandKind::UpdateIndex) | bit(CommandKind::SetMark) |
                                    bit(CommandKind::AttachTerm) | bit(CommandKind::SetTradeGroup) |
                                    bit(CommandKind::ReplaceOrder) | bit(CommandKind::ChangePhase) |
                                    bit(CommandKind::PrintTrade) | bit(CommandKind::AdvanceTime);
    return (known >> kind & 1) != 0;
  }
  static bool allows(std::uint8_t flags) { return (flags & reduce_only) == 0; }
  static bool known_account(AccountId) { return true; }
  static bool is_owner(AccountId account) { return account != 0; }
  bool one_group(AccountId taker, AccountId maker) const {
    return groups_used_ && in_one_group(taker, maker);
  }
  bool in_one_group(AccountId taker, AccountId maker) const;
  MarketState& market(InstrumentId id) { return markets_[id]; }
  static constexpr bool takes_position_side(const Command&) { return true; }
  static constexpr std::uint8_t order_flags(const Command& command) { return command.flags; }
  DELEVER_INLINE std::uint32_t owner_slot(const Command& command) {
    const AccountId account = command.account;
    return is_owner(account) ? owners_.require(account) : 0;
  }
  /// What every event of one command says.
  struct Moment {
    TimeNs time;
    std::int64_t command = 0;
  };
  Moment moment() const { return {time_, command_count_}; }
  DELEVER_INLINE Sequence emit(const Moment& moment, EventKind kind, const EventFields& fields) {
    return sink_.emit(kind, fields, moment.time, moment.command, orders_);
  }
  DELEVER_INLINE Sequence emit(EventKind kind, const EventFields& fields) {
    return emit(moment(), kind, fields);
  }
  void link(std::uint32_t slot) {
    const Order& order = orders_[slot];
    if (is_owner(order.account)) owners_.link(orders_, slot, this->order_position(order));
  }
  void unlink(std::uint32_t slot) {
    const Order& order = orders_[slot];
    if (is_owner(order.account)) owners_.unlink(orders_, slot, this->order_position(order));
  }
  template <class Visit>
  void visit_live(AccountId account, Visit&& visit) {
    const std::uint32_t record = owners_.find(account);
    std::uint32_t slot = record == no_index ? no_index : owners_[record].first_order;
    while (slot != no_index) {
      const std::uint32_t next = orders_.links(slot).owner_next;  // the visit may end the order
      visit(slot);
      slot = next;
    }
  }
  static RejectReason check_cover(const Taker&, bool) { return RejectReason::None; }
  static RejectReason check_amended(const Order&, std::int64_t, std::int64_t, bool) {
    return RejectReason::None;
  }
  static bool covers(const Taker&, std::int64_t, std::int64_t) { return true; }
  static bool can_move(const Order&, std::int64_t, std::int64_t, std::int64_t) { return true; }
  /// What a foretold match leaves of the makers' positions: there are none to run out of.
  struct Walk {
    static std::int64_t clip(const BasicMatchingEngine&, const Taker&, const Order&,
                             std::int64_t lots) {
      return lots;
    }
  };
  static CancelReason rest_obstacle(const Taker&, std::int64_t) { return CancelReason::None; }
  static void hold(const Order&, std::int64_t, std::int64_t, std::int64_t, std::int64_t) {}
  static std::int64_t closable_lots(std::uint32_t, Side) { return 0; }
  static std::int64_t reducible_lots(const Order&) { return 0; }
  static TakerClip clip_taker(const Taker&, std::int64_t, std::int64_t lots) { return {lots}; }
  static Booking book_fill(const Taker&, const Order&, std::int64_t, std::int64_t) { return {}; }
  static Booking book_pair(const Order&, const Order&, std::int64_t, std::int64_t) { return {}; }
  static void settle_fill(Taker&, const Order&, std::int64_t, const Booking&, Sequence) {}
  static void settle_pair(const Order&, const Order&, std::int64_t, const Booking&, Sequence) {}
  static void before_time(const Command&) {}
  static void reopened() {}
  static void time_advanced() {}
  static constexpr bool in_liquidation(const Command&) { return false; }
  void run_own_command(const Command& command);

  void refuse_if_poisoned() const;
  [[noreturn]] void poison(const InvariantViolation& violation);
  void update_price(const Command& command);
  void set_trade_group(const Command& command);
  DELEVER_INLINE void prefetch_far(const Command& command) const;
  DELEVER_INLINE void prefetch_near(const Command& command) const;

  template <class Archive>
  void serialize(Archive& archive);

  std::vector<MarketState> markets_;
  std::size_t market_count_ = 0;  ///< how many: their size does not divide quickly
  OwnerLists owners_;
  bool groups_used_ = false;
  Sink sink_;
  std::string poison_;
};

template <class Sink>
template <class... SinkWords>
BasicMatchingEngine<Sink>::BasicMatchingEngine(std::vector<InstrumentSpec> instruments,
                                               const Rulebook& rulebook, SinkWords&&... sink)
    : sink_(std::forward<SinkWords>(sink)...) {
  rulebook_ = rulebook;
  if (instruments.empty())
    throw std::invalid_argument("a matching engine needs at least one instrument");
  for (InstrumentSpec& spec : instruments) {
    const std::string complaint = spec.validate();
    if (!complaint.empty()) throw std::invalid_argument(complaint);
    markets_.emplace_back(std::move(spec));
  }
  market_count_ = markets_.size();
}

template <class Sink>
void BasicMatchingEngine<Sink>::apply(std::span<const Command> commands) {
  // Far enough ahead to hide a miss, near enough to stay in the first cache.
  constexpr std::size_t far_ahead = 16;
  constexpr std::size_t near_ahead = 8;
  refuse_if_poisoned();
  try {
    for (std::size_t at = 0; at < commands.size(); ++at) {
      if (at + far_ahead < commands.size()) [[likely]] {
        prefetch_far(commands[at + far_ahead]);
        prefetch_near(commands[at + near_ahead]);
      }
      this->run(commands[at]);
      ++command_count_;
    }
  } catch (const InvariantViolation& violation) {
    poison(violation);
  }
}

template <class Sink>
DELEVER_INLINE void BasicMatchingEngine<Sink>::apply(const Command& command) {
  refuse_if_poisoned();
  try {
    this->run(command);
    ++command_count_;
  } catch (const InvariantViolation& violation) {
    poison(violation);
  }
}

template <class Sink>
void BasicMatchingEngine<Sink>::refuse_if_poisoned() const {
  if (!poison_.empty()) [[unlikely]]
    throw InvariantViolation(poison_);
}

template <class Sink>
void BasicMatchingEngine<Sink>::poison(const InvariantViolation& violation) {
  poison_ = violation.what();
  if constexpr (requires { sink_.next_sequence(); })
    poison_ += " at event " + std::to_string(sink_.next_sequence()) + ",";
  poison_ += " command " + std::to_string(command_count_);
  throw InvariantViolation(poison_);
}

template <class Sink>
DELEVER_INLINE void BasicMatchingEngine<Sink>::prefetch_far(const Command& command) const {
  orders_.prefetch(command.order_id);  // of a command without an order: slot 0, which is warm
}

template <class Sink>
DELEVER_INLINE void BasicMatchingEngine<Sink>::prefetch_near(const Command& command) const {
  if (!lane_.has_market()) [[unlikely]]
    return;
  // Both for an order and for a cancel: which it is cannot be foretold, and a branch would be.
  const OrderBook& book = lane_.market().book;
  book.prefetch_level(static_cast<Side>(command.side), command.price_ticks);
  const std::uint32_t slot = order_slot(command.order_id);
  if (!orders_.has_slot(slot)) [[unlikely]]
    return;
  const Order& order = orders_[slot];
  book.prefetch_level(order);
  orders_.prefetch_slot(order.fifo_previous);
  orders_.prefetch_slot(order.fifo_next);
}

template <class Sink>
void BasicMatchingEngine<Sink>::run_own_command(const Command& command) {
  if (static_cast<CommandKind>(command.kind) == CommandKind::SetTradeGroup)
    return set_trade_group(command);
  update_price(command);
}

template <class Sink>
void BasicMatchingEngine<Sink>::update_price(const Command& command) {
  const InstrumentId id = command.instrument;
  if (id >= markets_.size()) return this->reject(command, RejectReason::UnknownInstrument);
  MarketState& state = markets_[id];
  const PriceTicks price{command.price_ticks};
  if (!state.spec.is_price(price.value)) return this->reject(command, RejectReason::InvalidPrice);
  const bool is_mark = static_cast<CommandKind>(command.kind) == CommandKind::SetMark;
  if (is_mark) state.mark = price;
  if (!is_mark || state.index.value == 0) state.index = price;
  state.mark_event =
      emit(EventKind::MarkUpdated,
           {.instrument = id, .price = state.mark.value, .other_amount = state.index.value});
  this->collect_triggered(id, TriggerFeed::Mark, state.mark.value, state.mark_event);
  this->collect_triggered(id, TriggerFeed::Index, state.index.value, state.mark_event);
}

template <class Sink>
void BasicMatchingEngine<Sink>::set_trade_group(const Command& command) {
  if (!is_owner(command.account)) return this->reject(command, RejectReason::UnknownAccount);
  if (command.amount_atoms < 0 || command.amount_atoms > group_max)
    return this->reject(command, RejectReason::InvalidAmount);
  OwnerLists::Owner& owner = owners_[owners_.require(command.account)];
  owner.group = static_cast<std::uint32_t>(command.amount_atoms);
  if (owner.group != 0) groups_used_ = true;
  emit(EventKind::TradeGroupSet, {.account = command.account, .amount = command.amount_atoms});
}

template <class Sink>
bool BasicMatchingEngine<Sink>::in_one_group(AccountId taker, AccountId maker) const {
  const std::uint32_t first = owners_.find(taker);
  const std::uint32_t second = owners_.find(maker);
  return first != no_index && second != no_index && owners_[first].group != 0 &&
         owners_[first].group == owners_[second].group;
}

template <class Sink>
std::size_t BasicMatchingEngine<Sink>::bytes() const {
  std::size_t total =
      orders_.bytes() + terms_.bytes() + agenda_.bytes() + client_ids_.bytes() + owners_.bytes();
  for (const MarketState& state : markets_)
    total += sizeof state + state.book.bytes() + state.triggers.bytes();
  return total;
}

template <class Sink>
template <class Archive>
void BasicMatchingEngine<Sink>::serialize(Archive& archive) {
  serialize_rulebook(archive, rulebook_);
  std::uint64_t count = markets_.size();
  archive(count);
  for (std::uint64_t id = 0; id < count; ++id) {
    if constexpr (Archive::reading) {
      markets_.emplace_back(read_spec(archive));
    } else {
      serialize_spec(archive, markets_[id].spec);
    }
    this->serialize_market(archive, markets_[id]);
  }
  market_count_ = markets_.size();
  this->serialize_flow(archive);
  owners_.serialize(archive);
  archive(groups_used_);
  sink_.serialize(archive);
  archive(poison_);
}

template <class Sink>
std::vector<std::byte> BasicMatchingEngine<Sink>::snapshot() const {
  ArchiveWriter payload;
  const_cast<BasicMatchingEngine*>(this)->serialize(payload);  // a writer changes nothing
  return framed_snapshot(engine_snapshot_magic, payload.bytes);
}

template <class Sink>
std::unique_ptr<BasicMatchingEngine<Sink>> BasicMatchingEngine<Sink>::restore(
    std::span<const std::byte> bytes) {
  ArchiveReader payload(snapshot_payload(engine_snapshot_magic, bytes));
  std::unique_ptr<BasicMatchingEngine> engine(new BasicMatchingEngine());
  engine->serialize(payload);
  if (!payload.finished()) throw std::invalid_argument("snapshot: bytes to spare");
  return engine;
}

template <class Sink>
std::unique_ptr<BasicMatchingEngine<Sink>> BasicMatchingEngine<Sink>::branch() const {
  return std::unique_ptr<BasicMatchingEngine>(new BasicMatchingEngine(*this));
}

}  // namespace v1
}  // namespace delever
