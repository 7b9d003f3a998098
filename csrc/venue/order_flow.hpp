// The life of orders, from a command to the last of their events: one code for venues with accounts
// and without.
//
// Owns the order records, their terms, client ids, expiries, terms on their way, and the orders
// that have triggered and wait for their turn. A Host derives from OrderFlow<Host> and answers what
// depends on who owns an order: whether it is covered, what it may still trade, what a trade does
// to its owner. The calls are direct and inline; there is no virtual function. The definitions are
// split by idea: order_entry, order_checks, order_matching, order_sharing, order_feasibility,
// order_resting, order_amend, order_triggers, order_pegs and trading_phases (.hpp).
//
// Between commands no order is taking and nothing waits in `triggered_`. Every check runs before
// the first change, so a refused command leaves orders, books and owners as they were.
//
// Cost: a command without terms, in a continuous market where nothing is pegged or watches quotes,
// pays one predictable branch for each of these features. Worst case: a command may trigger every
// pending order, each of which is a taker of its own; re-pricing visits every pegged order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "market/auction.hpp"
#include "market/expiry_agenda.hpp"
#include "market/matching.hpp"
#include "market/order_pool.hpp"
#include "market/order_terms.hpp"
#include "units/inline.hpp"
#include "units/quantity.hpp"
#include "venue/attached_terms.hpp"
#include "venue/client_ids.hpp"
#include "venue/command.hpp"
#include "venue/event.hpp"
#include "venue/market_state.hpp"
#include "venue/plain_lane.hpp"
#include "venue/reject.hpp"
#include "venue/rulebook.hpp"

