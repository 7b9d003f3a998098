"""The scenario file: what it says, that it is frozen, and what is said of a broken one."""

import json
import re
import sys
import tomllib
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from delever.scenario import SHELF, Fact, Scenario, ScenarioError, scenario, time_ns
from delever.scenario_file import METRICS

TEXT = (SHELF / "btc-2026-02.toml").read_text("utf-8")
# Roles, window rules and tolerances. A change of it is a change of the experiment: list it in
# CHANGELOG.md, with the reason, before changing this.
FROZEN = "96cf7789fa00bfea"


def test_roles_rules_and_tolerances_are_frozen(btc):
    rows = [(f.id, f.role, f.counted, dict(f.metric), dict(f.tolerance)) for f in btc.facts]
    assert sha256(json.dumps(rows).encode()).hexdigest()[:16] == FROZEN


@pytest.mark.parametrize(
    ("article", "values"),
    [
        ("S0", [68e3, 1e9, 14.26, 378.82e6, -1, -14, 1.35, (-26, -24), 60e3, (20e3, 60e3, 70e3)]),
        ("S1", [431e6, 2.51e9, 0.7, 60704, -16.43, 65e3, 9, 22, 62e3, 58200, 80e3, (63500, 65e3)]),
        ("S2", [(3e9, 4e9), (2e9, 2.5e9), 61e9, 49e9, -20, 6, -50, 108435]),
        ("S3", [63280, 1.95e9, 1.7e9, 500e6, 2.16e12, 30, (63e3, 65e3)]),
        ("S4", [2.6e9, 2.14e9, 466e6, 60e3, 19e9]),
    ],
)
def test_every_figure_of_the_articles_is_there(btc, article, values):
    published = [fact.value for fact in btc.facts if fact.source == article]
    for value in values:
        assert value in published


def test_prints_up_to_the_cut_are_fit_and_later_ones_are_not(btc):
    for fact in btc.facts:
        if fact.metric.get("kind") == "liquidations" and fact.role in ("fit", "check"):
            fitted = fact.metric["ends"][1] <= btc.fit_until and not fact.id.startswith("jan31")
            assert fitted == (fact.role == "fit"), fact.id


def test_the_published_figures_agree_where_they_can(btc):
    value = {fact.id: fact.value for fact in btc.facts}
    assert value["s4-long-24h"] + value["s4-short-24h"] == pytest.approx(2.606e9)
    assert value["s1-price"] / (1 + value["s1-return-24h"] / 100) == pytest.approx(72_639, abs=1)
    assert 100 * (value["s2-oi-after"] / value["s2-oi-before"] - 1) == pytest.approx(
        -19.67, abs=0.01
    )
    # four disjoint hours of shorts (65, 67, 68, 70 % long) exceed the whole day's: C-share-arith
    hours = [("print-3-1h", 0.65), ("print-5-1h", 0.67), ("print-7-1h", 0.684), ("print-9-1h", 0.7)]
    assert sum(value[name] * (1 - long) for name, long in hours) > value["s4-short-24h"]


def test_the_path_touches_every_published_point(btc):
    table = tomllib.loads(TEXT)
    points = {group["instrument"]: group["rows"] for group in table["points"]}
    path = btc.paths["BTCUSDT"]
    for when, which, price in points["BTCUSDT"]:
        bar = path[np.searchsorted(path["time_ns"], time_ns(when), side="right") - 1]
        # "close" of a quarter is the open of the next within a cent or two
        assert bar[which] == pytest.approx(price, abs=0.02), (when, which)
    for symbol in ("ETHUSDT", "SOLUSDT"):
        path = btc.paths[symbol]
        for when, _, price in points[symbol]:
            bar = path[np.searchsorted(path["time_ns"], time_ns(when), side="right") - 1]
            assert bar["low"] * 0.998 <= price <= bar["high"] * 1.002


