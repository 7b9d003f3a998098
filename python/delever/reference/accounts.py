"""What users do with their accounts: pay in and out, set leverage and margin, seed positions.

This module owns the checks of these commands, in the order in which they are made. A check that
fails raises `Rejected` while nothing has changed yet.
"""

from __future__ import annotations

from . import margin, settlement
from .commands import (
    Command,
    RejectReason,
    Side,
    direction,
    opposite,
    require,
)
from .events import EventKind
from .state import Account, InstrumentState, Position, VenueState

AMOUNT_MAX = 1 << 60
GROUP_MAX = (1 << 31) - 1


def open_account(state: VenueState, command: Command) -> None:
    """Carry out OpenAccount."""
    amount = command.amount_atoms
    require(0 <= amount <= AMOUNT_MAX, RejectReason.INVALID_AMOUNT)
    state.accounts.append(Account(wallet_atoms=amount))
    state.net_deposits_atoms += amount
    new_account = len(state.accounts) - 1
    state.emit(EventKind.ACCOUNT_OPENED, account=new_account, amount_atoms=amount)


def deposit(state: VenueState, command: Command) -> None:
    """Carry out Deposit."""
    account = state.user(command.account)
    amount = command.amount_atoms
    require(amount > 0, RejectReason.INVALID_AMOUNT)
    require(account.wallet_atoms + amount <= AMOUNT_MAX, RejectReason.INVALID_AMOUNT)
    account.wallet_atoms += amount
    state.net_deposits_atoms += amount
    state.emit(EventKind.DEPOSITED, account=command.account, amount_atoms=amount)


def withdraw(state: VenueState, command: Command) -> None:
    """Carry out Withdraw."""
    account = state.user(command.account)
    amount = command.amount_atoms
    require(amount > 0, RejectReason.INVALID_AMOUNT)
    require(amount <= account.available_atoms, RejectReason.INSUFFICIENT_BALANCE)
    account.wallet_atoms -= amount
    state.net_deposits_atoms -= amount
    state.emit(EventKind.WITHDRAWN, account=command.account, amount_atoms=amount)


def fund_insurance(state: VenueState, command: Command) -> None:
    """Carry out FundInsurance."""
    amount = command.amount_atoms
    require(0 < amount <= AMOUNT_MAX, RejectReason.INVALID_AMOUNT)
    require(state.fund.wallet_atoms + amount <= AMOUNT_MAX, RejectReason.INVALID_AMOUNT)
    state.fund.wallet_atoms += amount
    state.net_deposits_atoms += amount
    state.emit(EventKind.INSURANCE_FUNDED, amount_atoms=amount)


def set_leverage(state: VenueState, command: Command) -> None:
    """Carry out SetLeverage."""
    state.user(command.account)
    instrument = state.known_instrument(command.instrument)
    position = state.position(command.account, command.instrument)
    spec = instrument.spec
    leverage = command.qty_lots
    require(1 <= leverage <= spec.tiers[0].leverage_max, RejectReason.INVALID_LEVERAGE)
    resting = position.open_buy_lots + position.open_sell_lots + position.reduce_only_orders
    require(resting == 0, RejectReason.OPEN_ORDERS_EXIST)
    if position.qty_lots != 0:
        require(leverage >= position.leverage, RejectReason.LEVERAGE_BELOW_POSITION)
        # Without a mark the notional counts as 0, which is the first tier.
        tier = margin.tier_of(spec, margin.notional(spec, position, instrument.mark_ticks))
        require(leverage <= tier.leverage_max, RejectReason.LEVERAGE_ABOVE_TIER)
    position.leverage = leverage
    state.emit(
        EventKind.LEVERAGE_CHANGED,
        instrument=command.instrument,
        account=command.account,
        qty_lots=leverage,
    )


