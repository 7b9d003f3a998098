"""What `import delever` costs and shows."""

import pickle
import subprocess
import sys
from pathlib import Path

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


IN_ANY_ORDER = """
import sys
from importlib import import_module
import delever
for name in sys.argv[1:]:
    for known in [one for one in sys.modules if one.startswith("delever.")]:
        if (getattr(sys.modules[known], "__file__", None) or "").endswith(".py"):
            del sys.modules[known]
    import_module(name)
"""


def test_every_module_can_be_the_first_to_be_imported():
    root = Path(dl.__file__).parent
    files = [path.relative_to(root).with_suffix("") for path in root.rglob("*.py")]
    names = [".".join(("delever", *path.parts)).removesuffix(".__init__") for path in files]
    names = [name for name in names if name != "delever" and not name.endswith("__main__")]
    assert "delever.world_report" in names
    command = [sys.executable, "-c", IN_ANY_ORDER, *names]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


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
