#!/usr/bin/env python3
"""The figures of the last runs (build/bench/figures.json) as the tables of docs/performance.md and the charts beside it. What stands between two marks in the page is made here; the rest is written by hand.

    report.py          writes the page and the charts
    report.py --print  prints the tables
"""
import json
import math
import os
import platform
import re
import subprocess
import sys

from common import TOP, say
from engines import FIGURES

PAGE = os.path.join(TOP, "docs", "performance.md")
KINDS = {"text": "texts: patterns, lists, lookups", "wide": "200 columns, 30 of them read", "rules": "300 rules over 24 columns"}
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.quiet { fill: #59636e; font-size: 12px }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.bar { fill: #8c959f }
.ours { fill: #0969da }
.limit { fill: #1a7f37 }
.back { fill: #ffffff }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .quiet { fill: #9198a1 } .grid { stroke: #3d444d } .bar { fill: #656c76 } .ours { fill: #4493f8 } .limit { fill: #3fb950 } .back { fill: #0d1117 }
}"""


def figure(value):
    """Three digits that count."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(head, rows, left=1):
    """A Markdown table whose first `left` columns are words."""
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join("---" if i < left else "---:" for i in range(len(head))) + "|"]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def per_row(result, rows, key="wall"):
    return result[key] / rows * 1e9


# ---- tables -----------------------------------------------------------------------------------------------


def machine(figures):
    """What was measured, on what, when, and whether it was quiet."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        text = file.read()
    name = re.search(r"^model name\s*:\s*(.*)$", text, re.M)
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(re.search(r"MemTotal:\s*(\d+)", file.read())[1]) / 1048576
    level = {"avx512": "AVX-512", "avx2": "AVX2", "sse2": "SSE2"}[figures["rows"]["level"]]
    compiler = subprocess.run(["gcc", "--version"], stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()[0]
    days = sorted({part["when"][:10] for part in figures.values()})
    loads = [part.get("load", 0) for part in [figures["rows"], *figures["scale"]["sizes"], *figures["shapes"]["shapes"].values()]]
    lines = [f"Measured on {' and '.join(days)}: {os.cpu_count()} cores of an {name[1] if name else platform.machine()} with {level}, {memory:.0f} GiB of memory, Linux {platform.release().split('-')[0]}, {compiler}; "
             f"files in memory (a RAM file system or the page cache)."]
    if max(loads) > 3:
        lines.append(f"**The machine was busy with other work** (load up to {max(loads):.0f} on {os.cpu_count()} cores): times of the clock are several times too high, and of the ratios only those of CPU time say something.")
    return "\n".join(lines)


def short(figures):
    """What was to be reached, and what was."""
    sizes, rows = figures["scale"]["sizes"], []
    largest = max(size["rows"] for size in sizes)

    def extremes(pair, key, choose):
        values = [size["ratios"][pair][key] for size in sizes if pair in size["ratios"]]
        return choose(values) if values else math.nan
    rows.append(["30 rules, DuckDB's time ÷ ppmc's, the least of all sizes and threads", "10", figure(extremes("DuckDB / ppmc", "wall", min)), figure(extremes("DuckDB / ppmc", "cpu", min))])
    rows.append(["30 rules, ppmc's time ÷ the hand-written program's, the most", "at most 1.5", figure(extremes("ppmc / yardstick", "wall", max)), figure(extremes("ppmc / yardstick", "cpu", max))])
    for name, shape in figures["shapes"]["shapes"].items():
        ratio = shape["ratios"].get("DuckDB / ppmc", {"wall": math.nan, "cpu": math.nan})
        rows.append([f"{KINDS[name]}, DuckDB ÷ ppmc", "5", figure(ratio["wall"]), figure(ratio["cpu"])])
    kinds = figures["whole"]["kinds"]
    if kinds:
        worst = [min(kind["engines"]["DuckDB"][key] / kind["engines"]["ppmc"][key] for kind in kinds.values()) for key in ("wall", "cpu")]
        rows.append([f"figures over whole tables, DuckDB ÷ ppmc, the least of {len(kinds)} kinds", "2", *map(figure, worst)])
    start = figures["start"]
    rows.append(["1,000 rows, from start to end", "5 ms", f"{start['rows']['wall'] * 1000:.1f} ms", f"{start['rows']['cpu'] * 1000:.1f} ms"])
    if "check10000" in start:
        rows.append(["a model of 10,000 rules checked", "100 ms", f"{start['check10000']['wall'] * 1000:.0f} ms", f"{start['check10000']['cpu'] * 1000:.0f} ms"])
    first = next((size for size in sizes if size["threads"] == max(s["threads"] for s in sizes)), sizes[0])
    last = [size for size in sizes if size["threads"] == first["threads"] and size["rows"] == largest][0]
    growth = [per_row(last["engines"]["ppmc"], last["rows"], key) / per_row(first["engines"]["ppmc"], first["rows"], key) for key in ("wall", "cpu")]
    rows.append([f"a row's time among {largest // 1000000} million rows ÷ among {first['rows'] // 1000000}", "1", *map(figure, growth)])
    memory = max(size["engines"]["ppmc"]["memory"] for size in sizes)
    return table(["", "to be reached", "clock", "CPU"], rows) + f"\n\nPeak memory of ppmc over all sizes and threads: {memory:.0f} MiB" + (
        f"; through a pipe {figures['scale']['pipe']['memory']:.0f} MiB." if figures["scale"].get("pipe") else ".")


def scale(figures):
    rows = []
    for size in figures["scale"]["sizes"]:
        engines, ratios = size["engines"], size["ratios"]
        duck = engines.get("DuckDB")
        ratio = ratios.get("DuckDB / ppmc")
        limit = ratios["ppmc / yardstick"]
        rows.append([f"{size['rows'] // 1000000:,} million{', files on the disk' if size['disk'] else ''}", size["threads"], *(figure(engines[name]["wall"]) for name in ("ppmc", "yardstick")), figure(duck["wall"]) if duck else "–",
                     figure(per_row(engines["ppmc"], size["rows"])), f"{limit['wall']:.2f}, {limit['cpu']:.2f}", f"{ratio['wall']:.1f}, {ratio['cpu']:.1f}" if ratio else "–",
                     f"{engines['ppmc']['memory']:.0f}", f"{duck['memory']:.0f}" if duck else "–"])
    text = table(["rows", "threads", "ppmc, s", "limit, s", "DuckDB, s", "ppmc, ns a row", "ppmc ÷ limit", "DuckDB ÷ ppmc", "ppmc, MiB", "DuckDB, MiB"], rows)
    pipe = figures["scale"].get("pipe")
    if pipe:
        text += f"\n\nThrough a pipe, with the rows made while they are read: {pipe['rows'] // 1000000:,} million rows in {pipe['wall']:.1f} s, {pipe['memory']:.0f} MiB, the same bytes."
    return text


def evaluation(figures):
    return "```\n" + "\n".join(level["text"] for level in figures["rows"]["evaluation"].values()) + "\n```"


def where(figures):
    stages, shares = figures["rows"]["stages"], figures["rows"].get("profile")
    text = table(["the hand-written program, one thread", "ns a row", "CPU, ns a row"], [[s["stage"], figure(s["wall"]), figure(s["cpu"])] for s in stages])
    if shares:
        total = sum(shares.values())
        text += "\n\n" + table(["ppmc, one thread", "share of its time"], [[name, f"{share / total * 100:.0f}%"] for name, share in sorted(shares.items(), key=lambda item: -item[1])])
    return text


def shapes(figures):
    rows = []
    for name, shape in figures["shapes"]["shapes"].items():
        ours, duck, ratio = shape["engines"]["ppmc"], shape["engines"].get("DuckDB"), shape["ratios"].get("DuckDB / ppmc")
        rows.append([KINDS[name], f"{shape['rows']:,}", f"{shape['bytes'] / 1e6:,.0f}", figure(ours["wall"]), figure(duck["wall"]) if duck else "–", figure(per_row(ours, shape["rows"])),
                     f"{ratio['wall']:.1f}, {ratio['cpu']:.1f}" if ratio else "–", f"{ours['memory']:.0f}", f"{duck['memory']:.0f}" if duck else "–"])
    return table(["", "rows", "MB", "ppmc, s", "DuckDB, s", "ppmc, ns a row", "DuckDB ÷ ppmc", "ppmc, MiB", "DuckDB, MiB"], rows)


def peers(figures):
    found = figures["peers"]
    rows = [["**ppmc**", f"{found['ppmc']['rows']:,}", figure(per_row(found["ppmc"], found["ppmc"]["rows"])), figure(per_row(found["ppmc"], found["ppmc"]["rows"], "cpu")), "1", "1", f"{found['ppmc']['memory']:.0f}", ""]]
    for name, r in sorted(found["peers"].items(), key=lambda item: per_row(item[1], item[1]["rows"])):
        title = "the hand-written program" if name == "yardstick" else name
        rows.append([title, f"{r['rows']:,}", figure(per_row(r, r["rows"])), figure(per_row(r, r["rows"], "cpu")), figure(r["wall / ppmc"]), figure(r["cpu / ppmc"]), f"{r['memory']:.0f}", r["compared"]])
    versions = "; ".join(f"{name} {re.sub(r'^(mawk|mlr|GNU Awk|version)[ ,]*', '', r['version']).split(',')[0]}" for name, r in found["peers"].items() if r["version"])
    return table(["", "rows", "ns a row", "CPU, ns a row", "÷ ppmc", "CPU ÷ ppmc", "MiB", "compared by"], rows) + f"\n\nVersions: {versions}."


def whole(figures):
    found = figures["whole"]
    rows = []
    for name, kind in found["kinds"].items():
        ours, duck = kind["engines"]["ppmc"], kind["engines"]["DuckDB"]
        rows.append([f"{name}: {kind['what']}", figure(ours["wall"]), figure(duck["wall"]), f"{duck['wall'] / ours['wall']:.1f}, {duck['cpu'] / ours['cpu']:.1f}", f"{ours['memory']:.0f}", f"{duck['memory']:.0f}"])
    return (f"{found['customers']:,} customers; {found['invoices']:,} invoices of {found['owners']:,} customers; {found['threads']} threads.\n\n"
            + table(["", "ppmc, s", "DuckDB, s", "DuckDB ÷ ppmc", "ppmc, MiB", "DuckDB, MiB"], rows))


def whatif(figures):
    found = figures["whatif"]
    grid, runs = found["engines"]["whatif"], found["engines"]["runs"]
    return (f"{found['variants']} variants over {found['rows']:,} rows: {figure(grid['wall'])} s by `ppmc whatif`, {figure(runs['wall'])} s as so many runs: "
            f"{runs['wall'] / grid['wall']:.1f} times by the clock, {runs['cpu'] / grid['cpu']:.1f} times in CPU time.")


def start(figures):
    found = figures["start"]
    names = {"true": "`true`, a process that does nothing", "rows": "ppmc, 1,000 rows, 30 rules", "version": "`ppmc --version`", "check30": "`ppmc check`, 30 rules"}
    names.update({key: f"`ppmc check`, {r['rules']:,} rules ({r['bytes'] / 1e6:.2f} MB)" for key, r in found.items() if isinstance(r, dict) and "rules" in r})
    rows = [[name, *(f"{found[key][column] * 1000:.2f}" for column in ("wall", "best", "p95", "cpu")), found[key]["runs"]] for key, name in names.items() if key in found]
    if "duckdb" in found:
        duck = found["duckdb"]
        rows.append(["DuckDB, 1,000 rows, without the start of Python", *(f"{duck[column] * 1000:.2f}" for column in ("wall", "best")), "–", f"{duck['cpu'] * 1000:.2f}", duck["runs"]])
    return table(["milliseconds", "median", "best", "95 of 100 below", "CPU", "runs"], rows)


# ---- charts -----------------------------------------------------------------------------------------------


def bars(title, note, rows, reference=None):
    """An SVG of horizontal bars over a logarithmic axis. `rows`: name, value, words at its end, class."""
    left, width, height, top = 30 + round(7.6 * max(len(name) for name, *_ in rows)), 760, 26, 64
    values = [value for _, value, _, _ in rows] + ([reference] if reference else [])
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    bottom = top + height * len(rows)

    def x(value):
        return left + (math.log10(value) - low) / (high - low) * (width - left - 130)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {bottom + 44}" role="img" aria-label="{title}">', f"<style>{STYLE}</style>",
             f'<rect class="back" width="{width}" height="{bottom + 44}"/>', f'<text class="title" x="16" y="26">{title}</text>', f'<text class="quiet" x="16" y="46">{note}</text>']
    for power in range(low, high + 1):
        parts.append(f'<line class="grid" x1="{x(10 ** power):.1f}" x2="{x(10 ** power):.1f}" y1="{top}" y2="{bottom + 4}"/>')
        label = f"{10 ** power:,}" if power >= 0 else f"{10 ** power:g}"
        parts.append(f'<text class="quiet" x="{x(10 ** power):.1f}" y="{bottom + 20}" text-anchor="middle">{label}</text>')
    for i, (name, value, words, kind) in enumerate(rows):
        y = top + height * i
        parts.append(f'<text x="{left - 10}" y="{y + 18}" text-anchor="end">{name}</text>')
        parts.append(f'<rect class="{kind}" x="{left}" y="{y + 4}" width="{max(x(value) - left, 1):.1f}" height="{height - 8}" rx="2"/>')
        parts.append(f'<text x="{x(value) + 8:.1f}" y="{y + 18}">{words}</text>')
    return "\n".join(parts + ["</svg>", ""])


def chart_of_engines(figures):
    found = figures["peers"]
    ours = found["ppmc"]
    rows = [("ppmc", per_row(ours, ours["rows"]), "ours")]
    rows += [("hand-written C" if name == "yardstick" else name, per_row(r, r["rows"]), "limit" if name == "yardstick" else "bar") for name, r in found["peers"].items()]
    rows.sort(key=lambda row: row[1])
    return bars("Thirty rules: nanoseconds a row", f"from a file to a file, {found['threads']} threads where the engine has them; logarithmic; shorter is better", [(name, value, f"{figure(value)} ns", kind) for name, value, kind in rows])


def chart_of_ratios(figures):
    rows = []
    for size in figures["scale"]["sizes"]:
        if "DuckDB / ppmc" in size["ratios"]:
            rows.append((f"{size['rows'] // 1000000} million rows, {size['threads']} thread{'s' if size['threads'] > 1 else ''}", size["ratios"]["DuckDB / ppmc"]))
    rows += [(name, shape["ratios"]["DuckDB / ppmc"]) for name, shape in (({"text": "texts", "wide": "200 columns", "rules": "300 rules"}[name], shape) for name, shape in figures["shapes"]["shapes"].items()) if shape["ratios"]]
    rows += [(name, {"wall": k["engines"]["DuckDB"]["wall"] / k["engines"]["ppmc"]["wall"], "cpu": k["engines"]["DuckDB"]["cpu"] / k["engines"]["ppmc"]["cpu"]}) for name, k in figures["whole"]["kinds"].items()]
    return bars("DuckDB’s time in ppmc’s times", "by the clock, CPU time in brackets; the same results to the byte; logarithmic; longer is better for ppmc", [(name, r["wall"], f"{r['wall']:.1f} ({r['cpu']:.1f})", "ours") for name, r in rows], 1)


def main():
    if not os.path.exists(FIGURES):
        sys.exit("no figures: run `make bench` first")
    with open(FIGURES, encoding="utf-8") as file:
        figures = json.load(file)
    makers = {"machine": machine, "short": short, "scale": scale, "evaluation": evaluation, "where": where, "shapes": shapes, "peers": peers, "whole": whole, "whatif": whatif, "start": start}
    missing = {"rows", "scale", "shapes", "whole", "whatif", "start", "peers"} - set(figures)
    if missing:
        sys.exit(f"no figures yet of: {', '.join(sorted(missing))} (tests/bench/run {' '.join(sorted(missing))})")
    texts = {name: make(figures) for name, make in makers.items()}
    if "--print" in sys.argv:
        say("\n\n".join(texts.values()))
        return 0
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    for name, text in texts.items():
        page, count = re.subn(rf"(<!-- figures: {name} -->\n).*?(<!-- end -->)", lambda found, text=text: found[1] + text + "\n" + found[2], page, flags=re.S)
        if count != 1:
            sys.exit(f"{PAGE} has no place for: {name}")
    for path, text in ((PAGE, page), (os.path.join(TOP, "docs", "performance-engines.svg"), chart_of_engines(figures)), (os.path.join(TOP, "docs", "performance-ratios.svg"), chart_of_ratios(figures))):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        say(f"wrote {os.path.relpath(path, TOP)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
