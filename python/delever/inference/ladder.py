"""The next levels below a replay's end: what a fall to them liquidates and where it would stop."""

from delever.report import dollars
from delever.scenario import Scenario

from .reduced import reduced_market

LEVELS = (58_200.0, 55_000.0, 50_000.0, 43_000.0, 32_851.0)
POINTS = ((500e6, 1.0), (250e6, 1.0), (500e6, 4.0), (250e6, 4.0))


def ladder_text(scenario: Scenario, seed: int) -> str:
    """Return a table for `delever replay NAME --ladder`: one block per depth and k.

    At the end of the recorded path fair value is pushed down at once to each level (no time passes,
    nobody enters, depth is that of the moment); then liquidations alone go on until they stop.
    """
    market = reduced_market(scenario, seed=seed)
    coin = scenario.instruments[0]
    end, lowest = market.core.path[-1], market.core.path.min()
    lines = [
        f"{scenario.name}, {coin} from {end:,.0f} (low {lowest:,.0f}), seed {seed}, reduced model",
        f"{'fall to':>12}{'liquidates':>14}{'sold from outside':>20}{'stops at':>12}",
    ]
    for depth, k in POINTS:
        terms = {"depth": depth, "k": k, "tau_hours": 4.0, "pi": 0.5}
        lines.append(f" depth {dollars(depth)} per 1 %, true / reported {k:g}")
        for row in market.ladder(terms, [level for level in LEVELS if level < end]):
            sold = row["pushed_log"] * 100 * depth
            lines.append(
                f"{row['price']:>12,.0f}{dollars(row['liquidated_usd']):>14}"
                f"{dollars(sold):>20}{row['stop_price']:>12,.0f}"
            )
    lines.append(
        " true dollars of longs, this coin; the seller from outside is a dollar figure of depth"
    )
    return "\n".join(lines)
