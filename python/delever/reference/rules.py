"""The rules that hold for a whole run: instruments, their margin tiers, and the rulebook.

This module owns the specifications a venue is built from. They never change after that. Tiers are
ordered by floor, the first floor is 0, and the bracket of a notional is the last whose floor it
reaches (or, where the rate of a bracket holds for the whole position, the last whose floor it
exceeds).
"""

from __future__ import annotations

from dataclasses import dataclass

from .price_words import (
    BookPrice,
    FundingCap,
    FundingFormula,
    ImpactOf,
    IndexOutlier,
    IndexRule,
    MarkMethod,
    PaidOn,
    PremiumAverage,
    PremiumOf,
)
from .procedure_words import (
    ClosePrice,
    CloseTimeInForce,
    FundTrigger,
    LastResort,
    LiquidationFee,
    Ranking,
    Reduce,
    Remainder,
)
from .vocabulary import (
    AuctionPrice,
    Contract,
    CrossPool,
    IcebergAmendUp,
    IcebergRefresh,
    MarginMode,
    MarketResidual,
    SelfTrade,
    StopEntry,
    TierRule,
    TriggerSource,
)


@dataclass(frozen=True)
class MarginTier:
    """A bracket of notional, from its floor to the next tier's floor."""

    floor_atoms: int
    maintenance_ppm: int
    deduction_atoms: int
    leverage_max: int
    initial_ppm: int = 0
    """Least initial margin, whatever the leverage."""


@dataclass(frozen=True)
class InstrumentSpec:
    """Units, limits, fees and margin tiers of one perpetual contract."""

    symbol: str
    atoms_per_tick_lot: int
    price_ticks_max: int
    order_lots_max: int
    position_lots_max: int
    tiers: tuple[MarginTier, ...]
    maker_fee_ppm: int = 0
    taker_fee_ppm: int = 0
    liquidation_fee_ppm: int = 0
    market_bound_ppm: int = 50_000
    leverage_default: int = 20
    contract: Contract = Contract.LINEAR
    atom_ticks_per_lot: int = 0
    """Of an inverse contract: a lot is worth so many atoms, divided by the price in ticks."""
    settle_currency: int = 0
    price_ticks_min: int = 1
    tier_rule: TierRule = TierRule.MARGINAL
    maintenance_slope_e12: int = 0
    """Where the rate rises with the size: by how much per lot, or per coin of an inverse one."""
    initial_slope_e12: int = 0
    maintenance_fee_ppm: int = 0
    """What closing costs, where the maintenance margin includes it."""
    open_interest_lower_atoms: int = 0
    """From this open interest on the initial margin rises,"""
    open_interest_upper_atoms: int = 0
    """until here it is the whole value; 0 and 0: it never does."""


@dataclass(frozen=True)
class Currency:
    """What wallets hold; the first currency of a venue values all others."""

    symbol: str = "USDT"
    weight_ppm: int = 1_000_000
    """Share of its worth that counts as collateral."""
    tick_atoms: int = 1
    """Atoms of the first currency that a whole coin, 1e8 atoms, is worth per tick of its index."""
    price_ticks_max: int = 1


