"""Money, positions and books add up after every single command, whatever the command."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delever.reference import (
    CancelReason,
    Command,
    CommandKind,
    Event,
    EventKind,
    InstrumentSpec,
    ReferenceVenue,
    Rulebook,
    TermKind,
    TimeInForce,
    Word,
    marginal_tiers,
)
from delever.testing import Episode, check_events, command_sequences, episodes, minimise, replay

SPEC = InstrumentSpec(
    symbol="SMALLUSDT",
    atoms_per_tick_lot=7,
    price_ticks_max=100,
    order_lots_max=20,
    position_lots_max=40,
    tiers=marginal_tiers([(0, 5_000, 100), (2_000, 25_000, 20)]),
    maker_fee_ppm=150,
    taker_fee_ppm=450,
    liquidation_fee_ppm=5_000,
)


@pytest.mark.parametrize("seed", range(5_000, 5_060))
def test_identities_hold_after_every_command(seed: int) -> None:
    episode = Episode(seed, command_count=200)
    for command in episode.play():
        assert episode.venue.audit() == "", f"after {len(episode.commands)} commands: {command}"
    check_events(episode.venue.events)


@settings(max_examples=60, deadline=None)
@given(command_sequences(), st.booleans(), st.booleans())
def test_identities_hold_for_blind_sequences(
    commands: list[Command], deleveraging: bool, breach_at_equality: bool
) -> None:
    rulebook = Rulebook(deleveraging=deleveraging, breach_at_equality=breach_at_equality)
    venue = replay([SPEC], rulebook, commands)
    assert venue.audit() == ""
    check_events(venue.events)


@settings(max_examples=20, deadline=None)
@given(episodes(command_count=80))
def test_the_same_commands_give_the_same_events(episode: Episode) -> None:
    for _ in episode.play():
        pass
    again = replay(episode.instruments, episode.rulebook, episode.commands)
    assert again.events == episode.venue.events
    assert again.digest == episode.venue.digest


def refused(events: list[Event]) -> int:
    return sum(event[Word.KIND] == EventKind.COMMAND_REJECTED for event in events)


def everything(venue: ReferenceVenue) -> str:
    """Return all that a command may change, but for the time and the events."""
    state = venue.state
    positions = [
        state.legs(account, instrument)
        for account in range(venue.account_count)
        for instrument in range(len(state.instruments))
    ]
    marks = [(one.mark_ticks, one.index_ticks, one.last_ticks) for one in state.instruments]
    totals = (state.fees_atoms, state.dust_atoms, state.net_deposits_atoms)
    return repr((state.accounts, positions, marks, state.collateral_ticks, totals))


@pytest.mark.parametrize("seed", range(6_000, 6_012))
def test_refused_commands_change_nothing_but_time(seed: int) -> None:
    episode = Episode(seed, command_count=150)
    venue = episode.venue
    before, count = everything(venue), 0
    for command in episode.play():
        new, count = venue.events[count:], len(venue.events)
        after = everything(venue)
        if len(new) == 1 and refused(new):
            assert after == before, command
        before = after


@pytest.mark.parametrize("seed", range(7_000, 7_030))
def test_fill_or_kill_is_whole_or_nothing_and_a_minimum_is_kept(seed: int) -> None:
    """What the dry run promises is what the book gives, whatever else lives in it."""
    episode = Episode(seed, command_count=200)
    count, rows = 0, dict[int, Command]()
    for command in episode.play():
        new, count = episode.venue.events[count:], len(episode.venue.events)
        if command.kind == CommandKind.ATTACH_TERM:
            rows[command.order_type] = command
            continue
        terms, rows = rows, {}
        placed = command.kind in (CommandKind.PLACE_ORDER, CommandKind.REPLACE_ORDER)
        if not placed or refused(new) or TermKind.TRIGGER in terms:
            continue
        accepted = next(one for one in new if one[Word.KIND] == EventKind.ORDER_ACCEPTED)
        mine = accepted[Word.ORDER_ID]
        lots = [
            one[Word.QTY_LOTS]
            for one in new
            if one[Word.KIND] == EventKind.ORDER_FILLED and one[Word.ORDER_ID] == mine
        ]
        if command.time_in_force == TimeInForce.FOK:
            assert sum(lots) == accepted[Word.QTY_LOTS], command
        elif TermKind.MINIMUM in terms and lots and not short_of_margin(new, mine):
            assert sum(lots) >= terms[TermKind.MINIMUM].qty_lots, command


def short_of_margin(events: list[Event], order_id: int) -> bool:
    return any(
        one[Word.ORDER_ID] == order_id and one[Word.REASON] == CancelReason.INSUFFICIENT_MARGIN
        for one in events
        if one[Word.KIND] == EventKind.ORDER_CANCELLED
    )


def test_minimise_keeps_only_what_matters() -> None:
    episode = Episode(1, command_count=60)
    for _ in episode.play():
        pass

    def fails(commands: list[Command]) -> bool:
        return refused(replay(episode.instruments, episode.rulebook, commands).events) >= 2

    assert fails(episode.commands)
    assert len(minimise(episode.commands, fails)) == 2
