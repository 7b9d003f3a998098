"""The five other scenarios: frozen roles, price paths, and figures that must agree."""

import json
from collections import Counter
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from conftest import made_result

from delever import _core
from delever.cli import main
from delever.metrics import Series, measure
from delever.replay import Replay
from delever.report import render
from delever.scenario import GROUPS, SHELF, Prior, Scenario, scenario_errors, time_ns
from delever.scenario_file import UNMEASURED
from delever.simulation import simulation_config

# Digest of roles, window rules and tolerances; facts by role; counted checks. A change of them is a
# change of the experiment: list it in CHANGELOG.md, with the reason, before changing this.
FROZEN = {
    "btc-2020-03": (
        "0ac2222acc5b6130",
        {"check": 15, "fit": 1, "derived": 10, "input": 6, "context": 49},
        7,
    ),
    "btc-2021-05": (
        "a1548c90bd159557",
        {"check": 8, "fit": 1, "derived": 10, "input": 3, "context": 22},
        4,
    ),
    "btc-2022-06": (
        "6000d6ab6345a9c9",
        {"check": 9, "fit": 1, "derived": 12, "input": 5, "context": 29},
        6,
    ),
    "btc-2024-08": (
        "2404713163740863",
        {"check": 20, "fit": 4, "derived": 15, "input": 4, "context": 39},
        8,
    ),
    "btc-2025-10": (
        "0900a20b320d9f78",
        {"check": 54, "fit": 13, "derived": 11, "input": 33, "context": 140},
        21,
    ),
}


@pytest.fixture(scope="module", params=sorted(FROZEN))
def one(request):
    return Scenario.load(request.param)


@pytest.fixture(scope="module")
def values():
    scenarios = {name: Scenario.load(name) for name in FROZEN}
    return {
        name.removeprefix("btc-"): {fact.id: fact.value for fact in loaded.facts}
        for name, loaded in scenarios.items()
    }


def near(value, rel=0.005):
    return pytest.approx(value, rel=rel)


def percent(new, old):
    return 100 * (new / old - 1)


def test_roles_rules_and_tolerances_are_frozen(one):
    rows = [(f.id, f.role, f.counted, dict(f.metric), dict(f.tolerance)) for f in one.facts]
    digest = sha256(json.dumps(rows).encode()).hexdigest()[:16]
    counted = sum(f.role == "check" and f.counted for f in one.facts)
    assert (digest, dict(Counter(f.role for f in one.facts)), counted) == FROZEN[one.name]


def test_facts_alone_are_not_replayed_and_say_so(tmp_path, capsys):
    text = (SHELF / "btc-2020-03.toml").read_text("utf-8")
    path = tmp_path / "mine.toml"
    alone = text[: text.index("\n[market]")].replace("start = ", 'parts = "facts"\nstart = ', 1)
    path.write_text(alone, "utf-8")
    assert scenario_errors(path) == []
    assert Scenario.load(path).missing == ("[market]", "[fit]")
    assert main(["replay", str(path)]) == 2
    said = capsys.readouterr().err
    assert "facts alone, a replay needs more: '[market], [fit]'; its facts: delever" in said


def test_each_replays_from_its_embedded_facts_alone(one):
    """On steps of a minute: the whole event, its comparison and its text."""
    config = simulation_config(one, seed=7, accounts=2_000)
    rates = [0.01] * len(one.instruments)
    config["market"].update(maker_levels=4, taker_rate_per_s=rates)
    config.update(windows=[], step_ns=60 * 10**9)
    simulation = _core.Simulation(config)
    simulation.run(one.end)
    assert simulation.audit == ""
    replay = Replay(one, 7, 2_000, "test", "", 0.0, simulation.result())
    rows = replay.compare()
    several = {r.fact.metric["kind"] for r in rows if r.fact.metric and r.replayed is None}
    assert several <= set(UNMEASURED)
    checks = [row for row in rows if row.counts and row.replayed is not None]
    assert len(checks) >= 3
    assert all(row.within for row in rows if row.fact.id == "low")  # the path goes through it
    assert replay.series.liquidated("all", "long").sum() > 1e6
    text = render(replay).splitlines()
    assert len(text) <= 30
    assert max(map(len, text)) <= 100
    assert len(replay.hourly()) == (one.end - one.start) // (3600 * 10**9)


