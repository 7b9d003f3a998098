// Builds the plots of a page (page.html) out of what delever/page.py told it: `told`, times in ns
// since 1970 and money in USD. What was not told has no panel. Every panel is a name, a caption,
// plotly's traces and its layout; a panel that cannot be drawn is named under the text.

const INK = "#1b1f24", LONG = "#d55e00", SHORT = "#009e73", PERP = "#e69f00";
const OTHERS = ["#0072b2", "#cc79a7", "#56b4e9", "#999999", "#f0e442"];
const INFERNO = ["#000004", "#57106e", "#bb3754", "#f98e09", "#fcffa4"];
const BAR_NS = 300e9;

const utc = (ns) => new Date(Math.round(ns / 1e6)).toISOString().slice(0, 19);
const pairs = (rows, colors) => rows.slice(0, colors.length).map((row, i) => [row, colors[i]]);
const figure = (value, digits) =>
  value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const axes = (y, more = {}) => ({ yaxis: { title: { text: y } }, height: 380, ...more });
const line = (name, ns, y, color, style = {}) => ({
  type: "scattergl", mode: "lines", name, x: ns.map(utc), y, line: { color, width: 1.6, ...style },
});

function prices({ coin, replay, runs, focus, lowest, highest }) {
  const own = replay.coins[0];
  const traces = [line("spot, imposed", replay.time_ns, own.spot, INK),
    line("perpetual, replayed", replay.time_ns, own.perp, PERP)];
  for (const [run, color] of pairs(runs, OTHERS))
    traces.push(line(`closed loop: ${run.name}`, run.time_ns, run.coins[0].spot, color));
  const layout = axes("USD", { xaxis: { range: focus.map(utc) }, height: 480 });
  layout.yaxis.range = [0.99 * lowest, 1.02 * highest];
  const caption = `${coin}: price paths${runs.length ? ", factual and counterfactual" : ""}`;
  return ["prices", caption, traces, layout];
}

// Sums per five minutes, longs down and shorts up.
function bars(name, what, rows, focus) {
  const traces = [];
  for (const [row, color] of pairs(rows, [LONG, ...OTHERS])) {
    const times = row.time_ns;
    const per = Math.max(1, Math.round(BAR_NS / (times[1] - times[0])));
    const ends = times.filter((_, i) => i % per === per - 1);
    const sides = [["longs", row.liquidated_long_usd, -1], ["shorts", row.liquidated_short_usd, 1]];
    for (const [side, usd, sign] of sides) {
      const sum = (_, i) => usd.slice(i * per, (i + 1) * per).reduce((a, b) => a + b, 0);
      traces.push({ type: "bar", name: `${row.name} ${side}`, x: ends.map(utc),
        y: ends.map(sum).map((value) => sign * value / 1e6),
        marker: { color, opacity: sign < 0 ? 1 : 0.6 } });
    }
  }
  const layout = axes("$M per 5 min, longs down", { barmode: "relative" });
  layout.xaxis = { range: focus.map(utc) };
  return [name, `Truly liquidated, by ${what} and side`, traces, layout];
}

function beside(feed) {
  const traces = [];
  for (const [side, color] of [["long", LONG], ["short", SHORT]])
    for (const [of, dash] of [["feed", "solid"], ["replayed", "dot"]])
      traces.push(line(`${side}s, ${of}`, feed.time_ns, feed[`${of}_${side}`], color, { dash }));
  const caption = "Your recording of liquidations beside the replay";
  return ["feed", caption, traces, axes("$ a minute")];
}

function waiting({ coin, replay, map, focus }) {
  const shade = (usd, i) => {
    const perMille = 1e-9 * usd * map.price[i] / map.width[i]; // $M per 0.1 % of the price
    return Number(Math.log10(Math.max(perMille, 1e-3)).toFixed(3));
  };
  const heat = { type: "heatmap", x: map.time_ns.map(utc), y: map.price,
    z: map.usd.map((row, i) => row.map((usd) => shade(usd, i))),
    colorscale: INFERNO.map((color, i) => [i / 4, color]),
    colorbar: { title: { text: "$M per 0.1 %" }, tickvals: [-2, -1, 0, 1, 2],
      ticktext: ["0.01", "0.1", "1", "10", "100"] } };
  const inside = (_, i) => replay.time_ns[i] >= focus[0] && replay.time_ns[i] <= focus[1];
  const path = line("spot", replay.time_ns.filter(inside), replay.coins[0].spot.filter(inside),
    "#ffffff", { width: 2 });
  const caption = `${coin} liquidations waiting, as modelled (not observed); the path eats them`;
  return ["map", caption, [heat, path], axes("USD", { height: 520, showlegend: false })];
}

