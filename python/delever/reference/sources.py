"""Prices of the same thing elsewhere, and the one price a venue makes of them.

This module owns the sources of one board of an instrument and the rules of the index: the fresh
ones, the guard against outliers, and the mean or median of what is left. All in integer ticks;
means are rounded down, a band towards the median.
"""

from __future__ import annotations

from typing import NamedTuple

from .arithmetic import PPM, ceil_div, clamp
from .price_words import IndexOutlier, IndexRule
from .rules import Rulebook

SOURCES_MAX = 16
WEIGHT_MAX = 1 << 32


class Source(NamedTuple):
    """What one source last said."""

    price_ticks: int
    weight: int
    time_ns: int


class Sources:
    """The sources of one board, by number; one without weight is not there."""

    def __init__(self) -> None:
        self._heard: dict[int, Source] = {}

    def hear(self, number: int, source: Source) -> None:
        """Take in what a source says."""
        self._heard[number] = source

    def fresh(self, rulebook: Rulebook, now_ns: int) -> list[Source]:
        """Return the sources that count, by price, and by number where prices are the same."""
        stale_ns = rulebook.index_stale_ns
        found = [self._heard[number] for number in sorted(self._heard)]
        found = [one for one in found if one.weight > 0]
        if stale_ns:
            found = [one for one in found if now_ns - one.time_ns <= stale_ns]
        return sorted(found, key=lambda one: one.price_ticks)

    def weighted_median(self, rulebook: Rulebook, now_ns: int) -> int | None:
        """Return the least price at which half of the weight is reached, or None."""
        found = self.fresh(rulebook, now_ns)
        return _weighted_median(found) if found else None

    def index(self, rulebook: Rulebook, now_ns: int) -> int | None:
        """Return the index by its rule, or None where no source is fresh."""
        found = self.fresh(rulebook, now_ns)
        if not found:
            return None
        middle = median_of([one.price_ticks for one in found])
        share = rulebook.index_outlier_ppm
        low, high = ceil_div(middle * (PPM - share), PPM), middle * (PPM + share) // PPM
        if rulebook.index_outlier == IndexOutlier.CAP:
            found = [one._replace(price_ticks=clamp(one.price_ticks, low, high)) for one in found]
        if rulebook.index_outlier == IndexOutlier.DROP:
            near = [one for one in found if low <= one.price_ticks <= high]
            if len(found) - len(near) > 1:
                return middle
            found = near
        return _by_rule(rulebook.index_rule, found)


def _by_rule(rule: IndexRule, sources: list[Source]) -> int:
    if rule == IndexRule.WEIGHTED_MEDIAN:
        return _weighted_median(sources)
    if rule == IndexRule.MEAN_OF_MIDDLE and len(sources) > 2:
        sources = sources[1:-1]
    if rule == IndexRule.WEIGHTED_MEAN:
        weights = sum(one.weight for one in sources)
        return sum(one.price_ticks * one.weight for one in sources) // weights
    return sum(one.price_ticks for one in sources) // len(sources)


def _weighted_median(sources: list[Source]) -> int:
    total, passed = sum(one.weight for one in sources), 0
    for one in sources:
        passed += one.weight
        if 2 * passed >= total:
            return one.price_ticks
    raise AssertionError("the last source reaches all of the weight")


def median_of(values: list[int]) -> int:
    """Return the median; of an even number, the mean of the two in the middle, rounded down."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) // 2
