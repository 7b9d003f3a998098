"""One table for two venues: commands for the reference or the core, and their events in words.

`Desk.order` places an order with its terms and returns what happened, one line an event. A line
ends with ``<n`` where the event was caused by the n-th event of the same command, with ``<`` where
an earlier command's event caused it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, astuple
from typing import Any

import numpy as np
import pytest
from reference_desk import PLAIN

from delever import _core
from delever.reference import (
    CancelReason,
    Command,
    CommandKind,
    Event,
    EventKind,
    OrderType,
    ReferenceVenue,
    RejectReason,
    Rulebook,
    Side,
    TermKind,
    TimeInForce,
    TradingPhase,
    Word,
)
from delever.reference.venue import OrderRow

BUY, SELL = Side.BUY, Side.SELL
Term = dict[str, int]


class ReferenceMachine:
    """The reference venue."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.venue = ReferenceVenue([PLAIN], rulebook)

    def apply(self, command: Command) -> list[Event]:
        count = len(self.venue.events)
        self.venue.apply(command)
        assert self.venue.audit() == ""
        return self.venue.events[count:]

    def orders(self) -> list[OrderRow]:
        return self.venue.orders(0)

    def position(self, account: int) -> int:
        return self.venue.position(account, 0).qty_lots

    def indicative(self) -> tuple[int, int]:
        return self.venue.indicative(0)


class CoreMachine:
    """The compiled venue."""

    def __init__(self, rulebook: Rulebook) -> None:
        if _core.COMMAND_KIND_MAX < max(CommandKind):
            pytest.skip("the compiled core has no such commands yet")
        spec = {**asdict(PLAIN), "tiers": [asdict(tier) for tier in PLAIN.tiers]}
        self.core = _core.Venue([spec], asdict(rulebook), retention=0, trace=True)

    def apply(self, command: Command) -> list[Event]:
        self.core.apply(np.array([astuple(command)], dtype=_core.COMMAND_DTYPE))
        events = [tuple(words) for words in self.core.event_words().tolist()]
        self.core.clear_events()
        assert self.core.audit() == ""
        return events

    def orders(self) -> list[OrderRow]:
        columns = self.core.orders(0)
        values = [columns[name].tolist() for name in OrderRow._fields]
        return [OrderRow(*row) for row in zip(*values, strict=True)]

    def position(self, account: int) -> int:
        return int(self.core.position(account, 0)[0])

    def indicative(self) -> tuple[int, int]:
        price, lots = self.core.indicative(0)
        return int(price), int(lots)


class Desk:
    """Gives commands to a machine; accounts 1 to 4 are open and have plenty."""

    def __init__(self, machine: ReferenceMachine | CoreMachine) -> None:
        self.machine = machine
        self.time_ns = 0
        for _ in range(4):
            self.do(CommandKind.OPEN_ACCOUNT, amount_atoms=1_000_000)
        self.last_order = 0

    def do(self, kind: CommandKind, **fields: int) -> list[str]:
        """Give one command and tell what happened."""
        command = Command(kind=kind, time_ns=self.time_ns, **fields)
        events = self.machine.apply(command)
        accepted = [e for e in events if e[Word.KIND] == EventKind.ORDER_ACCEPTED]
        if accepted:
            self.last_order = accepted[0][Word.ORDER_ID]
        return tell(events)

    def order(
        self,
        account: int,
        side: Side,
        qty_lots: int,
        price_ticks: int = 0,
        *terms: Term,
        **fields: int,
    ) -> list[str]:
        """Place an order with terms; without a price and a peg it is a market order."""
        pegged = any(term["order_type"] == TermKind.PEG for term in terms)
        for term in terms:
            assert self.do(CommandKind.ATTACH_TERM, account=account, **term) == []
        order = {
            "account": account,
            "side": side,
            "qty_lots": qty_lots,
            "price_ticks": price_ticks,
            "order_type": OrderType.LIMIT if price_ticks or pegged else OrderType.MARKET,
            "time_in_force": TimeInForce.GTC,
        }
        kind = CommandKind(fields.pop("kind", CommandKind.PLACE_ORDER))
        return self.do(kind, **{**order, **fields})

    def amend(self, account: int, order_id: int, *terms: Term, **fields: int) -> list[str]:
        for term in terms:
            assert self.do(CommandKind.ATTACH_TERM, account=account, **term) == []
        return self.do(CommandKind.AMEND_ORDER, account=account, order_id=order_id, **fields)

    def cancel(self, account: int, order_id: int) -> list[str]:
        return self.do(CommandKind.CANCEL_ORDER, account=account, order_id=order_id)

    def print(self, price_ticks: int) -> list[str]:
        return self.do(CommandKind.PRINT_TRADE, price_ticks=price_ticks)

    def mark(self, price_ticks: int) -> list[str]:
        return self.do(CommandKind.SET_MARK, price_ticks=price_ticks)

    def phase(self, phase: TradingPhase, price_ticks: int = 0) -> list[str]:
        return self.do(CommandKind.CHANGE_PHASE, order_type=phase, price_ticks=price_ticks)

    def trade(self, buyer: int, seller: int, qty_lots: int, price_ticks: int) -> None:
        """Let two accounts trade with each other in an empty book."""
        self.order(seller, SELL, qty_lots, price_ticks)
        self.order(buyer, BUY, qty_lots, price_ticks)

    def queue(self, side: Side) -> list[str]:
        """Tell what rests on a side in priority: account, whole, what is shown, price."""
        rows = [row for row in self.machine.orders() if (row.side, row.state) == (side, 1)]
        return [f"{r.account} {r.open_lots}({r.visible_lots})@{r.price_ticks}" for r in rows]

    def waiting(self) -> list[str]:
        """Tell what is pending or parked: account, quantity, trigger."""
        rows = [row for row in self.machine.orders() if row.state != 1]
        words = {2: "pending", 3: "parked"}
        return [f"{words[r.state]} {r.account} {r.open_lots} {r.trigger_ticks}" for r in rows]


