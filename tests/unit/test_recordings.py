"""A user's recordings: packed files, what they cover, the feed beside the replay, observation."""

import csv
import gzip
import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

import delever as dl
from delever.cli import main
from delever.errors import ConfigError, DataError
from delever.observation import LIQUIDATION_DTYPE, feed_rules, feeds, observe
from delever.recordings import liquidations, price_bars, recorded_paths

FOLDER = Path(os.environ.get("DELEVER_DATA") or Path(__file__).parents[3] / "shared" / "data")
needs_data = pytest.mark.skipif(not FOLDER.is_dir(), reason="no recorded data: set DELEVER_DATA")
SECOND = 10**9
CANDLES = "open_time_ms,open,high,low,close\n1770249600000,10,12,9,11\n1770249660000,11,11,8,9\n"


def at(text):
    return int(np.datetime64(text, "ns").astype("i8"))


@pytest.mark.parametrize("packing", ["csv", "csv.gz", "zip"])
def test_plain_and_packed_files_are_the_same(tmp_path, packing):
    path = tmp_path / f"BTCUSDT-1m-2026-02-05.{packing}"
    if packing == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("BTCUSDT-1m-2026-02-05.csv", CANDLES)
    else:
        path.write_bytes(gzip.compress(CANDLES.encode()) if "gz" in packing else CANDLES.encode())
    bars = price_bars(path)
    assert bars["time_ns"].tolist() == [at("2026-02-05T00:00"), at("2026-02-05T00:01")]
    assert bars["bar_ns"].tolist() == [60 * SECOND] * 2
    assert bars["low"].tolist() == [9, 8]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", b"open_time_ms,open\n", "row 1: 'open_time_ms' ...: no header of candles"),
        ("a.csv", CANDLES.encode() + b"1770249720000,1,2\n", "row 4, column 'low': '' is no"),
        ("a.csv", b"", "row 0: no candle and no trade in it"),
        ("a.csv.gz", b"\x1f\x8b\x08\x00broken", "cannot be read"),
        ("a.zip", b"PK\x03\x04broken", "cannot be read (File is not a zip file); fetch it again"),
        ("a.csv", b"\xff\xfe\x00,\n", "no header of candles"),
    ],
)
def test_a_bad_file_is_named_with_row_and_fix(tmp_path, name, data, said):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DataError) as raised:
        price_bars(path)
    message = str(raised.value)
    assert message.startswith(str(path))
    assert said in message
    assert "\n" not in message


def one_minute_bars(first, count, price):
    rows = [
        f"{(first + i * 60 * SECOND) // 10**6},{price},{price},{price},{price}"
        for i in range(count)
    ]
    return "open_time_ms,open,high,low,close\n" + "\n".join(rows)


def test_recordings_replace_only_bars_they_fill(tmp_path):
    scenario = dl.scenario("btc-2026-02")
    start = at("2026-02-05T10:07")  # in the middle of a 15-minute bar
    (tmp_path / "BTCUSDT-1m.csv").write_text(one_minute_bars(start, 60, 70_000))
    (tmp_path / "binance_um_BTCUSDT_1m.csv").write_text(one_minute_bars(start, 60, 1))
    (tmp_path / "BTCUSDT_mark_1m.csv").write_text("not read")
    (tmp_path / "BTCUSDTX-1m.csv").write_text("not read")
    paths = recorded_paths(tmp_path, scenario)
    before, after = scenario.paths["BTCUSDT"], paths["BTCUSDT"]
    minutes = after[after["bar_ns"] == 60 * SECOND]
    assert minutes["time_ns"][0] == at("2026-02-05T10:15")  # spot's, not the derivative's
    assert set(minutes["close"].tolist()) == {70_000.0}
    assert len(minutes) == 45
    assert len(after) == len(before) - 3 + 45
    assert np.all(after["time_ns"][1:] == (after["time_ns"] + after["bar_ns"])[:-1])
    assert np.array_equal(paths["ETHUSDT"], scenario.paths["ETHUSDT"])
    assert np.array_equal(scenario.with_data(tmp_path).paths["BTCUSDT"], after)


