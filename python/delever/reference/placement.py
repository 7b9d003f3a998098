"""Placing and replacing orders.

This module owns the checks a user's order passes before anything looks at the market, in the order
in which they are made, and the ways an accepted order can go: it runs at once, waits for its
trigger, or follows its peg. A check that fails raises `Rejected` while nothing has changed yet.
"""

from __future__ import annotations

import dataclasses

from . import (
    balances,
    expiry,
    liquidation_agenda,
    live_orders,
    modes,
    pegs,
    running,
    terms,
    triggers,
)
from .commands import (
    CancelReason,
    Command,
    OrderFlag,
    OrderType,
    Rejected,
    RejectReason,
    SelfTrade,
    Side,
    TermKind,
    TimeInForce,
    TradingPhase,
    require,
)
from .events import EventKind
from .orders import Order, Place, Taker
from .running import Approval
from .state import NO_CAUSE, Account, InstrumentState, VenueState
from .vocabulary import SELF_TRADE_SHIFT, PositionSide, StopEntry


def place(state: VenueState, command: Command) -> None:
    """Carry out PlaceOrder."""
    attached = terms.taken(state)
    state.user(command.account)
    _enter(state, _shaped(state, command, attached, replaced=None))


def replace(state: VenueState, command: Command) -> None:
    """Carry out ReplaceOrder: once the new order is sound in itself, the old one is cancelled."""
    attached = terms.taken(state)
    state.user(command.account)
    replaced = state.orders.find(command.order_id)
    if replaced is None or replaced.account != command.account:
        raise Rejected(RejectReason.UNKNOWN_ORDER)
    order = _shaped(state, command, attached, replaced)
    live_orders.cancel(state, replaced, CancelReason.REPLACED)
    _enter(state, order)


def _shaped(
    state: VenueState, command: Command, attached: terms.Terms, replaced: Order | None
) -> Order:
    """Check what can be said without looking at the market, and make the order."""
    instrument = state.known_instrument(command.instrument)
    account = state.accounts[command.account]
    spec = instrument.spec
    require(_consistent(command), RejectReason.INVALID_ORDER)
    leg = modes.asked_leg(account, command.other_account)
    command = _reducing(command, leg)
    stopped = liquidation_agenda.refuses_orders(state, command.account, command.instrument)
    require(not stopped, RejectReason.IN_LIQUIDATION)
    terms.check(command, attached, spec)
    if TermKind.CLOSE_POSITION not in attached:
        require(1 <= command.qty_lots <= spec.order_lots_max, RejectReason.INVALID_QTY)
    if command.order_type == OrderType.LIMIT and TermKind.PEG not in attached:
        in_range = spec.price_ticks_min <= command.price_ticks <= spec.price_ticks_max
        require(in_range, RejectReason.INVALID_PRICE)
    require(command.client_id >= 0, RejectReason.INVALID_ORDER)
    namesake = order_of_client(account, command.client_id)
    require(namesake in (None, replaced), RejectReason.DUPLICATE_CLIENT_ID)
    order = Order(
        order_id=0,
        account=command.account,
        instrument=command.instrument,
        side=Side(command.side),
        price_ticks=command.price_ticks if command.order_type == OrderType.LIMIT else 0,
        open_lots=command.qty_lots,
        leg=leg,
        flags=command.flags,
        client_id=command.client_id,
        order_type=OrderType(command.order_type),
        time_in_force=TimeInForce(command.time_in_force),
    )
    terms.apply(order, attached, state.rulebook)
    if order.time_in_force is TimeInForce.DAY:
        order.expire_ns = expiry.next_midnight(state.time_ns)
    expired = order.time_in_force is TimeInForce.GTD and order.expire_ns <= state.time_ns
    require(not expired, RejectReason.ALREADY_EXPIRED)
    _check_phase(instrument, order)
    return order


def _reducing(command: Command, leg: PositionSide) -> Command:
    """Make an order that closes a leg of a hedge reduce-only; hedge accounts never say so."""
    if leg is PositionSide.NET:
        return command
    require(not command.flags & OrderFlag.REDUCE_ONLY, RejectReason.INVALID_ORDER)
    if not modes.closes_leg(leg, Side(command.side)):
        return command
    return dataclasses.replace(command, flags=command.flags | OrderFlag.REDUCE_ONLY)


def _consistent(command: Command) -> bool:
    """Whether side, type, time in force and flags go together."""
    flags = command.flags
    return (
        command.side in (Side.BUY, Side.SELL)
        and command.order_type in (OrderType.MARKET, OrderType.LIMIT)
        and TimeInForce.GTC <= command.time_in_force <= TimeInForce.GFA
        and 0 <= flags <= 0xFF
        and not flags & OrderFlag.HOLD_POINT
        and (flags & OrderFlag.SELF_TRADE_BITS) >> SELF_TRADE_SHIFT <= SelfTrade.ALLOW
        and (not flags & OrderFlag.SLIDE_POST_ONLY or bool(flags & OrderFlag.POST_ONLY))
        and (not flags & OrderFlag.POST_ONLY or _may_be_passive(command))
    )


