"""How long does a replay of 5-6 February 2026 take, and in how much memory?"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from conftest import SMOKE


def test_replay(benchmark: Any, tmp_path: Path) -> None:
    """Replay with 2,000,000 accounts in a process of its own, as the command line does."""
    accounts = 20_000 if SMOKE else 2_000_000
    written = tmp_path / "replay.json"
    command = [sys.executable, "-m", "delever", "replay", "btc-2026-02", "--no-progress"]
    command += ["--accounts", str(accounts), "--json", str(written), "--out", str(tmp_path)]
    run = {"check": True, "capture_output": True}
    benchmark.pedantic(subprocess.run, (command,), run, rounds=1)  # a minute: once is enough
    peak_gib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    replay = json.loads(written.read_text())
    benchmark.extra_info.update(commands=replay["commands"], peak_gib=peak_gib)
    assert replay["accounts"] >= accounts
    assert SMOKE or replay["commands"] >= 50_000_000
    assert SMOKE or (benchmark.stats["max"] < 60 and peak_gib < 3)
