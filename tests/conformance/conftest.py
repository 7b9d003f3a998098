"""Options of the conformance run, and its tally by source and class."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

OUTCOMES = ("passed", "failed", "xfailed", "skipped")
NEXT_TO_THE_REPOSITORY = Path(__file__).parents[3] / "shared" / "vectors"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance")
    group.addoption(
        "--vectors",
        type=Path,
        default=NEXT_TO_THE_REPOSITORY,
        help="folder of the vectors (default: %(default)s)",
    )
    group.addoption(
        "--through",
        default="venue,engine",
        help="what to run the cases of `matching` through: venue, engine, reference",
    )


@pytest.hookimpl(optionalhook=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tally: dict[tuple[str, ...], Counter[str]] = {}
    for outcome in OUTCOMES:
        for report in terminalreporter.stats.get(outcome, ()):
            told = dict(getattr(report, "user_properties", ()))
            if "class" in told:
                row = tuple(str(told[word]) for word in ("folder", "source", "class"))
                tally.setdefault(row, Counter())[outcome] += 1
    if not tally:
        return
    terminalreporter.section("conformance")
    total: Counter[str] = Counter()
    for row, counts in sorted(tally.items()):
        terminalreporter.write_line(_line(row, counts))
        total.update(counts)
    terminalreporter.write_line(_line(("all", "", ""), total))
    for report in terminalreporter.stats.get("xfailed", ()):
        name = report.nodeid.partition("[")[2].removesuffix("]")
        terminalreporter.write_line(f"not ours: {name}: {report.wasxfail}")


def _line(row: tuple[str, ...], counts: Counter[str]) -> str:
    folder, source, kind = row
    number = sum(counts.values())
    others = [f"{counts[word]} {word}" for word in OUTCOMES[1:] if counts[word]]
    tail = f"  ({', '.join(others)})" if others else ""
    return f"{folder:<9} {source:<28} {kind:<24} {counts['passed']:>4} of {number:>4}{tail}"
