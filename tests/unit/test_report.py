"""The text, the live line, and the two pictures."""

import io
import json
import struct
import sys
from importlib import import_module
from pathlib import Path

import pytest

import delever
from delever import replay as replay_module
from delever import report
from delever.errors import ConfigError
from delever.inference import Verdict
from delever.replay import Progress
from delever.report import MARKS, MINUS, LiveLine, dollars, figure, footer, render, sparkline


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (431e6, "$431M"),
        (2.51e9, "$2.51B"),
        (53.83e6, "$53.8M"),
        (63_280, "$63,280"),
        (999_960_000, "$1.00B"),
        (1.35, "$1.35"),
        (0.0, "$0"),
        (-2e6, f"{MINUS}$2.00M"),
    ],
)
def test_dollars(value, text):
    assert dollars(value) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "USD", MARKS[None]),
        ("spiral", "text", "spiral"),
        (0.82, "fraction", "82 %"),
        (-16.43, "percent", f"{MINUS}16.43 %"),
        (5.5, "hours", "5.5 h"),
        (580_000, "accounts", "580,000"),
        ((3e9, 4e9), "USD", "$3.00B…$4.00B"),
        ((20e3, 60e3, 70e3), "USD", "$20,000/$60,000/$70,000"),
    ],
)
def test_figures(value, unit, text):
    assert figure(value, unit) == text


def with_ensemble(made, tmp_path, monkeypatch):
    focus = made.scenario.focus
    curve = {"time_ns": list(focus), "low": [1e8, 1e8], "high": [2e8, 2e8]}
    table = {
        "key": "key",
        "build": "delever test",
        "runs": 40,
        "accounts": 200_000,
        "quantiles": {"s1-liq-1h": [310e6, 399e6, 511e6], "s4-long-share": [0.7, 0.8, 0.9]},
        "curves": {"1": curve, "24": curve},
    }
    (tmp_path / "btc-2026-02.ensemble.json").write_text(json.dumps(table))
    verdict = "btc-2026-02.verdict.json"
    (tmp_path / verdict).write_bytes((replay_module.SHELF / verdict).read_bytes())
    monkeypatch.setattr(replay_module, "SHELF", tmp_path)
    return made


def test_the_report_fits_a_terminal_and_puts_failures_first(made, tmp_path, monkeypatch):
    with_ensemble(made, tmp_path, monkeypatch)
    lines = (render(made) + "\n" + footer(made, "btc-2026-02", ["out/price.png"])).splitlines()
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 100
    marks = [line[1] for line in lines if line[1:2] in ("✓", "✗")]
    assert len(marks) == 10
    assert marks == sorted(marks, reverse=True)
    text = "\n".join(lines)
    assert "DECOMPOSITION and VERDICT left out" not in text
    assert sum("NOT KNOWN" in line for line in lines) == 1
    for part in ("digest 0000000000000abc", "--seed 7", "out/price.png", "of 10 inside", "L1"):
        assert part in text
    assert f"context {sum(fact.role == 'context' for fact in made.scenario.facts)}" in text


def test_the_band_is_shown_or_its_absence_explained(made, tmp_path, monkeypatch):
    monkeypatch.setattr(replay_module, "SHELF", tmp_path)
    text = render(made)
    assert "[90 %] left out: no ensemble" in text
    assert "VERDICT left out: no verdict ships with this scenario; computed with --verdict" in text
    monkeypatch.undo()
    for cached in ("ensemble", "shipped_verdict", "_rows"):
        del made.__dict__[cached]
    text = render(with_ensemble(made, tmp_path, monkeypatch))
    assert f"[310{MARKS[None]}511M]" in text
    assert "40 seeds with 200,000 accounts" in text


