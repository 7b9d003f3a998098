"""Packages that are not required: those of the extras, imported when something needs them."""

from importlib import import_module
from typing import Any

from .errors import ConfigError


def optional(module: str, needs: str, extra: str) -> Any:
    """Return a module of an extra; ConfigError where it is not installed: who `needs` {it}."""
    try:
        return import_module(module)
    except ImportError as error:
        said = needs.format(module.partition(".")[0])
        raise ConfigError(f"{said}; pip install 'delever[{extra}]'") from error
