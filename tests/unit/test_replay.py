"""The comparison, its JSON, and the ensemble that belongs to it."""

import json
import math
from dataclasses import replace
from importlib import import_module

import pytest

from delever import inference
from delever import replay as module
from delever.inference import reduced_market
from delever.inference.ensemble import draw
from delever.replay import write_whole
from delever.scenario import ScenarioError
from delever.simulation import config_key, simulation_config

KEYS = ["scenario", "seed", "build", "digest", "seconds", "accounts", "commands", "facts", "hourly"]
KEYS += ["verdict"]
verdict_module = import_module("delever.inference.verdict")  # its function hides it
FACT_KEYS = ["id", "what", "unit", "reported", "replayed", "role", "tolerance", "within", "source"]


def test_only_context_is_without_a_replayed_value(made):
    for row in made.compare():
        if row.replayed is None:
            assert row.fact.role == "context"
        else:
            assert math.isfinite(row.replayed)
        if row.fact.role in ("derived", "fit", "check"):
            assert row.within is not None


def test_json_has_exactly_these_keys(made, tmp_path):
    table = json.loads(made.to_json(tmp_path / "a.json").read_text("utf-8"))
    assert list(table) == KEYS
    assert all(list(fact) == FACT_KEYS for fact in table["facts"])
    assert len(table["facts"]) == len(made.scenario.facts)
    assert table["digest"] == "0000000000000abc"
    assert len(table["hourly"]) == 162
    assert table["hourly"][0]["time_utc"] == "2026-01-31T01:00Z"
    assert table["hourly"][5]["liquidated_long_usd"] == pytest.approx(60 * 4e6 / 0.84)
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_verdict_is_shown_only_where_it_belongs(made, tmp_path, monkeypatch):
    assert [row["horizon"] for row in made.as_dict()["verdict"]] == [
        "5 min",
        "L1",
        "L2",
        "L3",
        "day",
    ]
    assert made.verdict() is made.shipped_verdict
    other = replace(made, scenario=made.scenario.with_parameters(leverage_median=3.0))
    assert "the shipped verdict is of other parameters" in other.shipped_verdict
    assert other.as_dict()["verdict"] == other.shipped_verdict
    monkeypatch.setattr(inference, "verdict", lambda scenario: {"day": scenario})
    assert other.verdict() == {"day": other.scenario}
    monkeypatch.setattr(module, "SHELF", tmp_path)
    assert "no verdict ships" in replace(made).shipped_verdict


def test_a_verdict_belongs_to_its_priors(btc, monkeypatch):
    key = verdict_module.verdict_key(btc)
    assert key == verdict_module.verdict_key(replace(btc, title="another", facts=()))
    assert key != verdict_module.verdict_key(replace(btc, legs=btc.legs[:2]))
    assert key != verdict_module.verdict_key(btc.with_parameters(scale=0.5))
    wider = {**verdict_module.PRIORS, "k": ("log", 1.0, 20.0)}
    monkeypatch.setattr(verdict_module, "PRIORS", wider)
    assert key != verdict_module.verdict_key(btc)


@pytest.mark.slow
def test_the_shipped_verdict_is_of_this_model(btc):
    table = json.loads((module.SHELF / "btc-2026-02.verdict.json").read_text("utf-8"))
    assert table["key"] == verdict_module.verdict_key(btc)
    probe = table["probe"]
    market = reduced_market(btc, seed=verdict_module.SEED, accounts=probe["accounts"])
    points = [draw(verdict_module.PRIORS, verdict_module.SEED, at) for at in range(2)]
    found = verdict_module.posterior([market], points)
    for of in ("share", "n", "fall"):
        for horizon, values in probe[of].items():
            assert getattr(found, of)[horizon] == pytest.approx(values, rel=1e-9), (of, horizon)


def test_a_run_answers_only_for_hours_it_has(made):
    late = made.result["time_ns"] > made.scenario.legs[0].span[0]
    rows = len(made.result["time_ns"])
    cut = {
        name: value[late] if getattr(value, "shape", ())[:1] == (rows,) else value
        for name, value in made.result.items()
    }
    whole = {row.fact.id: row for row in made.compare()}
    part = {row.fact.id: row for row in replace(made, result=cut).compare()}
    for name in ("s1-liq-1h", "s4-basis-3"):
        if name in whole:
            assert part[name].replayed == pytest.approx(whole[name].replayed)
    assert whole["s4-liq-24h"].replayed is not None
    assert part["s4-liq-24h"].replayed is None
    assert part["s4-liq-24h"].within is None


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "a"
    write_whole(path, b"old")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.Path, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_an_ensemble_is_shown_only_where_it_belongs(made, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SHELF", tmp_path)
    assert "no ensemble" in made.ensemble
    del made.__dict__["ensemble"]
    table = {"key": "other", "build": "delever test", "quantiles": {"s1-liq-1h": [1.0, 2.0, 3.0]}}
    path = tmp_path / "btc-2026-02.ensemble.json"
    path.write_text(json.dumps(table))
    assert "other parameters" in made.ensemble
    del made.__dict__["ensemble"]
    path.write_text(json.dumps({**table, "key": "key"}))
    bands = {row.fact.id: row.band for row in made.compare()}
    assert bands["s1-liq-1h"] == (1.0, 3.0)
    assert bands["s1-price"] is None


@pytest.mark.slow
def test_the_shipped_ensemble_is_of_this_engine(btc):
    path = module.SHELF / "btc-2026-02.ensemble.json"
    table = json.loads(path.read_text("utf-8"))
    probe = table["probe"]
    again = btc.replay(seed=probe["seed"], accounts=probe["accounts"])
    assert again.key == table["key"]
    assert again.digest == probe["digest"]


def test_the_key_forgets_seed_and_accounts_alone(btc):
    def key(scenario, seed, accounts):
        return config_key(scenario, simulation_config(scenario, seed=seed, accounts=accounts))

    assert key(btc, 1, 1000) == key(btc, 2, 2000)
    assert key(btc, 1, 1000) != key(btc.with_parameters(scale=0.5), 1, 1000)


@pytest.mark.parametrize(
    ("seed", "accounts"), [(-1, 1000), (2**64, 1000), (1, 999), (1, 20_000_001)]
)
def test_absurd_numbers_are_refused(btc, seed, accounts):
    with pytest.raises(ScenarioError, match=r"out of range.*choose"):
        simulation_config(btc, seed=seed, accounts=accounts)


def test_the_configuration_holds_the_scenario(btc):
    config = simulation_config(btc, seed=3, accounts=1000)
    first = config["instruments"][0]
    assert first["symbol"] == "BTCUSDT"
    assert first["path_low"].min() == 60_000
    assert first["history_time_ns"].max() < btc.start == first["path_time_ns"][0]
    assert first["oi_usd"] == 61e9
    assert config["population"]["scale"] == btc.parameter("scale")
    assert config["windows"][0] == (btc.steps[0][0], 30 * 10**9)
    assert len(config["market"]["taker_rate_per_s"]) == 4
    assert not any(name.startswith(("depth_btc", "taker_rate_btc")) for name in config["market"])
