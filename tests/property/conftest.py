"""Shows how often everything that can happen was compared."""

from __future__ import annotations

import pytest

from delever.testing import Coverage

COVERAGE = pytest.StashKey[Coverage]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[COVERAGE] = Coverage()


@pytest.fixture(scope="session")
def coverage(pytestconfig: pytest.Config) -> Coverage:
    return pytestconfig.stash[COVERAGE]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    coverage = config.stash[COVERAGE]
    if coverage.sequences:
        terminalreporter.section("differential coverage")
        terminalreporter.write_line(coverage.table())