def _may_be_passive(command: Command) -> bool:
    resting = (TimeInForce.GTC, TimeInForce.GTD, TimeInForce.DAY)
    return command.order_type == OrderType.LIMIT and command.time_in_force in resting


def _check_phase(instrument: InstrumentState, order: Order) -> None:
    """Check that the instrument takes such orders now."""
    auction = instrument.phase is TradingPhase.AUCTION
    require(instrument.phase is not TradingPhase.HALTED, RejectReason.TRADING_HALTED)
    immediate = order.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
    demanding = order.market or immediate or order.post_only or order.minimum_lots > 0
    if auction and order.trigger is None:
        require(not demanding, RejectReason.NOT_IN_AUCTION)
    require(auction or order.time_in_force is not TimeInForce.GFA, RejectReason.NOT_IN_AUCTION)


def _enter(state: VenueState, order: Order) -> None:
    """Let a sound order run, wait or follow its peg."""
    if order.trigger is not None:
        _enter_pending(state, order)
    elif order.peg is not None:
        _enter_pegged(state, order)
    else:
        approval = running.check(state, order)
        taker = Taker(order, market=order.market)
        # The event has the limit and quantity the order runs with.
        order.price_ticks, order.open_lots = approval.limit_ticks, approval.lots
        accept(state, taker)
        running.execute(state, taker, approval)


def _enter_pending(state: VenueState, order: Order) -> None:
    """Accept an order that waits for its trigger, or has it already."""
    holds, reference = False, None
    if state.instruments[order.instrument].continuous:
        reference = triggers.reference(state, order)
        holds = reference is not None and triggers.observe(order, reference)
    if holds and state.rulebook.stop_entry is StopEntry.REJECT:
        raise Rejected(RejectReason.WOULD_TRIGGER)
    accept(state, Taker(order))
    order.place = Place.PENDING
    if holds and reference is not None:
        trigger_now(state, order, reference)


def trigger_now(state: VenueState, order: Order, reference_ticks: int) -> None:
    """Run a pending order whose condition holds as part of the command itself.

    Parameters
    ----------
    state
        The venue.
    order
        The order.
    reference_ticks
        The price that its trigger has seen.
    """
    order.place = Place.TAKING
    triggers.pending_trigger(order).event = triggers.announce(
        state, order, reference_ticks, NO_CAUSE
    )
    run_triggered(state, order)


def run_triggered(state: VenueState, order: Order) -> None:
    """Run an order that has triggered, or cancel it where its checks fail."""
    order.place = Place.TAKING
    cause = triggers.pending_trigger(order).event
    try:
        approval = running.check(state, order)
    except Rejected as refusal:
        live_orders.cancel(
            state,
            order,
            CancelReason.REFUSED_AT_TRIGGER,
            cause,
            amount_atoms=int(refusal.reason),
        )
        return
    order.trigger = None
    running.execute(state, Taker(order, market=order.market, cause=cause), approval)


def _enter_pegged(state: VenueState, order: Order) -> None:
    """Accept an order that follows the touch; it rests or is parked, and never takes."""
    if order.peg is None:
        raise AssertionError("the order is not pegged")
    instrument = state.instruments[order.instrument]
    position = live_orders.position_of(state, order)
    order.price_ticks = pegs.peg_price(instrument, order, order.peg)
    if order.reduce_only:
        reducible = position.reducible_lots(order.side)
        require(reducible > 0, RejectReason.REDUCE_ONLY_WOULD_INCREASE)
    else:
        running.check_limits(state, order, order.price_ticks, order.open_lots)
        if order.price_ticks:
            needed = running.needed(state, order, order.price_ticks, order.open_lots)
            covered = balances.covers(state, position, needed)
            require(covered, RejectReason.INSUFFICIENT_MARGIN)
    accept(state, Taker(order))
    order.visible_lots = min(order.display_lots, order.open_lots)
    if order.price_ticks:
        live_orders.put_back(state, order)
    else:
        live_orders.park(state, order)


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
        amount_atoms=order.trigger.price_ticks if order.trigger else 0,
        other_order=order.client_id,
        other_amount=order.display_lots,
    )


def run_immediately(state: VenueState, taker: Taker) -> None:
    """Accept an order of the venue's own, trade it, and cancel what is left."""
    order = taker.order
    accept(state, taker)
    approval = Approval(order.price_ticks, order.open_lots, rests=False, trades=True)
    running.execute(state, taker, approval)


def order_of_client(account: Account, client_id: int) -> Order | None:
    """Return an account's live order with a client id, if there is one."""
    for order in account.orders:
        if client_id > 0 and order.client_id == client_id:
            return order
    return None


def own_order(state: VenueState, command: Command) -> Order:
    """Return the live order a command names, by id or by client id."""
    account = state.user(command.account)
    if command.order_id != 0:
        order = state.orders.find(command.order_id)
    else:
        order = order_of_client(account, command.client_id)
    if order is None or order.account != command.account:
        raise Rejected(RejectReason.UNKNOWN_ORDER)
    return order
