"""The compiled core and the reference say the same, word by word, about the same commands.

Seeded episodes look at the state to reach every corner; Hypothesis adds blind sequences that
shrink. A difference in an episode is reported with the shortest sequence of commands that still
shows it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import pytest
from hypothesis import given, settings

pytest.importorskip("delever._core", reason="the compiled core is not built")

from core_venue import CoreVenue, reference_view

from delever.reference import (
    Command,
    CommandKind,
    Contract,
    CrossPool,
    Currency,
    InstrumentSpec,
    MarginMode,
    OrderType,
    ReferenceVenue,
    Rulebook,
    Side,
    TierRule,
    TimeInForce,
    margin,
    marginal_tiers,
)
from delever.reference.events import Event
from delever.reference.state import FUND
from delever.testing import Coverage, Episode, check_events, command_sequences, minimise, replay

EPISODE_COUNT = 1_800
COMMAND_COUNT = 240
EPISODES_PER_TEST = 60
BRANCH_EVERY = 50
AUDIT_EVERY = 8
ENOUGH_SEQUENCES = 100


class Pair:
    """The two venues, side by side."""

    def __init__(self, instruments: Sequence[InstrumentSpec], rulebook: Rulebook) -> None:
        self.core = CoreVenue(instruments, rulebook)
        self.reference = ReferenceVenue(instruments, rulebook)

    def difference(self, command: Command) -> str:
        """Apply a command to both and say where they differ."""
        count = len(self.reference.events)
        self.reference.apply(command)
        return compare(self.core, self.reference, count, command)


def compare(core: CoreVenue, reference: ReferenceVenue, count: int, command: Command) -> str:
    """Apply a command to the core, and say where it differs from the reference, which has it."""
    core_events, reference_events = core.apply([command]), reference.events[count:]
    if core_events != reference_events:
        listed = [f"  reference {event}" for event in reference_events]
        listed += [f"  core      {event}" for event in core_events]
        return "\n".join([f"events differ after {command}:", *listed])
    core_view, view = core.view(), reference_view(reference)
    if core_view != view:
        return f"states differ after {command}:\n  reference {view}\n  core      {core_view}"
    return ""


def first_difference(
    instruments: Sequence[InstrumentSpec], rulebook: Rulebook, commands: Sequence[Command]
) -> str:
    pair = Pair(instruments, rulebook)
    for command in commands:
        if complaint := pair.difference(command):
            return complaint
    return ""


def report(episode: Episode, complaint: str) -> str:
    """Say what differs, and the shortest sequence of commands that shows a difference."""

    def fails(commands: list[Command]) -> bool:
        return bool(first_difference(episode.instruments, episode.rulebook, commands))

    shortest = minimise(episode.commands, fails)
    final = first_difference(episode.instruments, episode.rulebook, shortest)
    lines = [f"seed {episode.seed}, command {len(episode.commands) - 1}: {complaint}"]
    lines += [f"shortest, under {episode.instruments} and {episode.rulebook}:"]
    return "\n".join(lines + [f"  {command}" for command in shortest] + [final])


def play_both(seed: int) -> Episode:
    """Compare both and audit the core after every command; move or guard it anew now and then."""
    episode = Episode(seed, COMMAND_COUNT)
    core = CoreVenue(episode.instruments, episode.rulebook)
    rng = random.Random(seed)
    count = 0
    for number, command in enumerate(episode.play(), start=1):
        complaint = compare(core, episode.venue, count, command)
        assert not complaint, report(episode, complaint)
        count = len(episode.venue.events)
        if seed % 3 == 0 and rng.random() < 0.05:
            core.core.rebuild_guards(rng.randrange(1 << 63))
        assert core.audit() == "", f"seed {seed}: {command}"
        if number % AUDIT_EVERY == 0:  # what it adds up is what the core has just been compared in
            assert episode.venue.audit() == "", f"seed {seed}: {command}"
        if seed % 2 and number % BRANCH_EVERY == 0:
            core.continue_on_branch()
    return episode


def events_of(seed: int) -> tuple[list[Event], Rulebook]:
    episode = play_both(seed)
    check_events(episode.venue.events)
    return episode.venue.events, episode.rulebook


@pytest.fixture(scope="module")
def workers() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(mp_context=get_context("forkserver")) as pool:
        yield pool


@pytest.mark.parametrize("first", range(0, EPISODE_COUNT, EPISODES_PER_TEST))
def test_episodes_agree(first: int, coverage: Coverage, workers: ProcessPoolExecutor) -> None:
    for events, rulebook in workers.map(events_of, range(first, first + EPISODES_PER_TEST)):
        coverage.add(events, rulebook)


def test_everything_that_can_happen_was_compared_often(coverage: Coverage) -> None:
    if coverage.sequences < EPISODE_COUNT:  # this test was asked for on its own
        for seed in range(coverage.sequences, EPISODE_COUNT):
            coverage.add(*events_of(seed))
    rare = [row for row in coverage.rows() if row[2] < ENOUGH_SEQUENCES]
    assert not rare, f"seen in fewer than {ENOUGH_SEQUENCES} sequences: {rare}"


@pytest.mark.parametrize("seed", range(300, 330))
def test_guards_never_influence_events(seed: int) -> None:
    """Set with random budgets after every command, they still lead to the same events."""
    episode = Episode(seed, COMMAND_COUNT)
    for _ in episode.play():
        pass
    core, rng = CoreVenue(episode.instruments, episode.rulebook), random.Random(seed)
    for command in episode.commands:
        core.apply([command])
        core.core.rebuild_guards(rng.randrange(1 << 63))
    assert core.core.digest == episode.venue.digest
    assert core.audit() == ""


@pytest.mark.parametrize("seed", range(12))
def test_a_snapshot_goes_on_as_the_venue_did(seed: int) -> None:
    episode = Episode(seed, COMMAND_COUNT)
    for _ in episode.play():
        pass
    core = CoreVenue(episode.instruments, episode.rulebook)
    half = COMMAND_COUNT // 2
    core.apply(episode.commands[:half])
    assert core.restored_digest_after(episode.commands[half:]) == episode.venue.digest


@pytest.mark.parametrize("seed", range(40, 60))
def test_a_snapshot_keeps_every_queue(seed: int) -> None:
    """Not only totals: who comes first at each price, what waits, and what its triggers saw."""
    episode = Episode(seed, COMMAND_COUNT)
    core = CoreVenue(episode.instruments, episode.rulebook)
    restored = core.restored()
    for number, command in enumerate(episode.play()):
        if number % 20 == 0:
            restored = core.restored()
            assert restored.view() == core.view()
        for venue in (core, restored):
            venue.apply([command])
        assert restored.core.digest == core.core.digest, f"after {command}"
        assert restored.queues() == core.queues(), f"after {command}"
    assert core.core.digest == episode.venue.digest


@pytest.mark.parametrize("seed", range(20_000, 20_030))
def test_thresholds_in_closed_form_are_those_of_a_scan_over_all_ticks(seed: int) -> None:
    episode = Episode(seed, COMMAND_COUNT)
    for _ in episode.play():
        pass
    core = CoreVenue(episode.instruments, episode.rulebook)
    core.apply(episode.commands)
    at_equality = episode.rulebook.breach_at_equality
    for instrument, spec in enumerate(episode.instruments):
        if spec.price_ticks_max > 4_000:
            continue
        for position in episode.venue.state.open_positions(instrument):
            if position.cross:
                continue
            key = (position.account, instrument, position.leg)
            bankruptcy = margin.bankruptcy_price(spec, position)
            assert core.price_of_bankruptcy(*key) == bankruptcy
            if position.account != FUND:
                mark_ticks = episode.venue.instrument(instrument).mark_ticks
                threshold = margin.liquidation_price(spec, position, at_equality, mark_ticks)
                assert core.price_of_liquidation(*key) == threshold


SMALL = InstrumentSpec(
    symbol="SMALLUSDT",
    atoms_per_tick_lot=3,
    price_ticks_max=120,
    order_lots_max=25,
    position_lots_max=60,
    tiers=marginal_tiers([(0, 5_000, 100), (1_000, 10_000, 50), (3_000, 50_000, 10)]),
    maker_fee_ppm=-100,
    taker_fee_ppm=700,
    liquidation_fee_ppm=10_000,
)


def test_closing_whole_or_not_at_all_is_never_refused_for_margin() -> None:
    """Less than nothing is available, and a fill-or-kill market order closes one lot."""

    def order(account: int, side: Side, qty_lots: int, price_ticks: int = 0) -> Command:
        time_in_force = TimeInForce.GTC if price_ticks else TimeInForce.FOK
        return Command(
            kind=CommandKind.PLACE_ORDER,
            account=account,
            side=side,
            order_type=OrderType.LIMIT if price_ticks else OrderType.MARKET,
            time_in_force=time_in_force,
            price_ticks=price_ticks,
            qty_lots=qty_lots,
        )

    spec = replace(SMALL, atoms_per_tick_lot=1, maker_fee_ppm=0, taker_fee_ppm=0)
    spec = replace(spec, leverage_default=10)
    commands = [
        Command(kind=CommandKind.OPEN_ACCOUNT, amount_atoms=150),
        Command(kind=CommandKind.OPEN_ACCOUNT, amount_atoms=100_000),
        order(2, Side.SELL, 10, 100),
        order(1, Side.BUY, 10, 100),
        order(1, Side.BUY, 10, 50),
        order(2, Side.BUY, 3, 60),
        order(1, Side.SELL, 2),
        order(1, Side.SELL, 1),
    ]
    assert replay([spec], Rulebook(), commands[:-1]).account(1).loose_atoms() == -50
    assert first_difference([spec], Rulebook(), commands) == ""


@settings(max_examples=60, deadline=None)
@given(command_sequences())
def test_blind_sequences_agree(commands: list[Command]) -> None:
    assert first_difference([SMALL], Rulebook(), commands) == ""


COIN = replace(
    SMALL,
    symbol="SMALLUSD",
    contract=Contract.INVERSE,
    atom_ticks_per_lot=5_000,
    settle_currency=1,
    tier_rule=TierRule.STEP,
    tiers=tuple(replace(tier, deduction_atoms=0) for tier in SMALL.tiers),
)
POOLED = Rulebook(
    margin_mode_default=MarginMode.CROSS,
    currencies=(Currency("USDT"), Currency("BTC", 900_000, 2 * 10**6, 120)),
)


@pytest.mark.parametrize("cross_pool", list(CrossPool))
@settings(max_examples=60, deadline=None)
@given(commands=command_sequences(instrument_count=2))
def test_blind_sequences_agree_in_pools(cross_pool: CrossPool, commands: list[Command]) -> None:
    rulebook = replace(POOLED, cross_pool=cross_pool)
    indexed = Command(kind=CommandKind.UPDATE_COLLATERAL, instrument=1, price_ticks=50)
    paid = [
        Command(kind=CommandKind.DEPOSIT, account=account, instrument=1, amount_atoms=1_000)
        for account in range(1, 5)
    ]
    sequence = [*commands[:4], *paid, indexed, *commands[4:]]
    assert first_difference([SMALL, COIN], rulebook, sequence) == ""