namespace delever {
inline namespace v1 {

/// Which of an owner's live orders to cancel, and what the events say.
struct CancelFilter {
  InstrumentId instrument = every_instrument;
  Side side = Side::None;             ///< None: both
  bool only_reduce_only = false;      ///< resting and parked ones that are reduce-only
  std::uint32_t position = no_index;  ///< only this leg's
  CancelReason reason = CancelReason::None;
  Sequence cause = no_cause;
  std::int64_t price_low = 0;   ///< 0: no bound
  std::int64_t price_high = 0;  ///< 0: no bound
};

/// What matching would give a taker.
struct Foreseen {
  std::int64_t lots = 0;
  std::int64_t last_ticks = 0;  ///< price of the last trade
  Int128 cost = 0;              ///< ticks x lots
};

struct OrderFlowCounts;

template <class Host>
class OrderFlow {
 public:
  /// With more slots than these, orders and books start over when the last order is gone.
  static constexpr std::uint32_t slots_kept = 1024;

  OrderId last_order() const { return last_order_; }
  RejectReason last_rejection() const { return last_rejection_; }
  const OrderPool& orders() const { return orders_; }
  const Rulebook& rulebook() const { return rulebook_; }
  TimeNs time() const { return time_; }

  /// The price of a live order: of one that does not rest its limit, or 0 where it has none.
  std::int64_t price_of(const Order& order) const {
    if (order.rests()) return host().market(order.instrument).book.price_of(order);
    return has_terms(order) ? terms_[order_terms(order)].limit_ticks : 0;
  }
  /// The terms of a live order; nullptr for a plain one.
  const OrderTerms* terms_of(const Order& order) const {
    return has_terms(order) ? &terms_[order_terms(order)] : nullptr;
  }
  /// Open lots, what an iceberg does not show included.
  std::int64_t whole_open(const Order& order) const {
    return order.open_lots + (has_terms(order) ? terms_[order_terms(order)].hidden_rest_lots : 0);
  }
  OrderStage stage_of(const Order& order) const {
    if (order.rests()) return OrderStage::Resting;
    return has_terms(order) ? terms_[order_terms(order)].stage : OrderStage::Taking;
  }
  TradingPhase phase(InstrumentId id) const { return host().market(id).phase; }
  /// The trigger price of a pending order as things stand; 0: none yet, or not pending.
  std::int64_t trigger_of(std::uint32_t slot) const {
    const Order& order = orders_[slot];
    if (stage_of(order) != OrderStage::Pending) return 0;
    return host().market(order.instrument).triggers.trigger_of(orders_, slot);
  }
  /// What an uncross would do now; 0 and 0 where nothing crosses.
  AuctionResult indicative(InstrumentId id) const;

 protected:
  /// The position of the order's owner; 0 where it has none.
  std::uint32_t order_position(const Order& order) const {
    return host().is_owner(order.account) ? orders_.links(orders_.slot_of(order)).position : 0;
  }
  /// Of an order that has terms.
  std::uint32_t order_terms(const Order& order) const {
    return orders_.links(orders_.slot_of(order)).terms;
  }

  Host& host() { return static_cast<Host&>(*this); }
  const Host& host() const { return static_cast<const Host&>(*this); }

  // here: one command
  void run(const Command& command);
  void run_any(const Command& command);
  bool run_order_command(const Command& command);
  void take_attached(const Command& command);
  void refuse_unread(const Command& command, RejectReason reason);
  void run_down();
  void expire_orders();
  void reject(const Command& command, RejectReason reason);
  void start_over();
  void start_over_if_empty() {
    if (orders_.live() == 0 && orders_.slots() > slots_kept) [[unlikely]]
      start_over();
  }

  // plain_orders.hpp
  bool run_plainly(const Command& command)
    requires(!Host::has_positions);
  bool aim_lane(const Command& command)
    requires(!Host::has_positions);
  bool place_plainly(const Command& command)
    requires(!Host::has_positions);
  bool is_new_name(const Command& command) const;
  void name_order(const Command& command, std::uint32_t slot);
  void take_plainly(const Command& command, OrderId id, std::uint32_t position)
    requires(!Host::has_positions);
  TakerStop match_plainly(Taker& taker, MarketState& state)
    requires(!Host::has_positions);
  TakerStop meet_apart(Taker& taker, std::uint32_t slot, std::int64_t price);
  bool cancel_plainly(const Command& command)
    requires(!Host::has_positions);
  OrderId named_order(const Command& command) const;
  void end_plainly(std::uint32_t slot)
    requires(!Host::has_positions);

  // order_entry.hpp
  void attach_term(const Command& command);
  void place_order(const Command& command);
  void replace_order(const Command& command);
  void enter_order(const Command& command);
  void enter_with_terms(const Command& command, Taker& taker);
  Taker taker_of(const Command& command) const;
  OrderTerms entering_terms(const Command& command) const;
  void accept_order(Taker& taker, const OrderTerms* terms, std::int64_t price,
                    std::int64_t trigger);
  Order& write_order(const Taker& taker);
  void take_or_rest(Taker& taker);
  CancelReason rest_taker(Taker& taker);
  void print_trade(const Command& command);

  // order_checks.hpp
  RejectReason check_shape(const Command& command, std::uint32_t replaced) const;
  RejectReason check_terms(const Command& command, const MarketState& state) const;
  bool sound_trigger(const MarketState& state) const;
  bool sound_peg(const Command& command, const MarketState& state) const;
  RejectReason check_phase(const Command& command, const MarketState& state) const;
  RejectReason check_running(Taker& taker, const OrderTerms* terms);
  RejectReason check_prices(Taker& taker, const MarketState& state, bool banded) const;
  bool check_feasible(Taker& taker, const OrderTerms* terms) const;
  std::int64_t market_limit(const MarketState& state, Side side) const;
  std::int64_t protected_limit(const MarketState& state, Side side, std::int64_t distance) const;
  bool in_band(const MarketState& state, Side side, std::int64_t limit) const;
  SelfTrade self_trade_mode(std::uint8_t flags) const {
    const SelfTrade mode = self_trade_of(flags);
    return mode == SelfTrade::ByRule ? rulebook_.self_trade : mode;
  }

  // order_matching.hpp
  TakerStop match(Taker& taker);
  TakerStop match_oddly(Taker& taker);
  /// What a walk over odd makers has left behind for good.
  struct Passed {
    bool unpriced = false;
    std::int64_t level_ticks = -1;
  };
  std::uint32_t next_maker(const Taker& taker, Passed& passed, std::int64_t& price) const;
  bool meet(Taker& taker, std::uint32_t slot, std::int64_t price, TakerStop& stop);
  bool meet_own(Taker& taker, std::uint32_t slot, TakerStop& stop);
  bool are_one(AccountId taker, AccountId maker) const {
    return taker == maker ? host().is_owner(taker) : host().one_group(taker, maker);
  }
  std::int64_t unpriced_trade_price(const Taker& taker, const MarketState& state) const;
  bool minimum_unmet(const Order& maker, std::int64_t taker_open) const;
  void decrement(Taker& taker, std::uint32_t slot, std::int64_t lots);
  void trade(Taker& taker, std::uint32_t slot, std::int64_t price, std::int64_t lots);
  void shrink_maker(std::uint32_t slot, std::int64_t lots, Sequence cause);

  // order_sharing.hpp: icebergs that show their next part at the end of the taker
  struct Share {
    enum class Deed : std::uint8_t { Fill, Decrement, CancelOwn };
    OrderId order = no_order;
    Deed deed = Deed::Fill;
    std::int64_t lots = 0;
    std::int64_t hidden = 0;  ///< what it does not show, when the round was planned
  };
  bool shares_at(const MarketState& state, Side side, std::int64_t price) const;
  bool match_rounds(Taker& taker, std::int64_t price, TakerStop& stop);
  TakerStop plan_round(const Taker& taker, std::uint32_t first);
  void share_hidden(std::int64_t left);
  bool execute_share(Taker& taker, const Share& share, std::int64_t price, bool& acted,
                     TakerStop& stop);
  void refresh_icebergs();

  // order_feasibility.hpp
  bool feasible(const Taker& taker, const OrderTerms* terms, std::int64_t target) const;
  Foreseen foresee(const Taker& taker, std::int64_t target, std::uint32_t own_group) const;
  struct Foresight;
  bool foresee_level(const Taker& taker, std::uint32_t slot, std::int64_t price,
                     Foresight& run) const;
  bool foresee_order(const Taker& taker, std::uint32_t slot, std::int64_t price,
                     std::int64_t shown_lots, Foresight& run) const;

  // order_resting.hpp
  std::int64_t reserve_price(const Order& order) const;
  std::int64_t shown_price(const Order& order) const;
  void rest_order(std::uint32_t slot, std::int64_t price, std::int64_t lots);
  void rest_with_terms(std::uint32_t slot, std::int64_t price, std::int64_t lots);
  void enter_book(std::uint32_t slot, std::int64_t price);
  void leave_book(std::uint32_t slot);
  bool is_odd(const MarketState& state, std::int64_t price, const OrderTerms& terms) const;
  std::int64_t unpriced_reserve(const Taker& taker) const;
  std::int64_t make_unpriced(const Taker& taker, std::int64_t reserve_ticks);
  std::uint32_t require_terms(Order& order);
  void set_order_terms(std::uint32_t slot, std::uint32_t terms);
  void take_off_book(std::uint32_t slot);
  void shrink_resting(std::uint32_t slot, std::int64_t lots);
  void shrink_shown_first(std::uint32_t slot, std::int64_t lots);
  void shrink_rest_first(std::uint32_t slot, std::int64_t lots);
  void change_rest(std::uint32_t slot, std::int64_t by);
  void replenish(std::uint32_t slot, Sequence cause);
  void emit_replenished(std::uint32_t slot, Sequence cause);
  void finish_order(std::uint32_t slot);
  void forget_terms(std::uint32_t slot);
  void cancel_live(std::uint32_t slot, CancelReason reason, Sequence cause,
                   std::int64_t amount = 0);
  void cancel_taker(const Taker& taker, CancelReason reason);
  void end_order(std::uint32_t slot, std::int64_t price, CancelReason reason, Sequence cause,
                 std::int64_t amount);
  void leave_waiting(std::uint32_t slot);
  bool is_meant(std::uint32_t slot, const CancelFilter& filter) const;
  std::int64_t cancel_matching(AccountId account, const CancelFilter& filter);
  void cancel_siblings(std::uint32_t slot, AccountId account, InstrumentId instrument,
                       std::uint32_t group, Sequence cause);
  std::uint32_t oco_group_of(const Order& order) const {
    return has_terms(order) ? terms_[order_terms(order)].oco_group : 0;
  }
  void link_order(std::uint32_t slot);
  void cancel_order(const Command& command);
  void cancel_all(const Command& command);
  std::uint32_t live_order_of(const Command& command) const;

  // order_amend.hpp
  struct Amendment {
    std::uint32_t slot = no_index;
    std::int64_t price = 0;  ///< as given: 0 keeps
    std::int64_t lots = 0;   ///< the new whole open
  };
  void amend_order(const Command& command);
  RejectReason check_amend_shape(const Command& command, Amendment& change) const;
  bool sound_amend_terms(const Order& order, const Amendment& change) const;
  void amend_resting(const Command& command, const Amendment& change);
  bool amends_in_place(const Order& order, const Amendment& change) const;
  bool has_own_price(const Order& order) const;
  void set_minimum(std::uint32_t slot);
  void amend_to_tail(const Command& command, const Amendment& change);
  void amend_pegged(const Command& command, const Amendment& change);
  void amend_pending(const Amendment& change);
  Sequence emit_amended(std::uint32_t slot, std::int64_t price);
  void resize_in_place(std::uint32_t slot, std::int64_t lots);
  void resize_parked(std::uint32_t slot, std::int64_t lots);

  // order_triggers.hpp
  std::int64_t reference_of(const MarketState& state, TriggerFeed feed) const;
  Trigger trigger_words(Side side, const OrderTerms& terms) const;
  void resolve_trigger(OrderTerms& terms, Side side) const;
  void enter_pending(const Command& command, Taker& taker, OrderTerms& terms);
  Sequence emit_triggered(std::uint32_t slot, std::int64_t trigger, std::int64_t reference,
                          Sequence cause);
  void collect_triggered(InstrumentId id, TriggerFeed feed, std::int64_t reference, Sequence cause);
  bool collect_quotes();
  void queue_hits(std::int64_t buy_reference, std::int64_t sell_reference, Sequence cause);
  void drain_triggered();
  void run_triggered(std::uint32_t slot, Sequence cause);

  // order_pegs.hpp
  std::int64_t static_best(const MarketState& state, Side side) const;
  std::int64_t peg_price(const MarketState& state, Side side, const OrderTerms& terms,
                         std::int64_t bid, std::int64_t ask) const;
  void enter_pegged(const Command& command, Taker& taker, const OrderTerms& terms);
  void reprice_pegs();
  void reprice_instrument(InstrumentId id);
  void move_peg(std::uint32_t slot, std::int64_t price);

  // trading_phases.hpp
  void change_phase(const Command& command);
  AuctionResult auction_of(const MarketState& state, std::int64_t reference) const;
  AuctionResult uncross(InstrumentId id, std::int64_t reference, OrderId (&partly)[2]);
  std::uint32_t first_priced(const MarketState& state, Side side) const;
  std::int64_t uncross_pair(std::uint32_t buy, std::uint32_t sell, std::int64_t price,
                            std::int64_t lots);
  void trade_pair(std::uint32_t buy, std::uint32_t sell, std::int64_t price, std::int64_t lots);
  void shrink_uncrossed(std::uint32_t slot, std::int64_t lots);
  void cancel_auction_orders(InstrumentId id);
  void show_fresh_peak(OrderId id, Sequence cause);

  // order_audit.hpp
  std::string audit_orders() const;
  std::string audit_order(std::uint32_t slot, OrderFlowCounts& counts) const;
  std::string audit_market(InstrumentId id, const OrderFlowCounts& counts) const;
  std::string audit_level(const OrderBook& book, const PriceLevel& level, Side side,
                          std::uint64_t& resting) const;

  // order_archive.hpp
  template <class Archive>
  void serialize_market(Archive& archive, MarketState& state);
  template <class Archive>
  void serialize_flow(Archive& archive);

  /// An order that has triggered and waits to run.
  struct TriggeredRun {
    OrderId order = no_order;
    Sequence cause = no_cause;
  };

  Rulebook rulebook_;
  OrderPool orders_;
  OrderTermsPool terms_;
  ExpiryAgenda agenda_;
  ClientIds client_ids_;
  PlainLane lane_;              ///< closed while a command goes the general way, and after it
  AttachedTerms attached_;      ///< wait for the next command
  AttachedTerms given_;         ///< those of the command that runs
  std::uint32_t watchers_ = 0;  ///< live orders that are pegged or wait for a quote
  TimeNs time_;
  std::int64_t command_count_ = 0;
  OrderId last_order_ = no_order;
  RejectReason last_rejection_ = RejectReason::None;
  std::vector<TriggeredRun> triggered_;
  std::vector<TriggeredOrder> hits_;       ///< what a price has just set off
  std::vector<OrderId> hit_orders_;        ///< their ids
  std::vector<Share> shares_;              ///< the round that is being planned
  std::vector<TriggeredRun> unrefreshed_;  ///< icebergs a taker has met, by their last fills
};

// ---- one command

template <class Host>
DELEVER_INLINE void OrderFlow<Host>::run(const Command& command) {
  last_rejection_ = RejectReason::None;
  if constexpr (!Host::has_positions) {
    if (run_plainly(command)) [[likely]]
      return;
  }
  run_any(command);
}

// The general way: every kind of command, in every state.
template <class Host>
DELEVER_OUTLINE void OrderFlow<Host>::run_any(const Command& command) {
  lane_ = {};
  if (attached_.any()) [[unlikely]]
    take_attached(command);
  if (command.kind == 0 || command.kind > command_kind_max || !Host::knows(command.kind))
      [[unlikely]]
    return refuse_unread(command, RejectReason::UnknownCommand);
  if (command.time_ns < time_.value) [[unlikely]]
    return refuse_unread(command, RejectReason::TimeReversed);
  host().before_time(command);
  time_ = TimeNs{command.time_ns};
  if (agenda_.next_ns() <= time_.value) [[unlikely]]
    expire_orders();
  if (!run_order_command(command)) host().run_own_command(command);
  if (watchers_ != 0 || !triggered_.empty()) [[unlikely]]
    run_down();
  if (given_.any()) [[unlikely]]
    given_ = {};
  start_over_if_empty();
}

// Nothing lives: lets go of the memory of what did.
template <class Host>
DELEVER_OUTLINE void OrderFlow<Host>::start_over() {
  orders_.start_over();
  terms_ = {};
  client_ids_ = {};
  for (std::size_t id = 0; id < host().instrument_count(); ++id)
    host().market(static_cast<InstrumentId>(id)).book.start_over();
}

template <class Host>
DELEVER_INLINE bool OrderFlow<Host>::run_order_command(const Command& command) {
  switch (static_cast<CommandKind>(command.kind)) {
    case CommandKind::PlaceOrder: place_order(command); return true;
    case CommandKind::CancelOrder: cancel_order(command); return true;
    case CommandKind::AmendOrder: amend_order(command); return true;
    case CommandKind::CancelAll: cancel_all(command); return true;
    case CommandKind::ReplaceOrder: replace_order(command); return true;
    case CommandKind::AttachTerm: attach_term(command); return true;
    case CommandKind::ChangePhase: change_phase(command); return true;
    case CommandKind::PrintTrade: print_trade(command); return true;
    case CommandKind::AdvanceTime: host().time_advanced(); return true;
    default: return false;
  }
}

// Hands the terms that wait to the command that ends the waiting.
template <class Host>
void OrderFlow<Host>::take_attached(const Command& command) {
  const auto kind = static_cast<CommandKind>(command.kind);
  if (kind == CommandKind::AttachTerm) return;
  const bool takes_terms = kind == CommandKind::PlaceOrder || kind == CommandKind::ReplaceOrder ||
                           kind == CommandKind::AmendOrder;
  if (takes_terms && (attached_.refused != 0 || attached_.account == command.account))
    given_ = attached_;
  attached_ = {};
}

template <class Host>
void OrderFlow<Host>::refuse_unread(const Command& command, RejectReason reason) {
  given_ = {};
  reject(command, reason);
}

template <class Host>
void OrderFlow<Host>::run_down() {
  do {
    drain_triggered();
  } while (watchers_ != 0 && collect_quotes());
  if (watchers_ != 0) reprice_pegs();
}

template <class Host>
void OrderFlow<Host>::expire_orders() {
  for (std::uint32_t slot = agenda_.pop_due(time_.value); slot != no_index;
       slot = agenda_.pop_due(time_.value)) {
    terms_[order_terms(orders_[slot])].agenda_node = no_index;
    cancel_live(slot, CancelReason::Expired, no_cause);
  }
}

template <class Host>
void OrderFlow<Host>::reject(const Command& command, RejectReason reason) {
  last_rejection_ = reason;
  const bool attaches = command.kind == static_cast<std::uint16_t>(CommandKind::AttachTerm);
  if (attaches) {
    attached_ = {};
    attached_.refused = 1;
  }
  host().emit(EventKind::CommandRejected, {.instrument = command.instrument,
                                           .account = command.account,
                                           .order_id = command.order_id,
                                           .amount = command.kind,
                                           .reason = static_cast<std::int64_t>(reason)});
}

}  // namespace v1
}  // namespace delever

#include "venue/order_amend.hpp"
#include "venue/order_audit.hpp"
#include "venue/order_checks.hpp"
#include "venue/order_entry.hpp"
#include "venue/order_feasibility.hpp"
#include "venue/order_matching.hpp"
#include "venue/order_pegs.hpp"
#include "venue/order_resting.hpp"
#include "venue/order_sharing.hpp"
#include "venue/order_triggers.hpp"
#include "venue/plain_orders.hpp"
#include "venue/trading_phases.hpp"
