"""ITCH 5.0 from Python: a small stream written here, a published sample, and bytes of any kind."""

import gzip
import os
import struct
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import delever as dl
from delever.recorded import Check, Feed, itch

FOLDER = Path(os.environ.get("DELEVER_DATA") or Path(__file__).parents[3] / "shared" / "data")
LENGTHS = {"S": 12, "R": 39, "H": 25, "Y": 20, "L": 26, "V": 35, "W": 12, "K": 28, "J": 35}
LENGTHS |= {"h": 21, "A": 36, "F": 40, "E": 31, "C": 36, "X": 23, "D": 19, "U": 35, "P": 44}
LENGTHS |= {"Q": 40, "B": 19, "I": 50, "N": 20, "O": 48}


def message(kind, time_ns, fields=b"", *, locate=7, declared=None):
    body = kind.encode() + struct.pack(">HH", locate, 0) + time_ns.to_bytes(6, "big") + fields
    body = body.ljust(LENGTHS[kind], b"\0")
    return struct.pack(">H", len(body) if declared is None else declared) + body


def add(time_ns, reference, side, shares, price, kind="A"):
    fields = struct.pack(">Q1sI8sI", reference, side.encode(), shares, b"ACME    ", price)
    return message(kind, time_ns, fields + (b"MAKR" if kind == "F" else b""))


STREAM = b"".join(
    [
        message("R", 1, b"ACME    QN"),
        add(2, 1, "B", 300, 99_0000),
        add(3, 2, "B", 200, 99_0000, kind="F"),
        add(4, 3, "S", 500, 101_0000),
        message("E", 5, struct.pack(">QIQ", 1, 100, 900)),
        message("C", 6, struct.pack(">QIQ1sI", 3, 50, 901, b"Y", 100_5000)),
        message("X", 7, struct.pack(">QI", 3, 150)),
        message("U", 8, struct.pack(">QQII", 1, 4, 250, 99_0000)),
        message("P", 9, struct.pack(">Q1sI8sIQ", 0, b"B", 10, b"ACME    ", 100_0000, 902)),
        message("Q", 10, struct.pack(">Q8sIQ1s", 2**33, b"ACME    ", 100_0000, 903, b"C")),
        message("D", 11, struct.pack(">Q", 2)),
        message("D", 12, struct.pack(">Q", 77)),
    ]
)


def test_books_follow_the_messages():
    books = itch.books(STREAM)
    bids, asks = books.depth("ACME")
    assert bids.tolist() == [(99_0000, 250, 1)]
    assert asks.tolist() == [(101_0000, 300, 1)]
    assert books.order(4) == {"symbol": 7, "side": "B", "price_ticks": 99_0000, "qty_lots": 250}
    assert books.order(1) is None
    assert books.results() == {
        "applied": 8,
        "unknown_reference": 1,
        "duplicate_reference": 0,
        "invalid_qty": 0,
        "invalid_price": 0,
        "invalid_side": 0,
    }
    assert books.counts()["D"] == 2
    assert books.symbols() == {7: "ACME"}
    assert (books.live_orders, books.crossed(), books.time_ns) == (2, [], 12)


def test_tops_are_the_books_after_each_message():
    tops = np.concatenate(list(itch.tops(STREAM * 2, strict=False)))
    assert tops.dtype == itch.TOP_DTYPE
    shown = ["time_ns", "bid_price", "bid_shares", "bid_orders", "ask_price", "ask_shares"]
    assert tops[tops["time_ns"] < 12][shown][:4].tolist() == [
        (2, 99_0000, 300, 1, 0, 0),
        (3, 99_0000, 500, 2, 0, 0),
        (4, 99_0000, 500, 2, 101_0000, 500),
        (5, 99_0000, 400, 2, 101_0000, 500),
    ]
    last = {}
    for top in itch.tops(STREAM):
        last |= {int(row["time_ns"]): row for row in top}
    for at_ns, row in last.items():
        bids, asks = itch.books(STREAM, at_ns=at_ns).depth("ACME", 1)
        empty = np.zeros(1, bids.dtype)
        for side, levels in (("bid", bids), ("ask", asks)):
            level = (levels if len(levels) else empty)[0]
            fields = [int(row[f"{side}_{name}"]) for name in ("price", "shares", "orders")]
            assert fields == list(level.tolist())
    assert set(last) == {2, 3, 4, 5, 6, 7, 8, 11}


