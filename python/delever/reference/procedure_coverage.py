"""Which words of a rulebook's procedure a sequence of commands has shown at work.

This module owns what counts as shown: a liquidation for the way positions are closed, a takeover or
a deleveraging for what triggers the fund, a loss that others bore for who bears it.
"""

from __future__ import annotations

from enum import IntEnum

from .procedure_words import (
    ClosePrice,
    CloseTimeInForce,
    FundTrigger,
    LastResort,
    LiquidationFee,
    Ranking,
    Reduce,
    Remainder,
)
from .rules import Rulebook

WORDS: tuple[type[IntEnum], ...] = (
    Reduce,
    ClosePrice,
    CloseTimeInForce,
    Remainder,
    LiquidationFee,
    LastResort,
    FundTrigger,
    Ranking,
)
ASKED: tuple[IntEnum, ...] = (Reduce.ASKED, Ranking.USER)
"""What only a user's own function decides."""
_SHARED = (LastResort.WINNERS, LastResort.OPEN_INTEREST)


def words_shown(rulebook: Rulebook, events: set[str]) -> set[tuple[str, str]]:
    """Return (group, name) of the words that the events of a sequence have shown.

    Parameters
    ----------
    rulebook
        The rules of the sequence.
    events
        The names of the kinds of events in it.
    """
    words: list[IntEnum] = []
    if "LIQUIDATION_STARTED" in events:
        words += [rulebook.reduce, rulebook.close_price, rulebook.close_tif]
        words += [rulebook.remainder, rulebook.liquidation_fee_of]
    if events & {"POSITION_TAKEN_OVER", "ACCOUNT_DELEVERAGED"}:
        words.append(rulebook.fund_trigger)
    if "LOSS_SOCIALISED" in events or (
        "ACCOUNT_DELEVERAGED" in events and rulebook.last_resort not in _SHARED
    ):
        words.append(rulebook.last_resort)
    if "ACCOUNT_DELEVERAGED" in events:
        words.append(rulebook.ranking)
    return {(type(word).__name__, word.name) for word in words}
