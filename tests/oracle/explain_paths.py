"""`ppmc explain --path --ask`: every change that it promises is made in the file, and a run over that file says the tier; one step less of it does not suffice. And whatever value of one
column in the file, put into a row, leads to the tier that is aimed at: then a way is found, and none that goes further in that column.

    python3 tests/oracle/explain_paths.py [NAME or SEED…]
"""
import csv
import io
import json
import os
import re
import shlex
import sys
from decimal import Decimal
from random import Random

import _evaluate
import random_models
from _compare import ppmc, report

FULL = os.environ.get("PPM_FULL")
MODELS = 40 if FULL else 16
ROWS = 25 if FULL else 12         # of a file, where each change is a run of its own
ROWS_TOGETHER = 60


def written(value, column):
    """A value of the JSON as the column's field has it."""
    if column["type"] == "flag":
        return "yes" if value else "no"
    if column["type"] == "date":
        year, month, day = value.split("-")
        return {"M/D/YYYY": f"{int(month)}/{int(day)}/{year}", "DD.MM.YYYY": f"{day}.{month}.{year}"}.get(column["format"], value)
    if column["type"] == "percent":
        figure = Decimal(value)
        return f"{figure:f}" if column["format"] == "0.12" else f"{figure * 100:f}" + ("" if column["format"] == "12" else "%")
    if column["type"] == "money" and column["format"] == "$1,234.50":
        return ("-" if Decimal(value) < 0 else "") + f"${abs(Decimal(value)):,.2f}"
    return str(value)


