"""Recorded feeds against what is known about real files; they are not part of the repository."""

import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from delever.recorded import Check, Feed, FeedKind, RecordedBook

FOLDER = Path(os.environ.get("DELEVER_DATA") or Path(__file__).parents[3] / "shared" / "data")
TOP = ["bid_ticks", "bid_lots", "ask_ticks", "ask_lots"]

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="no recorded data: set DELEVER_DATA"),
]
needs_dbn = pytest.mark.skipif(
    find_spec("databento_dbn") is None, reason="no databento-dbn: pip install 'delever[feeds]'"
)


def feed_of(pattern, **options):
    found = sorted(FOLDER.glob(pattern))
    if not found:
        pytest.skip(f"no {pattern} in the recorded data")
    return Feed(found[0], **options)


def tops_of(feed, book):
    return np.concatenate([book.tops(batch) for batch in feed])


def as_rows(tops):
    return np.stack([tops[name] for name in TOP], axis=1)


def changes(rows):
    """Without repetitions of the state before."""
    keep = np.ones(len(rows), bool)
    keep[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    return rows[keep]


def crossed(tops):
    both = (tops["bid_lots"] > 0) & (tops["ask_lots"] > 0)
    return both & (tops["bid_ticks"] >= tops["ask_ticks"])


@pytest.mark.parametrize(("every", "orders", "identical"), [(True, 80, 1_105), (False, 36, 15_999)])
def test_lobster_follows_the_orderbook_file(every, orders, identical):
    """The message file has 50 levels: of the 80 orders that it takes away and never adds, 44 are
    numbered above its first order. They came later, deeper than it sees; resting from the start
    they would be at the touch too early."""
    messages = feed_of("l3_lobster/*_message_50.csv.gz", chunk_bytes=99_991)
    seeds = messages.seed(every=every)
    assert len(seeds) == orders
    book = RecordedBook()
    book.apply(seeds)
    states = changes(as_rows(tops_of(messages, book)))
    wanted = changes(as_rows(tops_of(feed_of("l3_lobster/*_orderbook_1.csv.gz"), RecordedBook())))
    assert (states[:identical] == wanted[:identical]).all()
    assert (states[identical] != wanted[identical]).any()


def test_lobster_counts():
    check = Check(feed_of("l3_lobster/*_message_50.csv.gz"))
    assert check.good
    assert check.counts == {
        "ADD": 44_256, "REDUCE": 469, "DELETE": 41_004, "EXECUTE": 4_067, "TRADE": 2_201
    }  # fmt: skip


def test_every_binance_book_ticker_is_the_rebuilt_top_of_book():
    feed = feed_of("l2_binance/usdm_btcusdt_20240808.gz")
    book, tops, quotes = RecordedBook(), [], []
    for batch in feed:  # gaps raise
        quotes.append(batch[batch["kind"] == FeedKind.QUOTE])
        tops.append(book.tops(batch[batch["kind"] != FeedKind.QUOTE]))
    quotes, tops = np.concatenate(quotes), np.concatenate(tops)
    states = tops[np.isin(tops["sequence"], difference_numbers(feed))]
    assert len(states) == 6_548  # differences, and the snapshot
    assert not crossed(states).any()
    bids, asks = quotes[quotes["side"] == 1], quotes[quotes["side"] == 2]
    assert (np.diff(bids["sequence"]) > 0).all()
    at = np.searchsorted(bids["sequence"], states["sequence"], side="right") - 1
    at, states = at[at >= 0], states[at >= 0]
    assert len(states) >= 6_547
    for quoted, side in ((bids, "bid"), (asks, "ask")):
        assert (quoted["price_ticks"][at] == states[f"{side}_ticks"]).all()
        assert (quoted["qty_lots"][at] == states[f"{side}_lots"]).all()


def difference_numbers(feed):
    return np.unique(np.concatenate([b["sequence"][b["kind"] == FeedKind.LEVEL] for b in feed]))


@needs_dbn
def test_databento_counts_and_a_book_that_never_crosses_in_trading():
    feed = feed_of("l3_databento/esh4-glbx-mdp3-20231225.mbo.dbn.zst", tick_size="0.25")
    check = Check(feed)
    assert check.good
    assert check.found.contradictions == 0
    assert check.counts == {
        "ADD": 29_216, "MODIFY": 12_233, "REDUCE": 17_999, "FILL": 6_371, "TRADE": 2_973
    }  # fmt: skip
    trades = np.concatenate([b["time_ns"][b["kind"] == FeedKind.TRADE] for b in feed])
    tops = tops_of(feed, RecordedBook())
    # Before the opening at 17:00 in Chicago orders are only collected, and cross.
    assert trades.min() == np.datetime64("2023-12-25T23:00", "ns").astype(np.int64)
    opened = tops["time_ns"] >= trades.min()
    assert opened.sum() > 40_000
    assert not crossed(tops[opened]).any()
    assert crossed(tops[~opened]).sum() == check.found.crossed[0] == 891


@needs_dbn
def test_databento_snapshots_start_from_an_empty_book():
    feed = feed_of("l3_databento/orderbooks_mbo_*.dbn.zst", chunk_bytes=4_096)
    check = Check(feed)
    assert (check.counts["CLEAR"], check.found.crossed[0], check.found.contradictions) == (1, 0, 0)
    assert feed.book().live_orders() == 13_678 - 80  # the reductions take all of an order


@pytest.mark.parametrize("name", ["orders.csv.xz", "2015-05-01.log.xz"])
def test_bitstamp_counts_are_those_of_both_files(name):
    check = Check(feed_of(f"l3_bitstamp_obanalytics/{name}"))
    assert check.good
    counts = [check.counts[kind] for kind in ("ADD", "DELETE", "MODIFY")]
    assert counts == [24_894, 24_918, 602]


def test_both_bitstamp_files_lead_to_the_same_book():
    folder = "l3_bitstamp_obanalytics"
    books = [feed_of(f"{folder}/{name}").book() for name in ("orders.csv.xz", "2015-05-01.log.xz")]
    for side in (1, 2):
        table, log = (book.depth(side, 10_000) for book in books)
        assert table["price_ticks"].tolist() == log["price_ticks"].tolist()
        assert table["orders"].tolist() == log["orders"].tolist()
        # The table's volumes went through binary floating point: some lack one lot.
        assert np.abs(table["qty_lots"] - log["qty_lots"]).max() <= 4
    assert books[0].best(1) < books[0].best(2)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("binance-futures_book_snapshot_5_BTCUSDT", {"CLEAR": 10, "LEVEL": 100}),
        ("binance-futures_book_snapshot_25_BTCUSDT", {"CLEAR": 10, "LEVEL": 500}),
        ("bitmex_trades_XBTUSD", {"TRADE": 10}),
        ("deribit_incremental_book_L2_BTC-PERPETUAL", {"CLEAR": 1, "LEVEL": 15}),
        ("deltas_with_snapshot", {"CLEAR": 2, "LEVEL": 9}),
        ("huobi-dm-swap_quotes_BTC-USD", {"QUOTE": 20}),
    ],
)
def test_tardis_samples(name, counts):
    check = Check(feed_of(f"l2_tardis_samples/{name}.csv"))
    assert check.good
    assert check.counts == counts
    assert check.found.crossed[0] == 0


def test_a_day_of_trades_has_its_low():
    feed = feed_of("trades_2025-10-10/*.csv.gz", tick_size="0.01")
    prices = np.concatenate([batch["price_ticks"] for batch in feed])
    assert prices.min() == 10_700_000
