"""Random orders of every kind, with the terms that go with them.

This module owns how an order command of the flow is drawn: first the order and then, more often
than not, one or two things that make it other than plain. What it returns is a bundle: the rows to
attach, and the order they belong to. Bundles are mostly sound; `refusals` makes the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .commands import (
    CommandKind,
    OrderFlag,
    OrderType,
    PegReference,
    SelfTrade,
    Side,
    TermKind,
    TimeInForce,
    TradingPhase,
    TriggerDirection,
    TriggerKind,
    TriggerSource,
    direction,
    opposite,
)
from .orders import Order, Place
from .vocabulary import SELF_TRADE_SHIFT

if TYPE_CHECKING:
    from .flow import CommandFlow

Fields = dict[str, int]
Bundle = list[Fields]

_SECOND = 1_000_000_000


class OrderDraw:
    """One order being drawn, and the rows attached to it so far.

    Parameters
    ----------
    flow
        The flow that it is for.
    """

    def __init__(self, flow: CommandFlow) -> None:
        self.flow, self.rng = flow, flow.rng
        self.rows: dict[TermKind, Fields] = {}
        self.order = self._plain()

    @property
    def market(self) -> bool:
        """Whether the order names no price."""
        return self.order["order_type"] == OrderType.MARKET

    @property
    def side(self) -> Side:
        """The order's side."""
        return Side(self.order["side"])

    def attach(self, kind: TermKind, **fields: int) -> None:
        """Attach a row to the order."""
        self.rows[kind] = {"order_type": kind, **fields}

    def bundle(self) -> Bundle:
        """Return the rows and the order, as the fields of commands."""
        account = self.order["account"]
        rows = [
            {"kind": CommandKind.ATTACH_TERM, "account": account, **row}
            for row in self.rows.values()
        ]
        return [*rows, {"kind": CommandKind.PLACE_ORDER, **self.order}]

    def _plain(self) -> Fields:
        flow, rng = self.flow, self.rng
        instrument, side = flow.instrument(), flow.side()
        spec = flow.specs[instrument]
        account = flow.funded_user()
        reach = rng.choice([5, 5, spec.order_lots_max // 3, spec.order_lots_max])
        flags = 0
        if rng.random() < 0.12:
            flags |= OrderFlag.REDUCE_ONLY
            account = flow.holder(instrument)
            side = Side.SELL if flow.held(account, instrument) > 0 else Side.BUY
        modes = [
            0,
            0,
            0,
            0,
            SelfTrade.MAKER,
            SelfTrade.BOTH,
            SelfTrade.DECREMENT,
            SelfTrade.TAKER,
            SelfTrade.ALLOW,
        ]
        flags |= rng.choice(modes) << SELF_TRADE_SHIFT
        order_type = rng.choices([OrderType.LIMIT, OrderType.MARKET], [80, 20])[0]
        times = [TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.DAY]
        return {
            "account": account,
            "instrument": instrument,
            "side": side,
            "order_type": order_type,
            "time_in_force": rng.choices(times, [70, 14, 8, 3])[0],
            "flags": flags,
            "qty_lots": rng.randint(1, reach),
            "price_ticks": flow.price_near(instrument, side),
            "client_id": rng.choice([0, 0, rng.randint(1, 12)]),
        }

    def rest(self) -> None:
        """Make it a limit order that may rest."""
        self.order["order_type"] = OrderType.LIMIT
        if self.order["time_in_force"] in (TimeInForce.IOC, TimeInForce.FOK):
            self.order["time_in_force"] = TimeInForce.GTC


def draw_bundle(flow: CommandFlow) -> Bundle:
    """Draw an order with its rows.

    Parameters
    ----------
    flow
        The flow that it is for.

    Returns
    -------
    Bundle
        The fields of the commands, the order last.
    """
    draw = OrderDraw(flow)
    if flow.rng.random() < 0.55:
        count = flow.rng.choices([1, 2, 3], [70, 25, 5])[0]
        for feature in flow.rng.sample(_FEATURES, count):
            feature(draw)
    _suit_phase(draw)
    return draw.bundle()


def draw_amendment(flow: CommandFlow, order: Order) -> Bundle:
    """Draw an amendment of what is special about a live order, or of its quantity.

    Parameters
    ----------
    flow
        The flow that it is for.
    order
        The order.

    Returns
    -------
    Bundle
        The fields of the commands, the amendment last.
    """
    rng, rows = flow.rng, list[Fields]()
    near = flow.price_near(order.instrument, order.side)
    amendment = {
        "kind": CommandKind.AMEND_ORDER,
        "account": order.account,
        "order_id": order.order_id,
    }
    if order.trigger is not None and order.place is Place.PENDING:
        rows.append(
            {
                "order_type": TermKind.TRIGGER,
                "flags": order.trigger.kind,
                "price_ticks": rng.choice([near, max(1, order.trigger.price_ticks)]),
            }
        )
    elif order.peg is not None:
        rows.append(
            {
                "order_type": TermKind.PEG,
                "side": order.peg.reference,
                "price_ticks": rng.randint(0, 5),
            }
        )
        amendment["qty_lots"] = rng.choice([0, order.open_lots + 1, max(1, order.open_lots - 1)])
    elif rng.random() < 0.4:
        rows.append({"order_type": TermKind.MINIMUM, "qty_lots": rng.randint(1, order.open_lots)})
    elif rng.random() < 0.6:
        amendment |= {"order_type": 1, "qty_lots": rng.randint(1, order.open_lots + 1)}
    else:
        amendment["qty_lots"] = max(1, order.open_lots + rng.choice([-2, -1, 1, 5]))
    for row in rows:
        row |= {"kind": CommandKind.ATTACH_TERM, "account": order.account}
    return [*rows, amendment]


def _suit_phase(draw: OrderDraw) -> None:
    """Mostly draw what an auction takes while there is one."""
    phase = draw.flow.venue.phase(draw.order["instrument"])
    if phase is TradingPhase.AUCTION and draw.rng.random() < 0.8:
        draw.rest()
        draw.order["flags"] &= ~(OrderFlag.POST_ONLY | OrderFlag.SLIDE_POST_ONLY)
        for kind in (
            TermKind.MINIMUM,
            TermKind.BUDGET,
            TermKind.CLOSE_POSITION,
            TermKind.PROTECTION,
        ):
            draw.rows.pop(kind, None)
        draw.order["qty_lots"] = max(1, draw.order["qty_lots"])
        gfa_goes = not {TermKind.EXPIRY, TermKind.PEG} & set(draw.rows)
        if gfa_goes and draw.rng.random() < 0.6:
            draw.order["time_in_force"] = TimeInForce.GFA


def _trigger(draw: OrderDraw) -> None:
    """Let it wait for a price, mostly a near one that is still to come."""
    if {TermKind.PEG, TermKind.BUDGET} & set(draw.rows):
        return
    flow, rng, order = draw.flow, draw.rng, draw.order
    instrument = order["instrument"]
    state = flow.venue.instrument(instrument)
    kind = rng.choice(
        [
            TriggerKind.STOP,
            TriggerKind.STOP,
            TriggerKind.TAKE_PROFIT,
            TriggerKind.TRAILING_TICKS,
            TriggerKind.TRAILING_PPM,
        ]
    )
    source = rng.choice(list(TriggerSource))
    reference = {
        TriggerSource.MARK: state.mark_ticks,
        TriggerSource.INDEX: state.index_ticks,
    }.get(source, state.last_ticks) or flow.fair_ticks[instrument]
    up = (draw.side is Side.BUY) != (kind is TriggerKind.TAKE_PROFIT)
    reach = max(2, reference // 40)
    away = rng.randint(-1 if rng.random() < 0.5 else -reach, reach)
    price = flow.in_range(instrument, reference + (away if up else -away))
    distance = 0
    if kind is TriggerKind.TRAILING_TICKS:
        distance, price = rng.randint(1, reach), rng.choice([0, price])
    if kind is TriggerKind.TRAILING_PPM:
        distance, price = rng.randint(1, 40_000), rng.choice([0, price])
    side = rng.choice([TriggerDirection.DEFAULT] * 8 + [TriggerDirection.UP, TriggerDirection.DOWN])
    draw.attach(
        TermKind.TRIGGER,
        flags=kind,
        side=side,
        time_in_force=source,
        price_ticks=price,
        qty_lots=distance,
    )


def _peg(draw: OrderDraw) -> None:
    """Let it follow the touch."""
    if {TermKind.TRIGGER, TermKind.BUDGET, TermKind.CLOSE_POSITION, TermKind.PROTECTION} & set(
        draw.rows
    ):
        return
    draw.rest()
    draw.order["price_ticks"] = 0
    draw.order["flags"] &= ~(OrderFlag.POST_ONLY | OrderFlag.SLIDE_POST_ONLY)
    other = PegReference.ASK if draw.side is Side.BUY else PegReference.BID
    reference = draw.rng.choice([PegReference.BID, PegReference.ASK, PegReference.MID])
    offset = draw.rng.choice([0, 0, 1, 2, 5]) + (reference is other)
    draw.attach(TermKind.PEG, side=reference, price_ticks=offset)


def _iceberg(draw: OrderDraw) -> None:
    """Let it show a part of itself."""
    if {TermKind.MINIMUM, TermKind.BUDGET, TermKind.CLOSE_POSITION, TermKind.PROTECTION} & set(
        draw.rows
    ):
        return
    draw.rest()
    draw.order["flags"] &= ~OrderFlag.HIDDEN_ORDER
    lots = draw.order["qty_lots"] = max(draw.order["qty_lots"], draw.rng.randint(1, 12))
    display = draw.rng.randint(1, max(1, lots // draw.rng.randint(1, 4)))
    least = draw.rng.choice([0, 0, 1, display, draw.rng.randint(0, display)])
    draw.attach(TermKind.ICEBERG, qty_lots=display, amount_atoms=least)


def _hidden(draw: OrderDraw) -> None:
    if TermKind.ICEBERG not in draw.rows:
        draw.order["flags"] |= OrderFlag.HIDDEN_ORDER


def _expiry(draw: OrderDraw) -> None:
    """Let it live for a while."""
    if draw.order["time_in_force"] in (TimeInForce.IOC, TimeInForce.FOK):
        return
    draw.order["time_in_force"] = TimeInForce.GTD
    lives = draw.rng.choice([1, _SECOND, draw.rng.randint(1, 20 * _SECOND), 0])
    draw.attach(TermKind.EXPIRY, amount_atoms=draw.flow.venue.state.time_ns + 1 + lives)


def _minimum(draw: OrderDraw) -> None:
    """Let it trade much at once, or not at all."""
    if TermKind.ICEBERG in draw.rows or draw.order["qty_lots"] == 0:
        return
    if draw.order["time_in_force"] == TimeInForce.FOK:
        draw.order["time_in_force"] = TimeInForce.IOC
    draw.order["flags"] &= ~(OrderFlag.POST_ONLY | OrderFlag.SLIDE_POST_ONLY)
    lots = draw.order["qty_lots"]
    draw.attach(TermKind.MINIMUM, qty_lots=draw.rng.choice([lots, draw.rng.randint(1, lots)]))


def _oco(draw: OrderDraw) -> None:
    """Put it into a group of its account; few groups, so that they meet."""
    draw.attach(TermKind.OCO, amount_atoms=draw.rng.randint(1, 2))


def _budget(draw: OrderDraw) -> None:
    """Let it buy for so much at most, or sell for so much at least."""
    if draw.rows:
        return
    draw.order["order_type"] = OrderType.MARKET
    draw.order["time_in_force"] = TimeInForce.FOK
    draw.order["qty_lots"] = min(draw.order["qty_lots"], 8)
    instrument = draw.order["instrument"]
    best = max(1, draw.flow.venue.best(instrument, opposite(draw.side)))
    share = draw.rng.choice([90, 99, 100, 101, 110])
    cost = best * draw.order["qty_lots"] * share // 100
    draw.attach(TermKind.BUDGET, amount_atoms=max(1, cost))


def _close_position(draw: OrderDraw) -> None:
    """Let it close whatever there is when it runs."""
    limits = {TermKind.PEG, TermKind.ICEBERG, TermKind.MINIMUM, TermKind.BUDGET}
    if limits & set(draw.rows):
        return
    instrument = draw.order["instrument"]
    account = draw.order["account"] = draw.flow.holder(instrument)
    held = draw.flow.held(account, instrument)
    draw.order["side"] = Side.SELL if held > 0 else Side.BUY
    draw.order["order_type"] = OrderType.MARKET
    draw.order["qty_lots"] = 0
    draw.order["flags"] |= OrderFlag.REDUCE_ONLY
    draw.order["flags"] &= ~(OrderFlag.POST_ONLY | OrderFlag.SLIDE_POST_ONLY)
    draw.attach(TermKind.CLOSE_POSITION)


def _protection(draw: OrderDraw) -> None:
    """Keep a market order near the touch."""
    if {TermKind.PEG, TermKind.ICEBERG} & set(draw.rows):
        return
    draw.order["order_type"] = OrderType.MARKET
    draw.order["flags"] &= ~(OrderFlag.POST_ONLY | OrderFlag.SLIDE_POST_ONLY)
    draw.attach(TermKind.PROTECTION, price_ticks=draw.rng.choice([0, 1, 2, 10]))


def _post_only(draw: OrderDraw) -> None:
    """Let it never take; where it slides, at a price that would."""
    if {TermKind.MINIMUM, TermKind.BUDGET, TermKind.CLOSE_POSITION, TermKind.PROTECTION} & set(
        draw.rows
    ):
        return
    draw.rest()
    draw.order["flags"] |= OrderFlag.POST_ONLY
    if draw.rng.random() < 0.6:
        draw.order["flags"] |= OrderFlag.SLIDE_POST_ONLY
    if TermKind.PEG not in draw.rows:
        instrument = draw.order["instrument"]
        best = draw.flow.venue.best(instrument, opposite(draw.side))
        if best > 0 and draw.rng.random() < 0.6:
            beyond = direction(draw.side) * draw.rng.randint(-1, 2)
            draw.order["price_ticks"] = draw.flow.in_range(instrument, best + beyond)


_FEATURES = (
    _trigger,
    _trigger,
    _trigger,
    _peg,
    _peg,
    _iceberg,
    _iceberg,
    _iceberg,
    _hidden,
    _hidden,
    _expiry,
    _expiry,
    _minimum,
    _minimum,
    _oco,
    _oco,
    _budget,
    _close_position,
    _protection,
    _post_only,
    _post_only,
)
