"""Each rulebook that ships runs a small book of accounts through a crash, in both engines alike.

With its own words: steps to a lower tier, fractions and a vault, clips, fillable prices; its own
last resort and ranking. After every command both engines said the same, and nothing is lost.
"""

from __future__ import annotations

from collections import Counter

import pytest
from core_venue import CoreVenue, reference_view
from venue_books import SHIPPED, Crash, listed

from delever.reference import EventKind, LastResort, Reduce, Remainder, Rulebook, Word
from delever.reference.rulebook_file import shipped_names
from delever.testing import check_events

SEEDS = 6
POINTS = 20
ALWAYS = {"LIQUIDATION_STARTED", "LIQUIDATION_FINISHED", "POSITION_TAKEN_OVER", "ORDER_FILLED"}


@pytest.mark.parametrize(("name", "at"), SHIPPED)
def test_both_run_the_crash_alike(name: str, at: str) -> None:
    book, specs = listed(name, at)
    seen: Counter[str] = Counter()
    for seed in range(SEEDS):
        crash = Crash(seed, book, specs)
        core = CoreVenue(specs, Rulebook(**book.spec()))
        count = 0
        for command in crash.commands(POINTS):
            expected, count = crash.venue.events[count:], len(crash.venue.events)
            assert core.apply([command]) == expected, f"seed {seed}: {command}"
            assert core.audit() == crash.venue.audit() == "", f"seed {seed}: {command}"
        assert core.view() == reference_view(crash.venue)
        check_events(crash.venue.events)
        seen.update(EventKind(event[Word.KIND]).name for event in crash.venue.events)
    assert set(seen) >= ALWAYS | _last_words(book), dict(seen)


def _last_words(book: Rulebook) -> set[str]:
    """Return the events that a rulebook must lead to, because they are its own way."""
    words = {"LIQUIDATION_STEPPED"} if book.steps else set()
    if book.remainder != Remainder.TAKEOVER or book.reduce == Reduce.TWO_TIERS:
        words.add("LIQUIDATION_STOPPED")
    if book.last_resort in (LastResort.WINNERS, LastResort.OPEN_INTEREST):
        return words | {"LOSS_SOCIALISED", "SESSION_CLOSED"}
    return words | {"ACCOUNT_DELEVERAGED"}


def test_every_rulebook_is_run() -> None:
    assert {name for name, _ in SHIPPED} == set(shipped_names())
