"""The installed package carries what users and embedders need, and little else."""

import io
import tarfile
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

import delever as dl

SOURCES = Path(__file__).parents[2] / "python"
DATA = {".html", ".js", ".json", ".mplstyle", ".pxd", ".pyi", ".toml"}
SIZE_MAX = 5 * 2**20


def installed():
    found = distribution("delever")
    return {str(path): Path(str(found.locate_file(path))) for path in found.files or ()}


def test_everything_is_in_the_wheel():
    names = set(installed())
    for name in (
        "delever/capi.pxd",
        "delever/fast.pxd",
        "delever/fast.pyi",
        "delever/include/delever/capi/delever.h",
        "delever/include/delever/units/quantity.hpp",
        "delever/include/delever/venue/venue.hpp",
        "delever/lib/cmake/delever/deleverConfig.cmake",
        "delever/lib/cmake/delever/deleverTargets.cmake",
        "delever/rulebooks/binance-um.toml",
        "delever/rulebooks/hyperliquid.toml",
        "delever/scenarios/btc-2025-10.toml",
        "delever/scenarios/btc-2026-02.toml",
    ):
        assert name in names
    assert any(name.startswith("delever/lib/") and name.endswith((".a", ".lib")) for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_data_beside_the_modules_is_in_the_wheel():
    data = [path for path in (SOURCES / "delever").rglob("*") if path.suffix in DATA]
    names = {path.relative_to(SOURCES).as_posix() for path in data}
    assert {"delever/page.html", "delever/page.js", "delever/plotting.mplstyle"} <= names
    assert names - set(installed()) == set()


@pytest.mark.slow  # needs scikit-build-core, which `.ci/run` has by then
def test_the_data_beside_the_modules_is_in_a_source_distribution(tmp_path, monkeypatch):
    build = pytest.importorskip("scikit_build_core.build", reason="a tool of the extra `dev`")
    monkeypatch.chdir(SOURCES.parent)
    with tarfile.open(tmp_path / build.build_sdist(str(tmp_path))) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    data = [path for path in (SOURCES / "delever").rglob("*") if path.suffix in DATA]
    assert {path.relative_to(SOURCES.parent).as_posix() for path in data} - names == set()


def test_no_sources_in_the_wheel():
    assert not [name for name in installed() if name.endswith((".cpp", ".pyx", ".c", ".o"))]


def test_the_wheel_is_small():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, path in installed().items():
            if "__pycache__" not in name and path.is_file():
                wheel.write(path, name)
    assert packed.tell() < SIZE_MAX


def test_embedders_are_told_where_to_look():
    assert (Path(dl.get_include()) / "delever" / "capi" / "delever.h").is_file()
    assert (Path(dl.get_cmake_dir()) / "deleverConfig.cmake").is_file()


def test_numpy_is_the_only_dependency():
    needed = [one for one in distribution("delever").requires or () if "extra ==" not in one]
    assert [one.split(">")[0] for one in needed] == ["numpy"]
