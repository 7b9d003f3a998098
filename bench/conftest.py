"""What the benches share: sizes, and the number of rounds."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

import pytest

with contextlib.suppress(ImportError):
    import lrvx  # noqa: F401  before delever: its wheel wants a newer libstdc++ loaded first

SMOKE = os.environ.get("DELEVER_BENCH_SMOKE") == "1"


@pytest.fixture
def sized() -> Callable[[int], int]:
    """Return a function that shrinks a size a hundredfold in a smoke run."""
    return lambda size: max(size // 100, 100) if SMOKE else size


@pytest.fixture
def rounds() -> int:
    """Rounds of each bench."""
    return 1 if SMOKE else 5
