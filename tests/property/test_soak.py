"""Random commands on every rulebook for as long as one likes; money adds up after each of them.

DELEVER_SOAK_SECONDS says how long (a few seconds where it is not set). Venues come in turn: one of
random rules, one of each rulebook that ships, under random commands and under a crash. Both engines
take every command; what they hold is added up here, from what the core shows, besides their own
audits.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from core_venue import CoreVenue
from venue_books import SHIPPED, Crash, listed

from delever.reference import (
    Command,
    CommandKind,
    EventKind,
    InstrumentSpec,
    ReferenceVenue,
    Rulebook,
    Word,
)
from delever.testing import CommandFlow, Episode

SECONDS = float(os.environ.get("DELEVER_SOAK_SECONDS", "8"))
COMMANDS = 300
POINTS = 25
TURNS = 2 * len(SHIPPED) + 1  # every rulebook twice, and random rules
_FROM_OUTSIDE = {EventKind.ACCOUNT_OPENED, EventKind.DEPOSITED, EventKind.INSURANCE_FUNDED}


class Books:
    """What has come in from outside, and whether the core still holds it: per currency."""

    def __init__(self, core: CoreVenue, specs: list[InstrumentSpec], currencies: int) -> None:
        self.core = core.core
        self.settles = [spec.settle_currency for spec in specs]
        self.paid_in = [0] * currencies

    def add(self, events: list[tuple[int, ...]]) -> None:
        for event in events:
            kind = event[Word.KIND]
            if kind in _FROM_OUTSIDE:
                self.paid_in[event[Word.INSTRUMENT]] += event[Word.AMOUNT_ATOMS]
            if kind == EventKind.WITHDRAWN:
                self.paid_in[event[Word.INSTRUMENT]] -= event[Word.AMOUNT_ATOMS]

    def held(self) -> list[int]:
        """Add up wallets, margins, fees and dust, less the cost of what is open."""
        totals = []
        for currency in range(len(self.paid_in)):
            wallets = self.core.accounts(currency)["wallet_atoms"].tolist()
            fees, dust, _ = self.core.ledger(currency)
            totals.append(sum(wallets) + fees + dust)
        rows = self.core.positions()
        names = ("instrument", "margin_atoms", "cost_atoms")
        for at, margin, cost in zip(*(rows[name].tolist() for name in names), strict=True):
            totals[self.settles[at]] += margin - cost
        return totals


def _drawn(seed: int) -> tuple[str, ReferenceVenue, list[InstrumentSpec], Iterator[Command]]:
    """Return a venue and the commands it takes, each applied to it before it is handed out."""
    turn, seed = seed % TURNS, seed // TURNS
    if turn == TURNS - 1:
        episode = Episode(10**6 + seed, COMMANDS)
        return "random rules", episode.venue, episode.instruments, episode.play()
    name, at = SHIPPED[turn // 2]
    book, specs = listed(name, at)
    if turn % 2:
        crash = Crash(10**6 + seed, book, specs)
        return name, crash.venue, specs, crash.commands(POINTS)
    venue = ReferenceVenue(specs, book)
    return name, venue, specs, _at_random(10**6 + seed, venue)


def _at_random(seed: int, venue: ReferenceVenue) -> Iterator[Command]:
    flow = CommandFlow(random.Random(seed), venue)
    for _ in range(COMMANDS):
        command = flow.next_command()
        venue.apply(command)
        yield command


def _run(seed: int, end: float, seen: Counter[str]) -> str:
    """Run one venue to its end, or that of the time; return its name."""
    name, venue, specs, commands = _drawn(seed)
    rules = venue.state.rulebook
    plain = rules if type(rules) is Rulebook else Rulebook(**rules.spec())
    core = CoreVenue(specs, plain)
    books = Books(core, specs, len(rules.currencies))
    count = 0
    for command in commands:
        expected, count = venue.events[count:], len(venue.events)
        events = core.apply([command])
        assert events == expected, f"{name}, seed {seed}: {command}"
        books.add(events)
        assert books.held() == books.paid_in, f"{name}, seed {seed}: {command}"
        assert core.audit() == venue.audit() == "", f"{name}, seed {seed}: {command}"
        seen.update(EventKind(event[Word.KIND]).name for event in events)
        seen[CommandKind.__name__] += 1
        if time.monotonic() > end:
            break
    return name


def test_money_adds_up_after_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    end = time.monotonic() + SECONDS
    seen, runs = Counter[str](), Counter[str]()
    seed = 0
    while time.monotonic() < end or not runs:
        # In a short soak nobody takes the time of the others.
        turn_ends = min(end, time.monotonic() + max(1, SECONDS / 4) / TURNS * 4)
        runs[_run(seed, turn_ends, seen)] += 1
        seed += 1
    with capsys.disabled():
        print(f"\nsoak: {seen.pop(CommandKind.__name__):,} commands in {SECONDS:g} s;", dict(runs))
        risk = ("LIQUIDAT", "TAKEN", "DELEVERAGED", "LOSS", "SEIZED")
        print({k: n for k, n in sorted(seen.items()) if any(one in k for one in risk)})
