"""What a user decides, both engines carry out alike; where the user raises, nothing has happened.

The functions look only at what they are given, which is the same for both: a core that was told
something else would decide something else.
"""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from core_venue import CoreVenue, reference_view
from numpy.typing import NDArray

from delever.reference import EventKind, Ranking, Reduce, ReferenceVenue, Word
from delever.reference.state import Advisor
from delever.testing import CommandFlow, check_events, random_rules

SEEDS = range(12)
COMMANDS = 200
Told = dict[str, int]


class Sulk(Exception):  # noqa: N818  (a user's own)
    """Raised by a user who has had enough."""


class Mind:
    """A user's decisions: a hash of everything told, the same from numbers and from columns."""

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self.asked = 0

    def _sum(self, told: Told) -> int:
        names = sorted(told)
        return sum((at + 3) * (int(told[name]) % 1_009) for at, name in enumerate(names))

    def procedure(self, told: Told) -> int:
        self._tire()
        return self._sum(told) % (abs(told["qty_lots"]) + 3) - 1

    def ranking(self, told: list[Told]) -> list[int]:
        self._tire()
        return [self._sum(one) % 17 - 8 for one in told]

    def array_ranking(self, told: dict[str, NDArray[np.int64]]) -> NDArray[np.int64]:
        rows = zip(*(told[name].tolist() for name in told), strict=True)
        return np.array(self.ranking([dict(zip(told, row, strict=True)) for row in rows]), np.int64)

    def _tire(self) -> None:
        self.asked += 1
        if self.asked % self.patience == 0:
            raise Sulk


def run(seed: int, patience: int, seen: set[str]) -> int:
    """Compare command by command; a command that a user spoils is tried once more."""
    rng = random.Random(seed)
    specs, rulebook = random_rules(rng)
    rulebook = replace(
        rulebook, reduce=rng.choice([Reduce.ASKED, rulebook.reduce]), ranking=Ranking.USER
    )
    mine, its = Mind(patience), Mind(10**9)
    reference = ReferenceVenue(
        specs, rulebook, Advisor(ranking=mine.ranking, procedure=mine.procedure)
    )
    core = CoreVenue(specs, rulebook)
    core.core.set_advisor(its.array_ranking, its.procedure)
    flow, spoilt = CommandFlow(rng, reference), 0
    for _ in range(COMMANDS):
        command, count = flow.next_command(), len(reference.events)
        try:
            reference.apply(command)
        except Sulk:
            spoilt += 1
            assert len(reference.events) == count
            its.patience, before = its.asked + 1, (core.core.digest, core.view())
            with pytest.raises(Sulk):
                core.apply([command])
            assert (core.core.digest, core.view()) == before, f"seed {seed}: {command}"
            its.patience = 10**9
            reference.apply(command)
        assert core.apply([command]) == reference.events[count:], f"seed {seed}: {command}"
        assert core.audit() == reference.audit() == "", f"seed {seed}: {command}"
    assert core.view() == reference_view(reference)
    check_events(reference.events)
    seen |= {EventKind(event[Word.KIND]).name for event in reference.events}
    return spoilt


def test_both_ask_and_obey_alike() -> None:
    seen: set[str] = set()
    spoilt = sum(run(seed, patience=7, seen=seen) for seed in SEEDS)
    assert seen >= {"LIQUIDATION_STEPPED", "ACCOUNT_DELEVERAGED", "LIQUIDATION_STOPPED"}
    assert spoilt > 5
