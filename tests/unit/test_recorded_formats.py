"""Recorded feeds: what small files of every format lead to, and what is said of broken ones."""

import bz2
import gzip
import lzma
import subprocess
import sys
import threading
from importlib.util import find_spec

import numpy as np
import pytest

from delever import _core
from delever.errors import BusyError, ConfigError, DataError, UnknownIdError
from delever.recorded import EVENT_DTYPE, Check, Feed, FeedFlag, FeedKind, RecordedBook

LOBSTER = "AAPL_2012-06-21_34200000_57600000_message_5.csv"
MESSAGES = """34200.004241176,1,11,18,5853300,1
34200.1,1,12,100,5853400,-1
34201,2,11,8,5853300,1
34202.5,4,12,40,5853400,-1
34204,5,0,7,5853350,1
"""
BITSTAMP = """id,timestamp,exchange.timestamp,price,volume,action,direction
7,1430438404518,1430438404000,236.47,200000000,created,bid
7,1430438404635,1430438404000,236.47,178855669,changed,bid
8,1430438404636,1430438404000,236.5,0,deleted,ask
8,1430438404637,1430438404000,236.5,100,created,ask
"""
INCREMENTAL = """exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount
deribit,P,1585699200245000,1585699200355684,true,ask,6421.5,18640
deribit,P,1585699200245000,1585699200355684,true,bid,6421,100
deribit,Q,1585699200245000,1585699200355684,true,bid,1.5,7
deribit,P,1585699201245000,1585699201355684,false,bid,6420.5,0.1
deribit,P,1585699202245000,1585699202355684,true,bid,6420,5
"""
SNAPSHOT = '{"lastUpdateId":100,\n"bids":[["10.0","1"]],\n"asks":[["10.2","4"]]}\n'
DIFFERENCES = """{"e":"depthUpdate","E":7,"s":"S","U":99,"u":101,"b":[["9.9","2"]],"a":[]}
{"e":"depthUpdate","E":8,"s":"S","U":102,"u":102,"b":[],"a":[["10.2","0"],["10.1","3"]]}
{"e":"kline","E":8,"s":"S"}
"""


def write(folder, name, text):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def events_of(feed):
    return np.concatenate([np.empty(0, EVENT_DTYPE), *feed])


def test_the_record_is_the_documented_one():
    assert EVENT_DTYPE.names == (
        "time_ns", "receive_time_ns", "order_reference", "price_ticks", "qty_lots", "sequence",
        "instrument", "kind", "side", "flags",
    )  # fmt: skip
    assert EVENT_DTYPE.itemsize == 56


def test_lobster_messages(tmp_path):
    events = events_of(Feed(write(tmp_path, LOBSTER, MESSAGES), tick_size="0.005"))
    assert [FeedKind(kind).name for kind in events["kind"]] == [
        "ADD", "ADD", "REDUCE", "EXECUTE", "TRADE"
    ]  # fmt: skip
    start = np.datetime64("2012-06-21T13:30:00.004241176", "ns")
    assert events["time_ns"][0] == start.astype(np.int64)
    assert events["price_ticks"].tolist() == [117_066, 117_068, 117_066, 117_068, 117_067]
    assert events["side"].tolist() == [1, 2, 1, 2, 2]  # the hidden buyer was hit by a seller


def test_a_book_at_a_time(tmp_path):
    feed = Feed(write(tmp_path, LOBSTER, MESSAGES))
    assert (feed.tick_size, feed.lot_size) == ("0.0001", "1")
    book = feed.book(at="2012-06-21T13:30:01Z")
    assert book.depth(1).tolist() == [(5_853_300, 10, 1)]
    assert (book.best(2), book.live_orders(), book.levels(2)) == ((5_853_400, 100), 2, 1)
    assert feed.book().queue(2, 5_853_400) == [(12, 60)]
    assert feed.book(at=0).best(1) is None


def test_bitstamp_deletions_may_overtake(tmp_path):
    feed = Feed(write(tmp_path, "orders.csv", BITSTAMP))
    assert (feed.format, feed.tick_size, feed.lot_size) == ("bitstamp", "0.01", "0.00000001")
    events = events_of(feed)
    assert events["flags"].tolist() == [1, 1, 1, FeedFlag.LAST | FeedFlag.LATE]
    assert feed.book().best(2) is None
    assert feed.book().best(1) == (23_647, 178_855_669)


