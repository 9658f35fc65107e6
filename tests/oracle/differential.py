"""Random typed models over random data: ppmc must say what the evaluator says, to the byte - as it is and, for some, without fused instructions, with each instruction set, with several
threads and with chunks of a few rows. What SQL can say is asked of SQLite and DuckDB as well. A model and its data come from a number alone; what fails is made small and printed.

    python3 tests/oracle/differential.py FIRST COUNT    other numbers than those of `make check`, with a count of what was compared
    python3 tests/oracle/differential.py --show NUMBER  the model, its data and what each side says
"""
import concurrent.futures
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "differential"))

import databases
import models
import pairs
import shrink
import tables

FIRST, COUNT = 1, 240
# One pair in so many is run in other ways, too, or asked of a database; and one in so many is about related tables, of which databases alone are asked.
WITH_VARIANTS, ASKED, RELATED = 8, {"sqlite": 5, "duckdb": 50}, 12
TOLD = 500


def judged(model, folder, seed):
    """(verdict, words, {dialect: values})."""
    shift = seed // WITH_VARIANTS
    variants = [pairs.VARIANTS[(shift + i) % len(pairs.VARIANTS)] for i in range(2)] if seed % WITH_VARIANTS == 0 else []
    verdict, words, out = pairs.judge(model, folder, variants)
    values = {}
    for dialect in databases.DIALECTS:
        if verdict == "ok" and seed % ASKED[dialect] == 0:
            try:
                problem, values[dialect] = databases.disagreement(model, out, dialect)
            except Exception as error:
                problem = None if databases.OF_ITSELF in str(error) else f"{dialect} refused the query: {error}"
            verdict, words = ("not ok", problem) if problem else (verdict, words)
    return verdict, words, values


def one(seed):
    """(verdict, words, rows, cells, values of databases) of a pair. A worker uses one folder for all of them."""
    folder = os.path.join(os.getcwd(), f"worker-{os.getpid()}")
    if seed % RELATED == 0:
        verdict, words, values = tables.judge(seed, folder, [d for d in databases.DIALECTS if d == "sqlite" or seed % ASKED[d] == 0])
        return verdict, words, 0, 0, values
    model = models.Generator(seed).model
    verdict, words, values = judged(model, folder, seed)
    return verdict, words, len(model.rows), len(model.rows) * len(model.output), values


def kind_of(words):
    """What a disagreement is about: the column, without the row and the values."""
    return re.sub(r"row \d+( \(.*?\))?, ", "", words).split(":")[0]


def explained(seed):
    """The smallest pair found that fails in the same way, for a person to read."""
    if seed % RELATED == 0:
        return f"seed {seed} is about related tables: see --show\n"
    folder = os.path.join(os.getcwd(), "shrinking")
    model = models.Generator(seed).model
    kind = kind_of(judged(model, folder, seed)[1])
    small = shrink.shrink(model, lambda tried: (lambda verdict, words, _: verdict == "not ok" and kind_of(words) == kind)(*judged(tried, folder, seed)))
    pairs.save(pairs.files(small), os.path.join(os.getcwd(), f"seed-{seed}"))
    return "".join(f"--- {name}\n{text}" for name, text in pairs.files(small).items()) + f"--- {judged(small, folder, seed)[1]}\n"


def show(seed):
    if seed % RELATED == 0:
        for name, text in tables.Tables(seed).files().items():
            print(f"--- {name}\n{text}")
        return print("---", *tables.judge(seed, os.path.join(os.getcwd(), f"seed-{seed}"), databases.DIALECTS)[:2])
    model = models.Generator(seed).model
    for name, text in pairs.files(model).items():
        print(f"--- {name}\n{text}")
    print("---", *judged(model, os.path.join(os.getcwd(), f"seed-{seed}"), seed)[:2])


class Tally:
    def __init__(self):
        self.verdicts, self.rows, self.cells, self.failing, self.refusals, self.asked = {}, 0, 0, [], {}, {}

    def add(self, seed, verdict, words, rows, cells, values):
        self.verdicts[verdict] = self.verdicts.get(verdict, 0) + 1
        if verdict == "ok":
            self.rows, self.cells = self.rows + rows, self.cells + cells
            for dialect, count in values.items():
                models_asked, known = self.asked.get(dialect, (0, 0))
                self.asked[dialect] = (models_asked + 1, known + count)
        elif verdict == "not ok":
            self.failing.append(seed)
            print(f"not ok seed {seed}: " + " | ".join(words.split("\n")), flush=True)
        elif verdict == "refused":
            code = words.partition("error[")[2][:5]
            self.refusals[code] = self.refusals.get(code, 0) + 1

    def line(self):
        return (f"{self.verdicts.get('ok', 0)} of {sum(self.verdicts.values())} random models agree, {self.rows} rows, {self.cells} values, {self.verdicts}" +
                "".join(f", {dialect} {count} models and {values} values" for dialect, (count, values) in sorted(self.asked.items())) + (f", refused for {self.refusals}" if self.refusals else ""))


def main():
    if sys.argv[1:2] == ["--show"]:
        return show(int(sys.argv[2]))
    chosen = len(sys.argv) > 2
    first, count = (int(a) for a in sys.argv[1:3]) if chosen else (FIRST, COUNT)
    tally = Tally()
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count() or 2) as pool:
        for start in range(first, first + count, TOLD):
            seeds = range(start, min(start + TOLD, first + count))
            for seed, result in zip(seeds, pool.map(one, seeds, chunksize=8)):
                tally.add(seed, *result)
            if chosen:
                print(f"up to {seeds[-1]}: {tally.line()}", flush=True)
    for seed in tally.failing[:3]:
        print(explained(seed), end="")
    # What overflows or does not compile proves little; too much of it means that the generator went astray.
    print(f"{'ok' if tally.verdicts.get('ok', 0) * 100 >= count * 97 else 'not ok'} {tally.line()}")


if __name__ == "__main__":
    main()
