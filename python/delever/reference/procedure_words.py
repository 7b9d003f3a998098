"""The words of a venue's liquidation procedure, with the numbers of csrc/risk: defined once.

A procedure is put together from these: how much a step closes, at what price, whether at once in
part or whole, what becomes of the rest, who gets the fee, who bears what nobody can, and who gives
up profit first. The first word of each is what a rulebook does that says nothing.
"""

from __future__ import annotations

from enum import IntEnum


class Reduce(IntEnum):
    """How much of a position one step of a liquidation closes."""

    WHOLE = 0
    NEXT_TIER = 1  # down to the next lower margin tier, fill-or-kill; then the whole
    FRACTION = 2  # of a large position a share first; then the whole
    CLIP = 3  # no more than a sum, one position at a time
    TWO_TIERS = 4  # down by two margin tiers, at once; then again after a while
    NEEDED = 5  # the least that ends the breach if it trades at the mark
    ASKED = 6  # what the user's own procedure answers


class ClosePrice(IntEnum):
    """How far from the mark a liquidation may trade."""

    BANKRUPTCY = 0  # what leaves exactly nothing
    MARKET = 1  # the bound of market orders
    FILLABLE = 2  # a share of the maintenance margin, the larger the less is left of it


class CloseTimeInForce(IntEnum):
    """Whether a liquidation takes what it gets, or nothing but all it wants."""

    IMMEDIATE = 0
    FILL_OR_KILL = 1


class Remainder(IntEnum):
    """What becomes of what is still in breach after a step."""

    TAKEOVER = 0  # the insurance fund takes it, or the last resort
    WAIT = 1  # the next step, after an interval; a takeover once nothing is left of the margin
    VAULT = 2  # as WAIT, but the fund takes it whole once too little of the margin is left


class LiquidationFee(IntEnum):
    """What the insurance fund gets of a liquidation that the book could fill."""

    FILLED = 0  # a share of the value filled, at most what is left
    ALL_LEFT = 1  # all that is left of a position or pool that was closed whole
    NONE = 2


class LastResort(IntEnum):
    """Who bears what the insurance fund cannot."""

    BANKRUPTCY = 0  # the other side, deleveraged at the bankruptcy price
    MARK = 1  # the fund, while the other side is deleveraged at the mark
    WINNERS = 2  # whoever won since the session began, in proportion
    OPEN_INTEREST = 3  # every position, in proportion to its size
    PREVIOUS_MARK = 4  # as MARK, at the mark before


class FundTrigger(IntEnum):
    """When the insurance fund takes nothing over any more."""

    DEPLETED = 0  # it would be insolvent
    FALL = 1  # or it has lost a share of its peak within a window
    DRAWDOWN = 2  # or all of its peak
    SOLVENT = 3  # only what is under water, whatever the fund has


class Ranking(IntEnum):
    """Who of the other side is deleveraged first."""

    LEVERAGE_PROFIT = 0  # profit over wallet, times margin ratio
    EFFECTIVE_LEVERAGE = 1  # profit over cost, times effective leverage; losses divided by it
    PRICE_RATIO = 2  # mark over entry, times leverage
    PROFIT_LEVERAGE = 3  # profit over entry value, times leverage, neither ever nothing
    SEEDED_START = 4  # by account, from a pseudo-random one on
    PRO_RATA = 5  # all together, in proportion to size
    RISK_AWARE = 6  # all together, in proportion to size times leverage
    USER = 7  # the user's own scores
