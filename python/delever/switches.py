"""What a counterfactual changes, in words: `liquidations=off`, `leverage_max=10`."""

from ._core import SWITCHES, engine_switches, parse_what_if, what_if

__all__ = ["SWITCHES", "engine_switches", "parse_what_if", "what_if"]
