"""The words of the rules by which index, mark and funding rate are made.

Numbers are part of snapshots and never change; csrc/market/price_rules.hpp has the same.
"""

from __future__ import annotations

from enum import IntEnum


class MarkMethod(IntEnum):
    """How a venue makes its mark."""

    MEDIAN_OF_THREE = 0  # index with funding, index with the mean basis, last price
    INDEX_PLUS_BASIS = 1  # index with the mean basis
    INDEX_WITH_FUNDING = 2  # index x (1 + rate x time to funding / interval)
    EMA_IN_BAND = 3  # index with an exponential average of the basis, in a band
    ORACLE_BOOK_VENUES = 4  # median of oracle with basis, book, and other venues
    ORACLE = 5  # the index itself


class BookPrice(IntEnum):
    """What of the book the basis compares with the index."""

    TOUCH = 0
    IMPACT = 1


class ImpactOf(IntEnum):
    """Whether the value of an impact order is given, or the margin it has at most leverage."""

    NOTIONAL = 0
    MARGIN = 1


class IndexRule(IntEnum):
    """How an index is made of its sources."""

    WEIGHTED_MEAN = 0
    WEIGHTED_MEDIAN = 1
    MEAN_OF_MIDDLE = 2  # without the highest and the lowest, where there are three or more
    EQUAL_WEIGHTS = 3


class IndexOutlier(IntEnum):
    """What becomes of a source far from the median of all."""

    NONE = 0
    CAP = 1
    DROP = 2


class FundingFormula(IntEnum):
    """How a rate follows from the average premium."""

    PREMIUM_AND_INTEREST = 0  # premium + clamp(interest - premium, +-clamp), per interval
    PREMIUM_AND_INTEREST_OVER = 1  # the same x interval / period
    PREMIUM_ALONE = 2  # premium x interval / period
    DAMPED_PREMIUM = 3  # each sample damped; capped, then x interval / period
    PREMIUM_AND_DEFAULT = 4  # premium + interest; capped, then x interval / period


class PremiumOf(IntEnum):
    """What the premium compares, as a share of the index."""

    IMPACT = 0  # max(0, impact bid - index) - max(0, index - impact ask)
    IMPACT_MID = 1  # mean of impact bid and ask - index
    TOUCH_MID = 2  # mean of best bid and ask - index
    MARK = 3  # mark - index
    IMPACT_OVER_MARK = 4  # impact against the mark, plus rate x time to funding / interval


class PremiumAverage(IntEnum):
    """Which samples of the premium count, and how much."""

    LINEAR = 0  # weights 1 .. n
    EQUAL = 1  # all alike
    PREVIOUS = 2  # those of the interval before the last settlement, all alike


class FundingCap(IntEnum):
    """Of what the cap of a rate is a multiple."""

    NONE = 0
    SHARE = 1
    MAINTENANCE = 2  # the first tier's maintenance rate
    INITIAL_LESS_MAINTENANCE = 3  # the difference of the first tier's rates


class PaidOn(IntEnum):
    """At which price a position's funding is counted."""

    MARK = 0
    INDEX = 1


class SourceBoard(IntEnum):
    """Where a source's price goes: into the index, or beside the mark."""

    INDEX = 0
    VENUE = 1
