"""Orders made to be refused for their terms, their price or the phase.

This module owns the provocations of the reject reasons that go with order types. Each looks at the
flow's venue and returns a command, or None where the state offers no occasion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .commands import (
    Command,
    CommandKind,
    OrderFlag,
    OrderType,
    Side,
    TermKind,
    TimeInForce,
    TradingPhase,
    TriggerKind,
    TriggerSource,
    direction,
)
from .order_flow import OrderDraw, draw_bundle
from .orders import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from .flow import CommandFlow


def _invalid_terms(flow: CommandFlow) -> Command:
    """Attach what does not go with the order, or with itself."""
    faults: list[tuple[dict[str, int], dict[str, int]]] = [
        ({"order_type": TermKind.TRIGGER, "flags": 0, "price_ticks": 5}, {}),
        ({"order_type": TermKind.TRIGGER, "flags": 5, "price_ticks": 5}, {}),
        ({"order_type": TermKind.TRIGGER, "flags": TriggerKind.STOP}, {}),
        ({"order_type": TermKind.TRIGGER, "flags": 1, "price_ticks": 5, "side": 3}, {}),
        ({"order_type": TermKind.TRIGGER, "flags": 1, "price_ticks": 5, "time_in_force": 5}, {}),
        ({"order_type": TermKind.TRIGGER, "flags": 1, "price_ticks": 5, "qty_lots": 1}, {}),
        ({"order_type": TermKind.TRIGGER, "flags": TriggerKind.TRAILING_TICKS}, {}),
        (
            {
                "order_type": TermKind.TRIGGER,
                "flags": TriggerKind.TRAILING_PPM,
                "qty_lots": 1_000_000,
            },
            {},
        ),
        ({"order_type": TermKind.PEG, "side": 1}, {}),
        ({"order_type": TermKind.PEG, "side": 4}, {"price_ticks": 0}),
        ({"order_type": TermKind.PEG, "side": 2}, {"price_ticks": 0, "side": Side.BUY}),
        ({"order_type": TermKind.PEG, "side": 1, "price_ticks": -1}, {"price_ticks": 0}),
        ({"order_type": TermKind.ICEBERG}, {}),
        ({"order_type": TermKind.ICEBERG, "qty_lots": 1, "amount_atoms": 2}, {}),
        ({"order_type": TermKind.ICEBERG, "qty_lots": 1}, {"flags": OrderFlag.HIDDEN_ORDER}),
        ({"order_type": TermKind.ICEBERG, "qty_lots": 1}, {"time_in_force": TimeInForce.IOC}),
        ({"order_type": TermKind.EXPIRY, "amount_atoms": 1 << 60}, {}),
        ({"order_type": TermKind.MINIMUM, "qty_lots": 6}, {}),
        ({"order_type": TermKind.MINIMUM, "qty_lots": 1}, {"flags": OrderFlag.POST_ONLY}),
        ({"order_type": TermKind.MINIMUM, "qty_lots": 1}, {"time_in_force": TimeInForce.FOK}),
        ({"order_type": TermKind.OCO}, {}),
        ({"order_type": TermKind.OCO, "amount_atoms": 1 << 31}, {}),
        ({"order_type": TermKind.BUDGET, "amount_atoms": 9}, {}),
        (
            {"order_type": TermKind.BUDGET},
            {"order_type": OrderType.MARKET, "time_in_force": TimeInForce.FOK},
        ),
        ({"order_type": TermKind.CLOSE_POSITION}, {"order_type": OrderType.MARKET}),
        ({"order_type": TermKind.PROTECTION, "price_ticks": 1}, {}),
        (
            {"order_type": TermKind.PROTECTION, "price_ticks": -1},
            {"order_type": OrderType.MARKET},
        ),
    ]
    row, fields = flow.rng.choice(faults)
    draw = OrderDraw(flow)
    draw.rest()
    draw.order |= {"qty_lots": 5, "flags": 0, "time_in_force": TimeInForce.GTC, **fields}
    draw.rows[TermKind(row["order_type"])] = row
    return flow.start(draw.bundle())


def _expiry_apart(flow: CommandFlow) -> Command:
    """Say until when without when, or an expiry that is past."""
    order = {"time_in_force": TimeInForce.GTD}
    if flow.rng.random() < 0.3:
        return flow.limit_order(**order)
    draw = OrderDraw(flow)
    draw.rest()
    draw.order |= order
    draw.attach(TermKind.EXPIRY, amount_atoms=flow.venue.state.time_ns)
    return flow.start(draw.bundle())


def _terms_refused(flow: CommandFlow) -> Command:
    """Attach a row that is refused, and go on as if nothing had happened."""
    bundle = draw_bundle(flow)
    account = bundle[-1]["account"]
    faults: list[dict[str, int]] = [
        {"order_type": flow.rng.choice([0, 10, 255])},
        {"order_type": TermKind.OCO, "amount_atoms": 1, "account": flow.venue.account_count},
    ]
    fault = {"kind": CommandKind.ATTACH_TERM, "account": account, **flow.rng.choice(faults)}
    twice = {"kind": CommandKind.ATTACH_TERM, "account": account, "order_type": TermKind.OCO}
    rows = flow.rng.choice([[fault], [twice, twice]])
    amend = {"kind": CommandKind.AMEND_ORDER, "account": account, "client_id": 1}
    return flow.start([*rows, flow.rng.choice([bundle[-1], bundle[-1], amend])])


def _misplaced_amendment(flow: CommandFlow) -> Command | None:
    """Amend what the order has not, or what nobody can."""
    order = flow.live_order()
    if order is None:
        return None
    rows: list[dict[str, int]] = [
        {"order_type": TermKind.TRIGGER, "flags": 1, "price_ticks": 5},
        {"order_type": TermKind.PEG, "side": 1, "price_ticks": 1},
        {"order_type": TermKind.ICEBERG, "qty_lots": 1},
        {"order_type": TermKind.MINIMUM, "qty_lots": order.open_lots + 1},
    ]
    row = {"kind": CommandKind.ATTACH_TERM, "account": order.account, **flow.rng.choice(rows)}
    amendment = {
        "kind": CommandKind.AMEND_ORDER,
        "account": order.account,
        "order_id": order.order_id,
        "order_type": flow.rng.choice([0, 0, 1, 2]),
        "price_ticks": flow.rng.choice([0, 5]),
    }
    return flow.start(flow.rng.choice([[row, amendment], [amendment]]))


def _would_trigger(flow: CommandFlow) -> Command | None:
    """Place a stop whose price has come already."""
    instrument, side = flow.instrument(), flow.side()
    last = flow.venue.last(instrument)
    if last == 0:
        return None
    draw = OrderDraw(flow)
    draw.order |= {"instrument": instrument, "side": side}
    draw.attach(
        TermKind.TRIGGER,
        flags=TriggerKind.STOP,
        time_in_force=TriggerSource.LAST,
        price_ticks=flow.in_range(instrument, last - direction(side)),
    )
    return flow.start(draw.bundle())


def _refused_at_trigger(flow: CommandFlow) -> Command | None:
    """Place a stop whose price has come, but that has nothing to reduce or is far too large."""
    command = _would_trigger(flow)
    bundle = flow.waiting_bundle
    if command is not None and bundle:
        most = flow.specs[bundle[-1]["instrument"]].order_lots_max
        bundle[-1] |= {"qty_lots": most}
        if flow.rng.random() < 0.5:
            bundle[-1]["flags"] |= OrderFlag.REDUCE_ONLY
    return command


def _halt(flow: CommandFlow) -> Command | None:
    """Order where trading is halted, or halt it."""
    for instrument in range(len(flow.specs)):
        if flow.venue.phase(instrument) is TradingPhase.HALTED:
            order = flow.live_order()
            if order is not None and flow.rng.random() < 0.3:
                return flow.command(
                    CommandKind.AMEND_ORDER,
                    account=order.account,
                    order_id=order.order_id,
                    qty_lots=order.open_lots + flow.rng.choice([-1, 1]),
                )
            return flow.limit_order(instrument=instrument)
    flow.follow_up = flow.rng.choice([_halt, None])
    return flow.command(
        CommandKind.CHANGE_PHASE, instrument=flow.instrument(), order_type=TradingPhase.HALTED
    )


def _not_in_auction(flow: CommandFlow) -> Command:
    """Order what an auction does not take, or outside of one what only an auction takes."""
    instrument = flow.instrument()
    if flow.venue.phase(instrument) is not TradingPhase.AUCTION:
        return flow.limit_order(instrument=instrument, time_in_force=TimeInForce.GFA)
    faults: list[dict[str, int]] = [
        {"order_type": OrderType.MARKET},
        {"time_in_force": TimeInForce.IOC},
        {"time_in_force": TimeInForce.FOK},
        {"flags": OrderFlag.POST_ONLY},
    ]
    return flow.limit_order(instrument=instrument, **flow.rng.choice(faults))


def _out_of_band(flow: CommandFlow) -> Command:
    """Order far beyond the mark, or amend an order to there."""
    instrument, side = flow.instrument(), flow.side()
    far = flow.specs[instrument].price_ticks_max if side is Side.BUY else 1
    order = flow.live_order()
    if order is not None and flow.rng.random() < 0.3:
        far = flow.specs[order.instrument].price_ticks_max if order.side is Side.BUY else 1
        return flow.command(
            CommandKind.AMEND_ORDER, account=order.account, order_id=order.order_id, price_ticks=far
        )
    account = flow.richest_user()
    return flow.limit_order(
        account=account, instrument=instrument, side=side, qty_lots=1, price_ticks=far
    )


def _out_of_range(flow: CommandFlow) -> Command | None:
    """Print, uncross, group or cancel with numbers that cannot be."""
    instrument = flow.instrument()
    beyond = flow.specs[instrument].price_ticks_max + 1
    waiting = [one for one in flow.venue.state.orders if one.place is Place.PENDING and one.market]
    if waiting and flow.rng.random() < 0.3:
        order = flow.rng.choice(waiting)
        return flow.command(
            CommandKind.AMEND_ORDER,
            account=order.account,
            order_id=order.order_id,
            price_ticks=flow.rng.choice([0, 7]),
            qty_lots=flow.rng.choice([0, 3]),
        )
    faults: list[dict[str, int]] = [
        {"kind": CommandKind.PRINT_TRADE, "price_ticks": flow.rng.choice([0, beyond])},
        {"kind": CommandKind.PRINT_TRADE, "price_ticks": 1, "qty_lots": -1},
        {"kind": CommandKind.CHANGE_PHASE, "order_type": 2, "price_ticks": beyond},
        {"kind": CommandKind.SET_TRADE_GROUP, "amount_atoms": flow.rng.choice([-1, 1 << 31])},
        {"kind": CommandKind.CANCEL_ALL, "price_ticks": -1},
        {"kind": CommandKind.CANCEL_ALL, "amount_atoms": -1},
        {"kind": CommandKind.REPLACE_ORDER, "order_id": 0},
    ]
    fields = {"account": flow.user(), "instrument": instrument, **flow.rng.choice(faults)}
    return flow.start([fields])


TERM_REFUSALS: tuple[Callable[[CommandFlow], Command | None], ...] = (
    _invalid_terms,
    _invalid_terms,
    _expiry_apart,
    _terms_refused,
    _misplaced_amendment,
    _would_trigger,
    _would_trigger,
    _refused_at_trigger,
    _halt,
    _not_in_auction,
    _out_of_band,
    _out_of_band,
    _out_of_range,
)
