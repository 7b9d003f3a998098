"""A scan over all accounts with numpy: who is breached at the marks of a point, in which order.

It reads a core's state, and knows nothing of guards, dirty pools or hot lists. Values are kept
below 1e15 atoms and products are taken in parts: in 64 bits every rounding is that of the rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delever.reference import Contract, CrossPool, InstrumentSpec, Rulebook, TierRule

POOL = 0xFFFF
Ints = NDArray[np.int64]
Breach = tuple[int, int, int, int]  # -deficit in ppm, account, instrument, leg or currency


def ceil_div(dividend: Any, divisor: Any) -> Any:
    return -(-dividend // divisor)


def ceil_share(size: Ints, ppm: Any) -> Ints:
    """Return ceil(size * ppm / 1e6) without the product."""
    share: Ints = size // 10**6 * ppm + ceil_div(size % 10**6 * ppm, 10**6)
    return share


def ceil_share_e12(size: Ints, rate: Any) -> Ints:
    """Return ceil(size * rate / 1e12), for rates up to 1e12, without the product."""
    size_high, size_low = size // 10**6, size % 10**6
    rate_high, rate_low = rate // 10**6, rate % 10**6
    middle = size_high * rate_low + size_low * rate_high
    low = middle % 10**6 * 10**6 + size_low * rate_low
    share: Ints = size_high * rate_high + middle // 10**6 + ceil_div(low, 10**12)
    return share


@dataclass
class Sums:
    """What the pools of one currency have and need, by account."""

    held: Ints
    required: Ints
    notional: Ints
    used: NDArray[np.bool_]


@dataclass
class Scan:
    """The positions and wallets of a core, and the prices they are asked at."""

    specs: list[InstrumentSpec]
    rulebook: Rulebook
    marks: list[int]
    indices: list[int]
    positions: dict[str, Ints] = field(default_factory=dict)
    wallets: list[Ints] = field(default_factory=list)

    def read(self, core: Any) -> None:
        """Take over the state of a core."""
        self.positions = {name: np.asarray(one) for name, one in core.positions().items()}
        currencies = range(len(self.rulebook.currencies))
        self.wallets = [np.asarray(core.accounts(one)["wallet_atoms"]) for one in currencies]

    def breaches(self) -> list[Breach]:
        """Ask everybody, and return the breached in the order in which they are liquidated."""
        users = self.positions["account"] != 0
        mine = {name: column[users] for name, column in self.positions.items()}
        size, worth, required = (np.zeros(len(mine["account"]), np.int64) for _ in range(3))
        for at, spec in enumerate(self.specs):
            rows = mine["instrument"] == at
            lots, mark = mine["qty_lots"][rows], self.marks[at]
            size[rows] = notional(spec, lots, mark)
            worth[rows] = worths(spec, lots, mark)
            required[rows] = maintenance(spec, size[rows], np.abs(lots))
        profit = worth - mine["cost_atoms"]
        found = self._isolated(mine, size, profit, required)
        return sorted(found + self._pools(mine, size, profit, required))

    def _isolated(
        self, mine: dict[str, Ints], size: Ints, profit: Ints, required: Ints
    ) -> list[Breach]:
        missing = required - mine["margin_atoms"] - profit
        short = missing >= 0 if self.rulebook.breach_at_equality else missing > 0
        rows = np.flatnonzero(short & (mine["cross"] == 0))
        shares = zip(missing[rows].tolist(), size[rows].tolist(), strict=True)
        keys = [-(lacks * 10**6 // total) for lacks, total in shares]
        names = ("account", "instrument", "position_side")
        columns = [mine[one][rows].tolist() for one in names]
        return list(zip(keys, *columns, strict=True))

    def _pools(
        self, mine: dict[str, Ints], size: Ints, profit: Ints, required: Ints
    ) -> list[Breach]:
        settles = np.array([spec.settle_currency for spec in self.specs])[mine["instrument"]]
        sums = []
        for currency, wallet in enumerate(self.wallets):
            rows = np.flatnonzero((mine["cross"] == 1) & (settles == currency))
            accounts = mine["account"][rows]
            held, need, total = wallet.copy(), np.zeros_like(wallet), np.zeros_like(wallet)
            used = np.zeros(len(wallet), np.bool_)
            used[accounts] = True
            np.add.at(held, accounts, profit[rows])
            np.add.at(need, accounts, self._priced(currency, required[rows]))
            np.add.at(total, accounts, self._priced(currency, size[rows]))
            sums.append(Sums(held, need, total, used))
        if self.rulebook.cross_pool == CrossPool.CURRENCY:
            return [one for at, each in enumerate(sums) for one in self._short(each, at)]
        joined = Sums(
            sum(self._worth(at, one.held) for at, one in enumerate(sums)),
            sum(one.required for one in sums),
            sum(one.notional for one in sums),
            np.logical_or.reduce([one.used for one in sums]),
        )
        return self._short(joined, 0)

    def _short(self, sums: Sums, currency: int) -> list[Breach]:
        if self.rulebook.cross_pool == CrossPool.CURRENCY:
            owes = self.wallets[currency] < 0
        else:
            owes = np.logical_or.reduce([wallet < 0 for wallet in self.wallets])
        less = sums.held < sums.required
        if self.rulebook.breach_at_equality:
            less |= sums.held == sums.required
        short = (sums.held < 0) | ((sums.required > 0) & less)
        short &= sums.used | owes
        short[0] = False
        found = []
        for account in np.flatnonzero(short).tolist():
            missing = int(sums.required[account] - sums.held[account])
            total = int(sums.notional[account])
            deficit = min(missing * 10**6 // total, 10**12) if total else 10**12
            found.append((-deficit, account, POOL, currency))
        return found

    def _worth(self, currency: int, atoms: Ints) -> Ints:
        if currency == 0:
            return atoms
        rules = self.rulebook.currencies[currency]
        full = atoms * self.indices[currency] * rules.tick_atoms // 10**8
        return np.where(atoms > 0, full * rules.weight_ppm // 10**6, full)

    def _priced(self, currency: int, atoms: Ints) -> Ints:
        if currency == 0 or self.rulebook.cross_pool == CrossPool.CURRENCY:
            return atoms
        tick_atoms = self.rulebook.currencies[currency].tick_atoms
        priced: Ints = ceil_div(atoms * self.indices[currency] * tick_atoms, 10**8)
        return priced


def notional(spec: InstrumentSpec, lots: Ints, mark: int) -> Ints:
    if spec.contract == Contract.INVERSE:
        inverse: Ints = ceil_div(np.abs(lots) * spec.atom_ticks_per_lot, mark)
        return inverse
    return np.abs(lots) * mark * spec.atoms_per_tick_lot


def worths(spec: InstrumentSpec, lots: Ints, mark: int) -> Ints:
    if spec.contract == Contract.INVERSE:
        return -lots * spec.atom_ticks_per_lot // mark
    return lots * mark * spec.atoms_per_tick_lot


def maintenance(spec: InstrumentSpec, size: Ints, lots: Ints) -> Ints:
    closing = ceil_share(size, spec.maintenance_fee_ppm)
    if spec.tier_rule == TierRule.SIZE_LINEAR:
        slope = spec.maintenance_slope_e12
        rise = lots * slope
        if spec.contract == Contract.INVERSE:
            rise = size // 10**8 * slope + size % 10**8 * slope // 10**8
        return ceil_share_e12(size, spec.tiers[0].maintenance_ppm * 10**6 + rise) + closing
    at = tiers(spec, size)
    rates = np.array([tier.maintenance_ppm for tier in spec.tiers])[at]
    deductions = np.array([tier.deduction_atoms for tier in spec.tiers])[at]
    share: Ints = np.maximum(0, ceil_share(size, rates) - deductions) + closing
    return share


def tiers(spec: InstrumentSpec, size: Ints) -> Ints:
    """Return the number of the bracket of each notional."""
    side = "left" if spec.tier_rule == TierRule.STEP else "right"
    floors = np.array([tier.floor_atoms for tier in spec.tiers])
    found: Ints = np.maximum(0, np.searchsorted(floors, size, side=side) - 1)
    return found
