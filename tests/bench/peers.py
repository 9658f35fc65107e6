#!/usr/bin/env python3
"""make bench, part peers: the 30 rules by everything else that can run them, over the same rows. How each says them stands in peers/.

    PEER_ROWS=1000000       rows; the slow ones take a part of them, and ZEN 20,000 (2000000 for the figures that count)
    PEER_REPEAT=3           runs of the fast ones, interleaved; of the slow ones, one
    PEERS=DuckDB,Polars     only these
    THREADS, PPM_SHARED, BENCH_DIR: as in bench.py

What is not on the machine is installed from its registry below build/bench, and skipped, with a word, where it cannot be. Each must give the same results: to the byte, or, where its form of CSV has other
quotation marks, field by field. awk cannot read quotation marks at all and has a file without any; ppmc's time over that file stands beside it. ppmc, DuckDB, Polars, ClickHouse and Miller may use THREADS
threads; what they take to start (Python, its modules) is not counted where Python runs them.
"""
import csv
import os
import shutil
import subprocess
import sys

from bench import MODEL
from common import BUILD, HERE, PPMC, THREADS, YARDSTICK, build, generated, prepare, python_with, say, tidy
from engines import Engine, digest, duckdb, race, record, show

ROWS = int(os.environ.get("PEER_ROWS", "1000000"))
REPEAT = int(os.environ.get("PEER_REPEAT", "3"))
FOLDER = os.path.join(HERE, "peers")
NAMES = ["yardstick", "DuckDB", "ClickHouse", "Polars", "mawk", "gawk", "SQLite", "Miller", "GoRules ZEN"]
PARTS = {"mawk": 3, "gawk": 3, "SQLite": 3, "Miller": 30}  # of the rows
ZEN_ROWS = 20000
CLICKHOUSE_VERSION = "import chdb; print(str(chdb.query('SELECT version()')).strip().strip(chr(34)))"


def program(name, packages):
    """The command of a program and its environment: from the machine, else from Debian's packages, unpacked below build/bench; the words why not."""
    if shutil.which(name):
        return [shutil.which(name)], {}, ""
    folder = os.path.join(BUILD, "debian")
    root = os.path.join(folder, "root")
    path = os.path.join(root, "usr", "bin", name)
    if not os.path.exists(path):
        os.makedirs(folder, exist_ok=True)
        if not shutil.which("apt-get") or subprocess.run(["apt-get", "download", *packages], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            return None, {}, f"{name} is not here, and could not be had from Debian's packages"
        for file in os.listdir(folder):
            if file.endswith(".deb"):
                subprocess.run(["dpkg-deb", "-x", os.path.join(folder, file), root], check=True)
    libraries = ":".join(os.path.join(root, *below, "lib", f"{os.uname().machine}-linux-gnu") for below in (["usr"], []))
    return [path], {"LD_LIBRARY_PATH": libraries}, ""


def version(command, environment=None):
    """The first line that a program says of its version."""
    found = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=dict(os.environ, **(environment or {})))
    return (found.stdout.decode(errors="replace").splitlines() or [""])[0].strip()


def module_version(command, environment, package):
    return version([*command, "-c", f"from importlib.metadata import version; print(version('{package}'))"], environment)


def filled(name, data, out):
    """A query of peers/ with its paths in it."""
    path = os.path.join(BUILD, "peers-" + name)
    with open(os.path.join(FOLDER, name), encoding="utf-8") as source, open(path, "w", encoding="utf-8") as file:
        file.write(source.read().replace("@IN@", data).replace("@OUT@", out))
    return path


def engine_of(name, data, out, threads=THREADS):
    """The engine, how its results are compared, its version, and the words why there is none."""
    if name == "DuckDB":
        engine, why = duckdb(os.path.join(YARDSTICK, "model.sql"), out, {"in": data}, threads=threads)
        return engine, "bytes", module_version(*python_with("duckdb")[:2], "duckdb") if engine else "", why
    if name in ("ClickHouse", "Polars", "GoRules ZEN"):
        package, module, script = {"ClickHouse": ("chdb", "chdb", "clickhouse_run.py"), "Polars": ("polars", "polars", "polars_run.py"), "GoRules ZEN": ("zen-engine", "zen", "zen_run.py")}[name]
        command, environment, why = python_with(package, module)
        if not command:
            return None, "", "", why
        arguments = [filled("clickhouse.sql", data, out), threads] if name == "ClickHouse" else [data, out]
        engine = Engine(name, [*command, os.path.join(FOLDER, script), *arguments], out, environment=dict(environment, POLARS_MAX_THREADS=threads), clocked=True)
        found = module_version(command, environment, package)
        if name == "ClickHouse":
            found = f"{version([*command, '-c', CLICKHOUSE_VERSION], environment)} (chdb {found})"
        return engine, "fields" if name == "ClickHouse" else "bytes", found, ""
    if name in ("mawk", "gawk"):
        command, environment, why = program(name, {"mawk": ["mawk"], "gawk": ["gawk", "libsigsegv2"]}[name])
        if not command:
            return None, "", "", why
        return Engine(name, [*command, "-f", os.path.join(FOLDER, "bench.awk"), data], out, to_output=True, environment=dict(environment, LC_ALL="C")), "bytes", version([*command, "--version"] if name == "gawk" else [*command, "-W", "version"], environment), ""
    if name == "Miller":
        command, environment, why = program("mlr", ["miller"])
        if not command:
            return None, "", "", why
        return Engine(name, [*command, "--csv", "put", "-f", os.path.join(FOLDER, "bench.mlr"), data], out, to_output=True, environment=dict(environment, GOMAXPROCS=threads)), "bytes", version([*command, "--version"], environment), ""
    if name == "SQLite":
        command, environment, why = program("sqlite3", ["sqlite3"])
        if not command:
            return None, "", "", why
        return Engine(name, [*command, ":memory:", f".read {filled('sqlite.sql', data, out)}"], out, environment=environment), "fields", version([*command, "--version"], environment).split(" ")[0], ""
    from bench import level, yardstick
    return Engine(name, [yardstick(level()), data, out, threads], out, environment={"RD": "pread"}), "bytes", "", ""