def test_books_at_a_time_keep_the_queue():
    books = itch.books(STREAM, at_ns=8)
    assert books.stopped
    assert books.time_ns == 8
    assert books.queue(7, "B", 99_0000).tolist() == [(2, 200), (4, 250)]
    assert books.queue("ACME", "S", 99_0000).tolist() == []
    assert itch.books(STREAM, at_ns=0).messages == 0
    assert itch.books(STREAM, at_ns="00:00:00.000000008").time_ns == 8


def test_tables_have_every_field():
    tables = itch.decode(STREAM)
    assert {kind: len(rows) for kind, rows in tables.items()} == {
        **dict.fromkeys("RAFECXUPQ", 1),
        "A": 2,
        "D": 2,
    }
    assert tables["F"]["attribution"].tolist() == [b"MAKR"]
    assert tables["C"][["message", "time_ns", "reference", "price", "printable"]].tolist() == [
        (5, 6, 3, 100_5000, b"Y")
    ]
    assert tables["Q"]["shares"].tolist() == [2**33]
    assert tables["R"]["stock"].tolist() == [b"ACME    "]


def test_events_are_one_array():
    (events,) = itch.events(STREAM)
    assert events.dtype == itch.EVENT_DTYPE
    assert b"".join(events["type"].tolist()) == b"AFAECXUPQDD"
    assert events["new_reference"].tolist() == [0] * 6 + [4] + [0] * 4
    assert events["match_number"][[3, 4, 7, 8]].tolist() == [900, 901, 902, 903]


def test_totals_need_no_books():
    totals = dl._core.ItchTotals()
    totals.feed(STREAM)
    found = totals.totals()
    assert found.pop("messages") == itch.books(STREAM).counts()
    checksum = found.pop("checksum")
    assert found == {
        "shares_added": 1_250,
        "shares_executed": 150,
        "shares_cancelled": 150,
        "shares_printed": 2**33 + 10,
    }
    for at in (12, 45, 53, 61, 66, 78, len(STREAM) - 1):  # a field each
        changed, other = bytearray(STREAM), dl._core.ItchTotals()
        changed[at] ^= 1
        other.feed(changed)
        assert other.totals()["checksum"] != checksum or other.fault, at


def test_every_type_is_known():
    stream = b"".join(message(kind, 1) for kind in LENGTHS)
    tables = itch.decode(stream)
    assert set(tables) == set(LENGTHS)
    assert all(len(rows) == 1 for rows in tables.values())
    for kind, rows in tables.items():
        assert rows.dtype.itemsize == 16 + LENGTHS[kind] - 11


@pytest.mark.parametrize("compressed", [False, True])
def test_files_are_read_directly(tmp_path, compressed):
    path = tmp_path / ("day.itch.gz" if compressed else "day.itch")
    path.write_bytes(gzip.compress(STREAM) if compressed else STREAM)
    assert itch.books(path).live_orders == 2
    assert itch.books(str(path)).live_orders == 2
    assert sum(map(len, itch.events(path))) == 11


def test_a_malformed_message_says_where_and_loses_nothing_before_it(tmp_path):
    path = tmp_path / "bad.itch"
    path.write_bytes(STREAM + message("D", 13, declared=20) + STREAM)
    found = f"message 12 at byte {len(STREAM)}: its type is 'D' and its length 20"
    for read in (itch.books, itch.decode, lambda path: list(itch.events(path))):
        with pytest.raises(dl.DataError, match=found) as caught:
            read(path)
        assert caught.value.path == str(path)
        assert "strict=False" in str(caught.value)
    events = itch.events(path)
    assert len(next(events)) == 11
    with pytest.raises(dl.DataError):
        next(events)
    books = itch.books(path, strict=False)
    assert (books.live_orders, books.messages, books.offset) == (2, 12, len(STREAM))
    assert found in books.fault
    assert len(itch.decode(path, strict=False)["D"]) == 2


