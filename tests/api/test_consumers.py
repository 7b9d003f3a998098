"""Other people's projects build against the installed package: C++ by CMake, Cython by pip."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from api_helpers import bitcoin_venue, levered_long

import delever as dl

pytestmark = pytest.mark.slow
EXAMPLES = Path(__file__).parents[2] / "examples"
BESIDE_PYTHON = str(Path(sys.executable).parent)
ENVIRONMENT = {**os.environ, "PATH": BESIDE_PYTHON + os.pathsep + os.environ["PATH"]}


def run(*command, **options):
    done = subprocess.run(
        command, capture_output=True, text=True, env=ENVIRONMENT, check=False, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def project(request, tmp_path):
    return shutil.copytree(EXAMPLES / request.param, tmp_path / request.param)


@pytest.mark.parametrize("project", ["cpp_consumer"], indirect=True)
def test_cpp_consumer(project):
    build = project / "build"
    config = f"-Ddelever_DIR={dl.get_cmake_dir()}"
    run("cmake", "-S", str(project), "-B", str(build), config, "-DCMAKE_BUILD_TYPE=Release")
    run("cmake", "--build", str(build))
    assert run(str(build / "cpp_consumer")) == "account 2 was liquidated\n"


@pytest.mark.parametrize("project", ["cython_consumer"], indirect=True)
def test_cython_consumer(project, tmp_path, monkeypatch):
    target = tmp_path / "installed"
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation")
    run(*pip, "--no-deps", "--target", str(target), str(project))
    monkeypatch.syspath_prepend(str(target))
    import grid_bot

    from delever.fast import FastVenue

    venue = bitcoin_venue()
    trader, maker = levered_long(venue)
    fast = FastVenue(venue)
    assert grid_bot.quote(fast, maker, 660_000, 660_099, 100) == 99
    assert venue.core.live_orders == 99
    venue.set_index("BTCUSDT", "66200")
    assert grid_bot.liquidated(fast) == [trader]