def test_tardis_snapshots_reset_only_their_symbol(tmp_path):
    feed = Feed(write(tmp_path, "x.csv", INCREMENTAL), tick_size="0.5", lot_size="0.1")
    book = feed.book()
    assert feed.symbols == ["P", "Q"]
    assert book.depth(1).tolist() == [(12_840, 50, 0)]
    assert (book.best(2), book.best(1, instrument=1)) == (None, (3, 70))
    events = events_of(feed)
    assert np.count_nonzero(events["kind"] == FeedKind.CLEAR) == 3
    last = events["flags"] & FeedFlag.LAST
    assert last.tolist() == [0, 0, 1, 0, 1, 1, 0, 1]


def test_a_binance_snapshot_from_a_file_of_its_own(tmp_path):
    path = write(tmp_path, "depth.jsonl", DIFFERENCES)
    feed = Feed(path, snapshot=write(tmp_path, "snapshot.json", SNAPSHOT))
    book = feed.book()
    assert book.depth(1).tolist() == [(100, 1, 0), (99, 2, 0)]
    assert book.depth(2).tolist() == [(101, 3, 0)]
    assert (feed.stream.rows, feed.stream.ignored_rows, feed.symbols) == (3, 1, ["S"])
    assert len(events_of(Feed(path))) == 0  # without one there is no book to speak of


def test_a_gap_names_both_numbers_and_is_counted(tmp_path):
    text = SNAPSHOT.replace("\n", "") + "\n" + DIFFERENCES.replace('"U":102', '"U":103')
    path = write(tmp_path, "depth.jsonl", text)
    feed, batches = Feed(path), []
    with pytest.raises(DataError, match=r"row 3, column 'U': '103' does not follow u 101; .*gaps"):
        batches.extend(feed)
    assert sum(map(len, batches)) == 4
    check = Check(Feed(path, tolerate_gaps=True))
    assert (check.found.gaps[0], check.error, check.good) == (1, None, False)
    path = write(tmp_path, "depth.jsonl", text.replace('"b":[],', '"b":[["9.8","1"]],'))
    assert Check(Feed(path, tolerate_gaps=True)).found.gaps[0] == 1  # not one for each side


@pytest.mark.parametrize("cut", [1, 7, 1 << 20])
@pytest.mark.parametrize(
    ("name", "text", "broken", "said"),
    [
        (LOBSTER, MESSAGES, ("34201,2", "34201,8"), "row 3, column 'type': '8' is no type"),
        (LOBSTER, MESSAGES, ("34201,2,11,8", "34201,2,11,x"), "row 3, column 'size': 'x' is no"),
        (LOBSTER, MESSAGES, ("34201,2,", "34201,"), "row 3: the row has 5 fields, 6 are due"),
        (LOBSTER, MESSAGES, ("34201", "-1"), "row 3, column 'time': '-1' is no time in seconds"),
        ("o.csv", BITSTAMP, ("changed", "moved"), "row 3, column 'action': 'moved' is none of"),
        ("x.csv", INCREMENTAL, ("false", "no"), "row 5, column 'is_snapshot': 'no' is neither"),
        ("x.csv", INCREMENTAL, ("6420.5,0.1", "6420.5,-1"), "row 5, column 'amount': '-1' is be"),
        ("x.csv", INCREMENTAL, ("1585699201245000", "9" * 18), "row 5, column 'timestamp': '999"),
        ("d", SNAPSHOT[:18] + "\n", ("100", "1x0"), "row 1"),
    ],
)
def test_a_malformed_row_names_its_place_and_loses_nothing(tmp_path, name, text, broken, said, cut):
    whole = events_of(Feed(write(tmp_path, name, text))) if name != "d" else []
    path = write(tmp_path, name, text.replace(*broken, 1))
    feed, before = Feed(path, chunk_bytes=cut, format="binance" if name == "d" else None), []
    with pytest.raises(DataError) as caught:
        before.extend(feed)
    assert str(caught.value).startswith(f"{path}, {said}")
    count = sum(map(len, before))
    rows = whole["sequence"] if len(whole) else whole
    assert count == np.count_nonzero(np.asarray(rows) < caught.value.row)


def test_units_given_too_coarse_are_named(tmp_path):
    path = write(tmp_path, LOBSTER, MESSAGES)
    with pytest.raises(DataError, match="'5853350' is no multiple of the tick_size"):
        list(Feed(path, tick_size="0.01"))
    with pytest.raises(ConfigError, match="'free' is no tick or lot size; give a decimal"):
        Feed(path, tick_size="free")