def test_a_scenario_that_can_be_replayed_misses_nothing(btc):
    assert (btc.parts, btc.missing) == ("replay", ())


def test_facts_are_complete_and_of_the_event(one):
    for fact in one.facts:
        assert fact.what, fact.id
        assert fact.unit, fact.id
        assert fact.confidence in {"high", "medium", "low"}, fact.id
        assert set(fact.tags) <= set(one.tags), fact.id
        for end in (part for part in fact.time_utc.split("/") if part != "undated"):
            # the months around it: open interest before, funds and holdings after
            assert abs(time_ns(end) - one.start) < 35 * 86_400 * 10**9, fact.id
    named = {fact.source for fact in one.facts} | {bars["source"] for bars in one.bars}
    named |= {prior.source for group in GROUPS for prior in getattr(one, group).values()}
    assert named == set(one.sources)
    assert {tag for fact in one.facts for tag in fact.tags} == set(one.tags)


def test_nothing_later_than_the_cut_is_tuned_on(one):
    for fact in one.facts:
        # the delay of the first deleveraging sets the capacity of the vault (a fit, said so)
        if fact.role == "fit" and fact.id != "hl-adl-lag":
            assert fact.span[1] <= one.fit_until, fact.id


def test_no_check_is_what_the_path_gives(one):
    for fact in one.facts:
        if fact.role == "check":
            assert fact.metric["kind"] not in {"price", "return", "leg", "high"}, fact.id
            assert fact.metric["kind"] != "low" or fact.metric["series"] == "perp", fact.id


def test_paths_are_unbroken_and_reach_over_the_event(one):
    for symbol in one.instruments:
        path = one.paths[symbol]
        assert (np.diff(path["time_ns"]) == path["bar_ns"][:-1]).all()
        assert path["time_ns"][0] <= one.start - 28 * 86_400 * 10**9
        assert path["time_ns"][-1] + path["bar_ns"][-1] >= one.end
        # consecutive bars meet, but for the jumps of a minute that a cascade has
        jump = np.abs(path["open"][1:] / path["close"][:-1] - 1)
        assert np.quantile(jump, 0.95) < 0.002
        assert jump.max() < 0.02


