"""The command line, as typed: what it prints, what it refuses, and that nothing is half-written."""

import json
import re
import subprocess
import sys

import pytest

from delever import cli
from delever.scenario import SHELF, Scenario, scenario_names

FAST = 'steps = [["2026-02-06T18:00Z", 60]]'


def run(*args, cwd=None):
    command = [sys.executable, "-m", "delever", *map(str, args)]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", cwd=cwd, timeout=300, check=False
    )


@pytest.fixture(scope="module")
def fast(tmp_path_factory):
    """The shipped scenario with agents that act once a minute."""
    text = (SHELF / "btc-2026-02.toml").read_text("utf-8")
    steps = next(line for line in text.splitlines() if line.startswith("steps = "))
    path = tmp_path_factory.mktemp("scenario") / "fast.toml"
    path.write_text(text.replace(steps, FAST), "utf-8")
    return path


def replayed(fast, folder, seed):
    done = run("replay", fast, "--seed", seed, "--accounts", 1000, "--json", "a.json",
               "--out", "pictures", "--no-progress", cwd=folder)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout, json.loads((folder / "a.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def first(fast, tmp_path_factory):
    folder = tmp_path_factory.mktemp("first")
    return folder, *replayed(fast, folder, 1)


def test_a_replay_prints_writes_and_says_what_it_wrote(first):
    folder, text, table = first
    assert table["seed"] == 1
    assert table["accounts"] == 1000
    assert table["commands"] > 100_000
    assert len(table["facts"]) == len(Scenario.load("btc-2026-02").facts)
    assert table["digest"] in text
    assert sorted(p.name for p in folder.iterdir()) == ["a.json", "pictures"]
    assert sorted(p.name for p in (folder / "pictures").iterdir()) == ["map.png", "price.png"]
    assert len(text.splitlines()) <= 30


def test_the_spot_path_is_the_published_one(first):
    facts = {fact["id"]: fact for fact in first[2]["facts"]}
    assert facts["s0-low-60k"]["replayed"] == 60_000.0
    wrong = {f["id"] for f in facts.values() if f["role"] == "derived" and not f["within"]}
    assert {"s1-rsi-4h"} <= wrong <= {"s1-rsi-4h", "s0-sol-week"}


def test_the_same_seed_gives_the_same_digest_and_another_another(first, fast, tmp_path):
    again = replayed(fast, tmp_path, 1)[1]
    assert again["digest"] == first[2]["digest"]
    assert again["facts"] == first[2]["facts"]
    assert again["hourly"] == first[2]["hourly"]
    other = replayed(fast, tmp_path, 2)[1]
    assert other["digest"] != again["digest"]


@pytest.mark.parametrize(
    ("args", "parts"),
    [
        (["replay", "btc-2026-03"], ["btc-2026-03", "did you mean btc-2026-02?"]),
        (["replay", "broken.toml"], ["broken.toml, line 2", "broken TOML"]),
        (["replay", "btc-2026-02", "--accounts", "999"], ["--accounts", "999", "1,000"]),
        (["replay", "btc-2026-02", "--accounts", "1e9"], ["--accounts", "1e9", "whole number"]),
        (["replay", "btc-2026-02", "--seed", "-1"], ["--seed", "-1", "choose 0"]),
        (["replay", "btc-2026-02", "--out", "file/below"], ["--out", "file/below", "choose"]),
        (["replay", "btc-2026-02", "--json", "no/a.json"], ["--json", "'no'", "create it"]),
        (["replay", "btc-2026-02", "--json", "."], ["--json", "is a directory"]),
        (["replay", "btc-2026-02", "--jsn", "a"], ["--jsn"]),
        (["replay"], ["NAME"]),
        (["scenario"], ["ACTION"]),
        (["scenario", "show", "btc-2025-1"], ["did you mean btc-2025-10?"]),
        (["scenario", "show", "btc-2025-10", "--role", "checks"], ["--role", "choose from"]),
        (["scenario", "check", "broken.toml"], ["broken.toml, line 2", "broken TOML"]),
        (["scenario", "check", "no.toml"], ["no.toml", "No such file"]),
        ([], ["COMMAND"]),
    ],
)
def test_bad_input_is_one_line_and_status_2(tmp_path, monkeypatch, capsys, args, parts):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.toml").write_text("a = 1\nb = = 2\n")
    (tmp_path / "file").write_text("")
    try:
        status = cli.main(args)
    except SystemExit as error:
        status = error.code
    printed, complaint = capsys.readouterr()
    assert status == 2
    assert printed == ""
    assert len(complaint.splitlines()) == 1
    assert complaint.startswith("delever")
    for part in parts:
        assert part in complaint
    assert sorted(p.name for p in tmp_path.iterdir()) == ["broken.toml", "file"]


def test_the_shipped_scenarios_are_listed(capsys):
    assert cli.main(["scenario", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    heads, facts = lines[0::2], lines[1::2]
    assert [line.split()[0] for line in heads] == scenario_names()
    assert heads[-1].endswith("2026-01-31 to 2026-02-06")
    assert facts[-1].startswith("  replay · 134 facts: check 22 (10 counted), fit 21, derived 21")
    assert all(line.startswith("  replay · ") for line in facts)


@pytest.mark.parametrize("name", scenario_names())
def test_every_fact_is_shown_in_100_columns(capsys, name):
    assert cli.main(["scenario", "show", name]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    facts = [line.split(":")[0].strip() for line in lines if re.match(r" [a-z0-9-]+: ", line)]
    one = Scenario.load(name)
    assert sorted(facts) == sorted(fact.id for fact in one.facts)
    wrapped = " ".join(line.strip() for line in lines)
    texts = [one.sources[fact.source] for fact in one.facts]
    texts += [one.tags[tag] for fact in one.facts for tag in fact.tags]
    assert [text for text in (*texts, one.known_unknowns) if text not in wrapped] == []


def test_a_role_is_shown_alone_with_every_digit(capsys):
    assert cli.main(["scenario", "show", "btc-2025-10", "--role", "fit"]) == 0
    text = capsys.readouterr().out
    assert re.findall(r"^ ([A-Z]+) \(", text, re.MULTILINE) == ["FIT"]
    assert " hl-adl-lag: first deleveraging after the first liquidation on record: 61.7 s" in text
    assert "pre-btc-4h: BTC, 16:00-20:00: $265.352812M ±20 %" in text
    assert "C-first: " in text
    assert "C-low: " not in text


def test_a_sound_file_is_said_to_be_sound(fast, capsys):
    assert cli.main(["scenario", "check", str(fast)]) == 0
    assert capsys.readouterr().out.startswith("sound: btc-2026-02")


def test_every_error_of_a_file_has_its_line(tmp_path, capsys):
    text = (SHELF / "btc-2021-05.toml").read_text("utf-8")
    text = text.replace('role = "fit"', 'role = "fitted"').replace("title =", "titel =")
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    assert cli.main(["scenario", "check", str(tmp_path / "mine.toml")]) == 2
    printed, complaint = capsys.readouterr()
    assert printed == ""
    assert [line.split("mine.toml, ")[1][:40] for line in complaint.splitlines()] == [
        "scenario, titel: unknown key: 'Bitcoin t",
        "scenario: missing key: 'title'; add titl",
        "fact[0] 'liq-24h', role: not one of the ",
    ]


def test_a_reader_that_stops_early_is_no_error():
    command = [sys.executable, "-m", "delever", "scenario", "show", "btc-2025-10"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as shown:
        shown.stdout.close()
        assert shown.stderr.read() == b""
        assert shown.wait() == 0


def test_a_process_exits_with_status_2():
    done = run("replay", "btc-2026-03")
    assert done.returncode == 2
    assert "did you mean btc-2026-02?" in done.stderr


def test_without_matplotlib_a_replay_still_compares(fast, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert cli.main(["replay", str(fast), "--accounts", "1000", "--all"]) == 0
    assert "pip install 'delever[plot]'" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
    assert cli.main(["replay", str(fast), "--out", "x"]) == 2
    assert "delever[plot]" in capsys.readouterr().err


def test_the_live_line_is_drawn_on_a_terminal_alone(fast, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert cli.main(["replay", str(fast), "--accounts", "1000"]) == 0
    assert "cmd/s" in capsys.readouterr().err
    assert (tmp_path / "out" / "price.png").exists()


def test_an_interrupt_writes_nothing(fast, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.Scenario, "replay", interrupt)
    assert cli.main(["replay", str(fast), "--json", "a.json"]) == 130
    assert "nothing was written" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_progress_true_draws_to_stderr(fast, capsys):
    Scenario.load(fast).replay(accounts=1000, progress=True)
    assert "liquidated 1h" in capsys.readouterr().err
