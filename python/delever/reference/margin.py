"""Margin: what a position needs, what it has, and when it is breached. Pure functions.

Nothing here changes anything. Money is in atoms, prices in ticks, quantities in lots; a
position's quantity and cost are signed, and what a quantity is worth is said in `contracts`. What
an account must have is rounded up, what a position would be closed at is rounded to the solvent
side.
"""

from __future__ import annotations

from .arithmetic import PPM, RATE_E8, ceil_div, clamp
from .commands import Side, direction
from .contracts import cost, value, worst_price, worth
from .rules import InstrumentSpec, MarginTier
from .state import Position
from .vocabulary import Contract, TierRule

SCORE_PNL_PPM_MAX = 10**12
SCORE_RATIO_PPM_MAX = 1_000_000
E12 = 10**12


def tier_of(spec: InstrumentSpec, notional_atoms: int) -> MarginTier:
    """Return the tier whose bracket holds a notional."""
    exceeds = spec.tier_rule == TierRule.STEP
    tier = spec.tiers[0]
    for candidate in spec.tiers[1:]:
        if notional_atoms > candidate.floor_atoms - (not exceeds):
            tier = candidate
    return tier


def maintenance(spec: InstrumentSpec, notional_atoms: int, qty_lots: int) -> int:
    """Return the maintenance margin of a notional and the lots it consists of."""
    tier = tier_of(spec, notional_atoms)
    slope_e12 = _slope(spec, spec.maintenance_slope_e12, notional_atoms, qty_lots)
    share = ceil_div(notional_atoms * (tier.maintenance_ppm * PPM + slope_e12), E12)
    closing_fee = ceil_div(notional_atoms * spec.maintenance_fee_ppm, PPM)
    return max(0, share - tier.deduction_atoms) + closing_fee


def _slope(spec: InstrumentSpec, slope_e12: int, notional_atoms: int, qty_lots: int) -> int:
    """Return by how much a rate rises with the size: lots, or coins of an inverse contract."""
    if spec.tier_rule != TierRule.SIZE_LINEAR:
        return 0
    if spec.contract == Contract.INVERSE:
        return notional_atoms * slope_e12 // RATE_E8
    return qty_lots * slope_e12


def initial(
    spec: InstrumentSpec,
    value_atoms: int,
    qty_lots: int,
    *,
    leverage: int,
    open_interest_atoms: int = 0,
) -> int:
    """Return the margin that a value needs at a leverage.

    Parameters
    ----------
    spec
        The instrument.
    value_atoms, qty_lots
        What is opened, or held at the mark.
    leverage
        The leverage its account has chosen.
    open_interest_atoms
        The open interest of the instrument at the mark, where it counts.
    """
    base_ppm = _scaled(spec, tier_of(spec, value_atoms).initial_ppm, open_interest_atoms)
    rate_e12 = base_ppm * PPM + _slope(spec, spec.initial_slope_e12, value_atoms, qty_lots)
    rate_e12 = min(rate_e12, E12)
    return max(ceil_div(value_atoms, leverage), ceil_div(value_atoms * rate_e12, E12))


def _scaled(spec: InstrumentSpec, base_ppm: int, open_interest_atoms: int) -> int:
    """Return an initial margin rate that rises with the open interest, up to the whole value."""
    lower, upper = spec.open_interest_lower_atoms, spec.open_interest_upper_atoms
    if upper == 0:
        return base_ppm
    rise = (PPM - base_ppm) * (open_interest_atoms - lower) // (upper - lower)
    return clamp(base_ppm + rise, base_ppm, PPM)


def fee_bound(spec: InstrumentSpec, value_atoms: int) -> int:
    """Return the most that trading a value may cost in fees, as maker or as taker."""
    fee_ppm = max(spec.maker_fee_ppm, spec.taker_fee_ppm, 0)
    return ceil_div(value_atoms * fee_ppm, PPM)


def reserve(spec: InstrumentSpec, price_ticks: int, qty_lots: int, leverage: int) -> int:
    """Return what a resting order that may open keeps from its account's wallet."""
    value_atoms = value(spec, price_ticks, qty_lots)
    needed = initial(spec, value_atoms, qty_lots, leverage=leverage)
    return needed + fee_bound(spec, value_atoms)


def open_loss(
    spec: InstrumentSpec, side: Side, price_ticks: int, qty_lots: int, mark_ticks: int
) -> int:
    """Return the loss at the mark that opening at a price would begin with; 0 without a mark."""
    if mark_ticks == 0:
        return 0
    way = direction(side)
    paid = cost(spec, way, value(spec, price_ticks, qty_lots))
    return max(0, paid - worth(spec, way * qty_lots, mark_ticks))


def need(
    spec: InstrumentSpec,
    side: Side,
    price_ticks: int,
    qty_lots: int,
    *,
    leverage: int,
    mark_ticks: int,
    open_interest_atoms: int = 0,
) -> int:
    """Return what an account must have available to open a quantity at a price."""
    value_atoms = value(spec, price_ticks, qty_lots)
    needed = initial(
        spec, value_atoms, qty_lots, leverage=leverage, open_interest_atoms=open_interest_atoms
    )
    loss = open_loss(spec, side, price_ticks, qty_lots, mark_ticks)
    return needed + fee_bound(spec, value_atoms) + loss


def notional(spec: InstrumentSpec, position: Position, mark_ticks: int) -> int:
    """Return the size of a position at the mark, in atoms; without a mark what it cost."""
    if mark_ticks == 0:
        return abs(position.cost_atoms)
    return value(spec, mark_ticks, abs(position.qty_lots))


