"""What users do with their positions outside the book: margin added or removed, positions seeded.

This module owns the checks of these commands, in the order in which they are made. A check that
fails raises `Rejected` while nothing has changed yet.
"""

from __future__ import annotations

from . import balances, contracts, margin, modes, settlement
from .accounts import AMOUNT_MAX
from .commands import Command, RejectReason, Side, direction, opposite, require
from .events import EventKind
from .state import Position, VenueState
from .vocabulary import PositionSide


def adjust_margin(state: VenueState, command: Command) -> None:
    """Carry out AdjustMargin; a cross position has no margin of its own."""
    account = state.user(command.account)
    currency = state.known_instrument(command.instrument).spec.settle_currency
    leg = modes.asked_leg(account, command.side) if account.hedges else PositionSide.NET
    position = state.position(command.account, command.instrument, leg)
    amount = command.amount_atoms
    require(position.qty_lots != 0 and not position.cross, RejectReason.NO_POSITION)
    require(amount != 0 and abs(amount) <= AMOUNT_MAX, RejectReason.INVALID_AMOUNT)
    margin_after = position.margin_atoms + amount
    if amount > 0:
        covered = balances.covers(state, position, amount)
        require(covered, RejectReason.INSUFFICIENT_MARGIN)
        require(margin_after <= AMOUNT_MAX, RejectReason.INVALID_AMOUNT)
    else:
        covered = _margin_suffices(state, position, margin_after)
        require(covered, RejectReason.INSUFFICIENT_MARGIN)
        in_range = account.wallets[currency] - amount <= AMOUNT_MAX
        require(in_range, RejectReason.INVALID_AMOUNT)
    account.wallets[currency] -= amount
    position.margin_atoms = margin_after
    state.emit(
        EventKind.MARGIN_ADJUSTED,
        instrument=command.instrument,
        account=command.account,
        side=leg,
        amount_atoms=amount,
        other_amount=margin_after,
    )


def _margin_suffices(state: VenueState, position: Position, margin_atoms: int) -> bool:
    """Whether a position would still have its initial margin with another margin."""
    instrument = state.instruments[position.instrument]
    spec, mark = instrument.spec, instrument.mark_ticks
    open_interest = balances.open_interest_atoms(state, position.instrument)
    required = margin.position_initial(spec, position, mark, open_interest)
    equity = margin_atoms + margin.unrealised(spec, position, mark)
    return margin_atoms >= 0 and equity >= required


def seed_position(state: VenueState, command: Command) -> None:
    """Carry out SeedPosition: two accounts open against each other at a price, outside the book."""
    for account in (command.account, command.other_account):
        state.user(account)
    spec = state.known_instrument(command.instrument).spec
    require(command.side in (Side.BUY, Side.SELL), RejectReason.INVALID_ORDER)
    require(1 <= command.qty_lots <= spec.position_lots_max, RejectReason.INVALID_QTY)
    in_range = spec.price_ticks_min <= command.price_ticks <= spec.price_ticks_max
    require(in_range, RejectReason.INVALID_PRICE)
    side = Side(command.side)
    value = contracts.value(spec, command.price_ticks, command.qty_lots)
    parties = (
        (_seeded(state, command.account, command.instrument, side), side),
        (_seeded(state, command.other_account, command.instrument, opposite(side)), opposite(side)),
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
        cost = contracts.cost(spec, way, value)
        settlement.settle(state, position, way * command.qty_lots, cost, sequence)


def _seeded(state: VenueState, account: int, instrument: int, side: Side) -> Position:
    """Return the position that a seed opens: of a hedge, the leg of its direction."""
    leg = modes.leg_of(side) if state.accounts[account].hedges else PositionSide.NET
    return state.position(account, instrument, leg)


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
        tier = margin.tier_of(spec, contracts.value(spec, command.price_ticks, lots))
        require(position.leverage <= tier.leverage_max, RejectReason.LEVERAGE_ABOVE_TIER)
    for position, _ in parties:
        required = margin.initial(spec, value_atoms, command.qty_lots, leverage=position.leverage)
        covered = balances.covers(state, position, required)
        require(covered, RejectReason.INSUFFICIENT_MARGIN)
