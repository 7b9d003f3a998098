"""From a replay's time series to the figures that were published: see csrc/sim/window_rules.hpp.

`measure` applies a fact's window rule. Times are ns since 1970, prices and liquidations USD,
returns and basis percent, shares fractions. The coin "all" is the simulated coins, scaled by the
published share of all coins that they stand for.
"""

import numpy as np
from numpy.typing import NDArray

from ._core import MEASURED_KINDS, Series, measure, new_low_percent, rsi, trailing_sum, window_ends

__all__ = ["MEASURED_KINDS", "Series", "measure", "new_low_percent", "rsi", "trailing_sum"]
__all__ += ["HOUR_NS", "MINUTE_NS", "Floats", "Span", "Times", "window_ends"]

MINUTE_NS = 60 * 10**9
HOUR_NS = 60 * MINUTE_NS
Floats = NDArray[np.float64]
Times = NDArray[np.int64]
Span = tuple[int, int]
