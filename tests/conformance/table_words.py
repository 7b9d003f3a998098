"""The words our own tables are written in: cases in the vectors' form.

A step is made by the function of its name: an order by (name, owner, side, qty, price), everything
else by keywords; `gives` is the status it has afterwards. `check` compares the state.
"""

from __future__ import annotations

from typing import Any

Step = dict[str, Any]

DAY_NS = 24 * 3_600 * 10**9


def order(op: str, name: str, owner: str, side: str, qty: int, more: Step) -> Step:
    """An order and what it gives."""
    made: Step = {"op": op, "id": name, "owner": owner, "side": side, "qty": str(qty)}
    gives = more.pop("gives", None)
    if gives is not None:
        made["expect"] = {"status": gives}
    return made | more


def limit(name: str, owner: str, side: str, qty: int, price: int, **more: Any) -> Step:
    return order("limit", name, owner, side, qty, {"price": str(price), **more})


def market(name: str, owner: str, side: str, qty: int, **more: Any) -> Step:
    return order("market", name, owner, side, qty, more)


def stop(name: str, owner: str, side: str, qty: int, trigger: int, **more: Any) -> Step:
    return order("stop", name, owner, side, qty, {"trigger": str(trigger), **more})


def take_profit(name: str, owner: str, side: str, qty: int, trigger: int, **more: Any) -> Step:
    return order("take_profit", name, owner, side, qty, {"trigger": str(trigger), **more})


def pegged(name: str, owner: str, side: str, qty: int, peg: str, offset: int, **more: Any) -> Step:
    return order("pegged", name, owner, side, qty, {"peg": peg, "offset": str(offset), **more})


def do(op: str, name: str | None = None, gives: str | None = None, **more: Any) -> Step:
    """Any other operation."""
    made: Step = {"op": op, **more}
    if name is not None:
        made["id"] = name
    if gives is not None:
        made["expect"] = {"status": gives}
    return made


def check(**expected: Any) -> Step:
    return {"op": "check", **expected}


def are(status: str, *names: str) -> dict[str, Any]:
    """The same status of several orders."""
    return {name: {"status": status} for name in names}


def sold(*prints: tuple[str, int, int]) -> list[dict[str, str]]:
    """Trades: maker, price, quantity."""
    return [{"maker": maker, "price": str(price), "qty": str(qty)} for maker, price, qty in prints]


def case(name: str, *steps: Step, rules: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "id": name,
        "class": "ours",
        "source": {"repo": "delever"},
        "instrument": {"tick": "1", "lot": "1"},
        "rules": rules or {},
        "steps": list(steps),
        "expect": {},
    }


def holds(owner: str, qty: int) -> Step:
    return do("set_position", owner=owner, qty=str(qty))
