"""The command line: replay, scenario, check, book, rulebook and stress.

Everything that can be wrong with what was typed is found before anything runs: one line on stderr,
status 2, nothing written.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from .errors import ConfigError, DeleverError
from .page import require_plotly, write_page
from .recorded.check import add_commands
from .recordings import add_recording_options, say_recordings, with_recordings
from .report import ROLES, describe, footer, render, summary
from .rulebook_commands import add_rulebook_commands
from .scenario import Scenario, scenario_errors, scenario_names
from .simulation import ACCOUNTS, SEEDS, within
from .stress.text import add_stress_command


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    options = _parser().parse_args(argv)
    try:
        status = int(options.run(options))
        sys.stdout.flush()
    except DeleverError as error:
        sys.stderr.write(f"delever: {error}\n")
        return 2
    except BrokenPipeError:  # somebody like `head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        sys.stderr.write("\ndelever: interrupted, nothing was written\n")
        return 130
    return status


def _parser() -> _Parser:
    parser = _Parser(prog="delever", description="Replay historical liquidation cascades.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    replay = commands.add_parser("replay", help="replay a scenario and compare it with the record")
    replay.add_argument("name", metavar="NAME", help="a scenario's name, or a TOML file")
    replay.add_argument("--seed", type=_integer, default=7, help="of every draw (default 7)")
    replay.add_argument("--json", type=Path, metavar="FILE", help="write the comparison as JSON")
    replay.add_argument("--out", type=Path, metavar="DIR", help="where pictures go (default out)")
    accounts = f"leveraged accounts, {ACCOUNTS[0]:,} to {ACCOUNTS[1]:,} (default the scenario's)"
    replay.add_argument("--accounts", type=_integer, metavar="N", help=accounts)
    add_recording_options(replay)
    page = "write one self-contained page with interactive plots (extra `report`)"
    replay.add_argument("--report", type=Path, metavar="FILE.html", help=page)
    replay.add_argument("--all", action="store_true", help="print every fact, prior and source")
    switches = "run the closed loop as well with KEY=VALUE, as liquidations=off; again for another"
    replay.add_argument("--what-if", action="append", metavar="KEY=VALUE", help=switches)
    parts = "share the fall out among liquidations, withdrawal and stops (100,000 accounts)"
    replay.add_argument("--mechanisms", action="store_true", help=parts)
    falls = "what a further fall would liquidate, and where it would stop by itself"
    replay.add_argument("--ladder", action="store_true", help=falls)
    replay.add_argument("--verdict", action="store_true", help="spiral or orderly: what is known")
    replay.add_argument("--no-progress", action="store_true", help="no live line")
    replay.set_defaults(run=_replay)
    scenario = commands.add_parser("scenario", help="what is known of historical cascades")
    actions = scenario.add_subparsers(required=True, metavar="ACTION", parser_class=_Parser)
    actions.add_parser("list", help="the shipped scenarios").set_defaults(run=_list)
    show = actions.add_parser("show", help="print the facts of a scenario")
    show.add_argument("name", metavar="NAME", help="a scenario's name, or a TOML file")
    show.add_argument("--role", choices=ROLES, help="these facts alone")
    show.set_defaults(run=_show)
    check = actions.add_parser("check", help="say everything that is wrong with a scenario file")
    check.add_argument("name", metavar="FILE", help="a TOML file")
    check.set_defaults(run=_check)
    add_commands(commands)
    add_rulebook_commands(commands, _Parser)
    add_stress_command(commands)
    return parser


def _integer(text: str) -> int:
    try:
        return int(text.replace(",", "").replace("_", ""))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def _list(_: argparse.Namespace) -> int:
    print("\n".join(summary(Scenario.load(name)) for name in scenario_names()))
    return 0


def _show(options: argparse.Namespace) -> int:
    print(describe(Scenario.load(options.name), (options.role,) if options.role else ROLES))
    return 0


def _check(options: argparse.Namespace) -> int:
    errors = scenario_errors(options.name)
    sys.stderr.writelines(f"delever: {error}\n" for error in errors)
    if not errors:
        print(f"sound: {summary(Scenario.load(options.name))}")
    return 2 if errors else 0


def _replay(options: argparse.Namespace) -> int:
    scenario = Scenario.load(options.name)
    within("--seed", options.seed, SEEDS)
    if options.accounts is not None:
        within("--accounts", options.accounts, ACCOUNTS)
    if options.report:
        require_plotly()
        check_file(options.report, "--report")
    scenario = with_recordings(options, scenario)
    draws = options.out is not None or find_spec("matplotlib") is not None
    out = options.out or Path("out")
    if draws:
        from .plotting import require_matplotlib  # noqa: PLC0415  (optional)

        require_matplotlib()
        check_directory(out, "--out")
    if options.json:
        check_file(options.json, "--json")
    if options.ladder or options.verdict or options.mechanisms:
        print(_inferred(options, scenario, out if draws else None))
        return 0
    if options.what_if:
        from .world_report import run_what_if  # noqa: PLC0415  (import time)

        return run_what_if(options, scenario, out if draws else None)
    live = sys.stderr.isatty() and not options.no_progress
    replay = scenario.replay(seed=options.seed, accounts=options.accounts, progress=live)
    print(render(replay, everything=options.all))
    feed = say_recordings(options, replay)
    written = [str(path) for path in replay.plot(out)] if draws else []
    if options.json:
        written.append(str(replay.to_json(options.json)))
    if options.report:
        written.append(str(write_page(replay, options.report, feed=feed)))
    print(footer(replay, options.name, written))
    if not draws:
        print(" no pictures: pip install 'delever[plot]'")
    return 0


def _inferred(options: argparse.Namespace, scenario: Scenario, out: Path | None) -> str:
    """Return the text of `--ladder`, `--mechanisms` or `--verdict`; the last draws into `out`."""
    from .inference.ladder import ladder_text  # noqa: PLC0415  (import time)
    from .inference.phase import phase_diagram  # noqa: PLC0415
    from .inference.verdict import verdict_text  # noqa: PLC0415
    from .world_report import mechanisms_text  # noqa: PLC0415

    if options.ladder:
        return ladder_text(scenario, options.seed)
    if options.mechanisms:
        return mechanisms_text(scenario, options.seed, options.accounts)
    text = verdict_text(scenario, options.seed)
    return f"{text}\nwrote {phase_diagram(scenario, out / 'verdict.png')}" if out else text


def check_directory(path: Path, option: str) -> None:
    """Refuse a directory that cannot be written, by trying it in the part that exists."""
    existing = next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())
    try:
        tempfile.TemporaryFile(dir=existing).close()
    except OSError as error:
        what = f"cannot write there ({error.strerror}): '{path}'"
        raise ConfigError(f"{option}: {what}; choose a directory you can write") from error


def check_file(path: Path, option: str) -> None:
    """Refuse a file that cannot be written."""
    if path.is_dir():
        raise ConfigError(f"{option}: is a directory: '{path}'; give a file name in it")
    if not path.absolute().parent.is_dir():
        fix = "create it, or choose another"
        raise ConfigError(f"{option}: no such directory: '{path.parent}'; {fix}")
    check_directory(path.parent, option)
