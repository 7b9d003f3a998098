"""The core and its twin agree under the rules that ship, as under the random ones."""

from __future__ import annotations

import random

import pytest
from core_venue import CoreVenue, reference_view

import delever as dl
from delever.reference import EventKind, ReferenceVenue, Rulebook, Word
from delever.testing import CommandFlow, check_events

SYMBOLS = ("BTCUSDT", "XRPUSDT")
REACHED = {"LIQUIDATION_FINISHED", "POSITION_TAKEN_OVER", "ACCOUNT_DELEVERAGED", "FUNDING_PAID"}


@pytest.mark.parametrize("at", ["2025-10-19", "2026-02-05"])
def test_both_agree_under_binances_rules(at: str) -> None:
    book, seen = dl.rulebook("binance-um", at=at), set()
    specs = [book.instrument(symbol).reference_spec() for symbol in SYMBOLS]
    for seed in range(12):
        reference = ReferenceVenue(specs, book)
        core = CoreVenue(specs, Rulebook(**book.spec()))
        flow = CommandFlow(random.Random(seed), reference)
        for _ in range(200):
            command, count = flow.next_command(), len(reference.events)
            reference.apply(command)
            assert core.apply([command]) == reference.events[count:], command
        assert core.view() == reference_view(reference)
        assert core.audit() == reference.audit() == ""
        check_events(reference.events)
        seen |= {EventKind(event[Word.KIND]).name for event in reference.events}
    assert seen >= REACHED
