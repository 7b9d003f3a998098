// Order books without accounts: the order flow of a venue, and nothing of money.
//
// The commands are a venue's, and so are the events and their digest; what needs an account is
// refused (reduce-only orders: InvalidOrder, close-position: InvalidTerms, deposits, leverage,
// positions, funding: UnknownCommand). An owner is any number, known by using it; 0 is anonymous:
// it trades with itself, and nobody's orders are not cancelled all at once (UnknownAccount). There
// are no fees, no margin and no limits on positions. Prices of the index and the mark only serve as
// references for triggers and bands.
//
// Owns the markets, the order flow's state and the events. Time enters only through commands; the
// same commands give the same events. A broken invariant poisons the engine: it refuses every
// further command with the message of the first. Cost and worst cases: order_flow.hpp's.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "units/inline.hpp"
#include "units/invariant.hpp"
#include "venue/event_stream.hpp"
#include "venue/order_flow.hpp"
#include "venue/owner_lists.hpp"

namespace delever {
inline namespace v1 {

class MatchingEngine : public OrderFlow<MatchingEngine> {
 public:
  /// Throws std::invalid_argument with the complaint of the first unsound instrument.
  MatchingEngine(std::vector<InstrumentSpec> instruments, const Rulebook& rulebook,
                 std::uint32_t retention = retain_all);

  void apply(std::span<const Command> commands);
  void apply(const Command& command);

  std::size_t instrument_count() const { return markets_.size(); }
  const InstrumentSpec& instrument(InstrumentId id) const { return markets_[id].spec; }
  const MarketState& market(InstrumentId id) const { return markets_[id]; }
  const OrderBook& book(InstrumentId id) const { return markets_[id].book; }
  PriceTicks mark(InstrumentId id) const { return markets_[id].mark; }
  PriceTicks index(InstrumentId id) const { return markets_[id].index; }
  PriceTicks last_price(InstrumentId id) const { return markets_[id].last; }

  EventLog& log() { return events_.log(); }
  const EventLog& log() const { return events_.log(); }
  void set_trace(bool on) { events_.set_trace(on); }
  std::span<const Event> trace() const { return events_.trace(); }
  void clear_trace() { events_.clear_trace(); }
  std::uint64_t digest() const { return events_.digest(); }
  Sequence next_sequence() const { return events_.next_sequence(); }
  std::int64_t command_count() const { return command_count_; }
  /// Empty, or why the engine refuses commands.
  const std::string& poisoned() const { return poison_; }
  /// Memory of orders, books and owners; the event log's is its own.
  std::size_t bytes() const;

  std::vector<std::byte> snapshot() const;
  /// Throws std::invalid_argument where the bytes are not a whole snapshot of this layout.
  static std::unique_ptr<MatchingEngine> restore(std::span<const std::byte> bytes);
  /// A copy that continues on its own, with an empty log.
  std::unique_ptr<MatchingEngine> branch() const;

 private:
  friend class OrderFlow<MatchingEngine>;

  MatchingEngine() = default;
  MatchingEngine(const MatchingEngine&) = default;

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
  std::uint32_t owner_slot(AccountId account, InstrumentId) {
    return is_owner(account) ? owners_.require(account) : 0;
  }
  DELEVER_INLINE Sequence emit(EventKind kind, const EventFields& fields) {
    return events_.emit(kind, fields, time_, command_count_);
  }
  void link(std::uint32_t slot) {
    const Order& order = orders_[slot];
    if (is_owner(order.account)) owners_.link(orders_, slot, order_position(order));
  }
  void unlink(std::uint32_t slot) {
    const Order& order = orders_[slot];
    if (is_owner(order.account)) owners_.unlink(orders_, slot, order_position(order));
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
    static std::int64_t clip(const MatchingEngine&, const Taker&, const Order&, std::int64_t lots) {
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
  void run_own_command(const Command& command);

  void refuse_if_poisoned() const;
  [[noreturn]] void poison(const InvariantViolation& violation);
  void update_price(const Command& command);
  void set_trade_group(const Command& command);
  void prefetch_far(const Command& command) const;
  void prefetch_near(const Command& command) const;

  template <class Archive>
  void serialize(Archive& archive);

  std::vector<MarketState> markets_;
  OwnerLists owners_;
  bool groups_used_ = false;
  EventStream events_;
  std::string poison_;
};

extern template class OrderFlow<MatchingEngine>;

}  // namespace v1
}  // namespace delever