def test_a_folder_without_the_events_days_is_refused(tmp_path, capsys):
    (tmp_path / "BTCUSDT-1m.csv").write_text(one_minute_bars(at("2019-01-01"), 60, 3_000))
    assert main(["replay", "btc-2026-02", "--data", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "nothing in it covers btc-2026-02; give files of its days named after BTCUSDT" in said
    assert main(["replay", "btc-2026-02", "--data", str(tmp_path / "none")]) == 2
    assert "no such folder" in capsys.readouterr().err


TARDIS = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n"


def test_a_feed_beside_the_replay(tmp_path, capsys):
    feed = tmp_path / "binance-futures_liquidations_2026-02-05_BTCUSDT.csv.gz"
    times = at("2026-02-05T15:00") // 1000 + np.arange(60) * 60_000_000
    rows = [
        f"binance-futures,BTCUSDT,{t},{t},1,{'sell' if i % 3 else 'buy'},67000,0.5"
        for i, t in enumerate(times.tolist())
    ]
    feed.write_bytes(gzip.compress((TARDIS + "\n".join(rows)).encode()))
    assert len(liquidations(feed)[0]) == 60
    out, result = tmp_path / "out", tmp_path / "r.json"
    options = ["--accounts", "2000", "--no-progress", "--out", str(out), "--json", str(result)]
    assert main(["replay", "btc-2026-02", *options, "--liquidations", str(feed)]) == 0
    said = capsys.readouterr().out
    assert f"LIQUIDATIONS of {feed.name} · 5 Feb 15:01 to 5 Feb 16:00 · $ by minute" in said
    assert "longs: feed $1.34M, replayed $" in said
    assert "shorts: feed $670,000, replayed" in said
    assert json.loads(result.read_text())["scenario"] == "btc-2026-02"


def test_a_feed_of_other_days_is_refused_before_the_replay(tmp_path, capsys):
    feed = tmp_path / "liquidations.csv"
    feed.write_text(TARDIS + "x,BTCUSDT,1585132560000000,1,,up,1,1\n")
    assert main(["replay", "btc-2026-02", "--liquidations", str(feed)]) == 2
    said = capsys.readouterr().err
    assert said == (
        f"delever: {feed}, row 2, column 'side': 'up' is neither sell nor buy; correct the row\n"
    )


# ---- what feeds show ----


def truth(times_ns, usd, instrument=0):
    rows = np.zeros(len(times_ns), LIQUIDATION_DTYPE)
    rows["time_ns"], rows["usd"], rows["instrument"], rows["side"] = times_ns, usd, instrument, 1
    return rows


def test_each_venue_shows_what_its_feed_did_on_the_day():
    def shown(venue, day, **options):
        return observe(truth([at(day) + 1, at(day) + 2], [9.0, 5.0]), venue, **options)[
            "usd"
        ].tolist()

    assert shown("binance", "2021-04-26") == [9.0, 5.0]
    assert shown("binance", "2021-04-27") == [5.0]
    assert shown("binance", "2025-10-10", also=True) == [9.0]
    assert shown("bybit", "2021-08-01") == shown("bybit", "2025-10-10") == [9.0, 5.0]
    assert shown("bybit", "2024-08-05") == shown("okx", "2024-08-05") == [5.0]
    assert shown("hyperliquid", "2025-10-10") == shown("bitmex", "2020-03-12") == [9.0, 5.0]
    assert all(row["source"] for rules in feeds().values() for row in rules)
    with pytest.raises(ConfigError, match=r"unknown venue: 'ftx'; give one of binance"):
        feed_rules("ftx")
    with pytest.raises(ConfigError, match="row 1 is earlier than the row before; sort by time_ns"):
        observe(truth([5, 4], [1.0, 1.0]), "binance")


@needs_data
@pytest.mark.data
@pytest.mark.parametrize("also", [False, True])
def test_a_throttled_feed_would_have_hidden_most_of_the_largest_bursts(also):
    """A9: Hyperliquid's bursts of 10 October 2025, second by second, as Binance would show them.

    The timeline has counts; symbols and sizes are drawn as the deleveraging of the day had them.
    """
    event = FOLDER / "hyperliquid_adl_2025-10-10"
    timeline = json.loads((event / "cascade_timing_results.json").read_text())["timeline"]
    with (event / "adl_net_volume_full_12min.csv").open() as file:
        tickers = [
            (int(row["num_adl_events"]), float(row["net_notional_usd"]))
            for row in csv.DictReader(file)
        ]
    events, dollars = np.array(tickers).T
    random, start, rows = np.random.default_rng(7), at("2025-10-10T21:15:03"), []
    for second in timeline:
        count = second["liquidations"]
        coin = random.choice(len(events), count, p=events / events.sum())
        usd = (dollars / events)[coin] * random.pareto(1.5, count)
        rows.append(truth([start + second["second"] * SECOND] * count, usd, coin))
    counts = np.array([len(part) for part in rows])
    order = np.argsort(counts, kind="stable")
    groups = np.array_split(order[counts[order] > 0], 5)
    dropped, by_count = [], []
    for group in groups:
        parts = [rows[i] for i in sorted(group.tolist())]
        seen = observe(np.concatenate(parts), "binance", also=also)
        by_count.append(counts[group].sum() / len(seen))
        dropped.append(sum(part["usd"].sum() for part in parts) / seen["usd"].sum())
    assert by_count == sorted(by_count)
    assert by_count[-1] > 10 * by_count[0]
    assert dropped[-1] == max(dropped)
    assert dropped[-1] > 2 * dropped[0]


@needs_data
@pytest.mark.data
def test_recorded_candles_and_trades_of_10_october_2025():
    scenario = dl.scenario("btc-2025-10")
    path = scenario.with_data(FOLDER / "klines_2025-10").paths["BTCUSDT"]
    day = path[path["time_ns"] >= scenario.start]
    assert set(day["bar_ns"].tolist()) == {300 * SECOND}
    assert day["low"].min() == 102_000.0  # Binance spot, 21:20
    trades = scenario.with_data(FOLDER / "trades_2025-10-10").paths["BTCUSDT"]
    ten_seconds = trades[trades["bar_ns"] == 10 * SECOND]
    assert len(ten_seconds) == 8_640
    assert ten_seconds["low"].min() == 107_000.0  # Gemini