def canonical(path):
    """A CSV file's fields, written as ppmc writes them, so that two files are the same where their fields are."""
    with open(path, encoding="utf-8", newline="") as source, open(path + ".fields", "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(csv.reader(source))
    os.rename(path + ".fields", path)


def main():
    folder = prepare(ROWS * 300)
    generate = build("generate", os.path.join(YARDSTICK, "generate.c"), ["-O2"])
    wanted = os.environ.get("PEERS", ",".join(NAMES)).split(",")
    files, races = {}, {}  # by rows, and whether there are no quotation marks
    for name in NAMES:
        if name not in wanted:
            continue
        rows, simple = ZEN_ROWS if name == "GoRules ZEN" else max(ROWS // PARTS.get(name, 1), 1), name in ("mawk", "gawk")
        slow = name in PARTS or name == "GoRules ZEN"
        if (rows, simple) not in files:
            path = os.path.join(folder, f"peers-{rows}{'-simple' if simple else ''}.csv")
            files[rows, simple] = generated([generate, str(rows), "1", *(["simple"] if simple else [])], path, f"{rows:,} rows{' without quotation marks' if simple else ''}")
        data = files[rows, simple]
        engine, compared, found, why = engine_of(name, data, os.path.join(folder, f"peers-{name.replace(' ', '-')}.csv"))
        if not engine:
            say(f"skip: {name}: {why}")
            continue
        engine.repeat = 0 if slow else None
        races.setdefault((rows, simple), []).append((engine, compared, found))
    table, per_row = {}, {}
    for (rows, simple), peers in races.items():
        ours = Engine("ppmc", [PPMC, "--quiet", "--threads", THREADS, MODEL, files[rows, simple]], os.path.join(folder, "peers-ppmc.csv"), to_output=True)
        byte_engines = [ours] + [engine for engine, compared, _ in peers if compared == "bytes"]
        others = [engine for engine, compared, _ in peers if compared == "fields"]
        say()
        for engine in others:  # proved by themselves: their bytes are others
            engine.measure()
            canonical(engine.out)
            found, ours.runs = digest(engine.out), [ours.measure()]
            expected = digest(ours.out)
            if found[:2] + found[3:] != expected[:2] + expected[3:]:
                sys.exit(f"ppmc and {engine.name} differ: compare {ours.out} with {engine.out}")
            say(f"{engine.name} has the same fields")
        title = f"{rows:,} rows{' without quotation marks' if simple else ''}, {THREADS} threads"
        results = race(title, byte_engines, REPEAT)["engines"]
        if others:
            for engine in others:
                engine.runs = [engine.measure() for _ in range(1 if engine.repeat == 0 else REPEAT)]
                engine.forget()
            results.update({engine.name: engine.result() for engine in others})
            show({engine.name: results[engine.name] for engine in others})
        if simple not in per_row or rows > per_row[simple]["rows"]:
            per_row[simple] = dict(results["ppmc"], rows=rows)
        for engine, compared, found in peers:
            table[engine.name] = dict(results[engine.name], rows=rows, compared=compared, version=found, simple=simple)
    say(f"\n{'nanoseconds a row':16}{'rows':>12}{'wall':>11}{'CPU':>11}{'wall ÷ ppmc':>13}{'CPU ÷ ppmc':>13}{'MiB':>8}  compared")
    for name, r in list(table.items()) + [(f"ppmc{', no quotes' if simple else ''}", dict(r, compared="", version="")) for simple, r in per_row.items()]:
        ours = per_row[r.get("simple", name != "ppmc")]  # of the same kind of file, as many rows as there were
        ratios = [r[key] / r["rows"] / (ours[key] / ours["rows"]) for key in ("wall", "cpu")]
        if r["compared"]:
            r["wall / ppmc"], r["cpu / ppmc"] = ratios
        say(f"{name:16}{r['rows']:12,}{r['wall'] / r['rows'] * 1e9:11,.0f}{r['cpu'] / r['rows'] * 1e9:11,.0f}{ratios[0]:13.1f}{ratios[1]:13.1f}{r['memory']:8.0f}  {r['compared']}  {r['version']}")
    record("peers", {"peers": table, "ppmc": per_row[False] if False in per_row else per_row[True], "threads": int(THREADS), "rows": ROWS})
    tidy(folder, list(files.values()) + [os.path.join(folder, "peers-ppmc.csv")])
    return 0


if __name__ == "__main__":
    sys.exit(main())