class Case:
    def __init__(self, name, words, together):
        self.name, self.words, self.together = name, words, together
        text = open(words[0], encoding="utf-8").read()
        self.syntax = _evaluate._syntax.parse(text)
        datasets = self.syntax["datasets"]
        self.columns = {c["header"]: c for c in next((d for d in datasets if d["name"] == self.syntax["scored"]), datasets[0])["columns"]} if datasets else {}
        names = ["score", "points"] + [d["name"] for d in self.syntax["dimensions"]]
        self.tiers = [m.group(1) for m in re.finditer(r"^tier (\w+)", text, re.M)]
        self.rising = {m.group(1) for m in re.finditer(r"^tier (\w+)\s+when ([^\n]*)", text, re.M) if re.search(rf"\b({'|'.join(names)}) >=? ?[\w.]+", m.group(2))
                       and not re.search(rf"\b({'|'.join(names)}) <=? ?[\w.]+|\bor\b", m.group(2))}
        data = open(words[1], "rb").read().decode("utf-8-sig")
        self.header, self.rows = _evaluate.read(data.encode())
        self.promises = []  # (row index, {header: text}, what it should be, words)

    def tiers_of(self, files):
        """The tiers of the rows of each changed file (the data's text)."""
        result = []
        for rows in files:
            out = io.StringIO()
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(self.header)
            writer.writerows(rows)
            open("changed.csv", "w", encoding="utf-8").write(out.getvalue())
            status, said, err = ppmc("--quiet", "--columns", "tier", "--format", "json", self.words[0], "changed.csv", *self.words[2:])
            if status:
                raise ValueError(f"exit {status}: {err[:300]}")
            result.append([row["tier"] for row in json.loads(said)])
        return result

    def changed(self, row, changes):
        fields = list(self.rows[row])
        for header, text in changes.items():
            fields[self.header.index(header)] = text
        return fields

    def run(self, wanted):
        """The tiers of rows with changes: wanted is a list of (row index, {header: text})."""
        if not wanted:
            return []
        if self.together:
            return self.tiers_of([[self.changed(row, changes) for row, changes in wanted]])[0]
        files = []
        for row, changes in wanted:
            files.append(self.rows[:row] + [self.changed(row, changes)] + self.rows[row + 1:])
        return [tiers[row] for tiers, (row, _) in zip(self.tiers_of(files), wanted)]

    def accepted(self, path):
        good = {path["to"]}
        if path["or_better"]:
            good |= {tier for tier in self.tiers[:self.tiers.index(path["to"])] if tier in self.rising}
        return good

    def promise(self, row, changes, good, words):
        self.promises.append((row, changes, good, words))

    def row(self, index, said):
        path = said.get("path", {"ways": [], "answer": "top"})
        for way in path["ways"]:
            if any("header" not in change for change in way["changes"]):
                continue  # a figure over other rows
            columns = [self.columns[change["header"]] for change in way["changes"]]
            full = {change["header"]: written(change["to"], column) for change, column in zip(way["changes"], columns)}
            good = self.accepted(path)
            self.promise(index, full, {way["tier"]}, "promised")
            if way["tier"] not in good:
                return f"{way['tier']} is promised for {path['to']}"
            for change, column in zip(way["changes"], columns):
                header = change["header"]
                if "not_enough" in change:
                    self.promise(index, {**full, header: written(change["not_enough"], column)}, ("not", good), "one step less")
                if "until" in change:
                    self.promise(index, {**full, header: written(change["until"], column)}, good, "the other end")
                for other in change.get("others", []):
                    self.promise(index, {**full, header: written(other, column)}, good, "another label")
        for fact in said.get("ask", []):
            for could in fact.get("could_be", []):
                self.promise(index, {could["header"]: written(could["to"], self.columns[could["header"]])}, {could["tier"]}, f"asked for {could['name']}")
        return None

    def keep(self):
        tiers = self.run([(row, changes) for row, changes, _, _ in self.promises])
        for (row, changes, good, words), tier in zip(self.promises, tiers):
            if (tier in good[1]) if isinstance(good, tuple) else (tier not in good):
                return f"row {row + 2}, {words}: {changes} makes it {tier}, of {good}"
        return None

    # ---- what the file's own values would do
    def substitutes(self, index, said):
        found = []
        today = str(self.syntax["as_of"]) if self.syntax["as_of"] else None
        for at, header in enumerate(self.header):
            column = self.columns.get(header)
            if not column or column["key"] or column["references"] or column["type"] == "text" or (column["type"] == "date" and self.rows[index][at] and column["format"] is None
                                                                                                  and today and self.rows[index][at] <= today):
                continue
            if column["type"] == "date" and column["format"]:
                continue
            for text in {row[at] for row in self.rows} - {self.rows[index][at], ""} - set(column["missing"]):
                found.append((index, {header: text}))
        return found

    def compare_substitutes(self, rows):
        """No value of the file that leads to the tier is nearer than what is promised."""
        for index, said in rows:
            path = said.get("path", {"answer": "top"})
            if path["answer"] not in ("found", "nothing"):
                continue
            tries = self.substitutes(index, said)
            good = self.accepted(path)
            ways = {way["changes"][0].get("header"): way["changes"][0] for way in path["ways"] if len(way["changes"]) == 1}
            for (_, changes), tier in zip(tries, self.run(tries)):
                (header, text), = changes.items()
                if tier not in good:
                    continue
                if header not in ways:
                    if len(path["ways"]) < 5:
                        return f"row {index + 2}: {changes} makes it {tier}, and no way is found"
                    continue
                column, way = self.columns[header], ways[header]
                if column["type"] not in ("number", "money") or column["format"] or way["from"] is None:
                    continue
                if abs(Decimal(text) - Decimal(way["from"])) < abs(Decimal(way["to"]) - Decimal(way["from"])):
                    return f"row {index + 2}: {changes} makes it {tier}, and {way['to']} is promised for {way['from']}"
        return None

    def check(self, rows):
        keys = [f"line:{self.lines()[row]}" for row in rows]
        said = []
        for at in range(0, len(keys), 20):
            status, out, err = ppmc("explain", "--quiet", "--path", "--ask", "--format", "json", *self.words, *keys[at:at + 20])
            if status:
                return report(self.name, f"exit {status}: {err[:300]}")
            said += json.loads(out, parse_float=Decimal, parse_int=Decimal)
        try:
            for row, one in zip(rows, said):
                problem = self.row(row, one)
                if problem:
                    return report(self.name, problem)
            problem = self.keep()
            if not problem:
                problem = self.compare_substitutes(list(zip(rows, said))[:8 if self.together else 3])
        except ValueError as error:
            problem = str(error)
        return report(f"{self.name}, {len(self.promises)} changes", problem)

    def lines(self):
        """The line on which each row begins."""
        if not hasattr(self, "line_list"):
            text, at, self.line_list = open(self.words[1], "rb").read().decode("utf-8-sig"), 1, []
            reader = csv.reader(io.StringIO(text, newline=""))
            for row in reader:
                self.line_list.append(at)
                at = reader.line_num + 1
            self.line_list = self.line_list[1:]
        return self.line_list


