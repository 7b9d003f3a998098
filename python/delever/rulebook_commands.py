"""`delever rulebook list`, `show NAME` and `diff A B`: rules, days and sources as text."""

import argparse
import textwrap
from collections.abc import Mapping
from functools import partial
from itertools import groupby
from typing import Any

from .reference.rulebook import Rulebook, rulebook
from .reference.rulebook_file import read_file, shipped_names
from .reference.rulebook_schema import BUILT_TIERS

_ABSENT = "–"  # noqa: RUF001


def add_rulebook_commands(commands: Any, parser: type[argparse.ArgumentParser]) -> None:
    """Add `rulebook` to the command line."""
    command = commands.add_parser("rulebook", help="the venues' rules, by day, with sources")
    actions = command.add_subparsers(required=True, metavar="ACTION", parser_class=parser)
    actions.add_parser("list", help="the shipped rulebooks").set_defaults(run=_list)
    show = actions.add_parser("show", help="what held on a day, and where it is written")
    show.add_argument("name", metavar="NAME", help="a rulebook's name, or a TOML file")
    diff = actions.add_parser("diff", help="what two rulebooks, or two days of one, differ in")
    for which in ("one", "other"):
        diff.add_argument(which, metavar="NAME[@DAY]", help="as binance-um@2025-10-10")
    for action, run in ((show, _show), (diff, _diff)):
        action.add_argument("--at", metavar="DAY", help="as 2025-10-10 (default the newest rules)")
        action.set_defaults(run=run)
    show.add_argument("--brackets", metavar="FILE", help="JSON of leverage brackets to show")


def _list(_: argparse.Namespace) -> int:
    for name in shipped_names():
        file = read_file(name)
        print(f"{name:<14} {file.title}")
        for symbol in file.symbols:
            spans = file.of("tiers", symbol)
            last = spans[-1].span.split(" to ")[1] if spans else ""
            known = f"{spans[0].since} to {last}" if spans else "no tiers"
            parts = f", {len(spans)} spans" if len(spans) > 1 else ""
            print(f"{'':<14} {symbol:<20} {known}{parts}")
    return 0


def _show(options: argparse.Namespace) -> int:
    rules = rulebook(options.name, at=options.at, brackets=options.brackets)
    print(f"{rules.name}, {f'on {options.at}' if options.at else 'the newest rules'}")
    said = ""
    for section, terms in groupby(rules.terms.items(), lambda term: term[0].partition(".")[0]):
        print(f"\n[{section}]")
        for key, value in terms:
            source, name = rules.sources.get(key), key.partition(".")[2]
            if name == "tiers.rows":
                _print_rows(value, source or "")
                continue
            built = not key.endswith("tiers.rule") or value in BUILT_TIERS
            mark = "" if built else "   (not in this build's engine)"
            print(f"  {name} = {_text(value)}{mark}")
            if (source or "no source given") != said:
                print(_indented(said := source or "no source given"))
    for symbol in sorted({key[:-6] for key in rules.sources if key.endswith(".tiers")}):
        if f"{symbol}.tiers.rows" not in rules.terms:
            print(f"\n[{symbol}] {rules.sources[f'{symbol}.tiers']}")
            _print_rows([row._asdict() for row in rules.instruments[symbol].tiers or ()], "")
    for text in rules.unknown.values():
        print(f"\n{text}")
    return 0


_indented = partial(textwrap.fill, width=100, initial_indent=" " * 6, subsequent_indent=" " * 6)


def _print_rows(rows: list[Mapping[str, Any]], source: str) -> None:
    print("  " + "".join(f"{name:>20}" for name in rows[0]))
    for row in rows:
        print("  " + "".join(f"{_text(value):>20}" for value in row.values()))
    if source:
        print(_indented(source))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


def _diff(options: argparse.Namespace) -> int:
    one, other = (_flat(_named(text, options.at)) for text in (options.one, options.other))
    listed = [{k.split(".")[0] for k in terms if k.endswith(".contract")} for terms in (one, other)]
    alone = listed[0] ^ listed[1]
    print(f"{'':<34} {options.one:<32} {options.other}")
    for symbol in sorted(alone):
        said = ("listed" if symbol in book else _ABSENT for book in listed)
        print("{:<34} {:<32} {}".format(symbol, *said))
    both = [key for key in dict.fromkeys([*one, *other]) if key.split(".")[0] not in alone]
    changed = [key for key in both if one.get(key) != other.get(key)]
    for key in changed:
        print(f"{key:<34} {one.get(key, _ABSENT):<32} {other.get(key, _ABSENT)}")
    print(f"{len(both) - len(changed)} values are the same")
    return 0


def _flat(rules: Rulebook) -> dict[str, str]:
    """Return every value as text, the rows of tiers each for itself."""
    flat: dict[str, str] = {}
    for key, value in rules.terms.items():
        rows = value if isinstance(value, list) else []
        flat |= {f"{key}[{at}]": " ".join(map(_text, row.values())) for at, row in enumerate(rows)}
        flat |= {} if rows else {key: _text(value)}
    return flat


def _named(text: str, at: str | None) -> Rulebook:
    name, mark, day = text.rpartition("@")
    return rulebook(name, at=day) if mark else rulebook(text, at=at)
