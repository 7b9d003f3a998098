"""Stress tests: what is read, what falls, and that it is what the thresholds say."""

import json
import pickle
import sys

import numpy as np
import pytest

import delever as dl
from delever.cli import main
from delever.stress import POSITION_COLUMNS, read_positions

RULES = dl.rulebook("binance-um", at="2026-02-05")
DEEP = {"rulebook": RULES, "depth": 1e9, "fund": 1e9}


def book(count=2_000, seed=3, price=70_000.0):
    rng = np.random.default_rng(seed)
    qty = np.where(rng.random(count) < 0.5, 1, -1) * rng.integers(1, 400, count) / 1_000
    entry = np.full(count, price)
    leverage = rng.choice([3, 5, 10, 20, 50, 100], count)
    return {"qty": qty, "entry_price": entry, "leverage": leverage.astype(float)}


def thresholds(positions):
    """Every position's liquidation price, from a venue of its own."""
    btc = RULES.instrument("BTCUSDT")
    venue = dl.Venue([btc], rulebook=RULES)
    rich = [venue.open_account("1000000000") for _ in range(2)]
    found = []
    for qty, price, leverage in zip(*positions.values(), strict=True):
        one = venue.open_account("1000000")
        venue.set_leverage(one, btc, int(leverage))
        side = "buy" if qty > 0 else "sell"
        terms = {"side": side, "qty": f"{abs(qty):.3f}", "price": f"{price:.1f}"}
        assert venue.seed_position(one, rich[int(qty > 0)], btc, **terms)
        found.append(float(venue.liquidation_price(one, btc) or -1))
    return np.array(found)


def test_those_fall_whose_threshold_the_mark_reached():
    positions = book()
    result = dl.stress(positions, path="-15% over 10min from 70000", **DEEP)
    low, high = result.series["mark"].min(), result.series["mark"].max()
    assert result.loaded["loaded"] == 2_000
    assert not result.loaded["refused"]
    at = thresholds(positions)
    longs = positions["qty"] > 0
    expected = np.flatnonzero(np.where(longs, at >= low, (at <= high) & (at > 0)))
    assert np.array_equal(np.sort(result.liquidations["account"]), expected)
    assert 300 < len(expected) < 1_900
    marks = result.liquidations["mark_ticks"] * 0.1
    fell = result.liquidations["account"]
    assert (np.where(longs[fell], marks <= at[fell], marks >= at[fell])).all()


def test_money_is_accounted_for():
    result = dl.stress(book(), path="-15% over 10min from 70000", **DEEP)
    rows = result.liquidations
    assert (rows["returned_atoms"] + rows["fee_atoms"] >= 0).all()
    assert (
        np.abs(rows["closed_lots"]) + np.abs(rows["taken_lots"]) == np.abs(rows["qty_lots"])
    ).all()
    assert result.usd.sum() == pytest.approx(result.series["liquidated_usd"].sum())
    assert len(rows["time_ns"]) == result.series["liquidated_count"].sum()
    assert result.lost_usd > 0


def test_lost_is_what_the_wallets_and_margins_hold_less():
    positions = book()
    result = dl.stress(positions, path="-15% over 10min from 70000", **DEEP)
    rows = result.liquidations
    value = np.abs(positions["qty"]) * positions["entry_price"]
    margins = (value / positions["leverage"])[rows["account"]]  # each is liquidated whole
    assert result.lost_usd == pytest.approx(margins.sum() - rows["returned_usd"].sum(), abs=1e-4)
    assert result.lost_usd == pytest.approx(result.series["lost_usd"].sum())


def test_what_still_stands_behind_a_position_is_not_lost():
    # A fifth of a large position is closed and the rest is healthy again: it keeps its margin.
    rules = dl.rulebook("hyperliquid")
    columns = {"qty": [20.0], "entry_price": [70_000.0], "leverage": [20.0]}
    path = "-3.95% over 10min from 70000"
    result = dl.stress(columns, path=path, rulebook=rules, depth=1e9, fund=1e9)
    rows = result.liquidations
    closed = -rows["closed_lots"][0] * float(rules.instrument("BTC").lot)
    assert 0 < closed < 20
    mark = rows["mark_ticks"][0] * float(rules.instrument("BTC").tick)
    assert result.lost_usd == pytest.approx(closed * (70_000 - mark), rel=0.02)
    assert result.lost_usd < 20 * 70_000 / 20 / 2


