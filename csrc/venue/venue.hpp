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
//
// Cross-margined positions share a pool, found from the account; a pool is asked when a guard of it
// is crossed, when something has touched it, or, while it is hot, at every point. A venue of one
// currency in which no position was ever cross-margined (`plain_`) pays one branch for all of it.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "market/instrument.hpp"
#include "market/order_book.hpp"
#include "risk/account.hpp"
#include "risk/certificate.hpp"
#include "risk/fund_peak.hpp"
#include "risk/ledger.hpp"
#include "risk/liquidation.hpp"
#include "risk/liquidation_agenda.hpp"
#include "risk/liquidation_map.hpp"
#include "risk/margin.hpp"
#include "risk/margin_terms.hpp"
#include "risk/pool.hpp"
#include "risk/position.hpp"
#include "risk/ranking.hpp"
#include "risk/threshold.hpp"
#include "units/digest.hpp"
#include "units/huge_page_allocator.hpp"
#include "venue/command.hpp"
#include "venue/event.hpp"
#include "venue/event_log.hpp"
#include "venue/instrument_state.hpp"
#include "venue/liquidation_advisor.hpp"
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
  /// nullptr where the account has never had this leg.
  const Position* position(AccountId account, InstrumentId instrument,
                           PositionLeg leg = net_leg) const;
  std::span<const Account> accounts() const { return accounts_; }
  std::span<const Position> positions() const { return positions_; }
  std::span<const Pool> pools() const { return pools_; }
  /// What the pools have cost so far: questions asked, guards set; and how many are hot now.
  std::array<std::uint64_t, 3> pool_work() const {
    return {pool_questions_, guard_moves_, hot_pools_.size()};
  }

  std::size_t currency_count() const { return collaterals_.size(); }
  Balance balance(AccountId account, std::size_t currency) const;
  /// Index price of a currency in its ticks; 0: unknown.
  PriceTicks collateral_price(std::size_t currency) const { return collaterals_[currency].price; }

  std::size_t instrument_count() const { return instruments_.size(); }
  const InstrumentSpec& instrument(InstrumentId id) const { return instruments_[id].spec; }
  const MarketState& market(InstrumentId id) const { return instruments_[id]; }
  const OrderBook& book(InstrumentId id) const { return instruments_[id].book; }
  PriceTicks mark(InstrumentId id) const { return instruments_[id].mark; }
  PriceTicks index(InstrumentId id) const { return instruments_[id].index; }
  PriceTicks last_price(InstrumentId id) const { return instruments_[id].last; }
  /// The rate last settled or due next, when it is, the interval, and the rate samples make now.
  std::array<std::int64_t, 4> funding(InstrumentId id) const;

  /// The threshold tick of the account's position; never_ticks where no mark liquidates it.
  std::int64_t liquidation_price(AccountId account, InstrumentId instrument,
                                 PositionLeg leg = net_leg) const;
  /// Who a mark of `price` would liquidate at once, in the order of a round; changes nothing.
  std::vector<Breach> breaches_at(InstrumentId instrument, PriceTicks price) const;
  /// The bankruptcy price in ticks; never_ticks without a position.
  std::int64_t bankruptcy_price(AccountId account, InstrumentId instrument,
                                PositionLeg leg = net_leg) const;

  /// The terms behind both; of a cross-margined position prices that hold while others stay.
  MarginTerms margin_terms(AccountId account, InstrumentId instrument,
                           PositionLeg leg = net_leg) const;
  /// What waits at which mark, in no order: isolated positions by their thresholds, and with
  /// `conditional` cross-margined ones by the price at which their pool would be breached.
  std::vector<LiquidationLevel> liquidation_levels(InstrumentId instrument, bool conditional) const;

  EventLog& log() { return log_.value; }
  const EventLog& log() const { return log_.value; }
  void set_trace(bool on) { tracing_ = on; }
  std::span<const Event> trace() const { return trace_; }
  void clear_trace() { trace_.clear(); }
  std::uint64_t digest() const { return digest_.value(); }
  Sequence next_sequence() const { return next_sequence_; }
  std::int64_t command_count() const { return command_count_; }
  /// Fees, dust and net deposits of a currency, in atoms, 128 bits wide.
  const Ledger& ledger(std::size_t currency = 0) const { return ledgers_[currency]; }

  /// The first broken identity, or an empty string. Visits everything.
  std::string audit() const;
  /// Sets all thresholds anew, guards of pools with random budgets (0: the usual ones); no event
  /// depends on it.
  void rebuild_guards(std::uint64_t seed);
  /// Empty, or why the venue refuses commands.
  const std::string& poisoned() const { return poison_; }

  /// Who answers where the procedure asks the user; kept by branches, not by snapshots.
  void set_advisor(std::shared_ptr<LiquidationAdvisor> advisor) { advisor_ = std::move(advisor); }

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
  bool takes_position_side(const Command& command) const;
  std::uint8_t order_flags(const Command& command) const;
  std::uint32_t owner_slot(const Command& command) {
    return require_position(command.account, command.instrument,
                            static_cast<PositionLeg>(command.other_account));
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
  void time_advanced();
  bool in_liquidation(const Command& command) const {
    return !liquidations_.empty() && refuses_orders(command.account, command.instrument);
  }

  // venue.cpp: helpers of all
  void apply_alone(const Command& command);
  bool asks_user() const { return advisor_ != nullptr && rulebook_.procedure.asks(); }
  void apply_rehearsed(std::span<const Command> commands);  // venue_rehearsal.cpp
  void prefetch_far(const Command& command) const;
  void prefetch_position(std::uint32_t position) const;
  void prefetch_position_only(std::uint32_t position) const;
  void prefetch_near(const Command& command) const;
  bool known_instrument(InstrumentId id) const { return id < instruments_.size(); }
  std::uint32_t find_position(AccountId account, InstrumentId instrument,
                              PositionLeg leg = net_leg) const;
  std::uint32_t require_position(AccountId account, InstrumentId instrument,
                                 PositionLeg leg = net_leg);
  std::uint32_t create_position(AccountId account, InstrumentId instrument, PositionLeg leg);
  template <class Visitor>
  void visit_legs(AccountId account, InstrumentId instrument, Visitor&& visit);
  std::uint32_t index_of(const Position& position) const {
    return static_cast<std::uint32_t>(&position - positions_.data());
  }
  void mark_dirty(Position& position);

  // venue_balances.cpp
  void open_account(const Command& command);
  void deposit(const Command& command);
  void withdraw(const Command& command);
  void fund_insurance(const Command& command);
  void transfer(const Command& command);
  void update_collateral(const Command& command);
  void update_collaterals();
  bool known_currency(std::size_t currency) const { return currency < currency_count(); }
  Money& wallet_of(AccountId account, std::size_t currency) {
    return currency == 0 ? accounts_[account].wallet : other_balance(account, currency).wallet;
  }
  Money& reserved_of(AccountId account, std::size_t currency) {
    return currency == 0 ? accounts_[account].reserved : other_balance(account, currency).reserved;
  }
  Balance& other_balance(AccountId account, std::size_t currency) {
    return balances_[std::size_t{account} * (currency_count() - 1) + currency - 1];
  }
  std::size_t currency_of(const Position& position) const {
    return instruments_[position.instrument].spec.settle_currency;
  }
  CollateralRate rate_of(std::size_t currency) const;
  Int128 free_of(AccountId account, std::size_t currency) const;
  Cover withdrawal_cover(AccountId account, std::size_t currency) const;
  Cover cover_of(const Position& position) const;
  bool fits(const Position& position, Money need) const;
  Money open_interest(const InstrumentState& state) const;
  Money need_of(const Position& position, std::int64_t price, std::int64_t lots, int way) const;

  // venue_accounts.cpp
  void require_legs(AccountId account, InstrumentId instrument);
  void set_leverage(const Command& command);
  RejectReason check_leverage(const Position& position, std::int64_t leverage) const;
  void set_margin_mode(const Command& command);
  void set_position_mode(const Command& command);
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
  void cover_loss(const Position& position, Money loss, Sequence cause);
  void drop_stale_reduce_only(const Position& position, int sign_before, Sequence cause);

  // venue_points.cpp
  void update_price(const Command& command);
  void close_point();
  void offer_marks();
  void evaluate();
  void unwind_fund();
  void unwind_position(InstrumentId id);

  // venue_marks.cpp
  void update_source(const Command& command);
  void sample_mark(const Command& command);
  void join_point(InstrumentState& state);
  void update_mark(InstrumentId id);
  void refresh_index(InstrumentState& state) const;
  void sample_basis(InstrumentState& state) const;
  void take_basis(InstrumentState& state, std::int64_t half_ticks, TimeNs held) const;
  bool mark_stands(const InstrumentState& state) const;
  MarkPrice mark_by_rule(const InstrumentState& state) const;
  std::int64_t banded_mark(const InstrumentState& state) const;
  std::optional<std::int64_t> book_median(const InstrumentState& state) const;
  std::int64_t median_of_venues(const InstrumentState& state) const;
  void sample_premium(InstrumentState& state) const;
  std::int64_t own_rate(const InstrumentState& state) const;

  // venue_pools.cpp
  Pool* find_pool(AccountId account, std::size_t currency);
  void require_pool(const Position& position);
  void touch_pool(AccountId account, std::size_t currency);
  void touch_pool(std::uint32_t at);
  void wallet_fell(AccountId account, std::size_t currency) {
    if (!plain_) [[unlikely]]
      touch_pool(account, currency);
  }
  bool is_member(const Pool& pool, const Position& position) const;
  /// As it stands, or as it would if the mark of `moved` were `to`.
  PoolStanding standing_of(const Pool& pool, InstrumentId moved = every_instrument,
                           PriceTicks to = {}) const;
  Int128 settled_equity(const Pool& pool, std::size_t currency) const;
  bool is_asked(const Pool& pool) const;

  // venue_guards.cpp
  LiquidationMap& map_of(const PoolGuard& guard);
  void refresh_guards();
  void guard_both_sides(Position& position);
  std::uint32_t new_guard(const PoolGuard& guard);
  void place_guard(std::uint32_t at, const GuardTicks& ticks);
  void drop_guard(std::uint32_t at);
  void drop_pool_guards(Pool& pool);
  bool any_crossed() const;
  bool two_sided_crossed() const;
  void collect_breaches(std::vector<Breach>& breaches);
  void collect_position(const InstrumentState& state, std::uint32_t at,
                        std::vector<Breach>& breaches);
  void collect_two_sided(LiquidationMap& map, std::int64_t price, std::vector<Breach>& breaches);
  void collect_pools(std::vector<Breach>& breaches);
  void ask_pool(std::uint32_t at, std::vector<Breach>& breaches);
  void guard_pool(std::uint32_t at, const PoolStanding& standing);
  void make_hot(std::uint32_t at);
  std::int64_t crossed_tick(const Baskets::Basket& basket) const;

  // venue_guard_plans.cpp
  bool split_coordinates(const Pool& pool);
  bool plan_guards(const Pool& pool, Int128 spare);
  bool plan_ticks(const Pool& pool, Int128 spare);
  bool plan_baskets(const Pool& pool, Int128 spare);
  void find_exposures();
  bool plan_fence(const Pool& pool, const BasketExposure& exposure);
  bool plan_share(const Pool& pool, const BasketShare& share, Int128 budget);
  std::int64_t coordinate_price(const PoolCoordinate& one) const;
  std::uint64_t weight_of(const Pool& pool, const PoolCoordinate& one) const;
  SafeRun run_of(const PoolCoordinate& one, Int128 budget) const;
  GuardTicks ticks_around(const PoolCoordinate& one, const SafeRun& run) const;

  // venue_pool_liquidation.cpp
  void liquidate_pool(const Breach& breach, std::vector<PendingDeleveraging>& queue);
  std::vector<std::uint32_t> ordered_members(const Pool& pool) const;
  Sequence start_pool_liquidation(const Pool& pool, const PoolStanding& standing);
  void cancel_pool_orders(const Pool& pool, Sequence cause);
  PriceTicks pool_limit(const Pool& pool, const Position& position) const;
  bool step_members(const Pool& pool, const std::vector<std::uint32_t>& members,
                    LiquidationRun& run);
  void close_member(Position& position, std::int64_t lots, LiquidationRun& run);
  void finish_pool(const Pool& pool, const LiquidationRun& run);
  std::vector<PendingDeleveraging> shared_out(const Pool& pool,
                                              const std::vector<std::uint32_t>& members,
                                              Sequence cause) const;
  void leave_pool(const Pool& pool, const std::vector<std::uint32_t>& members, bool by_tier,
                  LiquidationRun& run, std::vector<PendingDeleveraging>& queue);
  void pass_on(const Pool& pool, const std::vector<std::uint32_t>& members, bool is_vault,
               Sequence cause, std::vector<PendingDeleveraging>& queue);
  bool fund_can_take_pool(const Pool& pool, const std::vector<std::uint32_t>& members) const;
  void finish_member(Position& position, const PendingDeleveraging& pending, Money gained = {});
  void seize_collateral(const Pool& pool, const std::array<bool, currencies_max>& kept,
                        bool only_positive, Sequence cause);
  void cover_pool(const Pool& pool, Sequence cause);

  // venue_liquidation.cpp
  void liquidate(const Breach& breach, std::vector<PendingDeleveraging>& queue);
  void close_off_book(Position& position, Sequence start, std::vector<PendingDeleveraging>& queue);
  Sequence start_liquidation(const Position& position);
  bool step_position(Position& position, std::int64_t lots, LiquidationRun& run);
  void release(Position& position, LiquidationRun& run);
  void finish_position(const Position& position, const LiquidationRun& run, Money returned);
  void leave_position(Position& position, bool by_tier, LiquidationRun& run,
                      std::vector<PendingDeleveraging>& queue);
  void take_over(Position& position, QtyLots qty, Money cost, PriceTicks price, Sequence cause);
  void clear_position(Position& position);

  // venue_liquidation_steps.cpp
  UnitStanding unit_of(const Position& position) const;
  StepSize next_step(const Position& position, const LiquidationRun& run) const;
  bool heals(const Position& position, std::int64_t lots) const;
  Int128 worth_of_change(const Position& position, Int128 change) const;
  bool breaches(const Position& position, const UnitStanding& unit) const;
  LiquidationStep send_step(Position& position, std::int64_t lots, LiquidationRun& run);
  PriceTicks close_limit(const Position& position) const;
  PriceTicks fillable_price(const Position& position) const;
  Money liquidation_fee(const Position& position, const UnitStanding& before, Money filled) const;
  void emit_stepped(const Position& position, const LiquidationRun& run,
                    const LiquidationStep& step);
  AfterStep after_step(const UnitStanding& unit, bool by_tier) const;
  bool goes_to_vault(const UnitStanding& unit) const;

  // venue_liquidation_agenda.cpp
  bool refuses_orders(AccountId account, InstrumentId instrument) const;
  LiquidationRun take_run(const LiquidationKey& key);
  void put_off(const LiquidationKey& key, LiquidationRun& run);
  void set_staged(const LiquidationKey& key, bool is_staged);
  Position* staged_position(const LiquidationKey& key);
  void stop_healed();
  void collect_steps(std::vector<Breach>& breaches);
  bool waits(const LiquidationRun& run, const UnitStanding& unit) const;

  // venue_last_resort.cpp
  Int128 fund_equity(std::size_t currency) const;
  void sample_fund();
  bool fund_refuses(std::size_t currency) const;
  bool fund_can_take(const Position& position) const;
  bool fund_can_bear(std::size_t currency, Int128 equity) const;
  bool is_socialised() const { return rulebook_.deleveraging && rulebook_.procedure.socialises(); }
  void share_loss(std::size_t currency, Int128 loss, Sequence cause);
  std::vector<LossPayer> payers_of(std::size_t currency) const;
  void pay_share(Position& position, Money share, Sequence cause);
  void close_session(const Command& command);

  // venue_deleveraging.cpp
  void deleverage(const std::vector<PendingDeleveraging>& queue);
  void deleverage_one(const PendingDeleveraging& pending, RankedSide& side);
  std::vector<LotShare> lots_of(RankedSide& side, std::int64_t lots) const;
  void spread_lots(const RankedSide& side, std::int64_t lots, std::vector<LotShare>& plan) const;
  PriceTicks deleveraging_mark(const InstrumentState& state, PriceTicks bankruptcy) const;
  void deleverage_against(Position& candidate, const PendingDeleveraging& pending, QtyLots take,
                          Money value, PriceTicks price);
  RankedSide rank_opposite(const PendingDeleveraging& pending) const;
  void add_advised(AdvisedPositions& advised, const Position& position) const;
  void ask_scores(RankedSide& side) const;
  Int128 score_of(const Position& position) const;
  Candidate candidate_of(const Position& position) const;
  bool has_queued_leg(const Position& position) const;

  // venue_prices.cpp
  const Pool* pool_of(const Position& position) const;
  bool is_separable(const Position& position) const;
  Position opposite_leg(const Position& position) const;
  std::int64_t conditional_price(const Position& position) const;
  std::int64_t searched_price(const Pool& pool, const Position& position) const;
  void add_isolated_terms(const Position& position, MarginTerms& terms) const;
  void add_pool_terms(const Position& position, MarginTerms& terms) const;
  void add_waiting_levels(const InstrumentState& state,
                          std::vector<LiquidationLevel>& levels) const;

  // venue_funding.cpp
  void settle_funding(const Command& command);
  void settle_own_funding(const Command& command);
  void settle_rate(InstrumentId id, std::int64_t rate_e8);
  bool adapt_interval(InstrumentState& state, std::int64_t rate_e8) const;
  Money pay_funding(Position& position, std::int64_t rate_e8);
  void take_funding(Position& position, Money size);

  // audit.cpp
  std::string audit_reserves() const;
  std::string audit_positions() const;
  std::string audit_pools() const;
  std::string audit_money() const;

  // snapshot.cpp
  template <class Archive>
  void serialize(Archive& archive);

  std::vector<InstrumentState> instruments_;
  HugeVector<Account> accounts_;
  HugeVector<Position> positions_;
  std::vector<std::uint32_t> trade_groups_;  ///< by account; empty while none is set
  std::vector<Balance> balances_;            ///< by account, then currency from 1 on
  std::array<Ledger, currencies_max> ledgers_{};
  std::vector<CollateralState> collaterals_;  ///< by currency; 0: the valuation currency
  std::vector<Pool> pools_;
  std::vector<std::uint32_t> dirty_pools_;  ///< to be asked at the next point
  std::vector<std::uint32_t> hot_pools_;
  std::vector<PoolGuard> guards_;  ///< of pools, and of isolated positions under step tiers
  std::uint32_t free_guard_ = no_index;
  Baskets baskets_;
  GuardPlan plan_;
  std::uint64_t guard_seed_ = 0;  ///< 0: budgets by exposure
  std::uint64_t pool_questions_ = 0;
  std::uint64_t guard_moves_ = 0;
  bool plain_ = true;  ///< one currency, and no position was ever cross-margined
  Sequence next_sequence_ = 0;
  Digest digest_;
  bool point_open_ = false;
  std::vector<std::uint32_t> dirty_;
  LiquidationAgenda liquidations_;
  std::array<FundPeak, currencies_max> fund_peaks_{};
  std::shared_ptr<LiquidationAdvisor> advisor_;
  std::string poison_;
  FreshOnCopy<EventLog> log_;
  bool tracing_ = false;
  std::vector<Event> trace_;
};

}  // namespace v1
}  // namespace delever

#include "venue/venue_hooks.hpp"
