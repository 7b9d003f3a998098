"""What a counterfactual changes, in words: `liquidations=off`, `leverage_max=10`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .errors import ConfigError

#: For every word of a switch, what it sets; a number says how many numbers it takes.
SWITCHES: dict[str, Mapping[str, Any] | int] = {
    "liquidations": {"on": 0, "off": 1, "off-book": 2},
    "deleveraging": {"last": 0, "first": 3},
    "withdrawal": {"on": True, "off": False},
    "stops": {"on": True, "off": False},
    "momentum": {"on": True, "off": False},
    "links": {"on": True, "off": False},
    "option_hedgers": {"on": True, "off": False},
    "leverage_max": 1,
    "depth": 1,
    "fund": 1,
    "halt": 2,
}


def what_if(**words: object) -> dict[str, str]:
    """Return switches as they would be typed; ConfigError for one that does not exist.

    Examples
    --------
    >>> what_if(liquidations="off", leverage_max=10)
    {'liquidations': 'off', 'leverage_max': '10'}
    """
    texts = {
        key: ("off", "on")[word] if isinstance(word, bool) else str(word)
        for key, word in words.items()
    }
    engine_switches(texts)
    return texts


def parse_what_if(texts: Iterable[str]) -> list[dict[str, Any]]:
    """Return one counterfactual per text; commas join what is switched at once.

    Examples
    --------
    >>> parse_what_if(["liquidations=off", "depth=2,stops=off"])
    [{'liquidations': 'off'}, {'depth': '2', 'stops': 'off'}]
    """
    runs = []
    for text in texts:
        pairs = [part.partition("=") for part in text.split(",")]
        runs.append(what_if(**{key.strip(): word.strip() for key, _, word in pairs}))
    return runs


def engine_switches(words: Mapping[str, str]) -> dict[str, Any]:
    """Return what the engine is told; "rulebook" is the configuration's, not the engine's."""
    said: dict[str, Any] = {}
    for key, word in words.items():
        if key == "rulebook":
            continue
        kind = SWITCHES.get(key)
        if kind is None:
            known = ", ".join([*SWITCHES, "rulebook"])
            raise ConfigError(f"--what-if {key}: unknown; one of {known}")
        if isinstance(kind, int):
            said |= _numbers(key, word, kind)
            continue
        if word not in kind:
            raise ConfigError(f"--what-if {key}={word}: choose {' or '.join(kind)}")
        name = "forced_closing" if key in ("liquidations", "deleveraging") else key
        if name in said and said[name] and kind[word]:
            raise ConfigError(f"--what-if {key}={word}: not together with liquidations")
        said[name] = kind[word] or said.get(name, kind[word])
    return said


def _numbers(key: str, word: str, count: int) -> dict[str, float]:
    try:
        values = [float(part) for part in word.split("/")]
    except ValueError:
        values = []
    if len(values) != count or min(values) <= 0:
        wanted = "PERCENT/MINUTES" if count == 2 else "a number above 0"
        raise ConfigError(f"--what-if {key}={word}: write {key}={wanted}")
    if key == "halt":
        return {"halt_fall": values[0] / 100, "halt_minutes": values[1]}
    return {key: values[0]}
