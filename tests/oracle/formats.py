"""The same rows in every format: what CSV says is what JSON, NDJSON and Markdown say, also where a cell holds their own syntax."""
import csv
import io
import json
import os
import subprocess

PPMC = os.environ["PPMC"]
MODEL = """dataset customers { id text key  days number optional  note text optional }
penalty late 10 when days > 30 missing 5
tier good when score >= 60
tier rest otherwise
output { id  days  note  score  tier }
"""
NOTES = ["plain", 'say "hi"', "a,b", "two\nlines", "tab\there", "pipe|bar", "back\\slash", "é ü 漢字 🙂", "<b>&amp;</b>", "", "'=1+1", "\u0001"]
DAYS = [None, 10, 31, 0.5, -3, 1000000]

with open("model.ppm", "w", encoding="utf-8") as file:
    file.write(MODEL)
rows = []
with open("customers.csv", "w", encoding="utf-8", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["id", "days", "note"])
    for number in range(3000):
        days = DAYS[number % len(DAYS)]
        note = NOTES[number % len(NOTES)]
        writer.writerow([f"C{number}", "" if days is None else days, note])
        # one rule of -10..0: 5 points of loss where it is unknown
        score = 50.0 if days is None else 0.0 if days > 30 else 100.0
        rows.append((f"C{number}", days, note or None, score, "good" if score >= 60 else "rest"))


def ppmc(*options):
    done = subprocess.run([PPMC, "model.ppm", "customers.csv", "--quiet", *options], capture_output=True)
    if done.returncode or done.stderr:
        print(f"not ok {' '.join(options)}: exit {done.returncode}, {done.stderr.decode()[:300]!r}")
        return None
    return done.stdout.decode("utf-8")


def verdict(name, got, wanted):
    if got == wanted:
        print(f"ok {name}")
        return
    for index, (a, b) in enumerate(zip(got, wanted)):
        if a != b:
            print(f"not ok {name}: row {index}: got {a!r}, expected {b!r}")
            return
    print(f"not ok {name}: {len(got)} rows, expected {len(wanted)}")


text = ppmc("--format", "csv")
if text is not None:
    got = [(r["id"], float(r["days"]) if r["days"] else None, r["note"] or None, float(r["score"]), r["tier"]) for r in csv.DictReader(io.StringIO(text, newline=""))]
    verdict("csv", got, rows)
text = ppmc("--format", "json")
if text is not None:
    data = json.loads(text)
    verdict("json", [(r["id"], r["days"], r["note"] or None, r["score"], r["tier"]) for r in data], rows)
text = ppmc("--format", "ndjson")
if text is not None:
    data = [json.loads(line) for line in text.splitlines()]
    verdict("ndjson", [(r["id"], r["days"], r["note"] or None, r["score"], r["tier"]) for r in data], rows)
text = ppmc("--format", "json", "--provenance")
if text is not None:
    data = json.loads(text)
    verdict("json with provenance", [(r["id"], r["days"], r["note"] or None, r["score"], r["tier"]) for r in data["rows"]], rows)
    verdict("provenance", sorted(data["provenance"]), ["data_file", "data_sha256", "model_file", "model_sha256", "ppmc"])
text = ppmc("--format", "markdown")
if text is not None:
    lines = text.splitlines()
    verdict("markdown has a line a row", len(lines), len(rows) + 2)
text = ppmc("--top", "7")
if text is not None:
    best = sorted(range(len(rows)), key=lambda i: (-rows[i][3], i))[:7]
    verdict("top 7, ties in order", [r["id"] for r in csv.DictReader(io.StringIO(text, newline=""))], [rows[i][0] for i in best])
for threads in ("1", "2", "5"):
    for chunk in ("1", "100", "4096"):
        if ppmc("--threads", threads, "--chunk-size", chunk) != ppmc():
            print(f"not ok {threads} threads and chunks of {chunk}: another result")
            break
    else:
        print(f"ok {threads} threads")