def test_the_fall_is_taken_apart_and_judged(made):
    made.__dict__["shipped_verdict"] = {
        name: Verdict(
            horizon=name,
            name=judged,
            probability={"NO FIT": 0.6},
            share=(-0.05, 0.25, 0.9),
            settles={"depth": 0.1, "k / depth": 0.5},
            boundary={"E=.2": 3e8, "E=.5": 1.2e8, "n=1": 6e7},
            fall=fall,
            held=0.25,
        )
        for name, judged, fall in (("L1", "AMPLIFIED", 8.0), ("day", "UNDETERMINED", 20.0))
    }
    lines = render(made).splitlines()
    at = next(row for row, line in enumerate(lines) if "OF THE FALL" in line)
    block = [line.split("  ")[-1].strip() for line in lines[at : at + 4]]
    band = f".25 [{MINUS}.05{MARKS[None]}.90]"
    assert block == ["day 20.0 %", "15.0 + 5.0", band, "UNDETERMINED"]
    assert "6.0 + 2.0" in lines[at + 1]
    assert "AMPLIFIED" in lines[at + 3]
    assert lines[at + 4].startswith(" k / depth decides the day: E=.2 at $300M, E=.5 at $120M of ")
    assert lines[at + 5].startswith(
        " 60% of the draws cannot follow the record, 30% leave its bars"
    )


def test_everything_prints_every_fact_parameter_and_source(made):
    text = render(made, everything=True)
    for fact in made.scenario.facts:
        assert f" {fact.id}: " in text
    assert max(map(len, text.split(" PRIORS\n")[0].splitlines())) <= 100
    for name in (*made.scenario.population, *made.scenario.fit, *made.scenario.market):
        assert f" {name} = " in text
    for source in made.scenario.sources.values():
        assert source in text


def test_what_to_type_next_repeats_the_run(made):
    assert footer(made, "my.toml", []).endswith(
        "delever replay my.toml --seed 7 · every fact: add --all"
    )
    other = type(made)(made.scenario, 3, 5000, "b", "k", 1.0, made.result)
    assert "--seed 3 --accounts 5000" in footer(other, "x", [])


def test_sparkline():
    import numpy as np

    assert sparkline(np.array([0.0, 1.0, 4.0, 8.0])) == " ▁▄█"
    assert sparkline(np.zeros(3)) == "   "


def test_the_live_line_overwrites_itself_and_is_throttled(monkeypatch):
    now = [10.0]
    monkeypatch.setattr(report.time, "monotonic", lambda: now[0])
    stream, calls = io.StringIO(), []

    def state():
        calls.append(1)
        return Progress(1_770_333_240 * 10**9, 0.71, 63_880.0, 214e6, 2.08e9, 41_000_000, 10.0)

    live = LiveLine(stream)
    live(state)
    live(state)
    assert len(calls) == 1
    now[0] += 1
    live(state)
    assert len(calls) == 2
    live.write("")
    drawn = stream.getvalue().split("\r")
    assert "5 Feb 23:14" in drawn[1]
    for part in ("71%", "63,880", "1h $214M", "24h $2.08B", "4.1 M cmd/s", "0:10"):
        assert part in drawn[1]
    assert all(len(part) <= 100 for part in drawn)
    assert drawn[-1] == ""


def size(path):
    return struct.unpack(">II", path.read_bytes()[16:24])


def test_two_pictures_are_drawn(made, tmp_path, monkeypatch):
    written = with_ensemble(made, tmp_path, monkeypatch).plot(tmp_path / "new" / "out")
    assert [path.name for path in written] == ["price.png", "map.png"]
    for path in written:
        width, height = size(path)
        assert width >= 1600
        assert height >= 1000
    assert sorted(p.name for p in (tmp_path / "new" / "out").iterdir()) == ["map.png", "price.png"]


def test_the_picture_of_nine_rulebooks_knows_their_words(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "examples")
    pictures = import_module("pictures")
    shares = {
        name: pictures._first_share(delever.rulebook(name, at=day), symbol)
        for name, day, symbol in pictures.BOOKS
    }
    assert shares["deribit"] == pytest.approx(200 * 10 / 52e6)
    assert shares["hyperliquid"] == pytest.approx(0.2)
    assert len(shares) == 9


def test_pictures_of_a_day_without_liquidations(made, tmp_path):
    for name in ("liquidated_long_usd", "liquidated_short_usd", "map_usd"):
        made.result[name][:] = 0
    assert len(made.plot(tmp_path)) == 2


def test_without_matplotlib_the_extra_is_named(made, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ConfigError, match=r"delever\[plot\]"):
        made.plot(tmp_path)
    assert list(tmp_path.iterdir()) == []
