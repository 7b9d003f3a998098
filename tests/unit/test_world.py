"""The closed loop from Python: switches in words, runs, counterfactuals, their shares and table."""

import json
from dataclasses import replace

import numpy as np
import pytest

from delever import _core, world_report
from delever.cli import main
from delever.errors import ConfigError
from delever.report import checks
from delever.scenario import SHELF, ScenarioError, scenario
from delever.switches import SWITCHES, engine_switches, parse_what_if, what_if
from delever.world import MECHANISMS, Sale
from delever.world_report import draw, table


@pytest.fixture(scope="module")
def factual():
    return scenario("btc-2026-02").closed_loop(seed=7, accounts=6_000, step_s=30)


@pytest.fixture(scope="module")
def without(factual):
    return factual.counterfactual(liquidations="off")


def test_every_switch_has_words_the_engine_knows():
    assert what_if(stops=False, links=True) == {"stops": "off", "links": "on"}
    assert engine_switches({"liquidations": "off-book"}) == {"forced_closing": 2}
    assert engine_switches({"deleveraging": "first"}) == {"forced_closing": 3}
    assert engine_switches({"halt": "7/15"}) == {"halt_fall": 0.07, "halt_minutes": 15}
    assert engine_switches({"rulebook": "okx-swap"}) == {}
    assert parse_what_if(["depth=2,stops=off"]) == [{"depth": "2", "stops": "off"}]
    assert len(SWITCHES) == 11


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("liquidation=off", "unknown; one of liquidations"),
        ("liquidations=never", "choose on or off or off-book"),
        ("leverage_max=none", "a number above 0"),
        ("depth=-1", "a number above 0"),
        ("halt=7", "PERCENT/MINUTES"),
        ("liquidations=off,deleveraging=first", "not together"),
    ],
)
def test_a_switch_that_cannot_be_is_refused(text, said):
    with pytest.raises(ConfigError, match=said):
        parse_what_if([text])


def test_the_factual_run_holds_the_recorded_path(factual):
    day = factual.horizons()["day"]
    assert factual.low(day) == pytest.approx(60_000, rel=0.004)
    assert factual.steps["path_error"][0] < 0.003
    assert factual.liquidated(day) > 1e8
    assert {venue["name"] for venue in factual.steps["venues"]} >= {"Binance", "OKX"}
    shares = [venue["share"] for venue in factual.config["venues"]]
    assert sum(shares) == pytest.approx(1.0)
    assert shares == sorted(shares, reverse=True)


def test_the_same_seed_and_the_same_switches_give_the_same_digest(factual):
    assert factual.counterfactual().digest == factual.digest
    alone = scenario("btc-2026-02").closed_loop(seed=7, accounts=6_000, step_s=30, workers=1)
    assert alone.digest == factual.digest


def test_without_liquidations_nothing_is_liquidated_and_the_fall_is_smaller(factual, without):
    day = factual.horizons()["day"]
    assert without.liquidated(day) == 0
    assert without.low(day) > factual.low(day)
    shares = factual.shares(without, day)
    assert 0 < shares.endogenous < 1
    assert shares.amplification > 1
    assert factual.shares(factual, day).endogenous == 0


def test_a_cap_on_leverage_liquidates_less(factual):
    day = factual.horizons()["day"]
    capped = factual.counterfactual(leverage_max=3)
    assert capped.liquidated(day) < factual.liquidated(day)
    assert capped.name == "leverage_max=3"


def test_a_kick_of_nothing_is_nothing_and_a_sale_lowers_the_price(factual):
    at = int(factual.time_ns[100])
    assert factual.counterfactual(sales=[Sale(0, at, at, 0.0)]).digest == factual.digest
    sold = factual.counterfactual(sales=[Sale(0, at, at + 600 * 10**9, 50e6)])
    moved = float((sold.steps["log_price"] - factual.steps["log_price"])[125, 0])
    assert -0.002 < moved < -0.0005  # a tenth of a percent of calm depth


def test_another_rulebook_is_every_venues(factual):
    other = factual.counterfactual(rulebook="binance-um@2026-02-05")
    rules = [venue["rulebook"] for venue in other.config["venues"]]
    assert all(rule == rules[0] for rule in rules)
    assert other.digest != factual.digest


def test_the_largest_fall_is_found_and_shared_at_its_ends():
    path, flat = np.log([100.0, 120.0, 90.0, 110.0, 108.0]), np.log([100.0, 120, 120, 60, 110])
    shares = _core.Shares(path, flat)
    assert shares.fall == pytest.approx(25.0)
    assert shares.fall_without == pytest.approx(50.0)
    assert (shares.at_low, shares.own) == (pytest.approx(1.0), pytest.approx(-1.0))
    assert shares.endogenous == shares.own
    assert shares.amplification == pytest.approx(0.5)
    assert _core.Shares(path, 0 * flat).amplification == np.inf
    with pytest.raises(ConfigError, match="of the same steps"):
        _core.Shares(path, flat[1:])


def test_the_series_add_up_over_the_venues(factual):
    series, venues = factual.series, factual.steps["venues"]
    total = sum(float(venue["liquidated_long_usd"].sum()) for venue in venues)
    assert float(series.column("liquidated_long_usd", "BTC").sum()) < total
    assert float(series.result["liquidated_long_usd"].sum()) == pytest.approx(total)
    lots = series.column("open_interest_lots", "BTC")
    coin = lots[0] * factual.config["market"]["instruments"][0]["lot_coin"]
    assert coin == pytest.approx(61e9 / factual.price()[0], rel=0.02)