// Nested sectors: who triggered whom, sized in dollars.
function cascade(found) {
  if (!found) {
    const why = "No cascade tree: runs of the closed loop (--what-if) say which caused which.";
    return ["tree", why, [], { height: 40 }];
  }
  const { node, parent, usd } = found.tree;
  const sectors = { type: "icicle", ids: node.map(String), values: usd,
    parents: parent.map((row) => row < 0 ? "" : String(row)),
    labels: usd.map((value) => `$${figure(value / 1e6, 2)}M`) };
  const caption = `The largest of ${figure(found.count, 0)} cascades:`
    + ` ${figure(found.size, 0)} liquidations, $${figure(found.usd / 1e6, 1)}M,`
    + ` ${found.depth} deep; each liquidation caused ${figure(found.branching, 2)} more`;
  return ["tree", caption, [sectors], { height: 480 }];
}

function interest({ time_ns, coins }) {
  const held = pairs(coins, [INK, ...OTHERS]).filter(([one]) => one.open_interest_lots[0] > 0);
  const traces = held.map(([{ name, open_interest_lots: lots }, color]) =>
    line(name, time_ns, lots.map((value) => 100 * (value / lots[0] - 1)), color));
  return ["interest", "Open interest in coin", traces, axes("% since the start")];
}

function fund({ time_ns, fund_usd }) {
  const millions = fund_usd.map((value) => value / 1e6);
  return ["fund", "Insurance fund", [line("fund", time_ns, millions, INK)], axes("$M")];
}

function phases(phase) {
  const share = { type: "contour", x: phase.depth_usd.map((usd) => usd / 1e6),
    y: phase.under_reporting, z: phase.endogenous, colorscale: "RdBu", reversescale: true,
    contours: { start: 0.2, end: 0.5, size: 0.3 } };
  const layout = axes("true / reported, k", { height: 480 });
  layout.yaxis.type = "log";
  layout.xaxis = { title: { text: "depth of all venues, $M per 1 %" }, type: "log" };
  const caption = "Endogenous share over depth and under-reporting; lines at 0.2 and 0.5";
  return ["phase", caption, [share], layout];
}

function panels({ replay, focus, venues, feed, map, phase }) {
  const coins = replay.coins.map((coin) => ({ ...coin, time_ns: replay.time_ns }));
  const all = [prices(told), bars("liquidations", "coin", coins, focus)];
  if (venues.length) all.push(bars("venues", "venue", venues, focus));
  if (feed) all.push(beside(feed));
  if (map) all.push(waiting(told));
  all.push(cascade(told.cascade), interest(replay), fund(replay));
  if (phase) all.push(phases(phase));
  return all;
}

async function draw() {
  const failed = document.getElementById("failed");
  const fonts = { family: "system-ui, sans-serif", color: INK };
  let drawn = 0;
  for (const [name, caption, traces, layout] of panels(told)) {
    const heading = document.createElement("h2");
    heading.textContent = caption;
    const place = document.createElement("div");
    place.id = "plot-" + name;
    document.getElementById("plots").append(heading, place);
    if (traces.length === 0) continue;
    const shared = { margin: { l: 70, r: 20, t: 16, b: 40 }, font: fonts, hovermode: "x unified",
      legend: { orientation: "h" } };
    try {
      const look = { responsive: true, displaylogo: false };
      await Plotly.newPlot(place, traces, { ...shared, ...layout }, look);
      drawn += 1;
    } catch (error) {
      failed.textContent += name + ": " + error + " ";
    }
  }
  document.body.dataset.drawn = drawn;
}

function chooseRoles() {
  for (const role of ["check", "fit", "derived", "input", "context"]) {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = role !== "context";
    const show = () => {
      for (const row of document.querySelectorAll("#facts tr." + role)) row.hidden = !box.checked;
    };
    box.addEventListener("change", show);
    show();
    label.append(box, " " + role);
    document.getElementById("roles").append(label);
  }
}

draw();
chooseRoles();
