"""Random typed models over random data: ppmc must say what the evaluator says, to the byte - as it is and, for some, without fused instructions, with each instruction set, with several
threads and with chunks of a few rows. A model and its data come from a number alone; what fails is made small and printed.

    python3 tests/oracle/differential.py FIRST COUNT    other numbers than those of `make check`, with a count of what was compared
    python3 tests/oracle/differential.py --show NUMBER  the model, its data and what each side says
"""
import concurrent.futures
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "differential"))

import models
import pairs
import shrink

FIRST, COUNT = 1, 240
WITH_VARIANTS = 4  # one pair in so many runs in other ways, too


def one(seed):
    """(verdict, words, rows, cells) of a pair. A worker uses one folder for all of them."""
    folder = os.path.join(os.getcwd(), f"worker-{os.getpid()}")
    model = models.Generator(seed).model
    shift = seed // WITH_VARIANTS
    chosen = [pairs.VARIANTS[(shift + i) % len(pairs.VARIANTS)] for i in range(2)] if seed % WITH_VARIANTS == 0 else []
    verdict, words = pairs.judge(model, folder, chosen)
    return verdict, words, len(model.rows), len(model.rows) * len(model.output)


def explained(seed):
    """The smallest pair found that fails in the same way, for a person to read."""
    model = models.Generator(seed).model
    folder = os.path.join(os.getcwd(), "shrinking")
    verdict, words = pairs.judge(model, folder)
    if verdict != "not ok":
        return ""
    small = shrink.shrink(model, lambda tried: pairs.judge(tried, folder)[0] == "not ok")
    _, words = pairs.judge(small, folder)
    pairs.save(pairs.files(small), os.path.join(os.getcwd(), f"seed-{seed}"))
    return "".join(f"--- {name}\n{text}" for name, text in pairs.files(small).items()) + f"--- {words}\n"


def show(seed):
    model = models.Generator(seed).model
    for name, text in pairs.files(model).items():
        print(f"--- {name}\n{text}")
    print("---", *pairs.judge(model, os.path.join(os.getcwd(), f"seed-{seed}")))


def main():
    if sys.argv[1:2] == ["--show"]:
        return show(int(sys.argv[2]))
    chosen = len(sys.argv) > 2
    first, count = (int(a) for a in sys.argv[1:3]) if chosen else (FIRST, COUNT)
    tally, rows, cells, failing, refusals = {}, 0, 0, [], {}
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count() or 2) as pool:
        for seed, (verdict, words, some_rows, some_cells) in zip(range(first, first + count), pool.map(one, range(first, first + count), chunksize=8)):
            tally[verdict] = tally.get(verdict, 0) + 1
            if verdict == "ok":
                rows, cells = rows + some_rows, cells + some_cells
            elif verdict == "not ok":
                failing.append(seed)
                print(f"not ok seed {seed}: " + " | ".join(words.split("\n")), flush=True)
            elif verdict == "refused":
                code = words.partition("error[")[2][:5]
                refusals[code] = refusals.get(code, 0) + 1
    for seed in failing[:3]:
        print(explained(seed), end="")
    good = tally.get("ok", 0)
    # What overflows or does not compile proves little; too much of it means that the generator went astray.
    print(f"{'ok' if good * 100 >= count * 97 else 'not ok'} {good} of {count} random models agree, {rows} rows, {cells} values, {tally}" + (f", refused for {refusals}" if refusals else ""))


if __name__ == "__main__":
    main()
