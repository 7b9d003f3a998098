"""How an account trades an instrument: leverage, isolated or cross margin, one way or hedged.

This module owns the checks of these commands, in the order in which they are made. Leverage and
margin mode belong to an account and an instrument, and are the same for all legs; they keep still
while orders rest that were margined by them. Modes change only while nothing is open.
"""

from __future__ import annotations

from . import margin
from .commands import Command, Rejected, RejectReason, Side, direction, require
from .events import EventKind
from .state import Account, Position, VenueState
from .vocabulary import MarginMode, PositionMode, PositionSide


def set_leverage(state: VenueState, command: Command) -> None:
    """Carry out SetLeverage."""
    state.user(command.account)
    instrument = state.known_instrument(command.instrument)
    legs = state.legs(command.account, command.instrument)
    spec, leverage = instrument.spec, command.qty_lots
    require(1 <= leverage <= spec.tiers[0].leverage_max, RejectReason.INVALID_LEVERAGE)
    _require_no_orders(legs)
    for position in legs:
        if position.qty_lots != 0:
            require(leverage >= position.leverage, RejectReason.LEVERAGE_BELOW_POSITION)
    for position in legs:
        if position.qty_lots != 0 and instrument.mark_ticks != 0:
            tier = margin.tier_of(spec, margin.notional(spec, position, instrument.mark_ticks))
            require(leverage <= tier.leverage_max, RejectReason.LEVERAGE_ABOVE_TIER)
    for position in legs:
        position.leverage = leverage
    state.emit(
        EventKind.LEVERAGE_CHANGED,
        instrument=command.instrument,
        account=command.account,
        qty_lots=leverage,
    )


def _require_no_orders(legs: tuple[Position, ...]) -> None:
    resting = sum(one.open_buy_lots + one.open_sell_lots + one.reduce_only_orders for one in legs)
    require(resting == 0, RejectReason.OPEN_ORDERS_EXIST)


def set_margin_mode(state: VenueState, command: Command) -> None:
    """Carry out SetMarginMode."""
    account = state.user(command.account)
    state.known_instrument(command.instrument)
    legs = state.legs(command.account, command.instrument)
    require(command.order_type in list(MarginMode), RejectReason.INVALID_ORDER)
    _require_no_orders(legs)
    require(all(one.qty_lots == 0 for one in legs), RejectReason.POSITION_OPEN)
    for position in legs:
        position.cross = command.order_type == MarginMode.CROSS
    account.was_cross |= command.order_type == MarginMode.CROSS
    state.emit(
        EventKind.MARGIN_MODE_CHANGED,
        instrument=command.instrument,
        account=command.account,
        qty_lots=command.order_type,
    )


def set_position_mode(state: VenueState, command: Command) -> None:
    """Carry out SetPositionMode."""
    account = state.user(command.account)
    require(command.order_type in list(PositionMode), RejectReason.INVALID_ORDER)
    require(not list(state.held_by(command.account)), RejectReason.POSITION_OPEN)
    require(not account.orders, RejectReason.OPEN_ORDERS_EXIST)
    account.hedges = command.order_type == PositionMode.HEDGE
    state.emit(
        EventKind.POSITION_MODE_CHANGED, account=command.account, qty_lots=command.order_type
    )


def asked_leg(account: Account, position_side: int) -> PositionSide:
    """Return the leg a command names; one-way accounts have one position, hedge accounts two."""
    known = (PositionSide.LONG, PositionSide.SHORT) if account.hedges else (PositionSide.NET,)
    if position_side not in known:
        raise Rejected(RejectReason.INVALID_ORDER)
    return PositionSide(position_side)


def closes_leg(leg: PositionSide, side: Side) -> bool:
    """Whether an order of a side can only make a leg of a hedge smaller."""
    return leg is not PositionSide.NET and leg is not leg_of(side)


def leg_of(side: Side) -> PositionSide:
    """Return the leg of a hedge that an opening order of a side belongs to."""
    return PositionSide.LONG if direction(side) > 0 else PositionSide.SHORT
