// The venue: the state machine that turns commands into events, and the only orchestrator of
// mutation.
//
// Owns instruments with their books and marks, accounts, positions, live orders, the insurance fund
// (account 0) and the event log. `apply` runs commands in order; time enters only through them; the
// same commands give the same events, byte for byte. A refused command is a CommandRejected event.
// A broken invariant poisons the venue: it refuses every further command with the message of the
// first.
//
// Thresholds are kept lazily: a trade marks the position dirty, and the liquidation map is brought
// up to date once, at the next evaluation point. A point that crosses nothing costs O(instruments);
// one that crosses k thresholds costs O(k) evaluations whatever the number of accounts. Worst case:
// deleveraging ranks every position of the instrument once a round; funding visits every account.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "market/instrument.hpp"
#include "market/mark_price.hpp"
#include "market/matching.hpp"
#include "market/order_book.hpp"
#include "market/order_pool.hpp"
#include "risk/account.hpp"
#include "risk/ledger.hpp"
#include "risk/liquidation.hpp"
#include "risk/liquidation_map.hpp"
#include "risk/margin.hpp"
#include "risk/position.hpp"
#include "units/digest.hpp"
#include "units/huge_page_allocator.hpp"
#include "venue/client_ids.hpp"
#include "venue/command.hpp"
#include "venue/event.hpp"
#include "venue/event_log.hpp"
#include "venue/instrument_state.hpp"
#include "venue/reject.hpp"
#include "venue/rulebook.hpp"