@pytest.mark.parametrize(
    ("stream", "found"),
    [
        (STREAM[:-1], rf"message 11 at byte {len(STREAM) - 21}: .* after 20 bytes .* type 'D'"),
        (b"\x00", "message 0 at byte 0: the stream ends after 1 bytes of a message"),
        (b"\x00\x13z", "its type is 'z' and its length 19; ITCH 5.0 has no such type"),
        (b"\x00\x00\x07", "its type is byte 7"),
    ],
)
def test_what_is_wrong_is_said(stream, found):
    with pytest.raises(dl.DataError, match=found):
        itch.books(stream)


def test_misuse_is_refused(tmp_path):
    with pytest.raises(dl.DataError, match="cannot be read"):
        itch.books(tmp_path / "absent.itch")
    (tmp_path / "cut.itch.gz").write_bytes(gzip.compress(STREAM)[:-30])
    with pytest.raises(dl.DataError, match="cannot be read"):
        itch.books(tmp_path / "cut.itch.gz")
    books = itch.books(STREAM)
    with pytest.raises(dl.UnknownIdError, match="no symbol 'ACMF'"):
        books.depth("ACMF")
    with pytest.raises(dl.UnknownIdError, match="65536"):
        books.depth(65_536)
    with pytest.raises(dl.DataError, match="side is 'buy'"):
        books.queue(7, "buy", 1)
    with pytest.raises(dl.DataError, match="8-byte items"):
        books.feed(np.zeros(3))