def test_every_liquidation_is_listed_with_its_dollars(factual):
    for venue in factual.steps["venues"]:
        rows = venue["liquidation_rows"]
        assert len(rows["usd"]) > 0 < venue["liquidations"]
        assert np.all(np.diff(rows["time_ns"]) >= 0)
        for side, name in ((1, "long"), (2, "short")):
            summed = float(venue[f"liquidated_{name}_usd"].sum())
            assert float(rows["usd"][rows["side"] == side].sum()) == pytest.approx(summed)


def test_the_table_says_what_was_run(factual, without):
    text = table(factual, [without])
    assert max(map(len, text.splitlines())) <= 100
    assert "liquidations=off" in text
    assert "E at low" in text
    assert factual.digest in text
    assert text.count("L2") == 2


def test_every_fact_of_the_runs_hours_has_a_value(factual, without):
    rows, none = ({row.fact.id: row for row in run.compare()} for run in (factual, without))
    assert list(rows) == [fact.id for fact in factual.scenario.facts]
    assert rows["s0-low-60k"].replayed == pytest.approx(factual.low(factual.horizons()["day"]))
    assert rows["s1-liq-1h"].replayed > 0 == none["s1-liq-1h"].replayed
    assert rows["s1-liq-1h"].baseline.constant > 0
    early = [row for row in rows.values() if row.fact.role == "fit" and row.fact.has(hours=24)]
    assert len(early) > 3  # their day begins before the run
    assert all(row.replayed is None is row.within for row in early)
    held = [row for row in rows.values() if row.counts]
    assert sum(row.replayed is not None for row in held) >= 5
    text = "\n".join(checks(factual))
    missing = sum(row.replayed is None for row in held)
    assert f" {missing} more checks are of a venue or of hours that are not replayed" in text
    assert "left out: none ships of the closed loop" in text


def test_parts_of_a_fall_add_up_to_it(factual, without):
    day = factual.horizons()["day"]
    shares = factual.shares(without, day)
    both = factual.attribution(["liquidations", "stops"])
    for horizon, span in factual.horizons().items():
        assert sum(both[horizon].values()) == pytest.approx(factual.fall(span))
    off = {"stops": factual.counterfactual(stops="off")}
    off["both"] = factual.counterfactual(liquidations="off", stops="off")
    left = {name: 1 - factual.shares(run, day).at_low for name, run in off.items()}
    first, last = shares.at_low, left["stops"] - left["both"]
    expected = shares.fall * (first + last) / 2
    assert both["day"]["liquidations"] == pytest.approx(expected)


def test_a_replay_leads_to_its_counterfactuals(factual, made):
    made.__dict__["closed_loop"] = factual
    assert made.counterfactual(stops="off").name == "stops=off"


def test_what_if_prints_the_facts_and_writes_them(tmp_path, monkeypatch, capsys):
    text = (SHELF / "btc-2026-02.toml").read_text("utf-8")
    slow = 'steps = [["2026-02-06T12:15Z", 1]]'
    assert slow in text
    (tmp_path / "fast.toml").write_text(text.replace(slow, slow.replace("1]]", "60]]")), "utf-8")
    monkeypatch.chdir(tmp_path)
    command = ["replay", "fast.toml", "--accounts", "2000", "--what-if", "liquidations=off"]
    assert main([*command, "--json", "a.json", "--no-progress"]) == 0
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 100
    assert "CHECKS (could have failed)" in printed
    assert "wrote a.json" in printed
    told = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert [run["name"] for run in told["runs"]] == ["factual", "liquidations=off"]
    assert told["runs"][1]["horizons"]["day"]["liquidated_usd"] == 0
    facts = {row["id"]: row for row in told["runs"][0]["facts"]}
    assert len(facts) == len(scenario("btc-2026-02").facts)
    assert facts["s1-liq-1h"]["replayed"] > 0
    assert told["runs"][0]["horizons"]["day"]["fall"] == pytest.approx(18, abs=0.5)


def test_mechanisms_are_a_table(monkeypatch, capsys):
    monkeypatch.setattr(world_report, "MEMBER_STEP_S", 60.0)
    assert main(["replay", "btc-2026-02", "--accounts", "2000", "--mechanisms"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[2].split() == ["FALL,", "Shapley", "exogenous", *MECHANISMS]
    horizon, fall, *parts = (word for word in lines[3].split() if word != "%")
    assert horizon == "day"
    assert -sum(map(float, parts)) == pytest.approx(float(fall), abs=0.03)


def test_the_picture_is_drawn(factual, without, tmp_path):
    pytest.importorskip("matplotlib")
    (path,) = draw(factual, [without], tmp_path / "new")
    assert path.name == "counterfactual.png"
    assert path.stat().st_size > 50_000


def test_a_scenario_without_venues_has_no_closed_loop():
    one = replace(scenario("btc-2026-02"), venues=())
    with pytest.raises(ScenarioError, match="no venues"):
        one.closed_loop()


def test_the_command_line_refuses_before_it_runs(capsys):
    assert main(["replay", "btc-2026-02", "--what-if", "liquidations=maybe"]) == 2
    assert "choose on or off or off-book" in capsys.readouterr().err