namespace delever {
inline namespace v1 {

class Venue {
 public:
  /// Throws std::invalid_argument with the complaint of the first unsound instrument.
  Venue(std::vector<InstrumentSpec> instruments, const Rulebook& rulebook,
        std::uint32_t retention = retain_all);

  void apply(std::span<const Command> commands);
  void apply(const Command& command);

  OrderId last_order() const { return last_order_; }
  RejectReason last_rejection() const { return last_rejection_; }
  AccountId last_account() const { return static_cast<AccountId>(accounts_.size() - 1); }

  AccountId account_count() const { return static_cast<AccountId>(accounts_.size()); }
  const Account& account(AccountId id) const { return accounts_[id]; }
  const Position* position(AccountId account, InstrumentId instrument) const;
  std::span<const Account> accounts() const { return accounts_; }
  std::span<const Position> positions() const { return positions_; }

  std::size_t instrument_count() const { return instruments_.size(); }
  const InstrumentSpec& instrument(InstrumentId id) const { return instruments_[id].spec; }
  const OrderBook& book(InstrumentId id) const { return instruments_[id].book; }
  const OrderPool& orders() const { return orders_; }
  PriceTicks mark(InstrumentId id) const { return instruments_[id].mark; }
  PriceTicks index(InstrumentId id) const { return instruments_[id].index; }
  PriceTicks last_price(InstrumentId id) const { return instruments_[id].last; }
  const Rulebook& rulebook() const { return rulebook_; }

  /// The threshold tick of the account's position; never_ticks where no mark liquidates it.
  std::int64_t liquidation_price(AccountId account, InstrumentId instrument) const;
  /// Who a mark of `price` would liquidate at once, in the order of a round; changes nothing.
  std::vector<Breach> breaches_at(InstrumentId instrument, PriceTicks price) const;
  /// The bankruptcy price in ticks; never_ticks without a position.
  std::int64_t bankruptcy_price(AccountId account, InstrumentId instrument) const;

  EventLog& log() { return log_.value; }
  const EventLog& log() const { return log_.value; }
  void set_trace(bool on) { tracing_ = on; }
  std::span<const Event> trace() const { return trace_; }
  void clear_trace() { trace_.clear(); }
  std::uint64_t digest() const { return digest_.value(); }
  TimeNs time() const { return time_; }
  Sequence next_sequence() const { return next_sequence_; }
  std::int64_t command_count() const { return command_count_; }
  /// Fees, dust and net deposits, in atoms, 128 bits wide.
  const Ledger& ledger() const { return ledger_; }

  /// The first broken identity, or an empty string. Visits everything.
  std::string audit() const;
  /// Empty, or why the venue refuses commands.
  const std::string& poisoned() const { return poison_; }

  std::vector<std::byte> snapshot() const;
  /// Throws std::invalid_argument where the bytes are not a whole snapshot of this layout.
  static std::unique_ptr<Venue> restore(std::span<const std::byte> bytes);
  /// A copy that continues on its own, with an empty log.
  std::unique_ptr<Venue> branch() const;

 private:
  friend struct TradeGate;
  struct EventFields;
  struct CancelFilter;

  Venue() = default;
  Venue(const Venue&) = default;

  // venue.cpp: dispatch and events
  void run(const Command& command);
  void dispatch(const Command& command);
  Sequence emit(EventKind kind, const EventFields& fields);
  void reject(const Command& command, RejectReason reason);
  void prefetch_far(const Command& command) const;
  void prefetch_position(std::uint32_t position) const;
  void prefetch_position_only(std::uint32_t position) const;
  void prefetch_near(const Command& command) const;
  bool known_account(AccountId id) const;
  bool known_instrument(InstrumentId id) const { return id < instruments_.size(); }
  std::uint32_t find_position(AccountId account, InstrumentId instrument) const;
  std::uint32_t require_position(AccountId account, InstrumentId instrument);
  void mark_dirty(Position& position);

  // venue_accounts.cpp
  void open_account(const Command& command);
  void deposit(const Command& command);
  void withdraw(const Command& command);
  void fund_insurance(const Command& command);
  void set_leverage(const Command& command);
  void adjust_margin(const Command& command);
  RejectReason check_margin_removal(const Position& position, Money removed) const;
  void seed_position(const Command& command);
  RejectReason check_seed(const Command& command);

  // venue_orders.cpp
  void place_order(const Command& command);
  RejectReason check_shape(const Command& command) const;
  RejectReason check_cover(const Command& command, const Position& position,
                           std::int64_t limit_ticks) const;
  RejectReason check_new_order(const Command& command, const Position& position,
                               std::int64_t limit_ticks) const;
  std::int64_t market_limit(const InstrumentState& state, Side side) const;
  void accept_order(Taker& taker, std::int64_t client_id);
  void take_or_rest(Taker& taker, bool may_rest);
  CancelReason rest_obstacle(const Taker& taker) const;
  void cancel_order(const Command& command);
  void amend_order(const Command& command);
  RejectReason check_amend(const Order& order, std::int64_t price, std::int64_t lots) const;
  void cancel_all(const Command& command);
  std::uint32_t live_order_of(const Command& command) const;

  // venue_resting.cpp
  void hold_reserve(const Order& order, Position& position, std::int64_t before,
                    std::int64_t after);
  void rest_order(std::uint32_t slot, std::int64_t lots);
  void take_off_book(std::uint32_t slot);
  void shrink_resting(std::uint32_t slot, std::int64_t lots);
  void finish_order(std::uint32_t slot);
  void cancel_live(std::uint32_t slot, CancelReason reason, Sequence cause);
  std::int64_t cancel_matching(AccountId account, const CancelFilter& filter);
  void link_order(std::uint32_t slot);
  void unlink_order(std::uint32_t slot);

  // venue_trading.cpp
  std::int64_t reducible_lots(const Order& maker) const;
  TakerClip clip_taker(const Taker& taker, std::int64_t price, std::int64_t lots) const;
  void trade(Taker& taker, std::uint32_t slot, std::int64_t price, std::int64_t lots);
  void shrink_maker(std::uint32_t slot, std::int64_t lots);
  void settle(Position& position, QtyLots change, Money value, Sequence cause, bool keep_margin);
  void close_part(Position& position, QtyLots change, Money value, Sequence cause,
                  bool keep_margin);
  void open_part(Position& position, QtyLots change, Money value);
  void charge_fee(Position& position, Money fee, Sequence cause);
  void debit(Position& position, Money amount, Sequence cause);
  bool fillable_whole(const Taker& taker, bool is_market) const;
  void drop_stale_reduce_only(const Position& position, int sign_before, Sequence cause);

  // venue_points.cpp
  void update_price(const Command& command);
  void close_point();
  void update_mark(InstrumentId id);
  void evaluate();
  bool any_crossed() const;
  void refresh_guards();
  std::vector<Breach> collect_breaches();
  void unwind_fund();
  void unwind_position(InstrumentId id);

  // venue_liquidation.cpp
  void liquidate(const Breach& breach, std::vector<PendingDeleveraging>& queue);
  Taker close_in_book(const Position& position, PriceTicks limit, Sequence cause);
  void settle_liquidation(Position& position, const LiquidationResult& result);
  bool fund_can_take(const Position& position) const;
  void take_over(Position& position, QtyLots qty, Money cost, PriceTicks price, Sequence cause);
  void clear_position(Position& position);

  // venue_deleveraging.cpp
  void deleverage(const std::vector<PendingDeleveraging>& queue);
  void deleverage_one(const PendingDeleveraging& pending, Ranking& ranking);
  void deleverage_against(Position& candidate, const PendingDeleveraging& pending, QtyLots take,
                          Money value, PriceTicks price);
  Ranking rank_opposite(InstrumentId instrument, int bankrupt_sign) const;

  // venue_funding.cpp
  void settle_funding(const Command& command);
  Money pay_funding(Position& position, std::int64_t rate_e8);

  template <class Archive>
  void serialize(Archive& archive);
  void rebuild_guards();

  Rulebook rulebook_;
  std::vector<InstrumentState> instruments_;
  HugeVector<Account> accounts_;
  HugeVector<Position> positions_;
  OrderPool orders_;
  ClientIds client_ids_;
  Ledger ledger_;
  TimeNs time_;
  std::int64_t command_count_ = 0;
  Sequence next_sequence_ = 0;
  Digest digest_;
  bool point_open_ = false;
  std::vector<std::uint32_t> dirty_;
  OrderId last_order_ = no_order;
  RejectReason last_rejection_ = RejectReason::None;
  std::string poison_;
  FreshOnCopy<EventLog> log_;
  bool tracing_ = false;
  std::vector<Event> trace_;
};

/// Bit of Order::flags, beside the user's: the order is in its account's list.
constexpr std::uint8_t order_linked = hold_point;

/// The position an order belongs to; the venue keeps it in the order's owner word.
inline std::uint32_t order_position(const Order& order) {
  return static_cast<std::uint32_t>(order.owner_word);
}

/// An event's words but those that `emit` fills in; what an event does not use stays 0.
struct Venue::EventFields {
  Sequence cause = no_cause;
  std::int64_t instrument = 0;
  std::int64_t account = 0;
  std::uint64_t order_id = 0;
  std::int64_t side = 0;
  std::int64_t price = 0;
  std::int64_t qty = 0;
  std::int64_t amount = 0;
  std::int64_t other_account = 0;
  std::int64_t other_order = 0;
  std::int64_t other_amount = 0;
  std::int64_t reason = 0;
};

/// Which of an account's resting orders to cancel, and what the events say.
struct Venue::CancelFilter {
  InstrumentId instrument = every_instrument;
  Side side = Side::None;  ///< None: both
  bool only_reduce_only = false;
  CancelReason reason = CancelReason::None;
  Sequence cause = no_cause;
};

}  // namespace v1
}  // namespace delever
