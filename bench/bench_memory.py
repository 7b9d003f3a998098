"""What does an account weigh: with one isolated position, and in cross margin with four?

A venue of a million accounts is made in a process of its own, and what the process has resident is
compared with what it had before: thresholds, guards, ledgers and ids included, events not. Memory
that the allocator holds but nobody uses is given back to the system before each look.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest
from bench_pools import point, pooled_venue, resident_bytes
from conftest import SMOKE
from flows import SECOND_NS, seeded_venue


def used_bytes() -> int:
    """Return what is resident, without what the allocator keeps for later."""
    with contextlib.suppress(AttributeError, OSError):  # another C library than glibc
        ctypes.CDLL(None).malloc_trim(0)
    return resident_bytes()


def isolated_bytes(accounts: int) -> int:
    """Return the bytes of a venue whose accounts hold one isolated position each."""
    before = used_bytes()
    core = seeded_venue(accounts)
    used = used_bytes() - before
    assert core.audit() == ""
    return used


def cross_bytes(accounts: int) -> int:
    """Return the bytes of a venue whose accounts hold four positions each, all guarded."""
    before = used_bytes()
    core, columns = pooled_venue(accounts)
    marks = np.full(len(columns["qty"][0]), 700_000)
    core.apply(point(marks, 2 * SECOND_NS))
    own: int = sum(column.nbytes for column in columns.values())
    used = used_bytes() - before - own
    assert core.audit() == ""
    return used


@pytest.mark.parametrize(("venue_bytes", "most"), [(isolated_bytes, 256), (cross_bytes, 640)])
def test_bytes_per_account(
    benchmark: Any, sized: Callable[[int], int], venue_bytes: Callable[[int], int], most: int
) -> None:
    """Make a venue of a million accounts in a fresh process and weigh it."""
    accounts = sized(1_000_000)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        used = benchmark.pedantic(lambda: process.submit(venue_bytes, accounts).result(), rounds=1)
    benchmark.extra_info["bytes_per_account"] = used / accounts
    assert SMOKE or used <= most * accounts
