"""delever: a leveraged-futures exchange in a Python import.

Orders are matched, margins checked, positions liquidated, insured and deleveraged by a compiled
core; this package is its manual and its handles. Start with `Venue`, or replay a historical cascade
with `scenario("btc-2026-02").replay()`. Names load when first used; `__init__.pyi` types them.
"""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

_NAMES = {
    "_core": "COMMAND_DTYPE __version__ commands layout",
    "errors": "BusyError CapacityError ConfigError DataError DeleverError InvariantError "
    "UnknownIdError",
    "events": "Outcome Placed Position Table",
    "inference": "Ensemble Verdict ensemble verdict",
    "observation": "LIQUIDATION_DTYPE observe",
    "scenario": "Scenario scenario",
    "stress": "StressResult stress",
    "venue": "Events MatchingEngine Venue",
    "reference.instruments": "Instrument Tier",
    "reference.rulebook": "Rulebook rulebook",
    "reference.rules": "Currency",
    "reference.vocabulary": "CancelReason CommandKind CrossPool EventKind MarginMode OrderFlag "
    "OrderType PositionMode PositionSide RejectReason Side TimeInForce",
}
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = [*_HOME, "get_cmake_dir", "get_include"]  # noqa: PLE0604  (all are text)


class _Package(ModuleType):
    def __setattr__(self, name: str, value: Any) -> None:
        """Keep `scenario` the function when the module so named is imported."""
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'delever' has no attribute '{name}'")
    globals()[name] = value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


def get_include() -> str:
    """Return the directory for `#include <delever/...>` from C, C++ and Cython."""
    return str(_installed() / "include")


def get_cmake_dir() -> str:
    """Return the directory for `find_package(delever)`, as `-Ddelever_DIR=`."""
    return str(_installed() / "lib" / "cmake" / "delever")


def _installed() -> Path:
    return Path(import_module("delever._core").__file__ or "").parent
