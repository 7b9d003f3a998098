"""The audit: identities that hold after every command, checked by counting everything again.

This module owns no state and changes none. Money is conserved: wallets, margins, fees and dust,
less the cost of open positions, are what was paid in from outside. Positions on an instrument sum
to zero. Every live order is in exactly one place. What accounts and positions remember about their
resting orders is what the book holds.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import live_orders
from .commands import Side
from .orders import Order, Place
from .state import FUND, Position, VenueState
from .vocabulary import MarginMode, PositionSide


def audit(state: VenueState) -> str:
    """Return the first broken identity, or an empty string where all hold.

    Parameters
    ----------
    state
        The venue, which does not change.
    """
    for complaint in _complaints(state):
        return complaint
    return ""


def _complaints(state: VenueState) -> Iterator[str]:
    yield from _money(state)
    for instrument in range(len(state.instruments)):
        yield from _positions(state, instrument)
        yield from _book(state, instrument)
    for account in range(len(state.accounts)):
        yield from _account(state, account)
    for order in state.orders:
        yield from _place(state, order)
    listed = {order.order_id for account in state.accounts for order in account.orders}
    if listed != {order.order_id for order in state.orders}:
        yield "the live orders of the accounts are not those of the store"


def _money(state: VenueState) -> Iterator[str]:
    for currency in state.currencies:
        total = state.fees_atoms[currency] + state.dust_atoms[currency]
        total += sum(account.wallets[currency] for account in state.accounts)
        for instrument in range(len(state.instruments)):
            if state.settle_currency(instrument) == currency:
                for position in state.open_positions(instrument):
                    total += position.margin_atoms - position.cost_atoms
        paid_in = state.net_deposits_atoms[currency]
        if total != paid_in:
            name = state.rulebook.currencies[currency].symbol
            yield f"money is not conserved: {total} atoms of {name} held, {paid_in} deposited"


def _positions(state: VenueState, instrument: int) -> Iterator[str]:
    net = sum(position.qty_lots for position in state.open_positions(instrument))
    if net != 0:
        yield f"positions on instrument {instrument} sum to {net} lots, not 0"
    for account in range(len(state.accounts)):
        for position in state.legs(account, instrument):
            yield from _position(state, position)


def _position(state: VenueState, position: Position) -> Iterator[str]:
    name = f"position of account {position.account} on instrument {position.instrument}"
    if position.qty_lots == 0 and (position.cost_atoms or position.margin_atoms):
        yield f"{name} is empty but has a cost or a margin: {position}"
    if position.account == FUND and position.margin_atoms != 0:
        yield f"{name} has margin {position.margin_atoms}, but the fund posts none"
    if position.cross and position.margin_atoms != 0:
        yield f"{name} has margin {position.margin_atoms}, but is in cross margin"
    short, long = position.leg is PositionSide.SHORT, position.leg is PositionSide.LONG
    if (long and position.qty_lots < 0) or (short and position.qty_lots > 0):
        yield f"{name} is on the wrong side for its leg: {position}"
    hedges = state.accounts[position.account].hedges
    if position.qty_lots != 0 and hedges != (position.leg is not PositionSide.NET):
        yield f"{name} is no position of the mode its account is in: {position}"


def _book(state: VenueState, instrument: int) -> Iterator[str]:
    one = state.instruments[instrument]
    book = one.book
    # Orders with a minimum may stand in the way of others without trading.
    ready = [
        [o for o in book.orders(side) if o.minimum_lots == 0] for side in (Side.BUY, Side.SELL)
    ]
    crossed = all(ready) and ready[0][0].price_ticks >= ready[1][0].price_ticks
    if crossed and one.continuous and not one.left_crossed:
        yield f"the book of instrument {instrument} is crossed: {ready[0][0]}, {ready[1][0]}"
    for side in (Side.BUY, Side.SELL):
        for order in book.queue(side):
            if state.orders.find(order.order_id) is not order or not order.resting:
                yield f"order {order.order_id} rests on instrument {instrument} but is not live"
            if order.side is not side or order.instrument != instrument or order.open_lots < 1:
                yield f"order {order.order_id} is out of place: {order}"
            if order.unpriced != (order.price_ticks == 0):
                yield f"order {order.order_id} is unpriced, or has no price: {order}"
    if state.triggered:
        yield f"{len(state.triggered)} triggered orders have not run"


def _place(state: VenueState, order: Order) -> Iterator[str]:
    """Check that a live order is where it says it is, and is sound there."""
    name = f"order {order.order_id}"
    queue = state.instruments[order.instrument].book.queue(order.side)
    if queue.count(order) != (1 if order.resting else 0):
        yield f"{name} is {queue.count(order)} times in the book: {order}"
    if order.place in (Place.TAKING, Place.QUEUED):
        yield f"{name} is still {order.place.name}"
    if (order.trigger is not None) != (order.place is Place.PENDING):
        yield f"{name} has a trigger, or waits without one: {order}"
    if order.place is Place.PARKED and (order.peg is None or order.price_ticks):
        yield f"{name} is parked for no reason: {order}"
    if order.open_lots < 1 and not (order.closes_position and order.place is Place.PENDING):
        yield f"{name} has nothing open: {order}"
    if order.iceberg and order.resting:
        shown_max = min(order.display_lots, order.open_lots)
        if not 1 <= order.visible_lots <= shown_max:
            yield f"{name} shows {order.visible_lots} lots: {order}"
    if 0 < order.expire_ns <= state.time_ns:
        yield f"{name} has outlived its time"


def _account(state: VenueState, account_id: int) -> Iterator[str]:
    account = state.accounts[account_id]
    reserved = [0 for _ in state.currencies]
    for order in account.orders:
        currency = state.settle_currency(order.instrument)
        reserved[currency] += live_orders.held_reserve(state, order)
    if reserved != account.reserved:
        yield f"account {account_id} reserves {account.reserved}, its orders {reserved}"
    counted = [one for one in account.orders if one.place in (Place.RESTING, Place.PARKED)]
    for instrument in range(len(state.instruments)):
        for position in state.legs(account_id, instrument):
            orders = [one for one in counted if live_orders.position_of(state, one) is position]
            yield from _position_orders(position, orders)
    yield from _wallets(state, account_id)


def _wallets(state: VenueState, account_id: int) -> Iterator[str]:
    """Only what is in cross margin can make a wallet negative, until the next evaluation."""
    if account_id == FUND:
        return
    account = state.accounts[account_id]
    by_default = state.rulebook.margin_mode_default == MarginMode.CROSS
    if min(account.wallets) < 0 and not (account.was_cross or by_default):
        yield f"account {account_id} was never cross, but owes money: {account.wallets}"


def _position_orders(position: Position, orders: list[Order]) -> Iterator[str]:
    name = f"account {position.account} on instrument {position.instrument}"
    for side in (Side.BUY, Side.SELL):
        lots = sum(o.open_lots for o in orders if o.side is side and not o.reduce_only)
        if lots != position.open_lots(side):
            yield f"{name} counts {position.open_lots(side)} open {side.name} lots, not {lots}"
    reducing = [order for order in orders if order.reduce_only]
    if len(reducing) != position.reduce_only_orders:
        yield f"{name} counts {position.reduce_only_orders} reduce-only orders: {len(reducing)}"
    if any(position.reducible_lots(order.side) == 0 for order in reducing):
        yield f"{name} has a reduce-only order with nothing to reduce"