def test_files_that_are_none(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        Feed(tmp_path / "absent.csv")
    with pytest.raises(DataError, match="neither rows nor name tell the format; give one of lobst"):
        Feed(write(tmp_path, "notes.txt", "hello\n"))
    with pytest.raises(ConfigError, match="format 'fix' is not known; give one of lobster"):
        Feed(write(tmp_path, "notes.txt", "hello\n"), format="fix")
    with pytest.raises(DataError, match="the name has no day"):
        Feed(write(tmp_path, "messages.csv", MESSAGES), format="lobster")
    with pytest.raises(DataError, match="not the header of incremental_book_L2"):
        list(Feed(write(tmp_path, "x.csv", "a,b\n1,2\n"), format="tardis"))


def test_what_is_held_at_a_time_does_not_grow_with_the_file(tmp_path):
    rows = "".join(f"34200.{at:06},1,{at},1,5853300,1\n" for at in range(50_000))
    feed = Feed(write(tmp_path, LOBSTER, gzip.compress(rows.encode())), chunk_bytes=4_096)
    sizes = [len(batch) for batch in feed]
    assert sum(sizes) == 50_000
    assert max(sizes) <= 4_096 // len("34200.000000,1,0,1,5853300,1\n") + 1


@pytest.mark.parametrize("module", [gzip, lzma, bz2])
def test_compressed_files_are_read_directly(tmp_path, module):
    feed = Feed(write(tmp_path, "orders.csv", BITSTAMP))
    packed = module.compress(BITSTAMP.encode())
    assert (events_of(Feed(write(tmp_path, "packed", packed))) == events_of(feed)).all()
    damaged = write(tmp_path, "damaged", packed[:-9])
    with pytest.raises(DataError, match=r"damaged: cannot be read .*fetch it again"):
        list(Feed(damaged))


@pytest.mark.skipif(find_spec("zstandard") is None, reason="no zstandard")
def test_zstandard_files_are_read_directly(tmp_path):
    import zstandard

    path = write(tmp_path, "orders.csv.zst", zstandard.compress(BITSTAMP.encode()))
    assert len(events_of(Feed(path))) == 4
    with pytest.raises(DataError, match="cannot be read"):
        list(Feed(write(tmp_path, "broken.csv.zst", path.read_bytes()[:9] + b"x" * 40)))


def test_a_missing_package_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "databento_dbn", None)
    with pytest.raises(ConfigError, match=r"databento_dbn.*pip install 'delever\[feeds\]'"):
        Feed(write(tmp_path, "x.dbn", b"DBN\x03"))


@pytest.mark.skipif(find_spec("databento_dbn") is None, reason="no databento-dbn")
def test_a_dbn_file_that_is_none(tmp_path):
    with pytest.raises(DataError, match=r"x\.dbn, row 1: the record ends after .* cut off"):
        list(Feed(write(tmp_path, "x.dbn", b"DBN\x03" + b"\xff" * 40)))


def test_books_refuse_what_they_cannot_mean():
    book = RecordedBook()
    with pytest.raises(DataError, match="events: not a contiguous one-dimensional array of EVENT"):
        book.apply(np.zeros(3))
    with pytest.raises(DataError, match="side is 3; give 1"):
        book.depth(3)
    with pytest.raises(UnknownIdError, match="instrument 65536 is not one of"):
        book.best(1, instrument=65_536)
    with pytest.raises(DataError, match="levels is -1"):
        book.depth(1, levels=-1)


def test_one_thread_at_a_time():
    stream = _core.FeedStream("binance", tick_size="0.1")
    row = b'{"e":"trade","E":8,"s":"S","t":3,"p":"10.1","q":"1","m":false}\n' * 200_000
    refused = []

    def decode():
        try:
            stream.decode(row)
        except BusyError as error:
            refused.append(error)

    threads = [threading.Thread(target=decode) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stream.rows == 200_000 * (len(threads) - len(refused))


def run(*args):
    command = [sys.executable, "-m", "delever", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def test_check_and_book_from_the_command_line(tmp_path):
    path = write(tmp_path, LOBSTER, MESSAGES)
    done = run("check", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "add                  2" in done.stdout
    done = run("book", path, "--at", "2012-06-21T13:30:00.2Z", "--levels", 3)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1                  18            585.3300 | 585.3400            100" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_check_reports_the_first_error_and_fails(tmp_path):
    done = run("check", write(tmp_path, LOBSTER, MESSAGES.replace("34201,2", "34201,x")))
    assert (done.returncode, done.stderr) == (2, "")
    assert "row 3, column 'type': 'x' is no whole number" in done.stdout
    for wrong in (("book", tmp_path, "--at", "0"), ("check", "absent"), ("check",)):
        done = run(*wrong)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    path = write(tmp_path, "x.csv", INCREMENTAL)
    done = run("book", path, "--at", "2020-05-01T00:00Z", "--symbol", "R")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "symbol 'R' is not in the feed" in done.stderr
    assert run("book", path, "--at", 2 * 10**18, "--symbol", "Q").stdout.count("1.5") == 1
