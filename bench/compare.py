"""Our book beside every order book that Python can install, on the same flows in one run.

    python bench/compare.py --json FILE [--flow NAME] [--commands N]

writes `[{"flow", "engine", "version", "ns_per_command", "ratio_to_delever"}]` and prints a table.
A peer runs as many commands as it can in reasonable time, and ours runs exactly the same ones
beside it, in turn. The figures are medians of five runs, in processor time of all threads (which a
busy machine disturbs less). Before a run counts, the peer must have come to the trades and best
prices that the flow is known to give, as far as it can be asked.

Like is compared with like. Peers that match are beside our matching engine, on the commands. Peers
that follow a feed and do not match are given the changes that the commands cause, and are beside
our books that follow a feed, on the same changes: flows NAME-levels (the new total of a level) and
NAME-itch (a file of ITCH messages, with a table of best prices). There, nanoseconds are per change.
"""

from __future__ import annotations

import argparse
import gc
import importlib.metadata
import json
import os
import statistics
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from order_flows import SHAPES, Answer, make_flow
from own_books import OwnBook, OwnItch, OwnLevels
from peer_books import PEERS, Peer

ROUNDS = 5
OURS: dict[str, type[Peer]] = {one.takes: one for one in (OwnBook, OwnLevels, OwnItch)}


def once(book: type[Peer], flow: NDArray[Any], wanted: Answer) -> float:
    """Run a flow on a new book; return nanoseconds per command (or change) if it is right."""
    peer = book()
    peer.prepare(flow)
    gc.collect()
    gc.disable()
    begin = time.process_time()
    peer.run()
    seconds = time.process_time() - begin
    gc.enable()
    answer = peer.answer()
    for name in peer.checked:
        got, due = getattr(answer, name), getattr(wanted, name)
        if got != due:
            raise SystemExit(f"{peer.pip_name}: {name} is {got}, but the flow gives {due}")
    return 1e9 * seconds / (peer.count or len(flow))


def beside(peer: type[Peer], name: str, commands: int) -> dict[str, Any]:
    """Run a peer and ours in turn; return the peer's row, and our figure on the same commands."""
    flow, wanted = make_flow(name, min(commands, peer.commands_max))
    theirs, ours = [], []
    for _ in range(ROUNDS):
        theirs.append(once(peer, flow, wanted))
        ours.append(once(OURS[peer.takes], flow, wanted))
    return row(peer, name, len(flow), statistics.median(theirs), statistics.median(ours))


def alone(own: type[Peer], name: str, commands: int) -> dict[str, Any]:
    """Return our own row, on the whole flow."""
    flow, wanted = make_flow(name, commands)
    each_ns = statistics.median(once(own, flow, wanted) for _ in range(ROUNDS))
    return row(own, name, len(flow), each_ns, each_ns)


def row(
    book: type[Peer], name: str, commands: int, each_ns: float, own_ns: float
) -> dict[str, Any]:
    """Return a row of the result."""
    return {
        "flow": name if book.takes == "commands" else f"{name}-{book.takes}",
        "engine": book.pip_name,
        "version": importlib.metadata.version(book.pip_name),
        "ns_per_command": round(each_ns, 1),
        "ratio_to_delever": round(each_ns / own_ns, 2),
        "commands": commands,
    }


def installed(peer: type[Peer]) -> bool:
    """Whether the peer can be measured here."""
    try:
        importlib.metadata.version(peer.pip_name)
    except importlib.metadata.PackageNotFoundError:
        print(f"{peer.pip_name}: not installed (pip install {peer.pip_name})", file=sys.stderr)
        return False
    return True


def printed(row: dict[str, Any]) -> str:
    """Return a row of the table."""
    return (
        f"{row['flow']:16} {row['engine']:22} {row['version']:12} {row['commands']:>9,}"
        f" {row['ns_per_command']:>12,.1f} {row['ratio_to_delever']:>10,.2f}"
    )


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--json", type=Path, help="where the rows go")
    parser.add_argument("--flow", choices=SHAPES, action="append", help="default: all of them")
    parser.add_argument("--commands", type=int, default=1_000_000, help="at most, per run")
    parser.add_argument("--peer", action="append", help="only these (names on PyPI)")
    given = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    peers = [one for one in PEERS if given.peer is None or one.pip_name in given.peer]
    peers = [one for one in peers if installed(one)]
    print(f"{'flow':16} {'engine':22} {'version':12} {'commands':>9} {'ns':>12} {'x delever':>10}")
    rows = []
    for name in given.flow or SHAPES:
        for takes, own in OURS.items():
            followers = [one for one in peers if one.takes == takes]
            for measure in (partial(alone, own), *(partial(beside, one) for one in followers)):
                rows.append(measure(name, given.commands))
                print(printed(rows[-1]), flush=True)
    if given.json:
        keys = ("flow", "engine", "version", "ns_per_command", "ratio_to_delever")
        given.json.write_text(json.dumps([{k: row[k] for k in keys} for row in rows], indent=1))


if __name__ == "__main__":
    main()
