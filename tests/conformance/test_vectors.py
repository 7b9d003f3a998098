"""Every case of the vectors, one test each: `FOLDER/FILE/CASE`.

`python -m pytest tests/conformance --vectors DIR` reads DIR/FOLDER/*.json for every folder there
is a runner for. A case of `matching` runs through the compiled venue and, where it is not about
positions, through the compiled matching engine too; `--through` names others. A case of `risk` asks
`delever.rules`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driver import Driver, UnknownSwitchError, needs_accounts
from expectations import check_state, check_step
from risk_cases import run_risk
from risk_numbers import read_cases
from rules_not_ours import rule_not_ours
from venues import VENUES

Case = dict[str, Any]
NEXT_TO_THE_REPOSITORY = Path(__file__).parents[3] / "shared" / "vectors"


def run_matching(case: Case, through: str) -> None:
    """Carry out a case of `matching`, checking after every step."""
    venue = VENUES[through]
    if needs_accounts(case) and not venue.has_accounts:
        return
    driver = Driver(case, venue)
    for at, step in enumerate(case["steps"], 1):
        where = f"{through}, step {at}, {step['op']} {step.get('id', '')}"
        try:
            result = driver.step(step)
            if step["op"] == "check":
                check_state(driver, {k: v for k, v in step.items() if k != "op"})
            check_step(driver, step.get("expect", {}), result)
        except AssertionError as wrong:
            raise AssertionError(f"{where}: {wrong}") from wrong
    check_state(driver, case["expect"])


RUNNERS: dict[str, Callable[[Case, str], None]] = {"matching": run_matching}


def cases_of(folder: Path) -> list[Any]:
    """The cases of a folder's files as parameters, with their ids."""
    found = []
    for path in sorted(folder.glob("*.json")):
        risk = folder.name == "risk"
        cases = read_cases(path) if risk else json.loads(path.read_text("utf-8")).get("cases", [])
        for case in cases:
            name = f"{folder.name}/{path.stem}/{case['id']}"
            found.append(pytest.param(folder.name, case, id=name))
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize over the cases of the folder `--vectors` names."""
    vectors: Path = metafunc.config.getoption("--vectors", NEXT_TO_THE_REPOSITORY)
    found = [case for folder in (*RUNNERS, "risk") for case in cases_of(vectors / folder)]
    if not found:
        why = f"there are no vectors in {vectors}; name their folder with --vectors"
        found = [pytest.param("", {}, id="none", marks=pytest.mark.skip(reason=why))]
    metafunc.parametrize(("folder", "case"), found)


def test_case(
    folder: str,
    case: Case,
    pytestconfig: pytest.Config,
    record_property: Callable[[str, object], None],
) -> None:
    record_property("folder", folder)
    if folder == "risk":
        record_property("source", case["venue"])
        record_property("class", case["kind"])
        run_risk(case)
        return
    record_property("source", case["source"]["repo"].rpartition("/")[2])
    record_property("class", case["class"])
    for through in pytestconfig.getoption("--through", "venue,engine").split(","):
        try:
            RUNNERS[folder](case, through)
        except (AssertionError, UnknownSwitchError) as wrong:
            reason = rule_not_ours(case)
            if reason is None:
                raise
            pytest.xfail(f"{reason} [{wrong}]")
