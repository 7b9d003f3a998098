"""The venues' rules as a calculator: exact, without a venue."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, SupportsIndex, TypeAlias, TypeVar, final

from .reference.instruments import Instrument
from .units import Number

_Exact: TypeAlias = str | SupportsIndex | Decimal
_Row: TypeAlias = Sequence[_Exact]
_Account = TypeVar("_Account")

def position_value(qty: _Exact, price: _Exact, *, inverse: bool = ...) -> Decimal: ...
def profit(
    qty: _Exact, entry: _Exact, exit_price: _Exact, *, inverse: bool = ..., costs: _Exact = ...
) -> Decimal: ...
def average_entry(fills: Sequence[_Row], *, inverse: bool = ...) -> Decimal: ...
def initial_margin(
    qty: _Exact, price: _Exact, leverage: _Exact, *, inverse: bool = ..., rate: _Exact = ...
) -> Decimal: ...
def order_cost(
    qty: _Exact, price: _Exact, leverage: _Exact, taker_rate: _Exact, *, inverse: bool = ...
) -> dict[str, Decimal]: ...
def liquidation_price(
    legs: Sequence[_Row],
    wallet: _Exact,
    *,
    inverse: bool = ...,
    fee_rate: _Exact = ...,
    tick: _Exact | None = ...,
) -> Decimal | None: ...
def liquidation_price_in_brackets(
    qty: _Exact,
    entry: _Exact,
    wallet: _Exact,
    brackets: Sequence[_Row],
    *,
    inverse: bool = ...,
    fee_rate: _Exact = ...,
    tick: _Exact | None = ...,
) -> Decimal | None: ...
def cross_contribution(
    qty: _Exact,
    entry: _Exact,
    mark: _Exact,
    maintenance_rate: _Exact,
    deduction: _Exact = ...,
    *,
    inverse: bool = ...,
) -> Decimal: ...
def isolated_liquidation_price(
    qty: _Exact,
    entry: _Exact,
    leverage: _Exact,
    maintenance_rate: _Exact,
    *,
    inverse: bool = ...,
    extra_margin: _Exact = ...,
    deduction: _Exact = ...,
    tick: _Exact | None = ...,
) -> Decimal | None: ...
def bankruptcy_price(
    qty: _Exact,
    entry: _Exact,
    *,
    margin: _Exact | None = ...,
    leverage: _Exact | None = ...,
    inverse: bool = ...,
    fee_rate: _Exact = ...,
    tick: _Exact | None = ...,
) -> Decimal | None: ...
def price_at_loss(
    qty: _Exact,
    entry: _Exact,
    loss: _Exact,
    *,
    inverse: bool = ...,
    tick: _Exact | None = ...,
) -> Decimal | None: ...
def bracket_deductions(floors: _Row, rates: _Row) -> list[Decimal]: ...
def next_deduction(
    floor: _Exact, rate: _Exact, previous_rate: _Exact, previous_deduction: _Exact
) -> Decimal: ...
def maintenance_margin(notional: _Exact, brackets: Sequence[_Row]) -> Decimal: ...
def tier_rate(value: _Exact, tiers: Sequence[_Row]) -> Decimal: ...
def risk_step_rates(
    position: _Exact, base: _Exact, step: _Exact, base_maintenance: _Exact, base_initial: _Exact
) -> tuple[Decimal, Decimal]: ...
def size_margin(size: _Exact, base_rate: _Exact, slope: _Exact, price: _Exact = ...) -> Decimal: ...
def maintenance_rate(leverage_max: _Exact) -> Decimal: ...
def weighted_health(
    base: _Exact,
    quote: _Exact,
    price: _Exact,
    *,
    asset: _Exact,
    liability: _Exact,
    settle_asset: _Exact,
    settle_liability: _Exact,
    profit: _Exact,
) -> Decimal: ...
def liquidation_capacity(
    maker_rate: _Exact,
    taker_rate: _Exact,
    skew_scale: _Exact,
    seconds: _Exact,
    multiplier: _Exact = ...,
) -> Decimal: ...
def left_after_windows(size: _Exact, capacity: _Exact, windows: _Exact) -> Decimal: ...

@final
class PerpetualTerms:
    def __init__(
        self,
        perpetual: int,
        atomic_resolution: int,
        price: int,
        exponent: int,
        initial_ppm: int,
        maintenance_fraction_ppm: int,
        open_interest_lower: int = ...,
        open_interest_upper: int = ...,
        open_interest: int = ...,
    ) -> None: ...

@final
class Subaccount:
    def __init__(self, quote_balance: int, positions: Mapping[int, int]) -> None: ...
    @property
    def quote_balance(self) -> int: ...
    @property
    def positions(self) -> dict[int, int]: ...

@final
class LiquidationTerms:
    def __init__(
        self,
        *,
        fee_max_ppm: int = ...,
        bankruptcy_adjustment_ppm: int = ...,
        spread_to_maintenance_ppm: int = ...,
    ) -> None: ...

def subaccount_risk(
    subaccount: Subaccount, perpetuals: Sequence[PerpetualTerms]
) -> tuple[int, int, int]: ...
def is_liquidatable(subaccount: Subaccount, perpetuals: Sequence[PerpetualTerms]) -> bool: ...
def scaled_initial_ppm(
    initial_ppm: int, open_interest_lower: int, open_interest_upper: int, open_interest: int
) -> int: ...
def initial_margin_quantums(notional: int, rate_ppm: int) -> int: ...
def bankruptcy_quantums(
    subaccount: Subaccount, perpetuals: Sequence[PerpetualTerms], perpetual: int, delta: int
) -> int: ...
def fillable_price(
    subaccount: Subaccount,
    perpetuals: Sequence[PerpetualTerms],
    perpetual: int,
    delta: int,
    terms: LiquidationTerms = ...,
) -> Fraction: ...
def fillable_subticks(
    price: str | int | Fraction,
    *,
    liquidates_long: bool,
    subticks_per_tick: int,
    quantum_conversion_exponent: int,
) -> int: ...
def insurance_delta(
    subaccount: Subaccount,
    perpetuals: Sequence[PerpetualTerms],
    perpetual: int,
    *,
    is_buy: bool,
    quantums: int,
    subticks: int,
    quantum_conversion_exponent: int,
    terms: LiquidationTerms = ...,
) -> int: ...
def deleverage(
    liquidated: Subaccount,
    offsetting: Subaccount,
    perpetuals: Sequence[PerpetualTerms],
    perpetual: int,
    delta: int,
    *,
    at_oracle: bool = ...,
) -> tuple[Subaccount, Subaccount]: ...

@final
class ShortageTerms:
    def __init__(
        self,
        *,
        margin_ratio: int,
        liquidator_fee: int,
        insurance_fee: int,
        oracle_price: int,
        quote_oracle_price: int = ...,
    ) -> None: ...

def base_to_cover_shortage(shortage: int, terms: ShortageTerms) -> int: ...
def insurance_fee_rate(shortage: int, base: int, terms: ShortageTerms) -> int: ...
def liquidator_fee_rate(base_fee: int, fee_max: int, last_active_slot: int, slot: int) -> int: ...
def transfer_perp(
    user: tuple[int, int], base: int, terms: ShortageTerms
) -> tuple[tuple[int, int], tuple[int, int], int]: ...
def liquidate_shortage(
    user: tuple[int, int], deposit: int, terms: ShortageTerms
) -> tuple[tuple[int, int], tuple[int, int], int]: ...

@final
class ExchangeSide:
    def __init__(
        self, price: int, decimals: int, *, multiplier: int = ..., weight: int = ...
    ) -> None: ...

def asset_for_debt(
    asset: ExchangeSide, liability: ExchangeSide, *, held: int, debt: int
) -> int: ...
def debt_for_asset(asset: ExchangeSide, liability: ExchangeSide, amount: int) -> int: ...
def debt_to_cover_shortage(
    asset: ExchangeSide, liability: ExchangeSide, shortage: int, *, insurance_fee: int = ...
) -> int | None: ...
def debt_insurance_fee(
    asset: ExchangeSide, liability: ExchangeSide, shortage: int, *, debt: int, fee_max: int
) -> int: ...
def socialise(wins: Sequence[int], collected: int, last: int) -> list[int]: ...
def bankruptcy_funding_delta(loss: int, base_long: int, base_short: int) -> int | None: ...
def bankruptcy_funding_payment(base: int, delta: int) -> int: ...
def pro_rata_haircut(deficit: _Exact, equity: _Exact) -> Decimal: ...
def deleveraged_percent(deleveraged: _Exact, liquidated: _Exact) -> Decimal: ...
def risk_aware_shares(
    pro_rata: _Row, leverage: _Row, weight: str, threshold: _Exact = ...
) -> list[Decimal]: ...
def fill_water(deficit: _Exact, shares: _Row, caps: _Row) -> list[Decimal]: ...
def leverage_profit(
    unrealised: _Exact, wallet: _Exact, margin_ratio: _Exact
) -> tuple[Decimal, Decimal]: ...
def margin_ratio(maintenance: _Exact, wallet: _Exact, unrealised: _Exact = ...) -> Decimal: ...
def effective_leverage_score(
    mark_value: _Exact, entry_value: _Exact, bankrupt_value: _Exact
) -> Decimal: ...
def mark_over_entry_score(
    mark: _Exact, entry: _Exact, notional: _Exact, account_value: _Exact
) -> Decimal: ...
def profit_leverage_score(
    notional: _Exact, account_value: _Exact, unrealised: _Exact, entry_notional: _Exact
) -> Decimal: ...
def deleverage_queue(
    positions: Sequence[tuple[_Account, _Exact, _Exact]], qty: _Exact
) -> list[tuple[_Account, Decimal, Decimal]]: ...
def queue_percentiles(
    positions: Sequence[tuple[_Account, _Exact, _Exact]], buckets: int = ...
) -> dict[_Account, int]: ...
def random_start_order(count: int, seed: int) -> list[int]: ...
def funding_rate(
    premium: _Exact,
    interest: _Exact,
    clamp: _Exact,
    *,
    divisor: _Exact = ...,
    cap: _Exact | None = ...,
) -> Decimal: ...
def hyperliquid_funding_rate(premium: _Exact, time_ns: int) -> Decimal: ...
def damped_premium(premium: _Exact, band: _Exact, cap: _Exact | None = ...) -> Decimal: ...
def average_price_funding(mark_average: _Exact, oracle_average: _Exact) -> Decimal: ...
def funding_cap(maintenance_rate: _Exact, factor: _Exact) -> Decimal: ...
def funding_payment(value: _Exact, rate: _Exact) -> Decimal: ...
def next_interval_hours(hours: int, rate: _Exact, cap: _Exact, calm_settlements: int) -> int: ...
def impact_premium(
    index: _Exact, impact_bid: _Exact | None, impact_ask: _Exact | None
) -> Decimal: ...
def mid_premium(index: _Exact, impact_bid: _Exact, impact_ask: _Exact) -> Decimal: ...
def weighted_premium(premiums: _Row) -> Decimal: ...
def interest_rate(quote: _Exact, base: _Exact, intervals: _Exact) -> Decimal: ...
def impact_notional(margin: _Exact, initial_rate: _Exact) -> Decimal: ...
def impact_price(levels: Sequence[_Row], notional: _Exact) -> Decimal | None: ...
def median(values: _Row) -> Decimal: ...
def weighted_median(values: Sequence[_Row]) -> Decimal: ...
def capped_to_median(price: _Exact, median: _Exact, band: _Exact) -> Decimal: ...
def index_price(
    sources: Sequence[_Row],
    band: _Exact,
    age_max_seconds: _Exact,
    *,
    drop_outliers: bool = ...,
) -> Decimal: ...
def funding_basis_price(index: _Exact, rate: _Exact, left: _Exact, interval: _Exact) -> Decimal: ...

@final
class DecayingAverage:
    def __init__(self, time_constant_seconds: _Exact) -> None: ...
    def push(self, value: _Exact, seconds: _Exact) -> None:
        """Take a sample that held for so many seconds."""

    @property
    def mean(self) -> Decimal: ...

def funding_index_delta(
    *, atomic_resolution: int, price: int, exponent: int, rate_8h_ppm: int, seconds: int
) -> int: ...
def funding_clamp_ppm(
    clamp_factor_ppm: int, initial_ppm: int, maintenance_fraction_ppm: int
) -> int: ...
def premium_ppm(
    orders: Sequence[tuple[bool, int, int]],
    *,
    index_price: int,
    index_exponent: int,
    atomic_resolution: int,
    quote_resolution: int = ...,
    quantum_conversion_exponent: int,
    impact_notional: int,
    premium_max_ppm: int,
) -> int: ...

class Evaluation(NamedTuple):
    """An isolated position on an instrument, as the engine sees it at a mark."""

    notional: Decimal
    maintenance: Decimal
    initial: Decimal
    """What opening it at the mark asks for."""
    equity: Decimal
    is_breached: bool
    liquidation_price: Decimal | None
    """The last tick, towards the losing side, that liquidates; None where none does."""
    bankruptcy_price: Decimal
    """Where equity is zero, on the solvent side, within the instrument's prices."""