def test_without_a_fund_opposite_positions_are_deleveraged():
    thin = {"rulebook": RULES, "depth": 2e5, "fund": 0}
    result = dl.stress(book(), path="-25% over 2min from 70000", **thin)
    moved = result.deleveragings
    assert len(moved["qty_lots"]) > 0
    assert (result.liquidations["taken_lots"] != 0).sum() < len(result.usd)
    assert {one["account"] for one in result.as_dict()["deleveraged"]} - {"hedger"}


def test_the_same_book_gives_the_same_events():
    runs = [dl.stress(book(), path="+20% over 5min", **DEEP).digest for _ in range(2)]
    assert runs[0] == runs[1]
    assert runs[0] != dl.stress(book(seed=4), path="+20% over 5min", **DEEP).digest


def test_margin_wallet_side_and_holders():
    columns = {
        "account": np.array(["ann", "ann", "bob"]),
        "symbol": np.array(["BTCUSDT", "ETHUSDT", "BTCUSDT"]),
        "side": np.array(["long", "short", "BUY"]),
        "size": [0.5, 2.0, 0.5],
        "price": [70_000.0, 3_000.0, 70_000.0],
        "margin": [3_500.0, 600.0, 7_000.0],
        "wallet": [100.0, 0.0, 0.0],
    }
    columns = {name: np.asarray(values) for name, values in columns.items()}
    path = {"time": [0, 60], "BTCUSDT": [70_000.0, 62_500.0], "ETHUSDT": [3_000.0, 3_010.0]}
    result = dl.stress(columns, path=path, **DEEP)
    assert [one["account"] for one in result.as_dict()["accounts"]] == ["ann"]
    assert result.liquidations["qty_lots"].tolist() == [500]
    assert result.series["index"][-1].tolist() == [62_500.0, 3_010.0]


def test_a_cross_account_falls_where_its_wallet_ends():
    # 8,000 - (70,000 - p) <= 0.4 % of p at 62,248.99; ann's short of ETH pays for 1,000 more
    columns = {
        "account": ["ann", "ann", "bob", "cid"],
        "symbol": ["BTCUSDT", "ETHUSDT", "BTCUSDT", "BTCUSDT"],
        "qty": [1.0, -10.0, 1.0, 1.0],
        "entry_price": [70_000.0, 3_000.0, 70_000.0, 70_000.0],
        "leverage": [20.0, 20.0, 20.0, 20.0],
        "wallet": [8_000.0, 0.0, 8_000.0, 8_000.0],
        "margin_mode": ["cross", "cross", "cross", "isolated"],
    }
    columns = {name: np.asarray(values) for name, values in columns.items()}
    path = {"time": [0, 600], "BTCUSDT": [70_000.0, 61_900.0], "ETHUSDT": [3_000.0, 2_900.0]}
    result = dl.stress(columns, path=path, **DEEP)
    rows = result.liquidations
    assert rows["cross"].tolist() == [0, 1]
    assert [one["account"] for one in result.as_dict()["accounts"]] in (
        ["cid", "bob"],
        ["bob", "cid"],
    )
    assert rows["mark_ticks"][1] <= 622_489 < rows["mark_ticks"][0]
    assert rows["qty_lots"].tolist() == [1_000, 1_000]
    assert result.series["liquidated_usd"].sum() == pytest.approx(result.usd.sum())


def test_an_inverse_book_is_stressed_in_its_coin():
    cm = dl.rulebook("binance-cm")
    columns = {"qty": [50.0, -80.0, 30.0], "entry_price": [7e4] * 3, "leverage": [20.0, 5.0, 3.0]}
    result = dl.stress(columns, path="-10% over 10min", rulebook=cm, depth=1e7, fund=1e6)
    assert result.liquidations["account"].tolist() == [0]
    assert result.usd.tolist() == [5_000.0]  # 50 contracts of 100 USD
    assert result.series["fund_usd"][0] == pytest.approx(1e6, rel=1e-3)
    assert 0 < result.lost_usd <= 5_000 / 20 * 1.01
    both = {"symbol": np.array(["BTCUSDT", "INV"]), "qty": [1.0, 1.0], "entry_price": [7e4] * 2}
    with pytest.raises(dl.ConfigError, match="does not list 'INV'"):
        dl.stress({**both, "leverage": [5.0, 5.0]}, path="-1% over 1min", **DEEP)


