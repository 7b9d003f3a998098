// The venue: the state machine that turns commands into events, and the only orchestrator of
// mutation.
//
// Owns instruments with their marks, accounts, positions, the insurance fund (account 0) and the
// event log; orders live in the OrderFlow it derives from and answers to. `apply` runs commands in
// order; time enters only through them; the same commands give the same events, byte for byte. A
// refused command is a CommandRejected event. A broken invariant poisons the venue: it refuses
// every further command with the message of the first.
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
#include "market/order_book.hpp"
#include "risk/account.hpp"
#include "risk/ledger.hpp"
#include "risk/liquidation.hpp"
#include "risk/liquidation_map.hpp"
#include "risk/margin.hpp"
#include "risk/position.hpp"
#include "risk/threshold.hpp"
#include "units/digest.hpp"
#include "units/huge_page_allocator.hpp"
#include "venue/command.hpp"
#include "venue/event.hpp"
#include "venue/event_log.hpp"
#include "venue/instrument_state.hpp"
#include "venue/order_flow.hpp"
#include "venue/reject.hpp"
#include "venue/rulebook.hpp"

namespace delever {
inline namespace v1 {

class Venue : public OrderFlow<Venue> {
 public:
  /// Throws std::invalid_argument with the complaint of the first unsound instrument.
  Venue(std::vector<InstrumentSpec> instruments, const Rulebook& rulebook,
        std::uint32_t retention = retain_all);

  void apply(std::span<const Command> commands);
  void apply(const Command& command);

  AccountId last_account() const { return static_cast<AccountId>(accounts_.size() - 1); }

  AccountId account_count() const { return static_cast<AccountId>(accounts_.size()); }
  const Account& account(AccountId id) const { return accounts_[id]; }
  const Position* position(AccountId account, InstrumentId instrument) const;
  std::span<const Account> accounts() const { return accounts_; }
  std::span<const Position> positions() const { return positions_; }

  std::size_t instrument_count() const { return instruments_.size(); }
  const InstrumentSpec& instrument(InstrumentId id) const { return instruments_[id].spec; }
  const MarketState& market(InstrumentId id) const { return instruments_[id]; }
  const OrderBook& book(InstrumentId id) const { return instruments_[id].book; }
  PriceTicks mark(InstrumentId id) const { return instruments_[id].mark; }
  PriceTicks index(InstrumentId id) const { return instruments_[id].index; }
  PriceTicks last_price(InstrumentId id) const { return instruments_[id].last; }

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
  friend class OrderFlow<Venue>;
  class Walk;

  Venue() = default;
  Venue(const Venue&) = default;

  // What the order flow asks its host. venue_hooks.cpp, or here where it is a line
  static constexpr bool has_positions = true;
  static constexpr bool knows(std::uint16_t) { return true; }
  static constexpr bool allows(std::uint8_t) { return true; }
  static constexpr bool is_owner(AccountId) { return true; }
  MarketState& market(InstrumentId id) { return instruments_[id]; }
  bool known_account(AccountId id) const {
    return id != insurance_fund_account && id < accounts_.size();
  }
  bool one_group(AccountId a, AccountId b) const {
    return !trade_groups_.empty() && in_one_group(a, b);
  }
  bool in_one_group(AccountId a, AccountId b) const;
  std::uint32_t owner_slot(AccountId account, InstrumentId instrument) {
    return require_position(account, instrument);
  }
  RejectReason check_cover(const Taker& taker, bool parks) const;
  RejectReason check_amended(const Order& order, std::int64_t price, std::int64_t lots,
                             bool is_parked) const;
  CancelReason rest_obstacle(const Taker& taker, std::int64_t price) const;
  bool covers(const Taker& taker, std::int64_t lots, std::int64_t price) const;
  bool can_move(const Order& order, std::int64_t from, std::int64_t to, std::int64_t lots) const;
  void hold(const Order& order, std::int64_t from_price, std::int64_t from_lots,
            std::int64_t to_price, std::int64_t to_lots);
  void link(std::uint32_t slot);
  void unlink(std::uint32_t slot);
  template <class Visitor>
  void visit_live(AccountId account, Visitor&& visit);
  Sequence emit(EventKind kind, const EventFields& fields);
  void before_time(const Command& command);
  void run_own_command(const Command& command);
  void reopened() { evaluate(); }

  // venue.cpp: helpers of all
  void prefetch_far(const Command& command) const;
  void prefetch_position(std::uint32_t position) const;
  void prefetch_position_only(std::uint32_t position) const;
  void prefetch_near(const Command& command) const;
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
  void set_trade_group(const Command& command);

  // venue_trading.cpp
  struct Booking {
    Money value;
    Money taker_fee;
    Money maker_fee;
  };
  std::int64_t reducible_lots(const Order& maker) const;
  std::int64_t closable_lots(std::uint32_t position, Side side) const;
  TakerClip clip_taker(const Taker& taker, std::int64_t price, std::int64_t lots) const;
  Booking book_fill(Taker& taker, const Order& maker, std::int64_t price, std::int64_t lots) const;
  Booking book_pair(const Order& buy, const Order& sell, std::int64_t price,
                    std::int64_t lots) const;
  void settle_fill(const Taker& taker, const Order& maker, std::int64_t lots,
                   const Booking& booking, Sequence fill);
  void settle_pair(const Order& buy, const Order& sell, std::int64_t lots, const Booking& booking,
                   Sequence fill);
  void settle_both(Position& own, Position& other, QtyLots change, const Booking& booking,
                   Sequence fill, bool keep_margin);
  void settle(Position& position, QtyLots change, Money value, Sequence cause, bool keep_margin);
  void close_part(Position& position, QtyLots change, Money value, Sequence cause,
                  bool keep_margin);
  void open_part(Position& position, QtyLots change, Money value);
  void charge_fee(Position& position, Money fee, Sequence cause);
  void debit(Position& position, Money amount, Sequence cause);
  void drop_stale_reduce_only(const Position& position, int sign_before, Sequence cause);

  // venue_points.cpp
  void update_price(const Command& command);
  void close_point();
  void offer_marks();
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

  std::vector<InstrumentState> instruments_;
  HugeVector<Account> accounts_;
  HugeVector<Position> positions_;
  std::vector<std::uint32_t> trade_groups_;  ///< by account; empty while none is set
  Ledger ledger_;
  Sequence next_sequence_ = 0;
  Digest digest_;
  bool point_open_ = false;
  std::vector<std::uint32_t> dirty_;
  std::string poison_;
  FreshOnCopy<EventLog> log_;
  bool tracing_ = false;
  std::vector<Event> trace_;
};

}  // namespace v1
}  // namespace delever

#include "venue/venue_hooks.hpp"
