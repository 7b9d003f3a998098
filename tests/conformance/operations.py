"""What each operation of a case, and each field of an order, is in commands.

One table entry per operation and per field; a word that is in no table is an error. Amendments
given as a change, or as a total with what was filled, become the new open quantity here, and what
would leave nothing becomes a cancellation, as a trader's own software does it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from delever.reference import (
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
)

if TYPE_CHECKING:
    from driver import Driver, Order

Fields = dict[str, Any]
Row = dict[str, int]

NOBODYS_ORDER = 2**62
SELF_TRADE_SHIFT = 3
REDUCE_BY = 1  # order_type of AMEND_ORDER: the quantity is what to take off
SIDES = {"buy": Side.BUY, "sell": Side.SELL}
DIRECTIONS = {"up": TriggerDirection.UP, "down": TriggerDirection.DOWN}
PEGS = {"bid": PegReference.BID, "ask": PegReference.ASK, "mid": PegReference.MID}
FLAGS = {
    "post_only": OrderFlag.POST_ONLY,
    "reduce_only": OrderFlag.REDUCE_ONLY,
    "hidden": OrderFlag.HIDDEN_ORDER,
    "slide": OrderFlag.SLIDE_POST_ONLY,
}
SELF_TRADE = {
    "none": SelfTrade.ALLOW,
    "cancel_taker": SelfTrade.TAKER,
    "cancel_maker": SelfTrade.MAKER,
    "cancel_both": SelfTrade.BOTH,
    "decrement": SelfTrade.DECREMENT,
}
ABOUT_THE_STEP = {"op", "id", "owner", "expect", "source_status", "source_error"}


class UnknownWordError(Exception):
    """A case says something the driver does not know."""


class Ticket:
    """An order on its way to the venue: the record and its terms."""

    def __init__(self, driver: Driver, step: Fields, account: int) -> None:
        self.driver, self.step, self.scale = driver, step, driver.scale
        self.account = account
        self.row: Row = {
            "account": account,
            "client_id": driver.client_id(str(step["id"])),
            "order_type": OrderType.MARKET if step["op"] in MARKET_OPERATIONS else OrderType.LIMIT,
            "time_in_force": TimeInForce.GTC,
            "flags": 0,
        }
        self.terms: dict[TermKind, Row] = {}
        for field, value in step.items():
            if field in ABOUT_THE_STEP or value is False or value is None:
                continue
            if field not in FIELDS:
                raise UnknownWordError(f"field {field} of {step['op']}")
            FIELDS[field](self, value)
        if step["op"] in TRIGGERED:
            self.terms[TermKind.TRIGGER] = self._trigger()
        if step["op"] == "fok_budget":
            self.row["time_in_force"] = TimeInForce.FOK
        if self.row["time_in_force"] == TimeInForce.FOK:  # all or none, and at once
            self.terms.pop(TermKind.MINIMUM, None)

    def _trigger(self) -> Row:
        step, scale = self.step, self.scale
        kind, distance = TRIGGERED[step["op"]], 0
        if "trail" in step:
            kind, distance = TriggerKind.TRAILING_TICKS, scale.distance(step["trail"])
        elif "trail_percent" in step:
            kind, distance = TriggerKind.TRAILING_PPM, scale.ppm(step["trail_percent"])
        return {
            "flags": kind,
            "side": DIRECTIONS[step["trigger_dir"]] if "trigger_dir" in step else 0,
            "price_ticks": scale.ticks(step["trigger"]) if "trigger" in step else 0,
            "qty_lots": distance,
        }

    def rows(self) -> list[Row]:
        """The commands: the terms, then the order."""
        return [*attached(self.account, self.terms), self.row]

    # One method per field of an order ------------------------------------------------------

    def side(self, value: str) -> None:
        self.row["side"] = SIDES[value]

    def price(self, value: str) -> None:
        self.row["price_ticks"] = self.scale.ticks(value)
        self.row["order_type"] = OrderType.LIMIT

    def qty(self, value: str) -> None:
        self.row["qty_lots"] = self.scale.lots(value)

    def tif(self, value: str) -> None:
        self.row["time_in_force"] = TimeInForce[value]

    def expire(self, value: str) -> None:
        self.terms[TermKind.EXPIRY] = {"amount_atoms": self.driver.nanoseconds(value)}
        self.row["time_in_force"] = TimeInForce.GTD

    def flag(self, name: str) -> None:
        self.row["flags"] |= FLAGS[name]

    def stp(self, value: str) -> None:
        self.row["flags"] |= SELF_TRADE[value] << SELF_TRADE_SHIFT

    def display(self, value: str) -> None:
        least = self.scale.lots(self.step.get("min_display", 0))
        self.terms[TermKind.ICEBERG] = {
            "qty_lots": self.scale.lots(value),
            "amount_atoms": least,
        }

    def aon(self, _: bool) -> None:
        self.terms[TermKind.MINIMUM] = {"qty_lots": self.scale.lots(self.step["qty"])}

    def min_qty(self, value: str) -> None:
        self.terms[TermKind.MINIMUM] = {"qty_lots": self.scale.lots(value)}

    def oco(self, value: str) -> None:
        self.terms[TermKind.OCO] = {"amount_atoms": self.driver.group(value)}

    def slippage(self, value: str) -> None:
        self.terms[TermKind.PROTECTION] = {"price_ticks": self.scale.distance(value)}

    def budget(self, value: str) -> None:
        self.terms[TermKind.BUDGET] = {"amount_atoms": self.scale.amount(value)}

    def peg(self, value: str) -> None:
        away = self.scale.distance(self.step.get("offset", 0))
        self.terms[TermKind.PEG] = {"side": PEGS[value], "price_ticks": away}

    def close_position(self, _: bool) -> None:
        self.row["qty_lots"] = 0
        self.terms[TermKind.CLOSE_POSITION] = {}
        self.flag("reduce_only")

    def read_with_another(self, _: Any) -> None:
        """A field that another one, or the operation, reads as well."""


FIELDS: dict[str, Callable[[Ticket, Any], None]] = {
    "side": Ticket.side,
    "price": Ticket.price,
    "qty": Ticket.qty,
    "tif": Ticket.tif,
    "expire": Ticket.expire,
    "post_only": lambda ticket, _: ticket.flag("post_only"),
    "reduce_only": lambda ticket, _: ticket.flag("reduce_only"),
    "hidden": lambda ticket, _: ticket.flag("hidden"),
    "slide": lambda ticket, _: ticket.flag("slide"),
    "stp": Ticket.stp,
    "close_position": Ticket.close_position,
    "display": Ticket.display,
    "min_display": Ticket.read_with_another,
    "aon": Ticket.aon,
    "min_qty": Ticket.min_qty,
    "oco": Ticket.oco,
    "slippage": Ticket.slippage,
    "budget": Ticket.budget,
    "peg": Ticket.peg,
    "offset": Ticket.read_with_another,
    "trigger": Ticket.read_with_another,
    "trigger_dir": Ticket.read_with_another,
    "trail": Ticket.read_with_another,
    "trail_percent": Ticket.read_with_another,
}
MARKET_OPERATIONS = {"market", "stop", "take_profit", "trailing_stop", "fok_budget"}
TRIGGERED = {
    "stop": TriggerKind.STOP,
    "stop_limit": TriggerKind.STOP,
    "take_profit": TriggerKind.TAKE_PROFIT,
    "trailing_stop": TriggerKind.TRAILING_TICKS,
}


def attached(account: int, terms: dict[TermKind, Row]) -> list[Row]:
    """The rows that put terms on the next order of an account."""
    head = {"kind": CommandKind.ATTACH_TERM, "account": account}
    return [{**head, "order_type": kind, **term} for kind, term in terms.items()]


def place(driver: Driver, step: Fields) -> None:
    """A new order."""
    ticket = Ticket(driver, step, driver.account(driver.owner_of(step)))
    ticket.row["kind"] = CommandKind.PLACE_ORDER
    driver.send_order(ticket, driver.owner_of(step))


def replace(driver: Driver, step: Fields) -> None:
    """A new order in the place of another; what it does not say is as it was."""
    old = driver.orders[str(step["id"])]
    side = "buy" if old.side == Side.BUY else "sell"
    new = {"op": old.op, "side": side, **step["new"]}
    ticket = Ticket(driver, new, old.account)
    ticket.row |= {"kind": CommandKind.REPLACE_ORDER, "order_id": old.order_id}
    driver.send_order(ticket, old.owner)


def _named(driver: Driver, step: Fields, kind: CommandKind) -> tuple[Order | None, Row]:
    """The order a step names, and a command for it from whoever gives it."""
    order = driver.orders.get(str(step["id"]))
    account = driver.account(driver.owner_of(step))
    order_id = order.order_id if order else NOBODYS_ORDER
    return order, {"kind": kind, "account": account, "order_id": order_id}


def cancel(driver: Driver, step: Fields) -> None:
    """Cancel one order."""
    driver.apply(_named(driver, step, CommandKind.CANCEL_ORDER)[1])


def cancel_all(driver: Driver, step: Fields) -> None:
    """Cancel the orders of an owner, or everybody's; of one side, or both; within prices."""
    for field in step.keys() - ABOUT_THE_STEP - {"side", "lowest", "highest"}:
        raise UnknownWordError(f"field {field} of cancel_all")
    owners = [str(step["owner"])] if "owner" in step else list(driver.accounts)
    row = {
        "kind": CommandKind.CANCEL_ALL,
        "side": SIDES[step["side"]] if "side" in step else 0,
        "price_ticks": driver.scale.ticks(step["lowest"]) if "lowest" in step else 0,
        "amount_atoms": driver.scale.ticks(step["highest"]) if "highest" in step else 0,
    }
    driver.apply(*({**row, "account": driver.account(owner)} for owner in owners))