def test_bars_of_different_length_agree(one):
    for symbol in one.instruments:
        mine = {b["bar"]: b for b in one.bars if b["instrument"] == symbol}
        if "5m" in mine:
            hours, fine = mine["1h"], mine["5m"]
            first = (fine["start"] - hours["start"]) // (3600 * 10**9)
            for k in range(len(fine["low"]) // 12):
                assert min(fine["low"][12 * k : 12 * k + 12]) == hours["low"][first + k]
                assert max(fine["high"][12 * k : 12 * k + 12]) == hours["high"][first + k]


def test_what_is_derived_follows_from_the_path(one):
    shares = {f"liquidation_share_{s[:3].lower()}": Prior(0.2, "x", "x") for s in one.instruments}
    shares["under_reporting"] = Prior(1.0, "x", "x")
    series = Series(replace(one, priors=shares), made_result(one))
    derived = [fact for fact in one.facts if fact.role == "derived"]
    assert derived
    wrong = {fact.id: measure(fact.metric, series) for fact in derived}
    wrong = {key: found for key, found in wrong.items() if not one.fact(key).within(found)}
    assert wrong == {}


def test_perpetuals_are_below_spot_as_their_lows_say(values):
    lows = {"2020-03": "low", "2021-05": "low", "2022-06": "low-18", "2024-08": "low"}
    basis = {"2020-03": "low", "2021-05": "low", "2022-06": "18", "2024-08": "low"}
    for event, low in lows.items():
        mine = values[event]
        gap = percent(mine["perp-low"], mine[low])
        assert gap == pytest.approx(mine[f"basis-{basis[event]}"], abs=0.01)
    mine = values["2025-10"]
    assert percent(mine["perp-low"], mine["low"]) == pytest.approx(mine["basis-btc"], abs=0.01)
    for event in ("2020-03", "2021-05", "2024-08", "2025-10"):
        assert values[event]["mark-low"] > values[event]["perp-low"]


def test_longs_and_shorts_are_the_total(values):
    day = values["2025-10"]
    assert day["liq-24h-long"] + day["liq-24h-short"] == near(day["liq-24h"][1])
    assert day["liq-24h-long"] / day["liq-24h"][0] == near(day["long-share-24h"])
    assert day["amb-long-14h"] + day["amb-short-14h"] == near(day["amb-14h"])
    assert 100 * day["amb-long-14h"] / day["amb-14h"] == near(day["amb-long-share"])
    june = values["2022-06"]
    assert june["liq-24h-long"] + june["liq-24h-short"] == near(june["liq-24h"], 0.01)
    assert june["liq-24h-long"] / june["liq-24h"] == near(june["long-share"])
    # C-sum: the printed short share is that of 946, not of 940
    assert june["liq-24h-short"] / june["liq-24h"] > june["short-share"] + 0.005
    august = values["2024-08"]
    assert august["day-long"] / august["day-24h"] == near(august["day-long-share"])
    assert august["later-long"] / august["later-24h"] == near(august["day-long-share"])
    for venue, rel in (("binance", 0.0015), ("okx", 0.0016)):  # C-okx
        parts = august[f"{venue}-long"] + august[f"{venue}-short"]
        assert parts == near(august[f"{venue}-24h"], rel)
    assert august["first-eth-long"] + august["first-btc-long"] < august["first-long"]


def test_parts_do_not_exceed_the_whole(values):
    day, june, august = values["2025-10"], values["2022-06"], values["2024-08"]
    assert day["hl-liq-24h"][0] + day["bybit-liq-24h"][0] < day["liq-24h"][0]
    assert 100 * day["hl-liq-24h"][0] / day["liq-24h"][0] == near(day["hl-share"], 0.01)
    assert day["pre-btc-24h"] + day["pre-eth-24h"] < day["pre-liq-24h"]
    venues = ("htx", "hyperliquid", "bybit", "binance", "gate", "okx")
    listed = sum(day[f"pre-btc-{venue}-4h"] for venue in venues)
    assert 0.98 * day["pre-btc-4h"] < listed < day["pre-btc-4h"]
    shown = [
        day[f"binance-{coin}-{side}-4h"]
        for coin in ("btc", "eth", "sol", "xrp")
        for side in ("long", "short")
    ]
    assert sum(shown[0::2]) / sum(shown) == pytest.approx(0.51, abs=0.005)  # C-share
    assert sum(shown) < day["binance-liq-24h"][0]
    coins = ["btc", "eth", "sol", "xrp", "flm", "gmt", "ada", "trx", "luna", "doge", "avax", "ltc"]
    assert sum(june[f"liq-{coin}"] for coin in coins) < june["liq-24h"]
    assert august["day-btc"] + august["day-eth"] < august["day-24h"]
    lenders = ("aave", "spark", "compound", "morpho")
    assert sum(august[f"defi-{name}"] for name in lenders) == near(august["defi"], 0.002)
    share = 100 * august["defi-aave"] / august["defi-aave-ever"]
    assert share == near(august["defi-aave-share"])
    assert sum(august[f"defi-aave-{c}"] for c in ("weth", "wsteth", "wbtc")) < august["defi-aave"]
    parts = sum(august[f"defi-theblock-{c}"] for c in ("eth", "wsteth", "wbtc"))
    assert parts < august["defi-theblock"]


def test_the_fill_records_of_hyperliquid_add_up(values):
    day = values["2025-10"]
    assert sum(day["hl-liq-per-minute"]) == day["hl-liq-fills"]
    assert sum(day["hl-adl-per-minute"]) == day["hl-adl-fills"]
    assert day["hl-liq-per-minute"][0] == day["hl-liq-before-adl"]
    assert day["hl-adl-per-minute"][0] == day["hl-adl-before"] == 0
    assert day["hl-adl-fills"] / day["hl-liq-fills"] == near(day["hl-adl-count-ratio"])
    assert day["hl-liq-usd"] + day["hl-adl-usd"] == near(day["hl-forced-usd"], 1e-9)
    assert 100 * day["hl-adl-usd"] / day["hl-forced-usd"] == near(day["hl-adl-share"])
    assert 100 * day["hl-peak-liq"] / day["hl-liq-fills"] == near(day["hl-burst-top"])
    assert day["hl-bursts-equal"] / day["hl-bursts-adl"] == day["hl-adl-paired"]
    for coin, price in (("btc", 106_455.66), ("eth", 3_500.93)):  # C-adl-price
        assert day[f"hl-{coin}-adl"] / day[f"hl-{coin}-adl-qty"] == near(price, 1e-6)
        assert day[f"hl-{coin}-adl-price"] == near(price, 0.01)
    coins = ("btc", "eth", "sol", "hype", "xrp")
    assert 0.7 < sum(day[f"hl-{coin}-liq"] for coin in coins) / day["hl-liq-usd"] < 1
    assert 0.7 < sum(day[f"hl-{coin}-adl"] for coin in coins) / day["hl-adl-usd"] < 1


def test_the_minutes_of_the_cascade_add_up(values):
    day = values["2025-10"]
    inside, rest = day["amb-40min"], day["amb-14h"] - day["amb-40min"]
    assert 100 * inside / day["amb-14h"] == near(day["amb-concentration"], 0.002)
    assert (inside / 40) / (rest / 800) == near(46.8)  # C-rate-arith: printed as 10.9
    assert day["amb-peak-minute"] < inside
    assert day["hl-liq-usd"] + day["hl-adl-usd"] < day["hl-liq-24h"][0]


def test_depth_and_open_interest_ratios(values):
    day = values["2025-10"]
    for coin, rel in (("btc", 0.001), ("eth", 0.005), ("sol", 0.02), ("xrp", 0.002)):  # C-ratio
        ratio = day[f"depth-{coin}"] / day[f"depth-{coin}-min"]
        assert ratio == near(day[f"depth-{coin}-collapse"], rel)
        change = percent(day[f"oi-{coin}-after"], day[f"oi-{coin}"])
        assert change == pytest.approx(day[f"oi-{coin}-change"], abs=0.01)
        assert day[f"oi-{coin}-least"] <= day[f"oi-{coin}-after"]
    change = percent(day["oi-btc-coin-after"], day["oi-btc-coin-before"])
    assert change == pytest.approx(day["oi-btc-coin"], abs=0.05)
    change = percent(day["oi-glassnode-after"], day["oi-glassnode-before"])
    assert change == pytest.approx(day["oi-glassnode"], abs=0.5)
    for when in ("before", "after"):  # dollars and coins give a price of that day
        price = day[f"oi-btc-usd-{when}"] / day[f"oi-btc-coin-{when}"]
        assert day["low"] < price < 1.03 * day["high"]
    # C-oi: a quarter of 147 B is no open interest of BTC
    assert -100 * day["oi-fti"] / day["oi-fti-percent"] > 2 * day["oi-btc-usd-before"]
    venues = ["cme", "binance", "bybit", "gate", "bitget", "htx", "okx", "hyperliquid"]
    assert 0.65 < sum(day[f"oi-share-{v}"] for v in venues) / day["oi-all-coin"] < 1
    assert day["oi-share-binance"] == near(day["oi-binance-before"], 0.02)
    assert day["oi-share-cme"] == near(day["oi-cme"], 0.05)
    august = values["2024-08"]
    assert percent(august["oi-btc-after"], august["oi-btc"]) == pytest.approx(-27.9, abs=0.05)


def test_coins_and_dollars_imply_one_price(values):
    june = values["2022-06"]
    prices = {c: june[f"liq-{c}"] / june[f"liq-{c}-coin"] for c in ("btc", "eth", "sol")}
    path = Scenario.load("btc-2022-06").paths
    first, last = (time_ns(f"2022-06-13T{hour}:00Z") for hour in ("11", "15"))
    for coin, price in prices.items():
        bars = path[f"{coin.upper()}USDT"]
        bars = bars[(bars["time_ns"] >= first) & (bars["time_ns"] < last)]
        assert bars["low"].min() <= price <= bars["high"].max()
    assert prices["btc"] > june["article-price"] * 1.15  # C-price
    may = values["2021-05"]
    assert 30_000 < may["inflow-binance-usd"] / may["inflow-binance"] < 46_000


def test_the_halt_and_the_funds_of_march_2020(values):
    march = values["2020-03"]
    assert march["halt-start"] == "2020-03-13T02:16Z"
    assert march["fund-after"] - march["fund-before"] == march["fund-used"]
    assert march["fund-record"] - march["fund-after"] == march["fund-gained"]
    assert percent(march["deribit-after"], march["deribit-before"]) == near(
        march["deribit-percent"]
    )
    refund = march["stops-refund-usd"] / march["stops-refund"]
    assert refund == near(march["fund-usd"] / march["fund-record"])  # one price, days later
    assert march["halt-rebound"][0] <= march["halt-rebound-binance"] <= march["halt-rebound"][1]
    assert percent(march["oi-bitmex-after"], march["oi-bitmex"]) < march["oi-bitmex-percent"]
    # C-units: thousands; C-holdings, C-seven-days: the printed percentages are wrong
    used = 1e3 * (march["binance-fund-after"] - march["binance-fund-before"])
    assert used < march["binance-fund-used"]
    left = percent(march["holdings-after"], march["holdings-before"])
    assert left == pytest.approx(-22.5, abs=0.05)
    assert percent(march["coinbase-low"], march["coinbase-high"]) == pytest.approx(-51.6, abs=0.05)
    # C-discount: the lows lie closer than either claim
    for spot in ("low", "coinbase-low"):
        assert march["bitmex-low"] - march[spot] > march["bitmex-discount"]
    assert march["liq-leg1"] < march["liq-day"] < march["liq-total"] < march["liq-total-late"]


def test_binance_showed_less_than_its_share_in_may_2021(values):
    may = values["2021-05"]
    assert 100 * may["binance-liq"] / may["liq-24h"] < may["binance-share"]
    assert may["liq-day"][0] - may["liq-others"] == near(4e8)  # C-binance
    assert may["fall"] < -may["fall-press"]
    assert may["eth-fall"] < -may["fall-press-eth"]


def test_what_one_venue_of_several_did_is_measured_where_it_is_replayed():
    march, may = Scenario.load("btc-2020-03"), Scenario.load("btc-2021-05")
    assert (march.venue, may.venue) == ("bitmex", "")
    series = Series(march, made_result(march))
    assert measure(march.fact("liq-leg1").metric, series) >= 0
    assert measure(march.fact("bitmex-low").metric, series) is None
    result = made_result(may)
    assert measure(may.fact("binance-liq").metric, Series(may, result)) is None
    kinds = {f.metric["kind"] for name in FROZEN for f in Scenario.load(name).facts if f.metric}
    assert set(UNMEASURED) <= kinds, "a rule that no fact has"


def test_every_error_of_a_file_is_found_with_its_place(tmp_path):
    text = (SHELF / "btc-2020-03.toml").read_text("utf-8")
    for old, new in (
        ('role = "fit"', 'role = "fitted"'),
        ('source = "sbf"', 'source = "sfb"'),
        ('title = "', 'titel = "'),
        ("value = 500,", 'value = [500, "x"],'),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    found = [(error.what, error.where.removeprefix(f"{path}, ")) for error in scenario_errors(path)]
    ids = [fact.id for fact in Scenario.load("btc-2020-03").facts]
    rebound, leg, discount = "halt-rebound", "liq-leg1", "bitmex-discount-most"
    assert found == [
        ("unknown key", "scenario, titel"),
        ("missing key", "scenario"),
        ("missing source", f"fact[{ids.index(rebound)}] '{rebound}', published, source"),
        ("not one of the known", f"fact[{ids.index(leg)}] '{leg}', role"),
        ("not a number", f"fact[{ids.index(discount)}] '{discount}', published, value"),
    ]


def test_a_gap_is_an_error_of_the_file(tmp_path):
    text = (SHELF / "btc-2020-03.toml").read_text("utf-8")
    first = 'start = "2020-03-10T00:00Z"\nbar = "1h"'
    assert first in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(first, first.replace("03-10", "03-11"), 1), "utf-8")
    assert [error.what for error in scenario_errors(path)] == ["no unbroken path"]