def test_hourly_bars_agree_with_the_published_days():
    table = tomllib.loads(TEXT)
    hours = next(b for b in table["bars"] if b["instrument"] == "BTCUSDT" and b["bar"] == "1h")
    for day, (o, high, low, c) in enumerate(table["daily"][0]["ohlc"][:7]):
        span = slice(24 * day, 24 * day + 24)
        assert hours["open"][span][0] == pytest.approx(o, abs=0.02)
        assert max(hours["high"][span]) == pytest.approx(high, abs=0.02)
        assert min(hours["low"][span]) == pytest.approx(low, abs=0.02)
        assert hours["close"][span][-1] == pytest.approx(c, abs=0.02)


def test_quarter_hours_are_what_the_script_makes_of_the_facts():
    script = Path(__file__).parents[2] / "bench" / "science"
    sys.path.insert(0, str(script))
    try:
        from split_hours import COLUMNS, quarters
    finally:
        sys.path.remove(str(script))
    table = tomllib.loads(TEXT)
    bars = next(b for b in table["bars"] if b["bar"] == "15m")
    start = time_ns(bars["start"])
    end = start + len(bars["open"]) * 900 * 10**9
    assert [tuple(row) for row in quarters(table, "BTCUSDT", start, end)] == list(
        zip(*(bars[name] for name in COLUMNS), strict=True)
    )


def test_paths_are_unbroken_and_the_low_is_60000(btc):
    for path in btc.paths.values():
        assert (np.diff(path["time_ns"]) == path["bar_ns"][:-1]).all()
        assert path["time_ns"][0] < btc.start
        assert path["time_ns"][-1] >= btc.end
    path = btc.paths["BTCUSDT"]
    assert path["low"].min() == 60_000
    assert path["time_ns"][path["low"].argmin()] == time_ns("2026-02-06T00:15Z")


def test_every_parameter_has_a_source(btc):
    groups = (btc.priors, btc.population, btc.market, btc.fit)
    assert all(
        prior.source in btc.sources and prior.unit for group in groups for prior in group.values()
    )
    assert set(btc.fit) >= {"scale", "leverage_median"}


def test_with_parameters_changes_a_copy(btc):
    other = btc.with_parameters(scale=0.5)
    assert other.parameter("scale") == 0.5
    assert other.fit["scale"].source == "set by the caller"
    assert btc.parameter("scale") != 0.5
    with pytest.raises(ScenarioError, match="no such parameter"):
        btc.with_parameters(skale=1)


@pytest.mark.parametrize(
    ("value", "tolerance", "replayed", "verdict"),
    [
        (100.0, {"rel": 0.1}, 110.0, True),
        (100.0, {"rel": 0.1}, 111.0, False),
        (-0.2, {"abs": 0.1}, -0.3, True),
        (-0.2, {"abs": 0.1}, -0.31, False),
        ((2.0, 3.0), {"rel": 0.0}, 2.5, True),
        ((-26.0, -24.0), {"abs": 1.0}, -23.5, True),
        ((-26.0, -24.0), {"abs": 1.0}, -22.5, False),
        (5.0, {"bound": "at_least"}, 6.0, True),
        (5.0, {"bound": "at_most"}, 6.0, False),
        (5.0, {}, 6.0, None),
        ("text", {"rel": 1.0}, 6.0, None),
        (5.0, {"rel": 1.0}, None, None),
    ],
)
def test_within(value, tolerance, replayed, verdict):
    fact = Fact("a", "b", value, "USD", "S", "high", "undated", "check", tolerance=tolerance)
    assert fact.within(replayed) is verdict


FIRST = 'id = "s1-liq-1h"'


