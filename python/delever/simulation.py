"""The one place where a scenario becomes the dict that configures the engine's simulation.

Money and prices are USD here; the engine turns them into ticks, lots and atoms. The key of a
configuration hashes all of it but seed and account count, so that shipped ensemble quantiles are
shown only beside runs they belong to.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from .metrics import MINUTE_NS
from .reference.instruments import Instrument
from .reference.rulebook import Rulebook, rulebook
from .scenario import BAR_DTYPE, Scenario, ScenarioError, coin_of

ACCOUNTS = (1_000, 20_000_000)
SEEDS = (0, 2**64 - 1)


def simulation_config(
    scenario: Scenario, *, seed: int, accounts: int, seeded_ns: int = 0
) -> dict[str, Any]:
    """Return everything the simulation is told; ScenarioError for absurd seeds and counts.

    A population that is seeded before the start lives on the recorded bars until then.
    """
    rules = rulebook(scenario.rulebook, at=scenario.rulebook_at)
    coins = [coin_of(symbol).lower() for symbol in scenario.instruments]
    own = {"insurance_usd", "noise_per_sqrt_minute"}
    own |= {f"{name}_{coin}" for name in ("depth", "taker_rate") for coin in coins}
    market = {k: _plain(v.value) for k, v in scenario.market.items() if k not in own}
    market["taker_rate_per_s"] = [scenario.parameter(f"taker_rate_{coin}") for coin in coins]
    people = {**scenario.population, **scenario.fit}
    before = {"seeded_ns": seeded_ns} if 0 < seeded_ns < scenario.start else {}
    return {
        "seed": within("seed", seed, SEEDS),
        "accounts": within("accounts", accounts, ACCOUNTS),
        "start_ns": scenario.start,
        "end_ns": scenario.end,
        "step_ns": int(scenario.steps[-1][1] * 1e9),
        "windows": [(until, int(seconds * 1e9)) for until, seconds in scenario.steps[:-1]],
        "sample_ns": MINUTE_NS,
        "map_sample_ns": 10 * MINUTE_NS,
        "map_low": scenario.map_usd[0],
        "map_high": scenario.map_usd[1],
        "map_bins": 480,
        "insurance_usd": scenario.parameter("insurance_usd"),
        "instruments": [
            _instrument(scenario, rules, name, whole=bool(before)) for name in scenario.instruments
        ],
        "rulebook": rules.spec(),
        "population": {**{name: _plain(prior.value) for name, prior in people.items()}, **before},
        "market": market,
    }


def config_key(scenario: Scenario, config: Mapping[str, Any]) -> str:
    """Return a hash of scenario and configuration, whatever the seed and the account count."""
    return hashed({**config, "seed": 0, "accounts": 0, "scenario": scenario.sha256})


def hashed(plain: Mapping[str, Any]) -> str:
    """Return sixteen hexadecimal digits of plain data and arrays."""
    text = json.dumps(plain, sort_keys=True, default=lambda array: array.tolist())
    return sha256(text.encode()).hexdigest()[:16]


def within(name: str, value: int, bounds: tuple[int, int]) -> int:
    """Return the value; ScenarioError where it is out of bounds."""
    if not bounds[0] <= value <= bounds[1]:
        raise ScenarioError("out of range", name, value, "choose {:,} to {:,}".format(*bounds))
    return value


def _plain(value: float | tuple[float, ...]) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return int(value) if value.is_integer() and value >= 2 else value


def listed(instrument: Instrument) -> dict[str, Any]:
    """Return a contract as the engine's worlds are told it, with its tick and lot."""
    spec, amounts = instrument.spec(), {"tick_usd": instrument.tick, "lot_coin": instrument.lot}
    tiers = [list(tier.values()) for tier in spec["tiers"]]
    return {**spec, "tiers": tiers, **{name: float(one) for name, one in amounts.items()}}


def _instrument(scenario: Scenario, rules: Rulebook, symbol: str, *, whole: bool) -> dict[str, Any]:
    coin, path = coin_of(symbol).lower(), scenario.paths[symbol]
    past = path[path["time_ns"] < scenario.start]
    event = path[(path["time_ns"] >= scenario.start) & (path["time_ns"] < scenario.end)]
    kept = ("time_ns", "bar_ns", "high", "low", *(("open", "close") if whole else ()))
    beta = scenario.priors.get(f"beta_{coin}")
    return {
        **listed(rules.instrument(symbol)),
        **{f"path_{name}": event[name].copy() for name in BAR_DTYPE.names or ()},
        **{f"history_{k}": past[k].copy() for k in kept},
        "noise_per_sqrt_minute": scenario.parameter("noise_per_sqrt_minute"),
        "beta": beta.value if beta else 0.0,
        "oi_usd": scenario.parameter(f"open_interest_{coin}"),
        "depth_usd_per_percent": scenario.parameter(f"depth_{coin}"),
    }
