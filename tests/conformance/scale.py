"""Decimal numbers of a case, in ticks and lots and back.

The step of a case is its instrument's tick or lot, or the largest finer one that holds every number
of the case. Two things no venue of ours has are mapped, in order: prices of nothing or below are
shifted up as a whole, and a price above what the venue can hold becomes the highest one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import gcd, lcm
from typing import Any

VALUE_MAX = 2**56  # price times quantity of everything, in atoms: far below what overflows
PRICE_TICKS_MAX = 2**40
PPM = 1_000_000

_PRICES = {"price", "trigger", "new_price", "new_trigger"}
_DISTANCES = {"offset", "trail", "slippage"}
_LOTS = {"qty", "display", "min_display", "min_qty", "new_open_qty", "qty_delta", "by"}
_LOTS |= {"new_total_qty", "new_min_qty"}


def walk(node: Any) -> Iterator[tuple[str, Any]]:
    """Every (key, number) of a case, however deep."""
    if isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, (dict, list)):
                yield from walk(value)
            elif value is not None:
                yield key, value
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def numbers(case: dict[str, Any], keys: set[str]) -> list[Fraction]:
    """The numbers that the steps of a case order by; what is expected of them follows."""
    asked = [{**step, "expect": {}} for step in case["steps"] if step["op"] != "check"]
    return [Fraction(str(value)) for key, value in walk(asked) if key in keys]


def step_of(coarsest: str, values: Iterable[Fraction]) -> Fraction:
    """The largest divisor of a step that all values are multiples of."""
    top, bottom = Fraction(coarsest).numerator, Fraction(coarsest).denominator
    for value in values:
        common = lcm(bottom, value.denominator)
        top = gcd(top * (common // bottom), value.numerator * (common // value.denominator))
        bottom = common
    return Fraction(top, bottom)


class Scale:
    """What one tick and one lot of a case are, and how far its numbers reach."""

    def __init__(self, case: dict[str, Any]) -> None:
        prices, lots = numbers(case, _PRICES), numbers(case, _LOTS)
        self.tick = step_of(case["instrument"]["tick"], prices + numbers(case, _DISTANCES))
        self.lot = step_of(case["instrument"]["lot"], lots)
        lowest = min(prices, default=Fraction(1)) / self.tick
        self.shift = max(0, 1 - int(lowest))
        traded = sum(int(value / self.lot) for value in lots if value > 0)
        self.lots_max = max(1_000, 4 * traded)
        highest = int(max(prices, default=Fraction(1)) / self.tick) + self.shift
        self.ticks_max = min(VALUE_MAX // self.lots_max, PRICE_TICKS_MAX, 4 * highest + 1_000)
        self._beyond: dict[int, Fraction] = {}

    def ticks(self, price: Any) -> int:
        """A price; what lies beyond the venue's range becomes its highest."""
        exact = Fraction(str(price)) / self.tick
        ticks = int(exact) + self.shift
        assert exact == int(exact), f"{price} is no multiple of the tick {self.tick}"
        if ticks < self.ticks_max:
            return ticks
        beyond = self._beyond.setdefault(self.ticks_max, Fraction(str(price)))
        assert beyond == Fraction(str(price)), "two prices beyond the venue's range"
        return self.ticks_max

    def distance(self, price: Any) -> int:
        """A difference of prices."""
        return int(Fraction(str(price)) / self.tick)

    def lots(self, qty: Any) -> int:
        """A quantity."""
        exact = Fraction(str(qty)) / self.lot
        assert exact == int(exact), f"{qty} is no multiple of the lot {self.lot}"
        return int(exact)

    def amount(self, value: Any) -> int:
        """A price times a quantity, in ticks times lots."""
        assert not self.shift, "an amount of a case whose prices are shifted"
        return int(Fraction(str(value)) / self.tick / self.lot)

    def ppm(self, share: Any) -> int:
        """A share of a price."""
        assert not self.shift, "a share of a price of a case whose prices are shifted"
        return int(Fraction(str(share)) * PPM)

    def price(self, ticks: int) -> Fraction:
        """Ticks as a price; 0 ticks are no price."""
        if ticks == 0:
            return Fraction(0)
        return self._beyond.get(ticks, (ticks - self.shift) * self.tick)

    def qty(self, lots: int) -> Fraction:
        """Lots as a quantity."""
        return lots * self.lot