def broken(old, new):
    assert old in TEXT
    return TEXT.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (broken("format = 1", "format = = 1"), ["broken TOML", "line 1", "format = = 1"]),
        (broken("format = 1", "format = 2"), ["format", "2", "choose 1"]),
        (broken(FIRST, FIRST + "\ncolour = 1"), ["unknown key", "s1-liq-1h", "colour"]),
        (broken(FIRST, FIRST + "\nscop = 'x'"), ["unknown key", "did you mean scope?"]),
        (broken(FIRST, 'id = "s1-price"'), ["fact id used twice", "s1-price"]),
        (broken('role = "check"', 'role = "maybe"'), ["maybe", "input, derived, fit"]),
        (broken('source = "S1"', 'source = "S9"'), ["missing source", "S9", "[sources]"]),
        (broken('utc = "2026-02-06T00:10Z/', 'utc = "6 Feb/'), ["bad time", "6 Feb"]),
        (broken('tags = ["C-24h"]', 'tags = ["C-25h"]'), ["unknown tag", "C-25h"]),
        (broken('kind = "liquidations"', 'kind = "liquids"'), ["metric", "liquids", "choose"]),
        (broken('side = "total", ', ""), ["liquidations", "['side']"]),
        (broken("tolerance = { rel = 0.2 }\n", ""), ["no window rule", "metric and tolerance"]),
        (broken("rel = 0.2", 'rel = "0.2"'), ["not a number", "0.2"]),
        (broken("rel = 0.2", "rel = nan"), ["finite number"]),
        (broken('bound = "at_most"', 'bound = "most"'), ["at_least, at_most"]),
        (broken('title = "', 'titel = "'), ["unknown key", "did you mean title?"]),
        (broken("accounts = 2_000_000\n", ""), ["missing key", "accounts"]),
        (broken("accounts = 2_000_000", "accounts = true"), ["a whole number"]),
        (broken('focus = ["2026-02-05T00:00Z"', 'focus = ["2026-02-07T00:00Z"'), ["span of time"]),
        (broken(", 30]", "]"), ["steps", "2 items"]),
        (broken('bar = "1d"', 'bar = "2d"'), ["bars[0]", "2d", "15m, 1h, 1d"]),
        (broken("open = [\n", "open = [\n  1.0,"), ["bars[0]", "columns differ in length"]),
        (re.sub(r"high = \[\n  [\d.]+", "high = [\n  1.0", TEXT, count=1), ["cannot be"]),
        (
            broken('"swing_low"', '"x"')
            if '"swing_low"' in TEXT
            else broken('"low", 7', '"bottom", 7'),
            ["points[0]", "bottom"],
        ),
        (broken("published = {", "published = 3 #"), ["a table"]),
        (broken("instruments = [", "instruments = 3 # ["), ["instruments", "a list"]),
    ],
)
def test_a_broken_file_is_named_with_place_value_and_fix(tmp_path, text, parts):
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ScenarioError) as error:
        Scenario.load(path)
    message = str(error.value)
    assert "\n" not in message
    assert str(path) in message
    for part in parts:
        assert part in message


def test_a_gap_in_the_path_is_named(tmp_path):
    path = tmp_path / "mine.toml"
    start = '[[bars]]\ninstrument = "BTCUSDT"\nstart = "2026-01-01T00:00Z"'
    path.write_text(broken(start, start.replace("01-01", "01-02")), "utf-8")
    one = Scenario.load(path)
    assert len(one.paths["BTCUSDT"])  # the day that overlaps the hours gives way to them
    path.write_text(broken(start, start.replace("2026-01-01", "2025-12-01")), "utf-8")
    with pytest.raises(ScenarioError, match=r"no unbroken path.*2026-01-31"):
        _ = Scenario.load(path).paths


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("btc-2026-2", "did you mean btc-2026-02?"),
        ("", "known: btc-2020-03, btc-2021-05"),
        ("/no/such.toml", "No such file"),
    ],
)
def test_an_unknown_scenario_is_named(name, part):
    with pytest.raises(ScenarioError, match=re.escape(part)):
        scenario(name)


def test_a_file_that_is_not_text(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError, match="not UTF-8"):
        Scenario.load(path)


def test_every_window_rule_is_measured(btc):
    from delever.metrics import MEASURED_KINDS

    assert {*METRICS, "venue_liquidations"} == set(MEASURED_KINDS)
    assert {fact.metric["kind"] for fact in btc.facts if fact.metric} <= set(METRICS)
