"""Our own tables: what the public suites hardly touch, in the vectors' form."""

from __future__ import annotations

import pytest
import tables_of_orders
import tables_of_rules
from test_vectors import run_matching

TABLES = {
    f"{name.lower()}/{case['id'].replace(' ', '_')}": case
    for module in (tables_of_orders, tables_of_rules)
    for name, cases in vars(module).items()
    if name.isupper() and isinstance(cases, list)
    for case in cases
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("through", ["venue", "engine", "reference"])
def test_table(through: str, name: str) -> None:
    run_matching(TABLES[name], through)
