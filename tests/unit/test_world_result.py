"""What the engine of the closed loop hands over: cascades, what feeds showed, option hedgers."""

import numpy as np
import pytest

from delever import _core
from delever.errors import ConfigError
from delever.scenario import scenario


def finished(config):
    world = _core.World(config)
    world.run(world.end_ns)
    assert world.audit == ""
    return world.result()


@pytest.fixture(scope="module")
def config():
    run = scenario("btc-2026-02").closed_loop(seed=7, accounts=4_000, step_s=120)
    return {**run.config, "saved": run.steps["saved"]}


@pytest.fixture(scope="module")
def result(config):
    rule = (0, 60 * 10**9, "last")  # one a minute, so that steps of two minutes lose some
    venues = [{**venue, "feed": [rule]} for venue in config["venues"][:1]]
    return finished({**config, "venues": [*venues, *config["venues"][1:]]})


def test_every_liquidation_has_a_parent_or_is_a_root(result):
    found = result["cascades"]
    rows, parent = found["liquidations"], found["parent"]
    assert rows.dtype == _core.LIQUIDATION_DTYPE
    assert len(rows) == sum(venue["liquidations"] for venue in result["venues"]) > 0
    linked = parent >= 0
    assert np.all(parent[linked] < np.flatnonzero(linked))
    assert np.all(rows["time_ns"][parent[linked]] < rows["time_ns"][linked])
    trees = found["trees"]
    assert trees["size"].sum() == len(rows)
    assert len(trees) == np.count_nonzero(~linked) == found["sizes"].sum()
    assert found["branching"] == pytest.approx(linked.mean())
    shared = rows["usd"][linked].sum() / rows["usd"].sum()
    assert found["branching_usd"] == pytest.approx(shared)
    assert trees["size"][found["largest"]] == trees["size"].max()
    again = _core.cascades(parent, rows["time_ns"], rows["usd"])
    assert np.array_equal(again, trees)


def test_a_venue_hands_over_what_its_feed_showed(result):
    thinned, *others = result["venues"]
    for venue in result["venues"]:
        rows, seen = venue["liquidation_rows"], venue["shown_usd"]
        truth = np.stack([venue["liquidated_long_usd"], venue["liquidated_short_usd"]], axis=-1)
        assert seen.shape == truth.shape
        assert np.all(seen <= truth + 1)
        assert rows["usd"][rows["shown"] == 1].sum() == pytest.approx(seen.sum())
    assert 0 < thinned["shown_usd"].sum() < thinned["liquidation_rows"]["usd"].sum()
    assert all(venue["liquidation_rows"]["shown"].all() for venue in others)


def test_option_hedgers_are_told_in_words_and_can_be_switched_off(config, result):
    holding = {"coin": 0, "strike_usd": 65_000, "expiry_ns": 1_771_000_000 * 10**9}
    holding |= {"position_coin": -2_000.0, "is_call": False, "volatility": 0.8}
    options = {"look_s": 60, "band_coin": 1, "holdings": [holding]}
    hedged = finished({**config, "options": options})
    assert hedged["digest"] != result["digest"]
    assert hedged["log_price"][:, 0].min() < result["log_price"][:, 0].min()
    off = finished({**config, "options": options, "switches": {"option_hedgers": False}})
    assert off["digest"] == result["digest"]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("options", {"look_s": 0.1}, "look_ns"),
        ("options", {"holdings": [{"strike_usd": 1}]}, "lacks 'expiry_ns'"),
        ("options", {"bands": 1}, "unknown key 'bands'"),
    ],
)
def test_options_that_cannot_be_are_refused(config, key, value, said):
    with pytest.raises(ConfigError, match=said):
        _core.World({**config, key: value})


def test_a_feed_of_a_word_nobody_knows_is_refused(config):
    venues = [{**config["venues"][0], "feed": [(0, 1, "first")]}, *config["venues"][1:]]
    with pytest.raises(ConfigError, match="'all', 'last' or 'largest'"):
        _core.World({**config, "venues": venues})
