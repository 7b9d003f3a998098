"""A11: a halt of the venues lets the price rebound, as the outage of BitMEX did in March 2020."""

import numpy as np

from delever.metrics import MINUTE_NS
from delever.scenario import scenario

PERCENT, MINUTES = 3, 25


def test_a_halt_lets_the_price_rebound():
    factual = scenario("btc-2026-02").closed_loop(seed=7, accounts=6_000, step_s=30)
    halted = factual.counterfactual(halt=f"{PERCENT}/{MINUTES}")
    times, log_price = factual.time_ns, factual.steps["log_price"][:, 0]
    per = int(15 * MINUTE_NS / np.median(np.diff(times)))
    fell = log_price[per:] - log_price[:-per] <= np.log(1 - PERCENT / 100)
    assert fell.any(), "nothing falls fast enough to be halted"
    began = int(np.argmax(fell)) + per
    assert np.array_equal(factual.price()[: began - 1], halted.price()[: began - 1])
    over = int(np.searchsorted(times, times[began] + MINUTES * MINUTE_NS))
    # Over the whole halt: by its end new entrants and returning traders, who buy, are missing too.
    assert halted.price()[began:over].mean() > factual.price()[began:over].mean()
    assert halted.liquidated(factual.horizons()["day"]) < factual.liquidated(
        factual.horizons()["day"]
    )