def adjust_margin(state: VenueState, command: Command) -> None:
    """Carry out AdjustMargin."""
    account = state.user(command.account)
    instrument = state.known_instrument(command.instrument)
    position = state.position(command.account, command.instrument)
    amount = command.amount_atoms
    require(position.qty_lots != 0, RejectReason.NO_POSITION)
    require(amount != 0 and abs(amount) <= AMOUNT_MAX, RejectReason.INVALID_AMOUNT)
    margin_after = position.margin_atoms + amount
    if amount > 0:
        require(amount <= account.available_atoms, RejectReason.INSUFFICIENT_MARGIN)
        require(margin_after <= AMOUNT_MAX, RejectReason.INVALID_AMOUNT)
    else:
        covered = _margin_suffices(instrument, position, margin_after)
        require(covered, RejectReason.INSUFFICIENT_MARGIN)
        require(account.wallet_atoms - amount <= AMOUNT_MAX, RejectReason.INVALID_AMOUNT)
    account.wallet_atoms -= amount
    position.margin_atoms = margin_after
    state.emit(
        EventKind.MARGIN_ADJUSTED,
        instrument=command.instrument,
        account=command.account,
        amount_atoms=amount,
        other_amount=margin_after,
    )


def _margin_suffices(instrument: InstrumentState, position: Position, margin_atoms: int) -> bool:
    """Whether a position would still have its initial margin with another margin."""
    spec, mark = instrument.spec, instrument.mark_ticks
    if mark == 0:
        return margin_atoms >= margin.initial(abs(position.cost_atoms), position.leverage)
    equity = margin_atoms + margin.unrealised(spec, position, mark)
    required = margin.initial(margin.notional(spec, position, mark), position.leverage)
    return margin_atoms >= 0 and equity >= required


def seed_position(state: VenueState, command: Command) -> None:
    """Carry out SeedPosition: two accounts open against each other at a price, outside the book."""
    for account in (command.account, command.other_account):
        state.user(account)
    spec = state.known_instrument(command.instrument).spec
    require(command.side in (Side.BUY, Side.SELL), RejectReason.INVALID_ORDER)
    require(1 <= command.qty_lots <= spec.position_lots_max, RejectReason.INVALID_QTY)
    require(1 <= command.price_ticks <= spec.price_ticks_max, RejectReason.INVALID_PRICE)
    side = Side(command.side)
    value = margin.value(spec, command.price_ticks, command.qty_lots)
    parties = (
        (state.position(command.account, command.instrument), side),
        (state.position(command.other_account, command.instrument), opposite(side)),
    )
    _check_seed(state, command, parties, value)
    sequence = state.emit(
        EventKind.POSITION_SEEDED,
        instrument=command.instrument,
        account=command.account,
        side=side,
        price_ticks=command.price_ticks,
        qty_lots=command.qty_lots,
        amount_atoms=value,
        other_account=command.other_account,
    )
    for position, own_side in parties:
        way = direction(own_side)
        settlement.settle(state, position, way * command.qty_lots, way * value, sequence)


def _check_seed(
    state: VenueState,
    command: Command,
    parties: tuple[tuple[Position, Side], tuple[Position, Side]],
    value_atoms: int,
) -> None:
    """Check a seeded position; every check is made for both parties before the next one."""
    spec = state.instruments[command.instrument].spec
    require(command.account != command.other_account, RejectReason.SEED_WOULD_REDUCE)
    for position, side in parties:
        require(position.reducible_lots(side) == 0, RejectReason.SEED_WOULD_REDUCE)
    for position, side in parties:
        held = position.qty_lots * direction(side)
        exposure = held + position.open_lots(side) + command.qty_lots
        require(exposure <= spec.position_lots_max, RejectReason.POSITION_LIMIT)
    for position, _ in parties:
        lots = abs(position.qty_lots) + command.qty_lots
        tier = margin.tier_of(spec, margin.value(spec, command.price_ticks, lots))
        require(position.leverage <= tier.leverage_max, RejectReason.LEVERAGE_ABOVE_TIER)
    for position, _ in parties:
        required = margin.initial(value_atoms, position.leverage)
        available = state.accounts[position.account].available_atoms
        require(required <= available, RejectReason.INSUFFICIENT_MARGIN)


def set_trade_group(state: VenueState, command: Command) -> None:
    """Carry out SetTradeGroup: accounts of one group count as one where self-trades are kept."""
    account = state.user(command.account)
    require(0 <= command.amount_atoms <= GROUP_MAX, RejectReason.INVALID_AMOUNT)
    account.trade_group = command.amount_atoms
    state.emit(
        EventKind.TRADE_GROUP_SET, account=command.account, amount_atoms=command.amount_atoms
    )