def examples(wanted):
    top = os.path.join(_evaluate.TOP, "examples")
    scratch = os.getcwd()
    for name in sorted(os.listdir(top)):
        folder = os.path.join(top, name)
        if not os.path.exists(os.path.join(folder, "cmd")) or (wanted and name not in wanted):
            continue
        given = shlex.split(open(os.path.join(folder, "cmd"), encoding="utf-8").readline())
        words = [word for at, word in enumerate(given[1:], 1) if not word.startswith("-") and given[at - 1] not in ("--summary", "--set", "-o")]
        if len(words) < 2 or not words[0].endswith(".ppm"):
            continue  # another verb
        text = open(os.path.join(folder, words[0]), encoding="utf-8").read()
        if "\ntier " not in text or "dataset" not in text or words[1].startswith("orders="):
            continue
        words = [os.path.join(folder, word) if "=" not in word else word.replace("=", "=" + folder + "/") for word in words]
        together = not re.search(r"\brank\(|\bover\b|\btree\b|ntile|\bdataset [^{]*\{[^}]*\}\s*\S*dataset", text)
        os.chdir(scratch)
        case = Case(name, words, together)
        count = ROWS_TOGETHER if together else ROWS
        case.check(list(range(0, len(case.rows), max(1, len(case.rows) // count)))[:count])


def random(seeds):
    for seed in seeds:
        writer = random_models.Writer(seed)
        open("model.ppm", "w", encoding="utf-8").write(writer.model())
        open("data.csv", "w", encoding="utf-8").write(writer.data())
        status, _, err = ppmc("check", "model.ppm")
        if status == 3:
            continue
        case = Case(f"model {seed}", ["model.ppm", "data.csv"], True)
        case.check(list(range(0, len(case.rows), 3)))


READ_BACK = """dataset customers {
  id    text key
  limit money OPTIONAL
  terms number
  grace number
}
dataset invoices of customers by id {
  number text key
  id     text
  amount money
  days   number
  let late = (days > terms + grace) default no
}
let large = count(invoices where amount > LIMIT)
let late_ones = count(invoices where late)
reward modest 10 when limit < 60 missing 0
penalty beyond 10 when large >= 1
reward strict 10 when terms < 20
penalty slow 10 when late_ones > 0
penalty slack 3 when grace > 2
tier top when score >= 60
tier mid when score >= 40
tier low otherwise
"""


def read_back(seeds):
    """Rows that belong to a customer read its own: what they make of it is another when it changes."""
    for seed in seeds:
        draw = Random(seed)
        optional = seed % 2 == 0
        open("model.ppm", "w", encoding="utf-8").write(
            READ_BACK.replace("OPTIONAL", "optional" if optional else "").replace("LIMIT", "(this.limit default 70)" if optional else "this.limit"))
        customers = [(id, "" if optional and draw.random() < .4 else draw.choice(["20", "50", "80", "100.50"]), draw.choice([5, 10, 20, 30]), draw.choice([0, 1, 3])) for id in range(8)]
        invoices = [(number, draw.randrange(8), draw.choice(["10", "55", "70", "90", "99.99", "150"]), draw.choice([3, 8, 12, 19, 22, 31, 40])) for number in range(25)]
        for file, header, rows in (("customers.csv", "id,limit,terms,grace", customers), ("invoices.csv", "number,id,amount,days", invoices)):
            open(file, "w", encoding="utf-8").write("".join(line + "\n" for line in [header] + [",".join(map(str, row)) for row in rows]))
        Case(f"rows that read the customer, {seed}", ["model.ppm", "customers.csv", "invoices=invoices.csv"], False).check(list(range(8)))


def main():
    wanted = sys.argv[1:]
    names = [word for word in wanted if not word.isdigit()]
    if names or not wanted:
        examples(names)
    if not names:
        random([int(word) for word in wanted] or range(1, MODELS + 1))
        read_back([int(word) for word in wanted] or range(1, 9 if FULL else 4))


if __name__ == "__main__":
    main()
