"""Means that forget, in fixed point: of the basis, or of the book's own price.

This module owns both ways in which a mean takes a sample in: by a share that is the same for every
sample, or by how long the sample held. A mean counts 1e-12 ticks; every division rounds down.
"""

from __future__ import annotations

from dataclasses import dataclass

TICK_E12 = 10**12

_UNIT_BITS, _SHARE_BITS = 60, 32
_UNIT = 1 << _UNIT_BITS
_LN_2 = 799_144_290_325_165_978  # ln(2) x 2^60, rounded down
_TERMS = 18
_CONSTANTS_MAX = 64


def decay_e60(held_ns: int, constant_ns: int) -> int:
    """Return e^(-held / constant), counted in 2^-60.

    Parameters
    ----------
    held_ns, constant_ns
        The time that has passed, and the time constant.

    Returns
    -------
    int
        The first 18 terms of the series of what is left of the exponent after its halvings.
    """
    halvings, rest = divmod((held_ns << _UNIT_BITS) // constant_ns, _LN_2)
    if halvings > _UNIT_BITS:
        return 0
    total = _UNIT
    for count in range(_TERMS, 0, -1):
        total = _UNIT - ((rest * total) >> _UNIT_BITS) // count
    return total >> halvings


@dataclass
class SampledMean:
    """A mean of the past that counts the less the older it is."""

    mean_e12: int = 0
    weight: int = 0

    def push_sample(self, value_e12: int, samples: int) -> None:
        """Take in a sample with the weight 2 / (samples + 1)."""
        if self.weight == 0:
            self.mean_e12, self.weight = value_e12, 1
        else:
            self.mean_e12 += 2 * (value_e12 - self.mean_e12) // (samples + 1)

    def push_held(self, value_e12: int, held_ns: int, constant_ns: int) -> None:
        """Take in a sample that held for some time, all before decaying meanwhile."""
        held = min(held_ns, _CONSTANTS_MAX * constant_ns)
        self.weight = ((self.weight * decay_e60(held, constant_ns)) >> _UNIT_BITS) + held
        share = (held << _SHARE_BITS) // self.weight
        self.mean_e12 += ((value_e12 - self.mean_e12) * share) >> _SHARE_BITS

    @property
    def ticks(self) -> int:
        """The mean in whole ticks, rounded down."""
        return self.mean_e12 // TICK_E12