def run(*args):
    command = [sys.executable, "-m", "delever", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.parametrize("zeroed", [False, True])
def test_check_and_book_from_the_command_line(tmp_path, zeroed):
    path = tmp_path / "day.gz"  # known by its first message
    path.write_bytes(gzip.compress(without_lengths(STREAM) if zeroed else STREAM))
    done = run("check", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "messages                       12\n" in done.stdout
    assert "D delete                        2\n" in done.stdout
    assert "unknown   1 messages" in done.stdout
    done = run("book", path, "--at", "00:00:00.000000008")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2                 450             99.0000 | 101.0000            300" in done.stdout
    named = run("book", path, "--at", 8, "--symbol", "ACME", "--levels", 3)
    assert named.stdout.split("\n")[1:] == done.stdout.split("\n")[1:]
    assert max(map(len, done.stdout.splitlines())) <= 100


def without_lengths(stream):
    cut, at = bytearray(stream), 0
    while at < len(cut):
        length = int.from_bytes(cut[at : at + 2], "big")
        cut[at : at + 2] = b"\0\0"
        at += 2 + length
    return bytes(cut)


def test_a_stream_of_several_symbols_wants_one_named(tmp_path):
    path = tmp_path / "two.itch"
    path.write_bytes(STREAM + message("R", 13, b"OTHER   QN", locate=8))
    for name in ((), ("--symbol", "NONE")):
        done = run("book", path, "--at", 13, *name)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert "it has 2: 'ACME', 'OTHER'" in done.stderr
    assert "--symbol NAME" in run("book", path, "--at", 13).stderr
    by_locate = run("book", path, "--at", 13, "--symbol", 7)
    assert by_locate.stdout == run("book", path, "--at", 13, "--symbol", "ACME").stdout
    done = run("book", path, "--at", "2026-02-05T12:00:00Z", "--symbol", "ACME")
    assert (done.returncode, "give 09:30:00" in done.stderr) == (2, True)
    assert "leave it out" in run("check", path, "--tick-size", "0.01").stderr
    with pytest.raises(dl.ConfigError, match=r"delever\.recorded\.itch"):
        Feed(path)


def test_check_says_what_precedes_an_error_and_fails(tmp_path):
    path = tmp_path / "bad.itch"
    path.write_bytes(STREAM + message("D", 13, declared=20) + STREAM)
    done = run("check", path)
    assert (done.returncode, done.stderr) == (2, "")
    found = f"message 12 at byte {len(STREAM)}: its type is 'D' and its length 20"
    assert found in done.stdout
    assert "cut the stream at that byte" in done.stdout
    assert "messages                       12\n" in done.stdout
    cut = tmp_path / "cut.itch.gz"
    cut.write_bytes(gzip.compress(STREAM * 40_000)[:-30])
    check = Check(cut)
    assert (check.good, "cannot be read" in str(check.error)) == (False, True)
    assert check.counts["A"] > 2
    assert Check(cut).found.results == check.found.results


@pytest.mark.data
def test_the_published_sample():
    found = sorted(FOLDER.glob("l3_itch/*ITCH_50.gz"))
    if not found:
        pytest.skip("no l3_itch in the recorded data: set DELEVER_DATA")
    books = itch.books(found[0])
    known = {"A": 4997, "P": 5000, "D": 1745, "E": 198, "X": 45, "U": 12, "F": 3}
    assert {kind: books.counts()[kind] for kind in known} == known
    assert books.messages == 12_012
    assert {kind: len(rows) for kind, rows in itch.decode(found[0]).items()} == books.counts()
    live, unknown = slow_books(np.concatenate(list(itch.events(found[0]))))
    assert (books.live_orders, books.results()["unknown_reference"]) == (len(live), unknown)
    for reference, (locate, price, shares) in live.items():
        order = books.order(reference)
        assert (order["symbol"], order["price_ticks"], order["qty_lots"]) == (locate, price, shares)


def slow_books(events):
    """Live orders by reference, and how many references were unknown, from order events."""
    live, unknown = OrderedDict(), 0
    for event in events:
        kind, reference = event["type"], int(event["reference"])
        shares, price = int(event["shares"]), int(event["price"])
        if kind in b"AF":
            live[reference] = (int(event["stock_locate"]), price, shares)
        elif kind in b"ECXDU":
            if reference not in live:
                unknown += 1
                continue
            locate, old_price, old_shares = live.pop(reference)
            if kind == b"U":
                live[int(event["new_reference"])] = (locate, price, shares)
            elif kind in b"ECX" and old_shares > shares:
                live[reference] = (locate, old_price, old_shares - shares)
    return live, unknown


@st.composite
def damaged_streams(draw):
    """Return the stream with bytes changed, cut out or put in; or bytes of no origin at all."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=2_000))
    stream = bytearray(STREAM * draw(st.integers(1, 5)))
    for _ in range(draw(st.integers(0, 12))):
        at = draw(st.integers(0, len(stream)))
        taken = draw(st.integers(0, 12))
        stream[at : at + taken] = draw(st.binary(max_size=12))
    return bytes(stream)


@settings(max_examples=300, deadline=None)
@given(damaged_streams(), st.lists(st.integers(1, 200), max_size=40))
def test_any_bytes_are_decoded_or_refused(stream, sizes):
    whole = itch.books(stream, strict=False)
    parts, tables, at = dl._core.ItchBooks(), dl._core.ItchTables(), 0
    for size in [*sizes, len(stream)]:
        parts.feed(stream[at : at + size])
        tables.feed(stream[at : at + size])
        at += size
    parts.finish()
    tables.finish()
    assert (whole.messages, whole.offset, whole.fault) == (
        parts.messages,
        parts.offset,
        parts.fault,
    )
    assert (whole.counts(), whole.results()) == (parts.counts(), parts.results())
    assert (whole.live_orders, whole.crossed()) == (parts.live_orders, parts.crossed())
    assert sum(map(len, tables.tables().values())) == whole.messages
    assert whole.offset <= len(stream)
    assert whole.bytes < 64 << 20
