#include "venue/venue.hpp"

#include <stdexcept>

#include "units/invariant.hpp"

namespace delever {
inline namespace v1 {

Venue::Venue(std::vector<InstrumentSpec> instruments, const Rulebook& rulebook,
             std::uint32_t retention) {
  rulebook_ = rulebook;
  log_.value.set_retention(retention);
  if (instruments.empty()) throw std::invalid_argument("a venue needs at least one instrument");
  const std::string unsound = rulebook.validate();
  if (!unsound.empty()) throw std::invalid_argument(unsound);
  for (const Currency& currency : rulebook.currencies) collaterals_.emplace_back(currency);
  plain_ = currency_count() == 1;
  accounts_.emplace_back();
  balances_.resize(currency_count() - 1);
  instruments_.reserve(instruments.size());
  for (InstrumentSpec& spec : instruments) {
    const std::string complaint = spec.validate();
    if (!complaint.empty()) throw std::invalid_argument(complaint);
    if (!known_currency(spec.settle_currency))
      throw std::invalid_argument("instrument '" + spec.symbol + "': settle_currency is " +
                                  std::to_string(spec.settle_currency) + "; the rulebook has " +
                                  std::to_string(currency_count()) + " currencies");
    const std::string unfit = rulebook.prices.validate_for(spec);
    if (!unfit.empty()) throw std::invalid_argument(unfit);
    instruments_.emplace_back(std::move(spec));
    instruments_.back().prices.funding_interval = rulebook.funding_interval;
    instruments_.back().basis = BasisAverage(rulebook.basis_samples);
    require_position(insurance_fund_account, static_cast<InstrumentId>(instruments_.size() - 1));
  }
}

namespace {

// Far enough ahead to hide a miss, near enough to stay in the first cache.
constexpr std::size_t far_ahead = 16;
constexpr std::size_t near_ahead = 8;
constexpr std::size_t links_ahead = 4;  ///< of an account's positions, one for each command

// Starts loading a record that will be written; a hint, so compilers without it lose nothing but
// time.
template <class Record>
void prefetch_record(const Record& record) {
#if defined(__GNUC__)
  __builtin_prefetch(&record, 1);
#else
  static_cast<void>(record);
#endif
}

// Walks the positions of the accounts that are about to be asked, one link a command: the first is
// on its way (`near_ahead`), and a cross-margined account is asked for all of them.
class PositionWarmer {
 public:
  void step(std::size_t at, std::uint32_t first, std::span<const Position> positions) {
    ahead_[at % near_ahead] = first;
    for (std::size_t link = 1; link <= links_ahead; ++link) {
      std::uint32_t& one = ahead_[(at + near_ahead - link) % near_ahead];
      if (one != no_index) one = positions[one].next;
      if (one != no_index) prefetch_record(positions[one]);
    }
  }
  PositionWarmer() { ahead_.fill(no_index); }

 private:
  std::array<std::uint32_t, near_ahead> ahead_;
};

}  // namespace

void Venue::apply(std::span<const Command> commands) {
  if (asks_user()) [[unlikely]]
    return apply_rehearsed(commands);
  PositionWarmer warmer;
  for (std::size_t at = 0; at < commands.size(); ++at) {
    if (at + far_ahead < commands.size()) prefetch_far(commands[at + far_ahead]);
    if (at + near_ahead < commands.size()) {
      const Command& near = commands[at + near_ahead];
      prefetch_near(near);
      if (instruments_.size() > 1 && near.account < accounts_.size()) {
        const Account& account = accounts_[near.account];
        if (account.pools != 0) prefetch_record(pools_[account.pools - 1]);
        warmer.step(at, account.first_position, positions_);
      }
    }
    apply_alone(commands[at]);
  }
}

void Venue::apply(const Command& command) {
  if (asks_user()) [[unlikely]]
    return apply_rehearsed({&command, 1});
  apply_alone(command);
}

void Venue::apply_alone(const Command& command) {
  if (!poison_.empty()) [[unlikely]]
    throw InvariantViolation(poison_);
  try {
    run(command);
    ++command_count_;
  } catch (const InvariantViolation& violation) {
    poison_ = std::string(violation.what()) + " at event " + std::to_string(next_sequence_) +
              ", command " + std::to_string(command_count_);
    throw InvariantViolation(poison_);
  }
}

// A held point belongs to the time before this command.
void Venue::before_time(const Command& command) {
  const auto kind = static_cast<CommandKind>(command.kind);
  const bool is_price = kind == CommandKind::UpdateIndex || kind == CommandKind::SetMark ||
                        kind == CommandKind::UpdateCollateral ||
                        kind == CommandKind::UpdateSource || kind == CommandKind::SampleMark;
  if (!point_open_ || (is_price && command.time_ns <= time_.value)) return;
  close_point();
  if (watchers_ != 0 || !triggered_.empty()) run_down();
}

void Venue::run_own_command(const Command& command) {
  switch (static_cast<CommandKind>(command.kind)) {
    case CommandKind::OpenAccount: return open_account(command);
    case CommandKind::Deposit: return deposit(command);
    case CommandKind::Withdraw: return withdraw(command);
    case CommandKind::FundInsurance: return fund_insurance(command);
    case CommandKind::SetLeverage: return set_leverage(command);
    case CommandKind::AdjustMargin: return adjust_margin(command);
    case CommandKind::SeedPosition: return seed_position(command);
    case CommandKind::UpdateIndex:
    case CommandKind::SetMark: return update_price(command);
    case CommandKind::SettleFunding: return settle_funding(command);
    case CommandKind::SetTradeGroup: return set_trade_group(command);
    case CommandKind::SetMarginMode: return set_margin_mode(command);
    case CommandKind::SetPositionMode: return set_position_mode(command);
    case CommandKind::Transfer: return transfer(command);
    case CommandKind::UpdateCollateral: return update_collateral(command);
    case CommandKind::CloseSession: return close_session(command);
    case CommandKind::UpdateSource: return update_source(command);
    case CommandKind::SampleMark: return sample_mark(command);
    case CommandKind::SettleOwnFunding: return settle_own_funding(command);
    default: DELEVER_INVARIANT(!"a kind of command that nobody carries out");
  }
}

Sequence Venue::emit(EventKind kind, const EventFields& fields) {
  const Sequence sequence = next_sequence_++;
  const Event event{{
      sequence,
      time_.value,
      command_count_,
      fields.cause,
      static_cast<std::int64_t>(kind),
      fields.instrument,
      fields.account,
      static_cast<std::int64_t>(fields.order_id),
      fields.side,
      fields.price,
      fields.qty,
      fields.amount,
      fields.other_account,
      fields.other_order,
      fields.other_amount,
      fields.reason,
  }};
  digest_.add(event.words);
  log_.value.append(event);
  if (tracing_) [[unlikely]]
    trace_.push_back(event);
  return sequence;
}

void Venue::prefetch_far(const Command& command) const {
  if (command.account < accounts_.size()) prefetch_record(accounts_[command.account]);
  if (command.order_id != no_order) orders_.prefetch(command.order_id);
}

void Venue::prefetch_near(const Command& command) const {
  if (command.account >= accounts_.size()) return;
  const std::uint32_t first = accounts_[command.account].first_position;
  if (first != no_index) prefetch_record(positions_[first]);
  const std::uint32_t slot = order_slot(command.order_id);
  if (command.order_id == no_order || slot >= orders_.slots()) return;
  const Order& order = orders_[slot];
  if (order.fifo_previous != no_index) orders_.prefetch_slot(order.fifo_previous);
  if (order.fifo_next != no_index) orders_.prefetch_slot(order.fifo_next);
  orders_.prefetch_links(slot);
}

void Venue::prefetch_position_only(std::uint32_t position) const {
  prefetch_record(positions_[position]);
}

void Venue::prefetch_position(std::uint32_t position) const {
  prefetch_record(positions_[position]);
  prefetch_record(accounts_[positions_[position].account]);
}

std::uint32_t Venue::find_position(AccountId account, InstrumentId instrument,
                                   PositionLeg leg) const {
  std::uint32_t at = accounts_[account].first_position;
  while (at != no_index && (positions_[at].instrument != instrument || positions_[at].leg != leg))
    at = positions_[at].next;
  return at;
}

std::uint32_t Venue::require_position(AccountId account, InstrumentId instrument, PositionLeg leg) {
  const std::uint32_t found = find_position(account, instrument, leg);
  return found != no_index ? found : create_position(account, instrument, leg);
}

// Leverage and margin mode are those of the account's other legs, if there are any.
std::uint32_t Venue::create_position(AccountId account, InstrumentId instrument, PositionLeg leg) {
  const auto created = static_cast<std::uint32_t>(positions_.size());
  Position fresh;
  fresh.account = account;
  fresh.instrument = instrument;
  fresh.leg = leg;
  fresh.leverage = static_cast<std::uint16_t>(instruments_[instrument].spec.leverage_default);
  fresh.cross =
      account != insurance_fund_account && rulebook_.margin_mode_default == MarginMode::Cross;
  visit_legs(account, instrument, [&](const Position& other) {
    fresh.leverage = other.leverage;
    fresh.cross = other.cross;
  });
  fresh.next = accounts_[account].first_position;
  positions_.push_back(fresh);
  accounts_[account].first_position = created;
  if (fresh.cross) require_pool(fresh);
  return created;
}

void Venue::mark_dirty(Position& position) {
  if (position.cross) [[unlikely]]
    return touch_pool(position.account, currency_of(position));
  if (position.dirty || position.account == insurance_fund_account) return;
  position.dirty = true;
  dirty_.push_back(index_of(position));
}

const Position* Venue::position(AccountId account, InstrumentId instrument, PositionLeg leg) const {
  if (account >= accounts_.size()) return nullptr;
  const std::uint32_t at = find_position(account, instrument, leg);
  return at == no_index ? nullptr : &positions_[at];
}

}  // namespace v1
}  // namespace delever
