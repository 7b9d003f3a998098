"""The page: it holds everything it shows, and a real browser draws every plot of it."""

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import made_result

from delever import _core, page
from delever.cli import main
from delever.errors import ConfigError
from delever.metrics import Series
from delever.page import write_page

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)


@pytest.fixture(scope="module")
def everything(btc, tmp_path_factory):
    """A page with every panel: other runs, venues, a feed, cascades, a phase diagram."""
    pytest.importorskip("plotly", reason="the extra `report` is not installed")
    from delever.replay import Replay

    result = made_result(btc)
    count = 60
    parent = np.array([-1, 0, 0, 1, -1, *range(4, count - 1)])
    rows = np.zeros(count, _core.LIQUIDATION_DTYPE)
    rows["time_ns"], rows["usd"] = result["time_ns"][:count], np.linspace(1e5, 3e6, count)
    trees = _core.cascades(parent, rows["time_ns"], rows["usd"])
    cascades = {"liquidations": rows, "parent": parent, "trees": trees, "branching": 0.97}
    replay = Replay(btc, 7, 2_000_000, "delever test", "key", 12.5, result)
    other = {**result, "spot": 1.02 * result["spot"]}
    venues = [{"name": name, **result} for name in ("binance", "bybit")]
    steps = {"venues": venues, "cascades": cascades}
    runs = [
        SimpleNamespace(name=name, series=Series(btc, one), steps=steps)
        for name, one in (("factual", result), ("liquidations=off", other))
    ]
    minutes = {"time_ns": result["time_ns"][:90]}
    sides = (f"{of}_{side}" for of in ("feed", "replayed") for side in ("long", "short"))
    feed = minutes | {name: np.full(90, 1e6 + i) for i, name in enumerate(sides)}
    depth, k = np.geomspace(5e7, 1e9, 12), np.geomspace(1, 10, 9)
    share = np.minimum(1, 58e6 * k[:, None] / depth)
    phase = {"depth_usd": depth, "under_reporting": k, "endogenous": share}
    path = tmp_path_factory.mktemp("page") / "page.html"
    return write_page(replay, path, runs=runs, feed=feed, phase=phase)


def test_the_page_loads_nothing_and_leaves_nothing_open(everything, btc):
    text = everything.read_text("utf-8")
    own = text[: text.index("<script>")]
    assert "<!--" not in own
    assert not re.search(r"(src|href)\s*=", own)
    assert own.count("<tr ") == len(btc.facts)
    assert "NOT KNOWN: depth and under-reporting" in own
    assert 'class="check"' in own


def browse(command):
    return subprocess.run(command, capture_output=True, check=True, timeout=120)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium: apt-get install chromium")
def test_a_browser_draws_every_plot(everything, tmp_path):
    picture = tmp_path / "page.png"
    command = [BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    command += ["--virtual-time-budget=30000", "--window-size=1280,4000"]
    command += [f"--user-data-dir={tmp_path}/profile"]
    run = subprocess.run(
        [*command, f"file://{everything}"], capture_output=True, check=True, timeout=120
    )
    dom = run.stdout.decode("utf-8", "replace")
    body = dom[dom.index('<div id="plots">') :]
    names = ["prices", "liquidations", "venues", "feed", "map", "tree", "interest", "fund", "phase"]
    assert re.findall(r'id="plot-(\w+)"', body) == names
    assert f'data-drawn="{len(names)}"' in dom
    assert '<p id="failed"></p>' in dom
    assert dom.count('class="main-svg"') >= len(names)
    assert "The largest of 2 cascades: 56 liquidations, $" in body
    command = [word for word in command if word != "--dump-dom"]
    command += [f"--screenshot={picture}", f"file://{everything}"]
    browse(command)
    assert picture.stat().st_size > 100_000  # an empty page of this size has 20,000


def test_without_plotly_the_page_is_refused_before_the_replay(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    with pytest.raises(ConfigError, match=r"a page needs plotly; pip install 'delever\[report\]'"):
        page.require_plotly()
    file = tmp_path / "page.html"
    assert main(["replay", "btc-2026-02", "--report", str(file)]) == 2
    assert "plotly" in capsys.readouterr().err
    assert not file.exists()


def test_markup_in_a_title_stays_text(made, tmp_path, monkeypatch):
    monkeypatch.setattr(page, "require_plotly", lambda: "var Plotly;")
    one = replace(made, scenario=replace(made.scenario, title="<b>&</script>"))
    text = write_page(one, tmp_path / "page.html").read_text("utf-8")
    assert "<b>" not in text
    assert text.count("</script>") == 2
    assert "<!--" not in text
