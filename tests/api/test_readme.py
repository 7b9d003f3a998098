"""README's examples are short, run as written, and its commands are the ones promised."""

import re
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("at", range(2), ids=["positions", "order books"])
def test_the_examples_run(at, capsys):
    example, shown = blocks("python")[at], blocks("text")[at]
    assert len(example.strip().split("\n")) <= 20
    exec(compile(example, str(README), "exec"), {})
    assert capsys.readouterr().out.strip() == shown.strip()


def test_every_example_says_what_it_prints():
    assert len(blocks("python")) == len(blocks("text")) == 2
