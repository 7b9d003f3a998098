"""The frame around commands: numbers, time, refusals, records, the digest."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from reference_desk import PLAIN, Desk, rejection, words

from delever.reference import Command, CommandKind, ReferenceVenue, RejectReason, Rulebook, Word
from delever.reference.commands import FIELD_NAMES, as_command, as_commands

OPEN = {"kind": CommandKind.OPEN_ACCOUNT, "amount_atoms": 5}


def as_record() -> np.void:
    dtype = np.dtype([(name, np.int64) for name in FIELD_NAMES])
    record = np.zeros(1, dtype)
    for name, value in OPEN.items():
        record[name] = value
    return record[0]


@pytest.mark.parametrize(
    "given",
    [
        OPEN,
        Command(**OPEN),
        SimpleNamespace(**{**dict.fromkeys(FIELD_NAMES, 0), **OPEN}),
        as_record(),
    ],
    ids=["mapping", "command", "attributes", "numpy"],
)
def test_a_command_may_come_in_any_shape(given: object) -> None:
    assert as_command(given) == Command(**OPEN)
    assert list(as_commands(given)) == list(as_commands([given])) == [Command(**OPEN)]


def test_a_misspelt_field_is_an_error() -> None:
    with pytest.raises(ValueError, match="qty_lot'"):
        as_command({"qty_lot": 1})


def test_every_command_has_a_number_whether_refused_or_not() -> None:
    desk = Desk()
    desk.open()
    desk.do(CommandKind.DEPOSIT, account=9, amount_atoms=1)
    (event,) = desk.do(CommandKind.DEPOSIT, account=1, amount_atoms=1)
    assert event[Word.COMMAND] == 2


def test_time_does_not_run_backwards_and_unknown_kinds_do_not_move_it() -> None:
    venue = ReferenceVenue([PLAIN], Rulebook())
    venue.apply({**OPEN, "time_ns": 10})
    venue.apply({**OPEN, "time_ns": 9})
    venue.apply({"kind": 99, "time_ns": 50, "order_id": (1 << 64) - 1, "account": 3})
    names = (Word.TIME_NS, Word.ACCOUNT, Word.ORDER_ID, Word.AMOUNT_ATOMS, Word.REASON)
    assert [words(event, *names) for event in venue.events[1:]] == [
        (10, 0, 0, CommandKind.OPEN_ACCOUNT, RejectReason.TIME_REVERSED),
        (10, 3, -1, 99, RejectReason.UNKNOWN_COMMAND),
    ]
    # A refusal of any other kind does move it.
    venue.apply({"kind": CommandKind.DEPOSIT, "time_ns": 60})
    assert venue.state.time_ns == 60


@pytest.mark.parametrize(
    ("kind", "fields", "reason"),
    [
        (CommandKind.OPEN_ACCOUNT, {"amount_atoms": -1}, RejectReason.INVALID_AMOUNT),
        (CommandKind.OPEN_ACCOUNT, {"amount_atoms": (1 << 60) + 1}, RejectReason.INVALID_AMOUNT),
        (CommandKind.DEPOSIT, {"account": 0, "amount_atoms": 1}, RejectReason.UNKNOWN_ACCOUNT),
        (CommandKind.DEPOSIT, {"account": 1, "amount_atoms": 0}, RejectReason.INVALID_AMOUNT),
        (CommandKind.DEPOSIT, {"account": 1, "amount_atoms": 1 << 60}, RejectReason.INVALID_AMOUNT),
        (
            CommandKind.WITHDRAW,
            {"account": 1, "amount_atoms": 101},
            RejectReason.INSUFFICIENT_BALANCE,
        ),
        (CommandKind.WITHDRAW, {"account": 1, "amount_atoms": 100}, RejectReason.NONE),
        (CommandKind.FUND_INSURANCE, {"amount_atoms": 0}, RejectReason.INVALID_AMOUNT),
        (CommandKind.CANCEL_ALL, {"account": 1, "instrument": 1}, RejectReason.UNKNOWN_INSTRUMENT),
        (CommandKind.CANCEL_ALL, {"account": 1, "side": 3}, RejectReason.INVALID_ORDER),
        (CommandKind.UPDATE_INDEX, {"price_ticks": 1_001}, RejectReason.INVALID_PRICE),
        (CommandKind.ADJUST_MARGIN, {"account": 1, "amount_atoms": 1}, RejectReason.NO_POSITION),
    ],
)
def test_refusals(kind: CommandKind, fields: dict[str, int], reason: RejectReason) -> None:
    desk = Desk()
    desk.open(100)
    assert rejection(desk.do(kind, **fields)) is reason


def test_the_digest_is_the_formula_of_the_header() -> None:
    mask = (1 << 64) - 1

    def splitmix64(x: int) -> int:
        x = (x + 0x9E3779B97F4A7C15) & mask
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
        return x ^ (x >> 31)

    desk = Desk()
    desk.open(7)
    desk.do(CommandKind.WITHDRAW, account=1, amount_atoms=8)
    state = int.from_bytes(b"delever1", "big")
    for event in desk.venue.events:
        mixed = sum(word * (splitmix64(place + 1) | 1) for place, word in enumerate(event))
        state = ((state ^ (mixed & mask)) * 0x9E3779B97F4A7C15) & mask
        state ^= state >> 32
    assert desk.venue.digest == state
