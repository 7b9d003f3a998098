"""Events: everything a venue says, as tuples of sixteen integers, and the digest over them.

This module owns the place of every word in an event and the digest, all with the
numbers of ``csrc/venue/event.hpp`` and ``csrc/units/digest.hpp``. An event's sequence is its
index in the stream; its cause is the sequence of an earlier event, or -1 where the command itself
led to it. Words that a kind does not use are 0.
"""

from __future__ import annotations

from enum import IntEnum

from .vocabulary import EventKind

__all__ = ["WORD_COUNT", "Event", "EventKind", "EventStream", "Word", "signed_word"]

Event = tuple[int, ...]

WORD_COUNT = 16
_WORD_MASK = (1 << 64) - 1
_DIGEST_START = 0x64656C6576657231
_DIGEST_FACTOR = 0x9E3779B97F4A7C15


class Word(IntEnum):
    """The place of each word in an event."""

    SEQUENCE = 0
    TIME_NS = 1
    COMMAND = 2
    CAUSE = 3
    KIND = 4
    INSTRUMENT = 5
    ACCOUNT = 6
    ORDER_ID = 7
    SIDE = 8
    PRICE_TICKS = 9
    QTY_LOTS = 10
    AMOUNT_ATOMS = 11
    OTHER_ACCOUNT = 12
    OTHER_ORDER = 13
    OTHER_AMOUNT = 14
    REASON = 15


def signed_word(word: int) -> int:
    """Read the lowest 64 bits of an integer as a signed word, as the core stores them."""
    word &= _WORD_MASK
    return word - (1 << 64) if word >> 63 else word


def splitmix64(x: int) -> int:
    x = (x + 0x9E3779B97F4A7C15) & _WORD_MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _WORD_MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _WORD_MASK
    return x ^ (x >> 31)


_DIGEST_KEYS = tuple(splitmix64(place + 1) | 1 for place in range(WORD_COUNT))


class EventStream:
    """The events so far and their digest.

    Attributes
    ----------
    events
        Every event, in order; the sequence of an event is its index.
    digest
        The digest of all of them.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.digest = _DIGEST_START

    @property
    def next_sequence(self) -> int:
        """The sequence the next event will have."""
        return len(self.events)

    def append(self, event: Event) -> None:
        """Add an event and advance the digest over its words.

        Parameters
        ----------
        event
            Sixteen signed 64-bit words.
        """
        self.events.append(event)
        mixed = sum(word * key for word, key in zip(event, _DIGEST_KEYS, strict=True)) & _WORD_MASK
        state = ((self.digest ^ mixed) * _DIGEST_FACTOR) & _WORD_MASK
        self.digest = state ^ (state >> 32)
