"""Integer division with a named rounding, and the median: all the arithmetic the rules need.

This module owns the roundings. Divisors are always positive.
"""

from __future__ import annotations

PPM = 1_000_000
RATE_E8 = 100_000_000


def ceil_div(dividend: int, divisor: int) -> int:
    """Divide, rounding towards plus infinity."""
    return -(-dividend // divisor)


def trunc_mul_div(a: int, b: int, c: int) -> int:
    """Compute a * b / c, rounding towards zero."""
    product = a * b
    return product // c if product >= 0 else -(-product // c)


def truncated(dividend: int, divisor: int) -> int:
    """Divide, rounding towards zero."""
    return trunc_mul_div(dividend, 1, divisor)


def sign(number: int) -> int:
    """Return -1, 0 or +1."""
    return (number > 0) - (number < 0)


def clamp(number: int, lowest: int, highest: int) -> int:
    """Bring a number into the range from lowest to highest, both inclusive."""
    return max(lowest, min(highest, number))


def median(a: int, b: int, c: int) -> int:
    """Return the middle one of three numbers."""
    return sorted((a, b, c))[1]