def test_what_a_venue_would_not_have_opened_is_counted():
    columns = {"qty": [1.0, 1.0, 0.0001], "entry_price": [7e4] * 3, "leverage": [200.0, 10.0, 10.0]}
    result = dl.stress(columns, path="-1% over 1min", **DEEP)
    refused = {dl.RejectReason.LEVERAGE_ABOVE_TIER: 1, dl.RejectReason.INVALID_QTY: 1}
    assert result.loaded["refused"] == refused
    assert (result.loaded["loaded"], result.loaded["first_refused_row"]) == (1, 0)
    assert "refused 1 rows: leverage above tier (first row 0)" in str(result)


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ({"qty": [1.0]}, "column 'entry_price': missing"),
        ({"qty": [1.0], "entry_price": [1.0]}, "column 'leverage': missing"),
        ({"qty": ["x"], "entry_price": [1.0], "leverage": [1]}, "column 'qty': holds text"),
        ({"qty": [1.0], "entry_price": [np.nan], "leverage": [1]}, "row 0, column 'entry_price'"),
        (
            {"qty": [1.0], "entry_price": [-1.0], "leverage": [1]},
            "row 0, column 'entry_price': -1.0 is",
        ),
        ({"qty": [1.0], "colour": [1.0]}, "column 'colour': unknown; known are account, symbol"),
        (
            {"qty": [1.0], "entry_price": [1.0], "leverage": [1], "side": ["up"]},
            "'up' is not a side",
        ),
        ({"qty": [], "entry_price": [], "leverage": []}, "the table has no positions"),
        (
            {"qty": [1.0], "entry_price": [1.0], "leverage": [1], "margin_mode": ["portfolio"]},
            "column 'margin_mode': 'portfolio' is not a margin_mode; write isolated or cross",
        ),
        (17, "a int is not a table; give a path"),
    ],
)
def test_wrong_positions(columns, complaint):
    if isinstance(columns, dict):
        columns = {name: np.asarray(values) for name, values in columns.items()}
    with pytest.raises(dl.DataError, match=complaint):
        dl.stress(columns, path="-1% over 1min", rulebook=RULES)


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("-30 % in 1h", "path '-30 % in 1h': write it as '-30% over 1h'"),
        ("-100% over 1h", "write it as"),
        ("-5% over 900d", "steps of 1 s are too many"),
        ({"price": [1.0]}, "column 'time': missing; give one of time, "),
        ({"time": [1, 2]}, "column 'price': missing; give price, or a column BTCUSDT"),
        ({"time": [2, 1], "price": [1.0, 2.0]}, "needs two rising times, and prices above 0"),
        ({"time": [1, 2], "price": [1.0, 9e9]}, "a price of .* ticks is out of range"),
    ],
)
def test_wrong_paths(path, complaint):
    with pytest.raises(dl.DeleverError, match=complaint):
        dl.stress(book(10), path=path, rulebook=RULES)


def test_each_venue_closes_as_its_rulebook_says():
    columns = {"qty": [100.0], "entry_price": [7e4], "leverage": [20.0]}
    told = {"path": "-6% over 10min", "depth": 1e9, "fund": 1e9}
    whole = dl.stress(columns, rulebook="binance-um", **told).liquidations
    steps = dl.stress(columns, rulebook="bybit-linear", **told).liquidations
    assert whole["closed_lots"].tolist() == [-100_000]
    assert len(steps["closed_lots"]) > 3  # down a tier at a time
    assert steps["closed_lots"].sum() == -100_000
    assert steps["usd"].sum() == pytest.approx(whole["usd"].sum(), rel=0.06)
    left = steps["qty_lots"] + steps["closed_lots"]
    assert left.tolist() == [*steps["qty_lots"][1:].tolist(), 0]


def test_columns_of_different_lengths_are_refused():
    columns = {"qty": [1.0, 2.0], "entry_price": [7e4], "leverage": [5.0, 5.0]}
    with pytest.raises(dl.DataError, match="the columns differ in length"):
        dl.stress(columns, path="-1% over 1min", **DEEP)
    columns |= {"entry_price": [7e4, 7e4], "side": ["long"]}
    with pytest.raises(dl.DataError, match="the columns differ in length"):
        dl.stress(columns, path="-1% over 1min", **DEEP)


