"""Placing, amending and cancelling orders.

This module owns the checks a user's order passes before it is accepted, in the order in which
they are made, and what becomes of the part that does not trade. A check that fails raises
`Rejected` while nothing has changed yet.
"""

from __future__ import annotations

from . import live_orders, margin
from .arithmetic import PPM, ceil_div, clamp
from .book import Order
from .commands import (
    EVERY_INSTRUMENT,
    ORDER_FLAGS_ALL,
    CancelReason,
    Command,
    OrderFlag,
    OrderType,
    Rejected,
    RejectReason,
    Side,
    TimeInForce,
    direction,
    opposite,
)
from .events import EventKind
from .matching import Taker, fill_price, match
from .rules import InstrumentSpec
from .state import Account, InstrumentState, VenueState

BOTH_SELF_TRADE_FLAGS = OrderFlag.SELF_TRADE_MAKER | OrderFlag.SELF_TRADE_BOTH


def place(state: VenueState, command: Command) -> None:
    """Carry out PlaceOrder."""
    account = state.user(command.account)
    instrument = state.known_instrument(command.instrument)
    _check_fields(command, account, instrument.spec)
    order = Order(
        order_id=0,
        account=command.account,
        instrument=command.instrument,
        side=Side(command.side),
        price_ticks=_limit_price(command, instrument),
        open_lots=command.qty_lots,
        flags=command.flags,
        client_id=command.client_id,
    )
    fill_or_kill = command.time_in_force == TimeInForce.FOK
    rests = command.order_type == OrderType.LIMIT and command.time_in_force == TimeInForce.GTC
    if order.reduce_only:
        position = state.position(order.account, order.instrument)
        if position.reducible_lots(order.side) == 0:
            raise Rejected(RejectReason.REDUCE_ONLY_WOULD_INCREASE)
    else:
        _check_opening(state, command, order, rests)
    if order.post_only and _crosses_book(instrument, order, order.price_ticks):
        raise Rejected(RejectReason.WOULD_TAKE)
    if fill_or_kill:
        _check_feasible(state, order, command.order_type == OrderType.MARKET)
    taker = Taker(order, fill_or_kill=fill_or_kill)
    accept(state, taker)
    execute(state, taker, rests)


def accept(state: VenueState, taker: Taker) -> None:
    """Give an order its id and say so."""
    order = taker.order
    live_orders.enlist(state, order)
    state.emit(
        EventKind.ORDER_ACCEPTED,
        cause=taker.cause,
        instrument=order.instrument,
        account=order.account,
        order_id=order.order_id,
        side=order.side,
        price_ticks=order.price_ticks,
        qty_lots=order.open_lots,
        other_order=order.client_id,
    )


def execute(state: VenueState, taker: Taker, rests: bool) -> None:
    """Match an accepted order, then rest, cancel or end it.

    Parameters
    ----------
    state
        The venue.
    taker
        The order.
    rests
        Whether what does not trade may rest.
    """
    order = taker.order
    reason = match(state, taker)
    if order.open_lots == 0:
        live_orders.finish(state, order)
        return
    if reason is CancelReason.NONE:
        reason = _refusal_to_rest(state, order) if rests else CancelReason.IMMEDIATE_REMAINDER
    if reason is CancelReason.NONE:
        live_orders.rest(state, order)
    else:
        live_orders.cancel(state, order, reason, taker.cause)


def _refusal_to_rest(state: VenueState, order: Order) -> CancelReason:
    """Return why a remainder may not rest, or NONE."""
    if order.reduce_only:
        position = state.position(order.account, order.instrument)
        reducible = position.reducible_lots(order.side)
        return CancelReason.NONE if reducible > 0 else CancelReason.REDUCE_ONLY
    available = state.accounts[order.account].available_atoms
    if live_orders.order_reserve(state, order, order.open_lots) > available:
        return CancelReason.INSUFFICIENT_MARGIN
    return CancelReason.NONE