@pytest.fixture(params=[ReferenceMachine, CoreMachine], ids=["reference", "core"])
def make_desk(request: pytest.FixtureRequest) -> Callable[..., Desk]:
    """Return what makes a desk under some rules."""
    return lambda **rules: Desk(request.param(Rulebook(**rules)))


def term(kind: TermKind, **fields: int) -> Term:
    return {"order_type": int(kind), **fields}


def at_time(*, expire_ns: int) -> Term:
    return term(TermKind.EXPIRY, amount_atoms=expire_ns)


def tell(events: list[Event]) -> list[str]:
    """Tell events in words, one line each."""
    places = {event[Word.SEQUENCE]: place for place, event in enumerate(events)}
    lines = []
    for event in events:
        cause = event[Word.CAUSE]
        because = "" if cause < 0 else f" <{places.get(cause, '')}"
        lines.append(_TELL.get(EventKind(event[Word.KIND]), _plainly)(_Named(event)) + because)
    return lines


class _Named:
    """An event whose words have their names."""

    def __init__(self, event: Event) -> None:
        for word in Word:
            setattr(self, word.name.lower(), event[word])
        self.at = f"{event[Word.QTY_LOTS]}@{event[Word.PRICE_TICKS]}"

    def __getattr__(self, name: str) -> Any:  # the words, for the type checker
        raise AttributeError(name)


def _plainly(event: _Named) -> str:
    return EventKind(event.kind).name.lower()


def _cancelled(event: _Named) -> str:
    reason = CancelReason(event.reason).name.lower()
    if event.reason == CancelReason.REFUSED_AT_TRIGGER:
        reason = RejectReason(event.amount_atoms).name.lower() + " at trigger"
    return f"cancelled {event.account} {event.at} {reason}"


def _accepted(event: _Named) -> str:
    trigger = f" when {event.amount_atoms}" if event.amount_atoms else ""
    shown = f" showing {event.other_amount}" if event.other_amount else ""
    return f"accepted {event.account} {event.at}{trigger}{shown}"


_TELL: dict[EventKind, Callable[[_Named], str]] = {
    EventKind.COMMAND_REJECTED: lambda e: f"refused {RejectReason(e.reason).name.lower()}",
    EventKind.ORDER_ACCEPTED: _accepted,
    EventKind.ORDER_CANCELLED: _cancelled,
    EventKind.ORDER_FILLED: lambda e: f"filled {e.account}/{e.other_account} {e.at}",
    EventKind.ORDER_AMENDED: lambda e: f"amended {e.account} {e.at}",
    EventKind.ORDERS_MASS_CANCELLED: lambda e: f"mass cancelled {e.qty_lots}",
    EventKind.MARK_UPDATED: lambda e: f"marked {e.price_ticks}",
    EventKind.ORDER_TRIGGERED: lambda e: f"triggered {e.account} {e.at} of {e.amount_atoms}",
    EventKind.ORDER_REPRICED: lambda e: f"repriced {e.account} {e.at}",
    EventKind.PHASE_CHANGED: lambda e: f"phase {e.other_amount}>{e.amount_atoms} {e.at}",
    EventKind.TRADE_PRINTED: lambda e: f"printed {e.at}",
    EventKind.ORDER_REPLENISHED: lambda e: (
        f"replenished {e.account} {e.at} hiding {e.amount_atoms}"
    ),
    EventKind.SELF_TRADE_DECREMENTED: lambda e: f"decremented {e.account}/{e.other_account} {e.at}",
}