QUANTITIES: dict[str, Callable[[Order, int], int]] = {
    "new_open_qty": lambda _, lots: lots,
    "qty_delta": lambda order, lots: order.open_lots + lots,
    "new_total_qty": lambda order, lots: lots - order.filled_lots,
}
OF_AN_AMENDMENT = {*QUANTITIES, "new_price", "new_trigger", "new_min_qty", "mode"}


def amend(driver: Driver, step: Fields) -> None:
    """Change an order."""
    for field in step.keys() - ABOUT_THE_STEP - OF_AN_AMENDMENT:
        raise UnknownWordError(f"field {field} of amend")
    order, row = _named(driver, step, CommandKind.AMEND_ORDER)
    asked = [name for name in QUANTITIES if name in step]
    if order is None or not asked:
        lots = None
    else:
        lots = QUANTITIES[asked[0]](order, driver.scale.lots(step[asked[0]]))
    if step.get("mode") == "reduce_only_qty" and order is not None and lots is not None:
        row |= {"order_type": REDUCE_BY, "qty_lots": order.open_lots - lots}
    elif lots is not None and lots <= 0:
        row["kind"] = CommandKind.CANCEL_ORDER
    elif lots is not None:
        row["qty_lots"] = lots
    if "new_price" in step:
        row["price_ticks"] = driver.scale.ticks(step["new_price"])
    terms = {} if order is None else _amended_terms(driver, step, order, lots)
    driver.apply(*attached(row["account"], terms), row)