def _check_fields(command: Command, account: Account, spec: InstrumentSpec) -> None:
    """Check what can be said without looking at the market."""
    limit = command.order_type == OrderType.LIMIT
    flags = command.flags
    if (
        command.side not in (Side.BUY, Side.SELL)
        or command.order_type not in (OrderType.MARKET, OrderType.LIMIT)
        or not TimeInForce.GTC <= command.time_in_force <= TimeInForce.FOK
        or flags & ~ORDER_FLAGS_ALL
        or flags & OrderFlag.HOLD_POINT
        or flags & BOTH_SELF_TRADE_FLAGS == BOTH_SELF_TRADE_FLAGS
    ):
        raise Rejected(RejectReason.INVALID_ORDER)
    if flags & OrderFlag.POST_ONLY and not (limit and command.time_in_force == TimeInForce.GTC):
        raise Rejected(RejectReason.INVALID_ORDER)
    if not 1 <= command.qty_lots <= spec.order_lots_max:
        raise Rejected(RejectReason.INVALID_QTY)
    if limit and not 1 <= command.price_ticks <= spec.price_ticks_max:
        raise Rejected(RejectReason.INVALID_PRICE)
    if command.client_id < 0:
        raise Rejected(RejectReason.INVALID_ORDER)
    if command.client_id > 0 and _order_of_client(account, command.client_id) is not None:
        raise Rejected(RejectReason.DUPLICATE_CLIENT_ID)


def _limit_price(command: Command, instrument: InstrumentState) -> int:
    """Return the worst price an order may trade at; a market order is bounded by the mark."""
    if command.order_type == OrderType.LIMIT:
        return command.price_ticks
    return bounded_price(instrument, Side(command.side), instrument.spec.market_bound_ppm)