def test_a_result_is_plain_data_and_can_be_sent():
    result = dl.stress(book(), path="-15% over 10min from 70000", **DEEP)
    again = pickle.loads(pickle.dumps(result))
    assert again.as_dict() == result.as_dict()
    assert repr(result).startswith("<StressResult binance-um: ")
    usd = np.abs(result.liquidations["qty_lots"]) * result.liquidations["mark_ticks"] * 1e-4
    assert result.usd == pytest.approx(usd)
    levels = result.levels(0)
    assert [one["low"] for one in levels] == sorted((one["low"] for one in levels), reverse=True)
    assert sum(one["usd"] for one in levels) == pytest.approx(usd.sum())
    largest = [abs(one["qty"]) * one["price"] for one in result.as_dict()["accounts"]]
    assert largest == pytest.approx(np.sort(usd)[::-1][:100])
    told = str(result).split("\n")
    assert told[0] == f"binance-um · 2,000 positions · digest {result.digest}"
    assert len(told) <= 30
    assert max(map(len, told)) <= 100


def test_progress_and_a_structured_array():
    rows = np.zeros(3, [("qty", "f8"), ("entry_price", "f8"), ("leverage", "i4")])
    rows["qty"], rows["entry_price"], rows["leverage"] = [1, -1, 2], 70_000, 10
    seen = []
    result = dl.stress(rows, path="-12% over 5min", progress=lambda *at: seen.append(at), **DEEP)
    assert seen[-1][:2] == (1.0, 2)
    assert sorted(result.liquidations["account"].tolist()) == [0, 2]


def test_files_and_the_command(tmp_path, capsys):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = arrow.table({**book(500), "account": [f"a{i}" for i in range(500)]})
    parquet.write_table(table, tmp_path / "book.parquet")
    pytest.importorskip("pyarrow.csv").write_csv(table, tmp_path / "book.csv")
    (tmp_path / "path.csv").write_text(
        "time,price\n2026-02-05 21:00:00,70000\n2026-02-05 21:10:00,60000\n"
    )
    runs = [
        dl.stress(source, path=str(tmp_path / "path.csv"), **DEEP).digest
        for source in (table, tmp_path / "book.parquet", str(tmp_path / "book.csv"))
    ]
    assert len(set(runs)) == 1
    told = tmp_path / "told.json"
    line = ["stress", str(tmp_path / "book.parquet"), "--path", str(tmp_path / "path.csv")]
    line += ["--at", "2026-02-05", "--depth", "1e9", "--fund", "1e9", "--json", str(told)]
    pictures = (
        ["--out", str(tmp_path / "out")] if "matplotlib" in sys.modules or _has_plot() else []
    )
    assert main([*line, *pictures]) == 0
    text = capsys.readouterr().out.split("\n")
    assert len(text) <= 32
    assert max(map(len, text[:-3])) <= 100
    written = json.loads(told.read_text())
    assert written["digest"] == runs[0]
    assert written["liquidated"]["count"] == sum(row["count"] for row in written["by_time"])
    assert written["liquidated"]["count"] == sum(
        row["count"] for row in written["by_level"]["BTCUSDT"]
    )
    assert written["accounts"][0]["account"].startswith("a")
    assert not pictures or (tmp_path / "out" / "stress.png").stat().st_size > 10_000
    assert main([*line[:2], "--path", "-9%", "--depth", "1e9", "--at", "2026-02-05"]) == 0
    assert "assumed path: -9% over 1h; 3,601 steps of 1 s" in capsys.readouterr().out
    assert main([*line[:2], "--path", "sideways%"]) == 2
    assert "write it as '-30% over 1h'" in capsys.readouterr().err


def _has_plot():
    from importlib.util import find_spec

    return find_spec("matplotlib") is not None


def test_without_pyarrow_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "book.csv").write_text("qty,entry_price,leverage\n1,70000,10\n")
    with pytest.raises(dl.ConfigError, match=r"not installed; pip install 'delever\[data\]'"):
        read_positions(tmp_path / "book.csv")


def test_the_columns_are_documented():
    assert {
        "account",
        "symbol",
        "qty",
        "entry_price",
        "leverage",
        "margin",
    } <= POSITION_COLUMNS.keys()
