"""Every example in a docstring runs."""

import doctest
import importlib
import pkgutil

import pytest

import delever

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(delever.__path__, "delever.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0