def bounded_price(instrument: InstrumentState, side: Side, bound_ppm: int) -> int:
    """Return the limit that lies a share of the mark away from it, or the extreme without a mark.

    Parameters
    ----------
    instrument
        The instrument.
    side
        The side of the order that is limited.
    bound_ppm
        How far from the mark it may trade.

    Returns
    -------
    int
        The price, rounded towards the mark and into the instrument's range.
    """
    highest = instrument.spec.price_ticks_max
    mark = instrument.mark_ticks
    if side is Side.BUY:
        return clamp(mark * (PPM + bound_ppm) // PPM, 1, highest) if mark else highest
    return clamp(ceil_div(mark * (PPM - bound_ppm), PPM), 1, highest) if mark else 1


def _check_opening(state: VenueState, command: Command, order: Order, rests: bool) -> None:
    """Check limits, tier and margin of an order that may open or enlarge a position."""
    instrument = state.instruments[order.instrument]
    position = state.position(order.account, order.instrument)
    spec = instrument.spec
    held = position.qty_lots * direction(order.side)
    adding = position.open_lots(order.side) + order.open_lots
    # A position on the other side makes no room: a reduce-only order may close it first.
    if max(0, held) + adding > spec.position_lots_max:
        raise Rejected(RejectReason.POSITION_LIMIT)
    price = order.price_ticks
    if command.order_type == OrderType.MARKET:
        price = _market_reference(instrument, order)
    exposure_value = margin.value(spec, price, max(0, held + adding))
    if position.leverage > margin.tier_of(spec, exposure_value).leverage_max:
        raise Rejected(RejectReason.LEVERAGE_ABOVE_TIER)
    # What rests is margined whole, because the position it would close may be gone by then.
    closable = 0 if rests else position.reducible_lots(order.side)
    _check_need(state, order, max(0, order.open_lots - closable), price)


def _check_need(state: VenueState, order: Order, opening_lots: int, price_ticks: int) -> None:
    """Check that the account can open a quantity at a price."""
    if opening_lots == 0:
        return
    instrument = state.instruments[order.instrument]
    needed = margin.need(
        instrument.spec,
        order.side,
        price_ticks,
        opening_lots,
        leverage=state.position(order.account, order.instrument).leverage,
        mark_ticks=instrument.mark_ticks,
    )
    if needed > state.accounts[order.account].available_atoms:
        raise Rejected(RejectReason.INSUFFICIENT_MARGIN)


def _market_reference(instrument: InstrumentState, order: Order) -> int:
    """Return the price a market order is checked at: the touch, but not beyond its limit."""
    best = instrument.book.best(opposite(order.side))
    if best is None:
        return order.price_ticks
    if order.side is Side.BUY:
        return min(best, order.price_ticks)
    return max(best, order.price_ticks)


def _crosses_book(instrument: InstrumentState, order: Order, price_ticks: int) -> bool:
    """Whether an order would trade at once at a limit."""
    best = instrument.book.best(opposite(order.side))
    if best is None:
        return False
    return best <= price_ticks if order.side is Side.BUY else best >= price_ticks


def _check_feasible(state: VenueState, order: Order, market: bool) -> None:
    """Check that a fill-or-kill order would be filled whole, and is covered at its last fill."""
    position = state.position(order.account, order.instrument)
    closable = position.reducible_lots(order.side)
    if order.reduce_only and order.open_lots > closable:
        raise Rejected(RejectReason.UNFILLABLE)
    last_price = fill_price(state, order)
    if last_price is None:
        raise Rejected(RejectReason.UNFILLABLE)
    if market and not order.reduce_only:
        try:
            _check_need(state, order, max(0, order.open_lots - closable), last_price)
        except Rejected:
            raise Rejected(RejectReason.UNFILLABLE) from None


def _order_of_client(account: Account, client_id: int) -> Order | None:
    """Return an account's live order with a client id, if there is one."""
    for order in account.orders:
        if client_id > 0 and order.client_id == client_id:
            return order
    return None


def _own_order(state: VenueState, command: Command) -> Order:
    """Return the live order a command names, by id or by client id."""
    account = state.user(command.account)
    if command.order_id != 0:
        order = state.orders.find(command.order_id)
    else:
        order = _order_of_client(account, command.client_id)
    if order is None or order.account != command.account:
        raise Rejected(RejectReason.UNKNOWN_ORDER)
    return order


def cancel_order(state: VenueState, command: Command) -> None:
    """Carry out CancelOrder."""
    live_orders.cancel(state, _own_order(state, command), CancelReason.REQUESTED)


def cancel_all(state: VenueState, command: Command) -> None:
    """Carry out CancelAll."""
    account = state.user(command.account)
    if command.instrument != EVERY_INSTRUMENT:
        state.known_instrument(command.instrument)
    if not Side.NONE <= command.side <= Side.SELL:
        raise Rejected(RejectReason.INVALID_ORDER)
    chosen = [
        order
        for order in account.orders
        if command.instrument in (EVERY_INSTRUMENT, order.instrument)
        and command.side in (Side.NONE, order.side)
    ]
    for order in chosen:
        live_orders.cancel(state, order, CancelReason.MASS_CANCEL)
    state.emit(
        EventKind.ORDERS_MASS_CANCELLED,
        instrument=command.instrument,
        account=command.account,
        side=command.side,
        qty_lots=len(chosen),
    )


def amend(state: VenueState, command: Command) -> None:
    """Carry out AmendOrder: less at the same price keeps priority, anything else is a new taker."""
    order = _own_order(state, command)
    spec = state.instruments[order.instrument].spec
    if not 0 <= command.qty_lots <= spec.order_lots_max:
        raise Rejected(RejectReason.INVALID_QTY)
    if not 0 <= command.price_ticks <= spec.price_ticks_max:
        raise Rejected(RejectReason.INVALID_PRICE)
    price = command.price_ticks or order.price_ticks
    lots = command.qty_lots or order.open_lots
    if price == order.price_ticks and lots <= order.open_lots:
        live_orders.shrink(state, order, lots)
        _emit_amended(state, order)
        return
    _check_amendment(state, order, price, lots)
    live_orders.take_off(state, order)
    order.price_ticks = price
    order.open_lots = lots
    _emit_amended(state, order)
    execute(state, Taker(order), rests=True)


def _check_amendment(state: VenueState, order: Order, price_ticks: int, lots: int) -> None:
    """Check an amendment that loses priority, as a new order in the place of the old one."""
    instrument = state.instruments[order.instrument]
    position = state.position(order.account, order.instrument)
    spec = instrument.spec
    if not order.reduce_only:
        held = position.qty_lots * direction(order.side)
        adding = position.open_lots(order.side) - order.open_lots + lots
        if max(0, held) + adding > spec.position_lots_max:
            raise Rejected(RejectReason.POSITION_LIMIT)
        exposure_value = margin.value(spec, price_ticks, max(0, held + adding))
        if position.leverage > margin.tier_of(spec, exposure_value).leverage_max:
            raise Rejected(RejectReason.LEVERAGE_ABOVE_TIER)
        needed = margin.need(
            spec,
            order.side,
            price_ticks,
            lots,
            leverage=position.leverage,
            mark_ticks=instrument.mark_ticks,
        )
        released = live_orders.order_reserve(state, order, order.open_lots)
        if needed - released > state.accounts[order.account].available_atoms:
            raise Rejected(RejectReason.INSUFFICIENT_MARGIN)
    if order.post_only and _crosses_book(instrument, order, price_ticks):
        raise Rejected(RejectReason.WOULD_TAKE)


def _emit_amended(state: VenueState, order: Order) -> None:
    state.emit(
        EventKind.ORDER_AMENDED,
        instrument=order.instrument,
        account=order.account,
        order_id=order.order_id,
        side=order.side,
        price_ticks=order.price_ticks,
        qty_lots=order.open_lots,
    )
