"""What `import delever` costs and shows."""

import pickle
import subprocess
import sys

import pytest

import delever as dl

BUDGET_MS = 50
CODE = """
import sys, time
import numpy
start = time.perf_counter()
import delever
print((time.perf_counter() - start) * 1e3, "matplotlib" in sys.modules or "scipy" in sys.modules)
"""


def test_import_is_quick():
    found = []
    for _ in range(7):
        command = [sys.executable, "-c", CODE]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        milliseconds, plotting = run.stdout.split()
        assert plotting == "False"
        found.append(float(milliseconds))
    assert sorted(found)[3] < BUDGET_MS


def test_every_public_name_is_there_and_documented():
    for name in dl.__all__:
        value = getattr(dl, name)
        assert isinstance(value, str) or name == "COMMAND_DTYPE" or value.__doc__, name
    assert set(dl.__all__) <= set(dir(dl))
    with pytest.raises(AttributeError, match="no attribute 'Vneue'"):
        _ = dl.Vneue


def test_functions_survive_the_import_of_modules_of_their_name():
    import delever.scenario  # noqa: F401

    assert callable(dl.rulebook)
    assert callable(dl.scenario)
    assert callable(dl.commands)
    assert pickle.loads(pickle.dumps(dl.rulebook("binance-um"))) == dl.rulebook("binance-um")
