"""The premium of a perpetual over its index, its average, and the funding rate that follows.

This module owns the formulas. Premiums and rates are shares in 1e-12, a settled rate in 1e-8;
every division is rounded towards zero.
"""

from __future__ import annotations

from dataclasses import dataclass

from .arithmetic import PPM, RATE_E8, clamp, truncated
from .price_words import FundingCap, FundingFormula, PremiumAverage, PremiumOf
from .rules import InstrumentSpec, Rulebook

RATE_E12 = 10**12
_E12_PER_E8 = RATE_E12 // RATE_E8
_SAMPLE_MAX = 10 * RATE_E12
_TICK_E6 = 10**6


@dataclass
class PremiumWindow:
    """The samples of one funding interval, and the mean of the interval before."""

    total: int = 0
    weights: int = 0
    count: int = 0
    previous_e12: int = 0

    def push(self, premium_e12: int, average: PremiumAverage) -> None:
        """Take in a sample."""
        self.count += 1
        weight = self.count if average == PremiumAverage.LINEAR else 1
        self.total += premium_e12 * weight
        self.weights += weight

    def average_e12(self, average: PremiumAverage) -> int:
        """Return the average by the rule; 0 without samples."""
        return self.previous_e12 if average == PremiumAverage.PREVIOUS else self._mean()

    def close(self) -> None:
        """End the interval."""
        self.previous_e12 = self._mean()
        self.total = self.weights = self.count = 0

    def _mean(self) -> int:
        return truncated(self.total, self.weights) if self.weights else 0


@dataclass(frozen=True)
class PremiumInputs:
    """Prices that a sample compares; impact prices are None where a side is too thin."""

    index_ticks: int
    mark_ticks: int
    impact_bid_e6: int | None
    impact_ask_e6: int | None
    bid_ticks: int | None
    ask_ticks: int | None
    carry_e12: int
    """What of the rate is still to be paid until the next settlement."""


def sample_e12(rulebook: Rulebook, inputs: PremiumInputs) -> int:
    """Return one sample of the premium, damped where the formula damps samples."""
    distance = _doubled_distance(rulebook.premium_of, inputs)
    premium = truncated(distance * RATE_E12, 2 * inputs.index_ticks * _TICK_E6)
    if rulebook.premium_of == PremiumOf.IMPACT_OVER_MARK:
        premium += inputs.carry_e12
    if rulebook.funding_formula == FundingFormula.DAMPED_PREMIUM:
        band = rulebook.funding_damper_e8 * _E12_PER_E8
        premium = max(band, premium) + min(-band, premium)
    return clamp(premium, -_SAMPLE_MAX, _SAMPLE_MAX)


def _doubled_distance(of: PremiumOf, inputs: PremiumInputs) -> int:
    """Return twice how far the perpetual is from its reference, in 1e-6 ticks."""
    index, mark = inputs.index_ticks * _TICK_E6, inputs.mark_ticks * _TICK_E6
    bid, ask = inputs.impact_bid_e6, inputs.impact_ask_e6
    if of == PremiumOf.MARK:
        return 2 * (mark - index)
    if of == PremiumOf.TOUCH_MID:
        if inputs.bid_ticks is None or inputs.ask_ticks is None:
            return 0
        return (inputs.bid_ticks + inputs.ask_ticks) * _TICK_E6 - 2 * index
    if of == PremiumOf.IMPACT_MID:
        return 0 if bid is None or ask is None else bid + ask - 2 * index
    reference = mark if of == PremiumOf.IMPACT_OVER_MARK else index
    above = 0 if bid is None else max(0, bid - reference)
    below = 0 if ask is None else max(0, reference - ask)
    return 2 * (above - below)


def cap_e12(rulebook: Rulebook, spec: InstrumentSpec) -> int | None:
    """Return what a rate is held within, or None."""
    first = spec.tiers[0]
    of_ppm = PPM
    if rulebook.funding_cap_of == FundingCap.NONE:
        return None
    if rulebook.funding_cap_of != FundingCap.SHARE:
        of_ppm = first.maintenance_ppm
    if rulebook.funding_cap_of == FundingCap.INITIAL_LESS_MAINTENANCE:
        of_ppm = max(0, max(first.initial_ppm, PPM // first.leverage_max) - of_ppm)
    return rulebook.funding_cap_ppm * of_ppm


def rate_e8(rulebook: Rulebook, spec: InstrumentSpec, premium_e12: int, interval_ns: int) -> int:
    """Return the rate of one interval.

    Parameters
    ----------
    rulebook, spec
        The rules, and the tiers of which a cap may be a multiple.
    premium_e12
        The average premium.
    interval_ns
        The time since the settlement before.

    Returns
    -------
    int
        The rate in 1e-8, within +-1.
    """
    formula, rate = rulebook.funding_formula, premium_e12
    interest = rulebook.funding_interest_e8 * _E12_PER_E8
    plain = formula == FundingFormula.PREMIUM_AND_INTEREST
    if plain or formula == FundingFormula.PREMIUM_AND_INTEREST_OVER:
        pull = rulebook.funding_clamp_e8 * _E12_PER_E8
        rate += clamp(interest - rate, -pull, pull)
    if formula == FundingFormula.PREMIUM_AND_DEFAULT:
        rate += interest
    cap = cap_e12(rulebook, spec)
    of_period = formula in (FundingFormula.DAMPED_PREMIUM, FundingFormula.PREMIUM_AND_DEFAULT)
    if cap is not None and of_period:
        rate = clamp(rate, -cap, cap)
    if not plain:
        rate = truncated(rate * interval_ns, rulebook.funding_period_ns)
    if cap is not None and not of_period:
        rate = clamp(rate, -cap, cap)
    return clamp(truncated(rate, _E12_PER_E8), -RATE_E8, RATE_E8)