def evaluate(
    instrument: Instrument,
    *,
    qty: Number,
    entry: Number,
    margin: Number,
    mark: Number,
    leverage: int | None = ...,
    open_interest: Number = ...,
    at_equality: bool = ...,
) -> Evaluation:
    """Ask the engine's own functions about an isolated position.

    Parameters
    ----------
    instrument : Instrument
        Complete: with limits, fees and tiers.
    qty : Number
        Signed, long > 0, in lots' multiples.
    entry, margin, mark : Number
        The entry price need not be on the tick; its cost is rounded against the holder.
    leverage : int, optional
        For the initial margin; the instrument's default where none is given.
    open_interest : Number
        Of the instrument at the mark, in money; scales the initial margin where it is asked to.
    at_equality : bool
        Whether equity that equals the maintenance margin liquidates.

    Raises
    ------
    DataError
        A number is off its grid or out of the instrument's range.

    Examples
    --------
    >>> btc = Instrument.linear("BTCUSDT", tick="0.1", lot="0.001", price_max=1000000,
    ...     order_max=100, position_max=100, maker_fee=0, taker_fee=0, liquidation_fee=0,
    ...     market_bound="0.05", leverage_default=10, tiers=[(0, "0.005", 0, 100)])
    >>> found = evaluate(btc, qty=1, entry=20000, margin=400, mark=20000)
    >>> found.liquidation_price, found.bankruptcy_price, found.maintenance
    (Decimal('19698.4'), Decimal('19600.0'), Decimal('100.00000000'))
    """
