"""The closed loop from Python: switches in words, runs, counterfactuals, their shares and table."""

from dataclasses import replace

import numpy as np
import pytest

from delever.cli import main
from delever.errors import ConfigError
from delever.scenario import ScenarioError, scenario
from delever.switches import SWITCHES, engine_switches, parse_what_if, what_if
from delever.world import Sale, _fall
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
    assert len(SWITCHES) == 10


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


def test_the_largest_fall_is_found_with_its_ends():
    log_price = np.log([100.0, 120.0, 90.0, 110.0, 108.0])
    fall, high, low = _fall(log_price)
    assert fall == pytest.approx(25.0)
    assert (high, low) == (1, 2)


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
        assert len(rows["usd"]) == venue["liquidations"] > 0
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


def test_the_picture_is_drawn(factual, without, tmp_path):
    pytest.importorskip("matplotlib")
    path = draw(factual, [without], tmp_path / "new")
    assert path.name == "counterfactual.png"
    assert path.stat().st_size > 50_000


def test_a_scenario_without_venues_has_no_closed_loop():
    one = replace(scenario("btc-2026-02"), venues=())
    with pytest.raises(ScenarioError, match="no venues"):
        one.closed_loop()


def test_the_command_line_refuses_before_it_runs(capsys):
    assert main(["replay", "btc-2026-02", "--what-if", "liquidations=maybe"]) == 2
    assert "choose on or off or off-book" in capsys.readouterr().err
