#!/usr/bin/env python3
"""make bench, part shapes: models of other shapes than the 30 rules, each over a file made for it, by ppmc and by DuckDB with SQL of its own. The files of each are in shapes/.

    SHAPE_ROWS=1000000      rows of the texts and of the 300 rules; the wide file has a third of them (3000000 for the figures that count)
    SHAPES=text,wide,rules  only these
    SHAPE_REPEAT=3          runs of each, interleaved; the median counts
    THREADS, BENCH_DIR, BENCH_KEEP: as in bench.py

text: patterns, parts of texts, lists, lookups. wide: 200 columns of which 30 are read. rules: 300 rules over 24 columns. To reach: ratios of at least 5.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "shapes"))
import rules
from common import BUILD, HERE, PPMC, THREADS, build, generated, prepare, say, tidy
from engines import Engine, duckdb, race, record

ROWS = int(os.environ.get("SHAPE_ROWS", "1000000"))
REPEAT = int(os.environ.get("SHAPE_REPEAT", "3"))
FOLDER = os.path.join(HERE, "shapes")
WIDE = ("nnoaadkktf" * 20)[:199]  # with the key 200 columns


def shape(name):
    """The model's path, the query's, the rows, what the generator is asked for, and what is put into the query."""
    model, query = (os.path.join(FOLDER, f"{name}.{kind}") for kind in ("ppm", "sql"))
    if name == "text":
        return model, query, ROWS, ["leads"], {}
    if name == "wide":
        return model, query, max(ROWS // 3, 1), ["columns", WIDE], {"COLUMNS": rules.columns_sql(WIDE)}
    model, query = os.path.join(BUILD, "rules.ppm"), os.path.join(BUILD, "rules.sql")
    for path, text in zip((model, query), rules.both()):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    return model, query, ROWS, ["columns", rules.KINDS], {}


def main():
    wanted = os.environ.get("SHAPES", "text,wide,rules").split(",")
    folder = prepare(ROWS * 600, yardstick=False)
    generate = build("shapes", os.path.join(FOLDER, "generate.c"), ["-O2"])
    found = {}
    for name in wanted:
        model, query, rows, (kind, *kinds), replacements = shape(name)
        data = generated([generate, kind, str(rows), "1", *kinds], os.path.join(folder, f"{name}-{rows}.csv"), f"{rows:,} rows for {name}")
        out = os.path.join(folder, name)
        engines = [Engine("ppmc", [PPMC, "--quiet", "--threads", THREADS, model, data], out + "-ppmc.csv", to_output=True)]
        duck, why = duckdb(query, out + "-duckdb.csv", {"in": data}, replacements=replacements)
        if duck:
            engines.append(duck)
        else:
            say(f"skip: {why}")
        say()
        figures = race(f"{name}: {rows:,} rows, {os.path.getsize(data) / 1e9:.2f} GB, {THREADS} threads", engines, REPEAT, [("DuckDB", "ppmc")])
        found[name] = dict(figures, rows=rows, bytes=os.path.getsize(data))
        tidy(folder, [data])
    record("shapes", {"shapes": found, "threads": int(THREADS)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
