"""Numbers that can say how they come about: the formula, with one account's amounts in it.

The terms come from the core; here they are only written out. `P` stands for the mark price.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Self

from delever.units import PPM, from_atoms, from_steps

from .instruments import Instrument

_E12 = Decimal("1e-12")


class Explained(Decimal):
    """A decimal number that knows its formula.

    Examples
    --------
    >>> ratio = Explained("0.25", "maintenance 5 / equity 20")
    >>> ratio * 2, ratio.explain()
    (Decimal('0.50'), 'maintenance 5 / equity 20')
    """

    _formula: str

    def __new__(cls, value: Decimal | str, formula: str = "") -> Self:
        """Make a number with the text that explains it."""
        number = super().__new__(cls, value)
        number._formula = formula
        return number

    def __reduce__(self) -> Any:
        return Explained, (str(self), self._formula)

    def explain(self) -> str:
        """Return the formula with the numbers of this account, term by term."""
        return self._formula


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _sum(terms: Iterable[tuple[str, Decimal]]) -> str:
    """Write a sum, leaving out what is zero: `margin 5 - cost 12`."""
    parts = [
        f"{'-' if value < 0 else '+'} {name}{_plain(abs(value))}" for name, value in terms if value
    ]
    return " ".join(parts).removeprefix("+ ") or "0"


def _value(listed: Instrument, lots: int) -> Decimal:
    """Return what a leg is worth per unit of P, or of an inverse contract of 1 / P."""
    return listed.qty(lots) if listed.contract is None else -listed.qty(lots) * listed.contract


class _Terms:
    """The two sides of the inequality, as functions of P."""

    def __init__(self, terms: dict[str, Any], listed: Instrument) -> None:
        self.terms, self.listed = terms, listed
        self.legs = [leg for leg in terms["legs"] if leg[0]]
        self.amount = {
            name: from_atoms(terms[name])
            for name in ("backing", "others_profit", "others_maintenance", "equity", "maintenance")
        }
        self.p = " x P" if listed.contract is None else " / P"
        self.fee = from_steps(terms["fee_ppm"], PPM)

    def head(self) -> str:
        sides = " and ".join(
            f"{'long' if leg[0] > 0 else 'short'} {self.listed.qty(abs(leg[0]))}"
            for leg in self.legs
        )
        mode = "cross" if self.terms["is_cross"] else "isolated"
        mark = _plain(self.listed.price(self.terms["mark_ticks"]))
        return f"{self.listed.symbol} {sides}, {mode}, mark {mark}"

    def equity(self) -> str:
        backing = "wallet " if self.terms["is_cross"] else "margin "
        text = _sum(
            [
                (backing, self.amount["backing"]),
                ("profit of others ", self.amount["others_profit"]),
                *(("cost ", -from_atoms(leg[1])) for leg in self.legs),
            ]
        )
        for leg in self.legs:
            value = _value(self.listed, leg[0])
            text += f" {'-' if value < 0 else '+'} {_plain(abs(value))}{self.p}"
        return text

    def maintenance(self) -> str:
        fee = f" + fee {_plain(self.fee)}" if self.fee else ""
        legs = []
        for leg in self.legs:
            size, rate = _plain(abs(_value(self.listed, leg[0]))), _plain(leg[2] * _E12)
            tier = f" of the tier from {_plain(from_atoms(leg[4]))}" if leg[4] else ""
            by_rate = f"(rate {rate}{tier}{fee})" if fee or tier else f"rate {rate}"
            deduction = f" - deduction {_plain(from_atoms(leg[3]))}" if leg[3] else ""
            legs.append(f"{size}{self.p} x {by_rate}{deduction}")
        others = self.amount["others_maintenance"]
        return " + ".join(legs) + (f" + others {_plain(others)}" if others else "")

    def solved(self) -> Decimal | None:
        """Return the P at which both sides are equal, without rounding."""
        slope, rest = Decimal(0), self.amount["others_maintenance"] - self.amount["backing"]
        for lots, cost, rate_e12, deduction, _ in self.legs:
            value = _value(self.listed, lots)
            slope += value - abs(value) * (rate_e12 * _E12 + self.fee)
            rest += from_atoms(cost) - from_atoms(deduction)
        rest -= self.amount["others_profit"]
        above, below = (rest, slope) if self.listed.contract is None else (slope, rest)
        return above / below if below else None


def liquidation_price(terms: dict[str, Any], listed: Instrument) -> Explained | None:
    """Return the first mark that liquidates, as it is on the grid of prices; None: none does."""
    if not terms["is_open"] or terms["liquidation_ticks"] < 0:
        return None
    price, sums = listed.price(terms["liquidation_ticks"]), _Terms(terms, listed)
    lines = [f"{sums.head()}: liquidated where equity {'<=' if terms['at_equality'] else '<'} "]
    lines[0] += "maintenance"
    if terms["is_separable"]:
        lines += [f"  equity      = {sums.equity()}", f"  maintenance = {sums.maintenance()}"]
        if (solved := sums.solved()) is not None:
            lines.append(f"  equal at P  = {solved:.8f}")
    else:
        lines.append("  collateral counts by its weight: the price is searched, not solved")
    there = [_plain(from_atoms(terms[name])) for name in ("equity_there", "maintenance_there")]
    lines.append(f"  at {_plain(price)}: equity {there[0]}, maintenance {there[1]}")
    return Explained(price, "\n".join(lines))


def bankruptcy_price(terms: dict[str, Any], listed: Instrument) -> Explained | None:
    """Return the worst price at which closing the position loses no more than there is."""
    if not terms["is_open"]:
        return None
    price, sums = listed.price(terms["bankruptcy_ticks"]), _Terms(terms, listed)
    for lots, cost, *_ in sums.legs[1:]:  # the other leg stays at the mark
        mark, value = listed.price(terms["mark_ticks"]), _value(listed, lots)
        worth = value * mark if listed.contract is None else value / mark
        sums.amount["others_profit"] += worth - from_atoms(cost)
    del sums.legs[1:]
    text = f"{sums.head()}: nothing is left where equity = 0"
    if terms["is_separable"]:
        text += f"\n  equity = {sums.equity()}"
    return Explained(price, f"{text}\n  to the solvent side: {_plain(price)}")


def margin_ratio(terms: dict[str, Any], listed: Instrument) -> Explained | None:
    """Return maintenance over equity; infinite where there is no equity left."""
    if not terms["is_open"]:
        return None
    sums = _Terms(terms, listed)
    equity, maintenance = sums.amount["equity"], sums.amount["maintenance"]
    ratio = maintenance / equity if equity > 0 else Decimal("Infinity")
    text = f"maintenance {_plain(maintenance)} / equity {_plain(equity)}"
    if not terms["is_separable"]:
        return Explained(ratio, f"{sums.head()}\n  {text}")
    both = f"  equity      = {sums.equity()}\n  maintenance = {sums.maintenance()}"
    return Explained(ratio, f"{sums.head()}\n{both}\n  at the mark: {text}")
