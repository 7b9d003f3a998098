"""The reference venue: the specification of delever, in Python that can be read.

A slow, exact twin of the compiled core, in plain integers and without cleverness: every position
is asked at every mark, every best price is searched for. The two give the same events, word by
word, for the same commands. Nothing here imports the core.
"""

from __future__ import annotations

from .commands import (
    EVERY_INSTRUMENT,
    CancelReason,
    Command,
    CommandKind,
    OrderFlag,
    OrderType,
    RejectReason,
    Side,
    TimeInForce,
)
from .events import Event, EventKind, Word
from .rules import InstrumentSpec, MarginTier, Rulebook, marginal_tiers
from .venue import ReferenceVenue

__all__ = [
    "EVERY_INSTRUMENT",
    "CancelReason",
    "Command",
    "CommandKind",
    "Event",
    "EventKind",
    "InstrumentSpec",
    "MarginTier",
    "OrderFlag",
    "OrderType",
    "ReferenceVenue",
    "RejectReason",
    "Rulebook",
    "Side",
    "TimeInForce",
    "Word",
    "marginal_tiers",
]