@dataclass(frozen=True)
class Rulebook:
    """Rules of the venue that are the same for every instrument."""

    basis_samples: int = 30
    """Samples of (mid - index) in the moving average of the mark price."""
    sample_interval_ns: int = 1_000_000_000
    funding_interval_ns: int = 8 * 3_600 * 1_000_000_000
    deleveraging: bool = True
    """Deleverage what the insurance fund cannot take over; else it takes it all the same."""
    unwind_interval_ns: int = 1_000_000_000
    """How often the fund sells of what it took over,"""
    unwind_clip_atoms: int = 100_000 * 10**8
    """how much at a time,"""
    unwind_bound_ppm: int = 5_000
    """and how far from the mark."""
    breach_at_equality: bool = True
    """Whether equity equal to the maintenance margin is a breach."""
    self_trade: SelfTrade = SelfTrade.TAKER
    """What happens where an order meets one of its own account or trade group."""
    market_residual: MarketResidual = MarketResidual.CANCEL
    """What becomes of the rest of a market order that is good till cancelled."""
    iceberg_refresh: IcebergRefresh = IcebergRefresh.AT_ONCE
    """When an iceberg shows its next part."""
    iceberg_amend_up: IcebergAmendUp = IcebergAmendUp.LOSE
    """What an iceberg's priority does when it grows."""
    stop_source: TriggerSource = TriggerSource.LAST
    """Which price a stop watches that does not say."""
    stop_entry: StopEntry = StopEntry.RUN
    """What becomes of a stop whose price has come already."""
    auction_price: AuctionPrice = AuctionPrice.MID
    """Which of the prices of greatest volume an auction takes."""
    price_band_ppm: int = 0
    """How far beyond the mark, or else the last price, a limit may be; 0: as far as it likes."""
    currencies: tuple[Currency, ...] = (Currency(),)
    """What wallets hold; the first one values the others."""
    cross_pool: CrossPool = CrossPool.CURRENCY
    """What the cross positions of an account share."""
    margin_mode_default: MarginMode = MarginMode.ISOLATED
    """The margin mode of who has not chosen one."""
    mark_method: MarkMethod = MarkMethod.MEDIAN_OF_THREE
    mark_basis: BookPrice = BookPrice.TOUCH
    mark_ema_ns: int = 150_000_000_000
    """Time constant of the basis against the oracle,"""
    mark_book_ema_ns: int = 30_000_000_000
    """and of the book's own price, where only two candidates are left."""
    mark_band_ppm: int = 0
    """How far from the index an averaged mark may be; 0: as far as it likes."""
    mark_update_ns: int = 0
    """How long a mark stands that the formula made; 0: until the next point."""
    impact_atoms: int = 0
    """Value, or margin, of an impact order in the settlement currency; 0: the touch."""
    impact_of: ImpactOf = ImpactOf.NOTIONAL
    impact_bound_ppm: int = 0
    """How far from the touch an impact price may be; 0: as far as the book reaches."""
    index_rule: IndexRule = IndexRule.WEIGHTED_MEAN
    index_outlier: IndexOutlier = IndexOutlier.NONE
    index_outlier_ppm: int = 0
    index_stale_ns: int = 0
    """How long a silent source counts; 0: for ever."""
    funding_formula: FundingFormula = FundingFormula.PREMIUM_AND_INTEREST
    premium_of: PremiumOf = PremiumOf.IMPACT
    premium_average: PremiumAverage = PremiumAverage.LINEAR
    premium_sample_ns: int = 0
    """Time between samples of the premium; 0: none are taken."""
    funding_period_ns: int = 8 * 3_600 * 1_000_000_000
    """The time that rates are of, before they are brought to the interval."""
    funding_interest_e8: int = 0
    funding_clamp_e8: int = 0
    funding_damper_e8: int = 0
    funding_cap_ppm: int = 0
    """A factor."""
    funding_cap_of: FundingCap = FundingCap.NONE
    funding_paid_on: PaidOn = PaidOn.MARK
    funding_interval_at_cap_ns: int = 0
    """The interval from when a rate is at its cap; 0: it stays."""
    funding_interval_calm_ns: int = 0
    """The interval after enough calm settlements; 0: it stays."""
    calm_settlements: int = 0
    calm_rate_e8: int = 0
    reduce: Reduce = Reduce.WHOLE
    """How much of a position in breach one step closes,"""
    close_price: ClosePrice = ClosePrice.BANKRUPTCY
    """how far from the mark,"""
    close_tif: CloseTimeInForce = CloseTimeInForce.IMMEDIATE
    """in part or only whole,"""
    remainder: Remainder = Remainder.TAKEOVER
    """and what becomes of what is in breach after it."""
    step_interval_ns: int = 1_000_000_000
    """How long a liquidation waits between two steps."""
    fraction_ppm: int = 200_000
    """The share that a first step closes,"""
    fraction_above_atoms: int = 0
    """of positions worth more than this."""
    clip_atoms: int = 100_000 * 10**8
    """The value of a clip,"""
    clip_lots: int = 0
    """or how many lots it has, where that is more than 0."""
    step_tiers_from: int = 1
    """The lowest tier, counted from 0, from which positions are reduced tier by tier."""
    vault_ppm: int = 666_667
    """The share of the maintenance margin below which the vault takes a position over."""
    liquidation_fee_of: LiquidationFee = LiquidationFee.FILLED
    """What a liquidation pays the insurance fund."""
    bankruptcy_adjustment_ppm: int = 1_000_000
    """How fast the fillable price moves away from the mark,"""
    spread_to_maintenance_ppm: int = 100_000
    """and how far, as a share of the maintenance margin."""
    last_resort: LastResort = LastResort.BANKRUPTCY
    """Who bears what the insurance fund cannot."""
    mark_beyond_ppm: int = 0
    """A bankruptcy price further than this from the mark is deleveraged at the mark; 0: none is."""
    fund_trigger: FundTrigger = FundTrigger.DEPLETED
    """When the insurance fund takes nothing over any more:"""
    fund_fall_ppm: int = 300_000
    """after what loss of its peak,"""
    fund_window_ns: int = 8 * 3_600 * 1_000_000_000
    """within what time."""
    ranking: Ranking = Ranking.LEVERAGE_PROFIT
    """Who of the other side is deleveraged first."""
    ranking_seed: int = 0
    """Where the pseudo-random start comes from."""

    @property
    def steps(self) -> bool:
        """Whether a liquidation may take more than one step."""
        return self.reduce != Reduce.WHOLE or self.remainder != Remainder.TAKEOVER


def marginal_tiers(
    brackets: list[tuple[int, int, int]],
) -> tuple[MarginTier, ...]:
    """Build tiers whose maintenance margin is continuous in the notional.

    Parameters
    ----------
    brackets
        (floor_atoms, maintenance_ppm, leverage_max) per tier, by rising floor. Every product of a
        floor and a difference of rates must be whole atoms.

    Returns
    -------
    tuple[MarginTier, ...]
        The tiers, with the deductions that make them continuous.
    """
    tiers: list[MarginTier] = []
    for floor_atoms, maintenance_ppm, leverage_max in brackets:
        deduction_atoms = 0
        if tiers:
            step = floor_atoms * (maintenance_ppm - tiers[-1].maintenance_ppm)
            if step % 1_000_000:
                raise ValueError(
                    f"floor_atoms {floor_atoms} gives a deduction of a fraction of an atom; "
                    "choose a floor that is a multiple of 1,000,000"
                )
            deduction_atoms = tiers[-1].deduction_atoms + step // 1_000_000
        tiers.append(MarginTier(floor_atoms, maintenance_ppm, deduction_atoms, leverage_max))
    return tuple(tiers)
