"""Stress a book of positions: a price path and a venue's rules, and who is liquidated where."""

from .positions import POSITION_COLUMNS, Positions, read_positions
from .run import StressResult, stress

__all__ = ["POSITION_COLUMNS", "Positions", "StressResult", "read_positions", "stress"]