def position_initial(
    spec: InstrumentSpec, position: Position, mark_ticks: int, open_interest_atoms: int
) -> int:
    """Return the initial margin of a position at the mark, or of its cost without one."""
    return initial(
        spec,
        notional(spec, position, mark_ticks),
        abs(position.qty_lots),
        leverage=position.leverage,
        open_interest_atoms=open_interest_atoms,
    )


def position_maintenance(spec: InstrumentSpec, position: Position, mark_ticks: int) -> int:
    """Return the maintenance margin of a position at the mark, or of its cost without one."""
    return maintenance(spec, notional(spec, position, mark_ticks), abs(position.qty_lots))


def unrealised(spec: InstrumentSpec, position: Position, mark_ticks: int) -> int:
    """Return a position's profit or loss at the mark; without a mark there is none."""
    if mark_ticks == 0 or position.qty_lots == 0:
        return 0
    return worth(spec, position.qty_lots, mark_ticks) - position.cost_atoms


def equity(spec: InstrumentSpec, position: Position, mark_ticks: int) -> int:
    """Return what would be left of a position's margin if it were closed at the mark."""
    return position.margin_atoms + unrealised(spec, position, mark_ticks)


def deficit(spec: InstrumentSpec, position: Position, mark_ticks: int) -> int:
    """Return how much of the maintenance margin is missing; negative where there is more."""
    required = position_maintenance(spec, position, mark_ticks)
    return required - equity(spec, position, mark_ticks)


def breached(
    spec: InstrumentSpec, position: Position, mark_ticks: int, breach_at_equality: bool
) -> bool:
    """Decide whether an isolated position must be liquidated.

    Parameters
    ----------
    spec, position
        The instrument and the position on it.
    mark_ticks
        The mark; 0 where the instrument has none yet.
    breach_at_equality
        Whether equity exactly at the maintenance margin is a breach.

    Returns
    -------
    bool
        Always False without a position or without a mark.
    """
    if position.qty_lots == 0 or mark_ticks == 0:
        return False
    missing = deficit(spec, position, mark_ticks)
    return missing >= 0 if breach_at_equality else missing > 0


def deficit_ppm(spec: InstrumentSpec, position: Position, mark_ticks: int) -> int:
    """Return the deficit as a share of the notional: who is liquidated first."""
    return deficit(spec, position, mark_ticks) * PPM // notional(spec, position, mark_ticks)


def bankruptcy_value(position: Position) -> int:
    """Return the signed value at which closing a position leaves exactly nothing."""
    return position.cost_atoms - position.margin_atoms


def bankruptcy_price(spec: InstrumentSpec, position: Position) -> int:
    """Return the bankruptcy price, rounded to the solvent side and into the instrument's range."""
    return worst_price(spec, position.qty_lots, bankruptcy_value(position))


def is_two_sided(spec: InstrumentSpec, qty_lots: int) -> bool:
    """Whether a mark that moves in a position's favour can breach it, because it needs more."""
    inverse = spec.contract == Contract.INVERSE
    if spec.tier_rule == TierRule.STEP:
        return (qty_lots > 0) != inverse
    return spec.tier_rule == TierRule.SIZE_LINEAR and inverse and qty_lots < 0


def liquidation_price(
    spec: InstrumentSpec, position: Position, breach_at_equality: bool = True, mark_ticks: int = 0
) -> int:
    """Return the first tick at which a falling (rising) mark breaches an isolated long (short).

    Parameters
    ----------
    spec, position
        The instrument and the position on it.
    breach_at_equality
        As in `breached`.
    mark_ticks
        Where the mark is now, from which a position is asked that favourable marks breach too.

    Returns
    -------
    int
        The highest breached tick of a long, the lowest of a short; -1 where no tick breaches it.
    """
    lowest, highest = spec.price_ticks_min, spec.price_ticks_max
    if mark_ticks != 0 and is_two_sided(spec, position.qty_lots):
        lowest, highest = (lowest, mark_ticks) if position.qty_lots > 0 else (mark_ticks, highest)
    ticks = range(lowest, highest + 1)
    for tick in reversed(ticks) if position.qty_lots > 0 else ticks:
        if breached(spec, position, tick, breach_at_equality):
            return tick
    return -1


def score(profit_atoms: int, at_stake_atoms: int, required_atoms: int, equity_atoms: int) -> int:
    """Rank a position for deleveraging: the more profitable and the more levered, the higher.

    Parameters
    ----------
    profit_atoms, at_stake_atoms
        Its profit, and what it was made with.
    required_atoms, equity_atoms
        The maintenance margin and the equity of what bears it.

    Returns
    -------
    int
        Profit over stake times maintenance over equity, both in ppm and capped.
    """
    if equity_atoms <= 0:
        return 0
    pnl_ppm = min(max(0, profit_atoms) * PPM // max(1, at_stake_atoms), SCORE_PNL_PPM_MAX)
    ratio_ppm = min(required_atoms * PPM // equity_atoms, SCORE_RATIO_PPM_MAX)
    return pnl_ppm * ratio_ppm


def deleveraging_score(spec: InstrumentSpec, position: Position, mark_ticks: int) -> int:
    """Rank an isolated position for deleveraging at a mark, which must be set."""
    return score(
        unrealised(spec, position, mark_ticks),
        position.margin_atoms,
        position_maintenance(spec, position, mark_ticks),
        equity(spec, position, mark_ticks),
    )
