"""A case on its way through a venue.

The driver carries out the operations of a case one by one (`operations` says with which commands),
gives every owner an account, and follows each order through the events. It knows nothing of any
case: what a case needs beyond the standard profile is in its `semantics`, and becomes a switch of
the rulebook.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import Any

from operations import (
    NOBODYS_ORDER,
    OPERATIONS,
    ORDER_OPERATIONS,
    Ticket,
    UnknownWordError,
)
from scale import Scale
from venues import DEPOSIT_ATOMS, PARKED, PENDING, RESTING, AnyVenue, LiveOrder

from delever.reference import (
    AuctionPrice,
    CancelReason,
    CommandKind,
    EventKind,
    IcebergAmendUp,
    IcebergRefresh,
    MarketResidual,
    RejectReason,
    SelfTrade,
    Side,
    StopEntry,
    TermKind,
    TriggerSource,
    Word,
)

Case = dict[str, Any]


class UnknownSwitchError(UnknownWordError):
    """A case needs a switch that the rulebook does not have."""


STANDARD = {"self_trade": SelfTrade.ALLOW}  # the standard profile of the vectors
# (switch of the vectors, its value) -> (field of the rulebook, its value)
SEMANTICS: dict[tuple[str, str], tuple[str, IntEnum]] = {
    ("market_residual", "rest"): ("market_residual", MarketResidual.REST),
    ("iceberg_refresh", "end_of_taker"): ("iceberg_refresh", IcebergRefresh.END_OF_TAKER),
    ("iceberg_amend_up", "keep"): ("iceberg_amend_up", IcebergAmendUp.KEEP),
    ("stop_source", "quote"): ("stop_source", TriggerSource.QUOTE),
    ("stop_entry", "reject"): ("stop_entry", StopEntry.REJECT),
    ("auction_price", "min_surplus_max_price"): ("auction_price", AuctionPrice.MAX_PRICE),
    ("stp", "none"): ("self_trade", SelfTrade.ALLOW),
    ("stp", "cancel_taker"): ("self_trade", SelfTrade.TAKER),
    ("stp", "cancel_maker"): ("self_trade", SelfTrade.MAKER),
    ("stp", "cancel_both"): ("self_trade", SelfTrade.BOTH),
    ("stp", "decrement"): ("self_trade", SelfTrade.DECREMENT),
}
OURS_ALREADY = {("reduce_only_mode", "clip_at_match")}
NEVER = {  # these say that the harness is at fault, not the order
    RejectReason.UNKNOWN_COMMAND,
    RejectReason.TIME_REVERSED,
    RejectReason.UNKNOWN_ACCOUNT,
    RejectReason.UNKNOWN_INSTRUMENT,
    RejectReason.INSUFFICIENT_MARGIN,
    RejectReason.LEVERAGE_ABOVE_TIER,
    RejectReason.POSITION_LIMIT,
    RejectReason.SEED_WOULD_REDUCE,
    RejectReason.INVALID_TERMS,
    RejectReason.TERMS_REFUSED,
}


def rule_switches(semantics: dict[str, str]) -> dict[str, Any]:
    """The rulebook of a case: the standard profile and what the case needs."""
    switches: dict[str, Any] = dict(STANDARD)
    for name, value in semantics.items():
        if (name, value) in SEMANTICS:
            field, choice = SEMANTICS[name, value]
            switches[field] = choice
        elif (name, value) not in OURS_ALREADY:
            raise UnknownSwitchError(f"semantics {name} = {value}")
    return switches


def needs_accounts(case: Case) -> bool:
    """Whether a case is about positions."""
    steps = case["steps"]
    stated = any("positions" in where for where in [*steps, case["expect"]])
    words = ("reduce_only", "close_position")
    asked = any(s["op"] == "set_position" or any(map(s.get, words)) for s in steps)
    return stated or asked


@dataclass
class Order:
    """What became of an order of the case."""

    name: str
    owner: str
    account: int
    op: str
    side: int
    all_or_none: bool
    trigger_kind: int
    order_id: int = NOBODYS_ORDER
    open_lots: int = 0
    filled_lots: int = 0
    filled_value: int = 0
    ended: str = "rejected"


@dataclass(frozen=True)
class Trade:
    """A fill; in an uncross the buyer is the taker."""

    maker: Order
    taker: Order
    price_ticks: int
    lots: int
    buyer: Order
    seller: Order


@dataclass(frozen=True)
class StepResult:
    """What one step led to."""

    status: str
    trades: list[Trade]
    own_trades: list[Trade]


class Driver:
    """Carries out the steps of a case on a venue and keeps what they led to."""

    def __init__(self, case: Case, venue: Callable[[Scale, dict[str, Any]], AnyVenue]) -> None:
        self.scale = Scale(case)
        switches = rule_switches(case.get("semantics", {})) | case.get("rules", {})
        self.venue = venue(self.scale, switches)
        self.orders: dict[str, Order] = {}
        self.trades: list[Trade] = []
        self.accounts: dict[str, int] = {}
        self.uncrossed = (0, 0)
        self.time_ns = 0
        self._by_id: dict[int, Order] = {}
        self._client_ids: dict[str, int] = {}
        self._groups: dict[str, int] = {}
        self.refused = RejectReason.NONE
        self.seed_price = next((s["price"] for s in case["steps"] if "price" in s), "1")
        times = [Fraction(str(s[k])) for s in case["steps"] for k in ("t", "expire") if k in s]
        self._unit_ns = 1 if all(time.denominator == 1 for time in times) else 10**9

    def step(self, step: Case) -> StepResult:
        """Carry out one step."""
        if step["op"] not in OPERATIONS:
            raise UnknownWordError(f"op {step['op']}")
        before, self.refused = len(self.trades), RejectReason.NONE
        OPERATIONS[step["op"]](self, step)
        trades = self.trades[before:]
        name = str(step.get("id"))
        own = [trade for trade in trades if trade.taker.name == name]
        return StepResult(self._status_of_step(step, name), trades, own)

    def live(self) -> dict[str, LiveOrder]:
        """The live orders by name, in the venue's order; they agree with the events."""
        shown = {self._by_id[one.order_id].name: one for one in self.venue.orders()}
        followed = {name: order for name, order in self.orders.items() if not order.ended}
        assert shown.keys() == followed.keys(), "the venue's orders are not those of its events"
        for name, one in shown.items():
            assert one.open_lots == followed[name].open_lots, f"open quantity of {name}"
        return shown

    def status(self, name: str) -> str:
        """How an order stands."""
        order = self.orders[name]
        if order.ended:
            return order.ended
        return {RESTING: "open", PENDING: "pending", PARKED: "parked"}[self.live()[name].state]

    def apply(self, *rows: dict[str, int]) -> None:
        """Send commands, and follow what happens."""
        stamped = [{"time_ns": self.time_ns, **row} for row in rows]
        for words in self.venue.apply([{k: int(v) for k, v in row.items()} for row in stamped]):
            kind = EventKind(words[Word.KIND])
            if kind in EVENTS:
                EVENTS[kind](self, words)

    def account(self, owner: str) -> int:
        """The account of an owner, opened when first asked for."""
        if owner not in self.accounts:
            self.accounts[owner] = len(self.accounts) + 1
            if self.venue.has_accounts:
                self.apply({"kind": CommandKind.OPEN_ACCOUNT, "amount_atoms": DEPOSIT_ATOMS})
        return self.accounts[owner]

    def owner_of(self, step: Case) -> str:
        """Who gives an order: its owner, or the order itself where it has none."""
        if "owner" in step:
            return str(step["owner"])
        order = self.orders.get(str(step.get("id")))
        return order.owner if order else f"the owner of {step.get('id')}"

    def client_id(self, name: str) -> int:
        """The number of an order's name."""
        return self._client_ids.setdefault(name, len(self._client_ids) + 1)

    def group(self, name: str) -> int:
        """The number of a group's name."""
        return self._groups.setdefault(name, len(self._groups) + 1)

    def nanoseconds(self, time: Any) -> int:
        """A time of the case."""
        return int(Fraction(str(time)) * self._unit_ns)

    def send_order(self, ticket: Ticket, owner: str) -> None:
        """Send an order; a name that is taken by a live order stays that order's."""
        name, row = str(ticket.step["id"]), ticket.row
        known = self.orders.get(name)
        if known is None or known.ended:
            self.orders[name] = Order(
                name,
                owner,
                ticket.account,
                op=ticket.step["op"],
                side=row["side"],
                all_or_none=bool(ticket.step.get("aon")),
                trigger_kind=ticket.terms.get(TermKind.TRIGGER, {}).get("flags", 0),
                open_lots=row["qty_lots"],
            )
        self.apply(*ticket.rows())
        if self.refused is RejectReason.UNFILLABLE:
            self.orders[name].ended = "cancelled"

    def _status_of_step(self, step: Case, name: str) -> str:
        if step["op"] in ORDER_OPERATIONS:
            if self.refused is RejectReason.UNFILLABLE:
                return "cancelled"
            return "rejected" if self.refused else self.status(name)
        return "rejected" if self.refused else "ok"

    # What the events say ------------------------------------------------------------------

    def on_rejected(self, words: tuple[int, ...]) -> None:
        self.refused = RejectReason(words[Word.REASON])
        assert self.refused not in NEVER, f"refused: {self.refused.name}"

    def on_accepted(self, words: tuple[int, ...]) -> None:
        names = {number: name for name, number in self._client_ids.items()}
        name = names[words[Word.OTHER_ORDER]]
        order = self.orders[name]
        order.order_id, order.open_lots = words[Word.ORDER_ID], words[Word.QTY_LOTS]
        order.ended = ""
        self._by_id[order.order_id] = order

    def on_filled(self, words: tuple[int, ...]) -> None:
        taker = self._by_id[words[Word.ORDER_ID]]
        maker = self._by_id[words[Word.OTHER_ORDER]]
        price, lots = words[Word.PRICE_TICKS], words[Word.QTY_LOTS]
        for order in (taker, maker):
            order.open_lots = max(0, order.open_lots - lots)  # a close-position had none
            order.filled_lots += lots
            order.filled_value += lots * price
            order.ended = "" if order.open_lots else "filled"
        buyer, seller = (taker, maker) if words[Word.SIDE] == Side.BUY else (maker, taker)
        self.trades.append(Trade(maker, taker, price, lots, buyer, seller))

    def on_cancelled(self, words: tuple[int, ...]) -> None:
        order = self._by_id[words[Word.ORDER_ID]]
        expired = words[Word.REASON] == CancelReason.EXPIRED
        order.ended = "expired" if expired else "cancelled"

    def on_amended(self, words: tuple[int, ...]) -> None:
        self._by_id[words[Word.ORDER_ID]].open_lots = words[Word.QTY_LOTS]

    def on_decremented(self, words: tuple[int, ...]) -> None:
        for word in (Word.ORDER_ID, Word.OTHER_ORDER):
            order = self._by_id[words[word]]
            order.open_lots -= words[Word.QTY_LOTS]
            order.ended = "" if order.open_lots else "cancelled"

    def on_phase(self, words: tuple[int, ...]) -> None:
        self.uncrossed = (words[Word.PRICE_TICKS], words[Word.QTY_LOTS])


EVENTS: dict[EventKind, Callable[[Driver, tuple[int, ...]], None]] = {
    EventKind.COMMAND_REJECTED: Driver.on_rejected,
    EventKind.ORDER_ACCEPTED: Driver.on_accepted,
    EventKind.ORDER_FILLED: Driver.on_filled,
    EventKind.ORDER_CANCELLED: Driver.on_cancelled,
    EventKind.ORDER_AMENDED: Driver.on_amended,
    EventKind.SELF_TRADE_DECREMENTED: Driver.on_decremented,
    EventKind.PHASE_CHANGED: Driver.on_phase,
}