def _amended_terms(
    driver: Driver, step: Fields, order: Order, lots: int | None
) -> dict[TermKind, Row]:
    terms: dict[TermKind, Row] = {}
    if "new_min_qty" in step:
        terms[TermKind.MINIMUM] = {"qty_lots": driver.scale.lots(step["new_min_qty"])}
    elif order.all_or_none and lots is not None and lots > 0:
        terms[TermKind.MINIMUM] = {"qty_lots": lots}
    if "new_trigger" in step:
        price = driver.scale.ticks(step["new_trigger"])
        terms[TermKind.TRIGGER] = {"flags": order.trigger_kind, "price_ticks": price}
    return terms


def reduce(driver: Driver, step: Fields) -> None:
    """Take a quantity off an order."""
    _, row = _named(driver, step, CommandKind.AMEND_ORDER)
    lots = driver.scale.lots(step["by"])
    driver.apply({**row, "order_type": REDUCE_BY, "qty_lots": lots})


def print_trade(driver: Driver, step: Fields) -> None:
    """A trade elsewhere."""
    price = driver.scale.ticks(step["price"])
    lots = driver.scale.lots(step.get("qty", 0))
    driver.apply({"kind": CommandKind.PRINT_TRADE, "price_ticks": price, "qty_lots": lots})


