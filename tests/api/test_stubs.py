"""The hand-written stubs agree with the compiled modules, and the package is typed."""

import subprocess
import sys
from importlib.metadata import files
from pathlib import Path

ALLOWLIST = Path(__file__).with_name("stubtest_allowlist.txt")


def test_the_stub_matches_the_core(tmp_path):
    command = [sys.executable, "-m", "mypy.stubtest", "delever._core", "delever.rules"]
    command += ["delever.venue", "delever.fast"]
    command += ["--allowlist", str(ALLOWLIST)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_package_is_typed():
    installed = {str(path) for path in files("delever") or ()}
    assert "delever/py.typed" in installed
    assert "delever/_core.pyi" in installed
