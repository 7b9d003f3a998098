"""README's example is short, runs as written, and its commands are the ones promised."""

import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
COMMANDS = [
    "python3 -m venv .venv && .venv/bin/pip install '.[plot]' "
    "&& .venv/bin/delever replay btc-2026-02",
    ".venv/bin/pip install '.[test]' && .venv/bin/python -m pytest",
]


def blocks(language):
    text = README.read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_two_commands_come_first_and_literally():
    assert [block.strip() for block in blocks("")][:2] == COMMANDS


def test_the_example_runs(capsys):
    (example,) = blocks("python")
    assert len(example.strip().split("\n")) <= 20
    exec(compile(example, str(README), "exec"), {})
    printed = capsys.readouterr().out
    (shown,) = blocks("text")
    assert printed.strip() == shown.strip()
