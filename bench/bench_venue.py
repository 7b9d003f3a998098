"""How many commands a second does the whole venue take?

Mixed flow with margin checks, thresholds and every event kept: 60 % limit orders near the touch,
30 % cancels, 10 % crossing, from uniformly active accounts, in one numpy batch on one core.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flows import FILLS, mixed_flow


@pytest.mark.parametrize("accounts", [10**3, 10**6])
def test_mixed_flow(
    benchmark: Any, sized: Callable[[int], int], rounds: int, accounts: int
) -> None:
    """Apply a million mixed commands."""
    start, flow = mixed_flow(sized(accounts), sized(1_000_000))
    venues = []

    def fresh() -> tuple[tuple[Any, ...], dict[str, Any]]:
        venues[:] = [start.branch()]
        return (flow,), {}

    def apply(batch: Any) -> None:
        venues[0].apply(batch)

    benchmark.pedantic(apply, setup=fresh, rounds=rounds)
    core = venues[0]
    assert core.audit() == ""
    fills = core.event_rows()[FILLS] / len(flow)
    assert fills >= 0.3
    benchmark.extra_info["fills_per_command"] = fills
    benchmark.extra_info["million_commands_per_second"] = (
        len(flow) / benchmark.stats["median"] / 1e6
    )
