"""Random venues, random commands and invariants, for tests of anything built on a venue.

`Episode` plays a seeded sequence of commands that looks at the state and reaches every corner of
the rules. `episodes` and `command_sequences` wrap the same for Hypothesis (extra ``test``): the
first searches seeds, the second shrinks to the commands that matter. `check_events` and
`minimise` serve both. Nothing here needs the compiled core.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from delever.errors import ConfigError

from . import (
    EVERY_INSTRUMENT,
    CancelReason,
    Command,
    CommandKind,
    Event,
    EventKind,
    InstrumentSpec,
    OrderFlag,
    OrderType,
    PositionSide,
    ReferenceVenue,
    RejectReason,
    Rulebook,
    Side,
    TermKind,
    TimeInForce,
    Word,
)
from .flow import CommandFlow
from .procedure_coverage import ASKED, WORDS, words_shown
from .random_rules import random_rules

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = [
    "CommandFlow",
    "Coverage",
    "Episode",
    "check_events",
    "command_sequences",
    "episodes",
    "minimise",
    "random_rules",
    "replay",
]

_SECOND = 1_000_000_000


@dataclass
class Episode:
    """A seeded sequence of commands on a random venue.

    Parameters
    ----------
    seed
        Names the venue's rules and every command.
    command_count
        How many commands it has.

    Examples
    --------
    >>> episode = Episode(seed=7, command_count=50)
    >>> for command in episode.play():
    ...     pass
    >>> episode.venue.audit(), len(episode.commands)
    ('', 50)
    """

    seed: int
    command_count: int
    commands: list[Command] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)  # noqa: S311  (no secrets are drawn)
        self.instruments, self.rulebook = random_rules(self._rng)
        self.venue = ReferenceVenue(self.instruments, self.rulebook)

    def play(self) -> Iterator[Command]:
        """Draw the commands, applying each to `venue` before it is handed out."""
        flow = CommandFlow(self._rng, self.venue)
        while len(self.commands) < self.command_count:
            command = flow.next_command()
            self.commands.append(command)
            self.venue.apply(command)
            yield command


@dataclass
class Coverage:
    """In how many sequences each event kind, reject reason and cancel reason has occurred."""

    sequences: int = 0
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, events: Iterable[Event], rulebook: Rulebook | None = None) -> None:
        """Count what occurs in the events of one sequence, and what of the rulebook led to it."""
        found = set()
        for event in events:
            kind, reason = EventKind(event[Word.KIND]), event[Word.REASON]
            found.add((EventKind.__name__, kind.name))
            if kind is EventKind.COMMAND_REJECTED:
                found.add((RejectReason.__name__, RejectReason(reason).name))
            if kind is EventKind.ORDER_CANCELLED:
                found.add((CancelReason.__name__, CancelReason(reason).name))
        if rulebook is not None:
            found |= words_shown(rulebook, {name for _, name in found})
        self.sequences += 1
        self.seen.update(found)

    def rows(self) -> list[tuple[str, str, int]]:
        """Return (group, name, sequences) for everything that can occur."""
        groups: tuple[type[IntEnum], ...] = (EventKind, RejectReason, CancelReason, *WORDS)
        return [
            (group.__name__, member.name, self.seen[group.__name__, member.name])
            for group in groups
            for member in group
            if (member.name != "NONE" or group in WORDS) and member not in ASKED
        ]

    def table(self) -> str:
        """Return the counts as text, three columns wide."""
        cells = [f"{count:6d}  {_shown(*row):<27}" for *row, count in self.rows()]
        depth = -(-len(cells) // 3)
        lines = ["".join(cells[row::depth]) for row in range(depth)]
        return "\n".join([f"occurrences in {self.sequences} compared sequences", *lines])


def _shown(group: str, name: str) -> str:
    """Return what the table calls a thing: a word of a rulebook with what it is a word of."""
    is_word = group in {one.__name__ for one in WORDS}
    return f"{group}.{name}"[:32] if is_word else name


def replay(
    instruments: Sequence[InstrumentSpec], rulebook: Rulebook, commands: Iterable[Command]
) -> ReferenceVenue:
    """Apply commands to a new reference venue.

    Parameters
    ----------
    instruments, rulebook
        The venue's rules.
    commands
        The commands, in order.

    Returns
    -------
    ReferenceVenue
        The venue after the last command.
    """
    venue = ReferenceVenue(instruments, rulebook)
    venue.apply(commands)
    return venue


def check_events(events: Sequence[Sequence[int]]) -> None:
    """Assert what holds for the events of any venue, whatever its rules.

    Parameters
    ----------
    events
        All events since the start, as sixteen words each.

    Raises
    ------
    AssertionError
        If sequences have a gap, time or command numbers run backwards, a cause is not an earlier
        event, liquidations of isolated positions are neither finished nor stopped nor wait, or what
        is taken from an account in a liquidation belongs to no liquidation of that account.
    """
    started: set[int] = set()
    stepped: set[int] = set()
    previous: Sequence[int] | None = None
    for place, event in enumerate(events):
        cause, kind = event[Word.CAUSE], event[Word.KIND]
        assert event[Word.SEQUENCE] == place, f"event {place} has sequence {event[0]}"  # noqa: S101
        assert -1 <= cause < place, f"event {place} is caused by {cause}"  # noqa: S101
        if previous is not None:
            for word in (Word.TIME_NS, Word.COMMAND):
                assert previous[word] <= event[word], f"{word.name} falls at {place}"  # noqa: S101
        if kind == EventKind.LIQUIDATION_STARTED:
            started.add(place)
        if kind == EventKind.LIQUIDATION_STEPPED:
            assert cause in started, f"event {place} is a step of no liquidation"  # noqa: S101
            stepped.add(cause)
        if kind in (EventKind.LIQUIDATION_FINISHED, EventKind.LIQUIDATION_STOPPED):
            assert cause in started, f"event {place} finishes no liquidation"  # noqa: S101
            if events[cause][Word.INSTRUMENT] != EVERY_INSTRUMENT:
                started.remove(cause)
        if (victim := _victim(event)) is not None:
            assert cause in started, f"event {place} is part of no liquidation"  # noqa: S101
            hit = events[cause][Word.ACCOUNT]
            assert hit == victim, f"event {place} hits another"  # noqa: S101
        previous = event
    # A liquidation in steps may wait for the next one.
    isolated = (one for one in started if events[one][Word.INSTRUMENT] != EVERY_INSTRUMENT)
    alone = [one for one in isolated if one not in stepped]
    assert not alone, f"liquidations {sorted(alone)} never finished"  # noqa: S101


def _victim(event: Sequence[int]) -> int | None:
    """Return whose liquidation an event must belong to, or None where it need not to any."""
    kind = event[Word.KIND]
    if kind == EventKind.ACCOUNT_DELEVERAGED:
        return event[Word.OTHER_ACCOUNT]
    pool_loss = kind == EventKind.LOSS_COVERED and event[Word.INSTRUMENT] == EVERY_INSTRUMENT
    taken = (EventKind.POSITION_TAKEN_OVER, EventKind.COLLATERAL_SEIZED)
    return event[Word.ACCOUNT] if pool_loss or kind in taken else None


def minimise(commands: Sequence[Command], fails: Callable[[list[Command]], bool]) -> list[Command]:
    """Drop commands from a failing sequence for as long as it still fails.

    Parameters
    ----------
    commands
        A sequence for which `fails` is true.
    fails
        Whether a sequence still fails.

    Returns
    -------
    list[Command]
        A sequence that fails, from which no single command can be dropped.
    """
    kept = list(commands)
    chunk = max(1, len(kept) // 2)
    while True:
        start, dropped = 0, False
        while start < len(kept):
            shorter = kept[:start] + kept[start + chunk :]
            if fails(shorter):
                kept, dropped = shorter, True
            else:
                start += chunk
        if chunk == 1 and not dropped:
            return kept
        if not dropped:
            chunk = max(1, chunk // 2)


def _strategies() -> Any:
    try:
        import hypothesis.strategies  # noqa: PLC0415  (an extra)
    except ImportError as missing:
        raise ConfigError(
            "the strategies of delever.testing need hypothesis: pip install 'delever[test]'"
        ) from missing
    return hypothesis.strategies


def episodes(command_count: int = 200) -> SearchStrategy[Episode]:
    """Return a Hypothesis strategy for seeded episodes, not played yet.

    Parameters
    ----------
    command_count
        How many commands each has.

    Returns
    -------
    SearchStrategy[Episode]
        It shrinks towards small seeds, which says nothing: pass the commands to `minimise`.
    """
    strategies = _strategies()
    seeds = strategies.integers(0, 2**32 - 1)
    made: SearchStrategy[Episode] = seeds.map(lambda seed: Episode(seed, command_count))
    return made


def _term_rows() -> Any:
    """Return a strategy for the terms of an order, most of them unsound."""
    strategies = _strategies()
    return strategies.builds(
        Command,
        kind=strategies.just(CommandKind.ATTACH_TERM),
        order_type=strategies.sampled_from(list(TermKind)),
        flags=strategies.integers(1, 4),
        side=strategies.integers(0, 3),
        time_in_force=strategies.integers(0, 4),
        price_ticks=strategies.sampled_from([0, 0, 1, 45, 50, 55]),
        qty_lots=strategies.sampled_from([0, 0, 1, 3, 10]),
        amount_atoms=strategies.sampled_from([0, 1, 2, 10 * _SECOND]),
    )


def command_sequences(
    instrument_count: int = 1, account_count: int = 4, size_max: int = 60
) -> SearchStrategy[list[Command]]:
    """Return a Hypothesis strategy for commands drawn one by one, without looking at a venue.

    Parameters
    ----------
    instrument_count
        How many instruments the venue lists.
    account_count
        How many accounts open before anything else.
    size_max
        The most commands after that.

    Returns
    -------
    SearchStrategy[list[Command]]
        Sequences that begin with funded accounts and marked instruments, and shrink well.
    """
    strategies = _strategies()
    price = strategies.integers(40, 60)
    drawn = strategies.builds(
        Command,
        kind=strategies.sampled_from(list(CommandKind)),
        instrument=strategies.integers(0, instrument_count - 1),
        side=strategies.sampled_from([Side.BUY, Side.SELL]),
        order_type=strategies.sampled_from([OrderType.LIMIT, OrderType.MARKET]),
        time_in_force=strategies.sampled_from(list(TimeInForce)),
        flags=strategies.sampled_from([0, *OrderFlag]),
        account=strategies.integers(1, account_count),
        other_account=strategies.integers(1, account_count),
        order_id=strategies.sampled_from([0, *(1 << 32 | slot for slot in range(6))]),
        client_id=strategies.integers(0, 3),
        price_ticks=price,
        qty_lots=strategies.integers(1, 30),
        amount_atoms=strategies.integers(-2_000, 20_000),
    )
    steps = strategies.integers(0, 2 * _SECOND)
    # Most accounts have one position, which orders need not name.
    sides = strategies.sampled_from([0, 0, 0, *PositionSide])
    opened = [
        Command(kind=CommandKind.OPEN_ACCOUNT, amount_atoms=1_000 * (account + 1))
        for account in range(account_count)
    ]
    marked = [
        Command(kind=CommandKind.SET_MARK, instrument=instrument, price_ticks=50)
        for instrument in range(instrument_count)
    ]

    def timed(drawn_steps: list[tuple[int, Command, int, list[Command]]]) -> list[Command]:
        time_ns, commands = 0, [*opened, *marked]
        for step, drawn_command, side, rows in drawn_steps:
            time_ns += step
            command = drawn_command
            if command.kind in (CommandKind.PLACE_ORDER, CommandKind.REPLACE_ORDER):
                command = replace(command, other_account=side)
            attached = [replace(one, account=command.account) for one in rows]
            commands += [replace(one, time_ns=time_ns) for one in (*attached, command)]
        return commands

    rows = strategies.lists(_term_rows(), max_size=2)
    one_step = strategies.tuples(steps, drawn, sides, rows)
    made: SearchStrategy[list[Command]] = strategies.lists(one_step, max_size=size_max).map(timed)
    return made