def set_position(driver: Driver, step: Fields) -> None:
    """Give an owner a position, against somebody who does nothing else."""
    owner = driver.account(str(step["owner"]))
    other = driver.account(f"the other side of {step['owner']}")
    lots = driver.scale.lots(step["qty"]) - driver.venue.position(owner)
    row = {"kind": CommandKind.SEED_POSITION, "account": owner, "other_account": other}
    row |= {"side": Side.BUY if lots > 0 else Side.SELL, "qty_lots": abs(lots)}
    if lots:
        driver.apply({**row, "price_ticks": driver.scale.ticks(driver.seed_price)})


def advance_time(driver: Driver, step: Fields) -> None:
    """Move the clock."""
    driver.time_ns = driver.nanoseconds(step["t"])
    driver.apply({"kind": CommandKind.ADVANCE_TIME})


def set_clock(driver: Driver, step: Fields) -> None:
    """Move the clock with the next command only."""
    driver.time_ns = driver.nanoseconds(step["t"])


def set_mark(driver: Driver, step: Fields) -> None:
    """Set the mark price."""
    price = driver.scale.ticks(step["price"])
    driver.apply({"kind": CommandKind.SET_MARK, "price_ticks": price})


def set_group(driver: Driver, step: Fields) -> None:
    """Put an owner into a trade group."""
    account, group = driver.account(str(step["owner"])), driver.group(str(step["group"]))
    driver.apply({"kind": CommandKind.SET_TRADE_GROUP, "account": account, "amount_atoms": group})


def _phase(phase: TradingPhase) -> Callable[[Driver, Fields], None]:
    def change(driver: Driver, _: Fields) -> None:
        driver.apply({"kind": CommandKind.CHANGE_PHASE, "order_type": phase})

    return change


def nothing(driver: Driver, step: Fields) -> None:
    """A check does nothing; nor does matching by request, where orders match on arrival."""


ORDER_OPERATIONS = {"limit", "market", "pegged", *TRIGGERED, "fok_budget"}
OPERATIONS: dict[str, Callable[[Driver, Fields], None]] = {
    **dict.fromkeys(ORDER_OPERATIONS, place),
    "cancel": cancel,
    "cancel_all": cancel_all,
    "amend": amend,
    "reduce": reduce,
    "replace": replace,
    "set_last_price": print_trade,
    "external_trade": print_trade,
    "set_position": set_position,
    "time": advance_time,
    "enter_auction": _phase(TradingPhase.AUCTION),
    "uncross": _phase(TradingPhase.CONTINUOUS),
    "halt": _phase(TradingPhase.HALTED),
    "resume": _phase(TradingPhase.CONTINUOUS),
    "clock": set_clock,
    "set_mark": set_mark,
    "set_group": set_group,
    "match_now": nothing,
    "check": nothing,
}
