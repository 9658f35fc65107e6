"""Engines side by side: each writes the result to a file, all results are proved to be the same bytes, then they run interleaved, and the medians count. Figures go to build/bench/figures.json, from which
report.py makes the page and the chart."""
import json
import os
import statistics
import subprocess
import sys
import time

from common import BUILD, HERE, THREADS, build, duckdb_command, run, say

FIGURES = os.path.join(BUILD, "figures.json")


class Engine:
    """A command that writes its result to `out`, by itself or (to_output) through its standard output. One that is `clocked` prints what it took without its own start: wall and CPU seconds."""

    def __init__(self, name, command, out, to_output=False, environment=None, clocked=False, repeat=None):
        self.name, self.command, self.out, self.to_output, self.environment, self.clocked, self.repeat = name, command, out, to_output, environment or {}, clocked, repeat
        self.runs, self.digest, self.size = [], "", 0  # bytes of memory and result

    def measure(self):
        """One run: (wall s, CPU s, peak MiB). The memory for it and its result was touched before, see measure.c; how much that is, the run before tells."""
        if os.path.exists(self.out):
            os.remove(self.out)
        wall, cpu, memory, text = run(self.command, out=self.out if self.to_output else None, environment=self.environment, touched=self.size)
        self.size = int(memory * 1048576) + (os.path.getsize(self.out) if os.path.exists(self.out) else 0)
        if self.clocked:
            wall, cpu = map(float, text.split()[-2:])
        return wall, cpu, memory

    def result(self):
        """The median wall, CPU and memory, and the best wall."""
        wall, cpu, memory = (statistics.median(column) for column in zip(*self.runs))
        return {"wall": wall, "cpu": cpu, "memory": memory, "best": min(row[0] for row in self.runs), "runs": len(self.runs)}

    def forget(self):
        if os.path.exists(self.out):
            os.remove(self.out)


def duckdb(source, out, files, threads=THREADS, name="DuckDB", repeat=None, replacements=None):
    """The engine for a query in a file (`source`) with @IN@ or @NAME@ of `files` in it, and the words why there is none."""
    query = os.path.join(BUILD, os.path.basename(out) + ".sql")
    with open(source, encoding="utf-8") as file:
        text = file.read().replace("@OUT@", out).replace("@PAR@", "true")
    for mark, value in {**{mark.upper(): path for mark, path in files.items()}, **(replacements or {})}.items():
        text = text.replace(f"@{mark}@", value)
    with open(query, "w", encoding="utf-8") as file:
        file.write(text)
    command, environment, why = duckdb_command(query, threads)
    return (Engine(name, command, out, environment=environment, clocked=True, repeat=repeat) if command else None), why


def digest(path):
    """Of a file: lines, bytes, a digest in order and one in any order."""
    return subprocess.run([build("digest", os.path.join(HERE, "digest.c"), ["-O3"]), path], stdout=subprocess.PIPE, check=True).stdout.decode().split()


def prove(engines, keep=False):
    """Runs each once and compares the results' bytes with the first one's; ends the program when they differ. The words about those whose rows had to be put in order, and the runs."""
    shuffled, first = [], engines[0]
    for engine in engines:
        engine.runs = [engine.measure()]
        engine.digest = digest(engine.out)
        if engine.digest[:3] == first.digest[:3]:
            pass
        elif engine.digest[:2] + engine.digest[3:] == first.digest[:2] + first.digest[3:]:
            shuffled.append(engine.name)
        else:
            if not os.path.exists(first.out):
                first.measure()
            sys.exit(f"{first.name} and {engine.name} differ: compare {first.out} with {engine.out}")
        if not keep:
            engine.forget()
    return f" ({', '.join(shuffled)}: the same lines, in another order)" if shuffled else ""


def race(title, engines, repeat, pairs=()):
    """Proves, measures and prints. An engine whose own `repeat` is 0 is too slow to run again: its run of the proof counts. The results by name."""
    shuffled = prove(engines)
    say(f"{title}: {', '.join(engine.name for engine in engines)} agree to the byte{shuffled}")
    others = os.getloadavg()[0]
    if others > int(THREADS) + 1:
        say(f"The machine is busy (load {others:.1f}): programs that wait by spinning, as the yardstick does, suffer most, so that ratios say little.")
    for engine in engines:
        if (repeat if engine.repeat is None else engine.repeat) > 0:
            engine.runs = []
    for i in range(repeat):
        for engine in engines:
            if engine.repeat is None or i < engine.repeat:
                engine.runs.append(engine.measure())
                engine.forget()
    results = {engine.name: engine.result() for engine in engines}
    show(results)
    ratios = {}
    if pairs:
        say(f"{'ratio':40}{'wall':>9}{'best':>9}{'CPU':>9}{'memory':>9}")
    for a, b in pairs:
        if a in results and b in results:
            ratio = ratios[f"{a} / {b}"] = {key: results[a][key] / results[b][key] for key in ("wall", "best", "cpu", "memory")}
            say(f"{a + ' / ' + b:40}{ratio['wall']:9.2f}{ratio['best']:9.2f}{ratio['cpu']:9.2f}{ratio['memory']:9.2f}")
    return {"engines": results, "ratios": ratios, "load": others, "order": shuffled.strip()}


def show(results):
    say(f"{'median':30}{'wall s':>9}{'best':>9}{'CPU s':>9}{'MiB':>8}{'runs':>6}")
    for name, r in results.items():
        say(f"{name:30}{r['wall']:9.3f}{r['best']:9.3f}{r['cpu']:9.3f}{r['memory']:8.0f}{r['runs']:6d}")


def record(part, figures):
    """Keeps a part's figures, beside those of the other parts."""
    kept = {}
    if os.path.exists(FIGURES):
        with open(FIGURES, encoding="utf-8") as file:
            kept = json.load(file)
    kept[part] = dict(figures, when=time.strftime("%Y-%m-%d %H:%M"))
    with open(FIGURES + ".part", "w", encoding="utf-8") as file:
        json.dump(kept, file, indent=1)
    os.rename(FIGURES + ".part", FIGURES)
