"""Stress a book of positions: a price path and a venue's rules, and who is liquidated where."""

from delever._core import StressResult

from .positions import POSITION_COLUMNS, Positions, read_positions
from .run import stress

__all__ = ["POSITION_COLUMNS", "Positions", "StressResult", "read_positions", "stress"]
