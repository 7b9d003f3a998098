"""The installed package carries what users and embedders need, and little else."""

import io
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import delever as dl

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
