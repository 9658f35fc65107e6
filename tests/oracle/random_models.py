"""Random models over random data: ppmc, optimised or not, on any instruction set, number of threads and chunk size, says what the
evaluator says. A model comes from its number alone.

    python3 tests/oracle/random_models.py 17        only model 17, left in model.ppm and data.csv
"""
import random
import sys
from decimal import Decimal

import _evaluate
from _compare import first_difference, ppmc, report

MODELS = 40
ROWS = 60
FORMATS = {"money": ["$1,234.50"], "percent": ["12", "0.12"], "date": ["M/D/YYYY", "DD.MM.YYYY"]}
WORDS = ["red", "green", "blue", "teal", "b", "blue sky", "Grün", ""]


class Writer:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.count = 0
        self.columns, self.lets, self.gaps, self.formats, self.tokens = {}, {}, [], {}, set()

    def one(self, *choices):
        return self.random.choice(choices)

    def chance(self, p):
        return self.random.random() < p

    def fresh(self, prefix):
        self.count += 1
        return f"{prefix}{self.count}"

    # ---- columns and their values
    def dataset(self):
        lines = ["dataset rows {", "  id text key"]
        for kind in ["number"] * self.random.randint(2, 4) + ["money"] * 2 + ["percent", "text", "text", "date", "date", "flag"]:
            name = self.fresh(kind[0])
            optional = self.chance(0.45)
            words = f"  {name} {kind}"
            default = None
            if optional:
                words += " optional"
            elif kind == "number" and self.chance(0.3):
                default = self.random.randint(-3, 9)
                words += f" default {default}"
            ranged = kind == "number" and self.chance(0.4)
            if ranged:
                words += " in -50 to 50"
            if optional and self.chance(0.3):
                words += " missing \"n/a\", \"-\""
                self.tokens.add(name)
            if kind in FORMATS and self.chance(0.4):
                self.formats[name] = self.one(*FORMATS[kind])
                words += f" format \"{self.formats[name]}\""
            if kind == "text" and self.chance(0.4):
                words += " values \"b\" = \"blue\", \"Grün\" = \"green\""
            lines.append(words)
            self.columns[name] = (kind, optional or default is not None, ranged)
            if optional:
                self.gaps.append(name)
        if not self.gaps:
            self.columns[self.fresh("g")] = ("number", True, False)
            self.gaps.append(list(self.columns)[-1])
            lines.append(f"  {self.gaps[0]} number optional")
        return lines + ["}"]

    def field(self, name):
        """The value of a column as its format writes it."""
        kind, gap, ranged = self.columns[name]
        value, pattern = self.value(kind, gap, ranged), self.formats.get(name)
        if value == "" and name in self.tokens and self.chance(0.5):
            return self.one("n/a", "-")
        if value == "" or not pattern:
            return value
        if pattern == "$1,234.50":
            return '"' + ("-" if value[0] == "-" else "") + "$" + f"{abs(float(value)):,.2f}" + '"'
        if pattern == "12":
            return value.rstrip("%")
        if pattern == "0.12":
            return str(Decimal(value.rstrip("%")) / 100)
        year, month, day = map(int, value.split("-"))
        return f"{month}/{day}/{year}" if pattern == "M/D/YYYY" else f"{day:02d}.{month:02d}.{year}"

    def value(self, kind, gap, ranged):
        if gap and self.chance(0.25):
            return ""
        if kind == "number":
            return self.one(str(self.random.randint(-12, 40)), str(self.random.randint(-50, 50)), f"{self.random.uniform(-40, 40):.{self.random.randint(1, 6)}f}",
                            "0", *([] if ranged else [str(self.random.randint(4000, 9000)), f"{self.random.uniform(3000, 5000):.3f}"]))
        if kind == "money":
            return self.one(f"{self.random.uniform(-500, 5000):.2f}", f"{self.random.randint(0, 3000)}", "100", f"{self.random.uniform(0, 9):.4f}", "0")
        if kind == "percent":
            return f"{self.one(0, 5, 10, 12.5, 33.3, 50, 100, 140)}%"
        if kind == "text":
            return self.one(*WORDS[:7])
        if kind == "date":
            return self.one("2024-02-29", "2025-12-31", "2026-01-01", "2026-06-30", f"20{self.random.randint(18, 29)}-{self.random.randint(1, 12):02d}-{self.random.randint(1, 28):02d}")
        return self.one("yes", "no", "true", "0", "YES")

    def data(self):
        lines = ["id," + ",".join(self.columns)]
        for row in range(ROWS):
            lines.append(f"r{row}," + ",".join(map(self.field, self.columns)))
        return "\n".join(lines) + "\n"

    # ---- expressions
    def named(self, kind):
        names = [n for n, (k, _, _) in self.columns.items() if k == kind] + [n for n, k in self.lets.items() if k == kind]
        return self.random.choice(names)

    def number(self, depth):
        if depth <= 0 or self.chance(0.3):
            return self.one(self.named("number"), self.named("number"), self.one("2", "0.5", "3", "10", "1.1", "7"))
        a, b = self.number(depth - 1), self.number(depth - 1)
        return self.one(f"({a} + {b})", f"({a} - {b})", f"({a} * {b})", f"({a} / {b})", f"min({a}, {b})", f"max({a}, {b})", f"abs({a})", f"round({a}, {self.random.randint(0, 3)})",
                        f"({self.named('number')} default {self.one('0', '4', '-1')})", f"(if {self.flag(depth - 1)} then {a} else {b})", f"({self.money(depth - 1)} / {self.money(depth - 1)})",
                        f"number({self.money(depth - 1)})", f"length({self.named('text')})",
                        f"years_between({self.date(0)}, as_of)", f"months_between(2015-01-31, {self.date(0)})", f"days_between({self.date(0)}, {self.date(0)})",
                        f"case {{ when {self.flag(depth - 1)} : {a}  when {self.flag(depth - 1)} : {b}  {self.one('missing : 3 ', '')} otherwise : 1 }}", f"floor({a})",
                        f"(({self.named('number')} default 0) mod {self.one('3', '7', '2.5')})", f"colour({self.named('text')})", f"twice({a})",
                        f"provided({self.flag(depth - 1)}, {a}, \"why not\")")

    def money(self, depth):
        if depth <= 0 or self.chance(0.4):
            return self.named("money")
        a, b = self.money(depth - 1), self.money(depth - 1)
        return self.one(f"({a} + {b})", f"({a} - {b})", f"({a} * {self.number(depth - 1)})", f"({a} * {self.named('percent')})", f"({a} / {self.one('3', '7', self.number(depth - 1))})",
                        f"max({a}, {b})", f"({self.named('money')} default 12.5)", f"round({a}, 1)", f"({a} - 100)", f"(if {self.flag(depth - 1)} then {a} else {b})", f"abs({a})",
                        f"provided({self.flag(depth - 1)}, {a}, \"no money\")")

    def date(self, depth):
        return self.one(self.named("date"), self.named("date"), f"({self.named('date')} + {self.one('1 month', '30 days', '2 weeks', '1 year')})", f"({self.named('date')} - {self.one('1 month', '45 days')})")

    def flag(self, depth):
        if depth <= 0 or self.chance(0.15):
            number, text = self.named("number"), self.named("text")
            return self.one(f"{number} {self.one('>', '>=', '<', '<=', '=', '!=')} {self.random.randint(-5, 25)}", f"{text} = \"{self.one('red', 'blue', 'Grün')}\"",
                            f"{text} in [\"red\", \"teal\"]", f"{number} in {self.random.randint(-5, 5)} to {self.random.randint(6, 30)}", f"({self.named('flag')} = yes)",
                            f"{self.named('money')} >= {self.random.randint(0, 2000)}", f"{self.named('percent')} < {self.one('10%', '33.3%', '50%')}",
                            f"{self.random.randint(-4, 4)} <= {number} < {self.random.randint(5, 20)}", f"{self.named('date')} < {self.one('2026-01-01', '2024-02-29')}",
                            f"{text} contains \"{self.one('e', 'bl', 'sky')}\"", f"{text} starts with \"b\"", f"{text} not in [\"green\"]")
        a, b = self.flag(depth - 1), self.flag(depth - 1)
        column = self.random.choice(self.gaps)
        return self.one(f"({a} and {b})", f"({a} or {b})", f"not ({a})", f"({self.named('number')} + {self.number(depth - 1)}) {self.one('>', '<=', '<', '>=')} {self.number(depth - 1)}",
                        f"{self.money(depth - 1)} {self.one('>', '<=', '=')} {self.money(depth - 1)}", f"{column} is missing", f"{column} is present",
                        f"({self.date(0)} - {self.date(0)}) > {self.random.randint(0, 300)} days", f"({self.money(depth - 1)} / {self.money(depth - 1)}) >= {self.one('10%', '0.5', '25%')}", f"provided({a}, {b}, \"no answer\")", a)

    # ---- rules
    def points(self):
        return self.one(str(self.random.randint(1, 20)), str(self.random.randint(1, 20)), "2.5", "0.1", "33.333333")

    def plain(self):
        """A figure whose bounds are plain to see: the range of its rule is part of the result."""
        column = self.random.choice([n for n, (k, _, _) in self.columns.items() if k == "number"])
        text, money = (self.random.choice([n for n, (k, _, _) in self.columns.items() if k == kind]) for kind in ("text", "money"))
        return self.one(column, f"2 * {column}", f"colour({text})", f"abs({column})", f"length({text})", f"number({money} + {money})", f"(5 - {column})", f"({column} default 2)")

    def rule(self, depth=1):
        kind = self.random.random()
        name = self.fresh("rule")
        if kind < 0.62 or depth == 0:
            points, cap = self.points(), ""
            if self.chance(0.2):
                points, cap = self.plain(), f" at most {self.random.randint(3, 15)}"
            missing = f" missing {self.one('0', '0.1')}" if self.chance(0.25) else ""
            test = f" and {self.named('text')} matches \"^[rb].*d$\"" if self.chance(0.1) else ""
            because = f" because \"{self.one('it is {' + self.named('number') + '}', 'money {' + self.named('money') + '}', 'plain words', '{' + self.named('date') + '}, {' + self.named('text') + '}', 'share {' + self.named('percent') + '}')}\"" \
                if self.chance(0.5) else ""
            return [f"{self.one('reward', 'reward', 'penalty')} {name} {points}{cap} when {self.flag(self.random.randint(0, 2))}{test}{missing}{because}"]
        if kind < 0.72:
            subject = self.one(self.plain(), f"({self.named('money')} / {self.named('money')})")
            return [f"scale {name} from {self.one('0', '-5', '12')} to {self.one('10', '20.5', '3')} as {subject} goes {self.one('-10', '0', '30')} to {self.one('10', '25', '-20')}"]
        if kind < 0.8:
            a = sorted(self.random.sample(range(-10, 30), 3))
            column, optional = self.random.choice([(n, gap) for n, (k, gap, _) in self.columns.items() if k == "number"])
            missing = "missing : 2  " if column in self.gaps else ""
            return [f"bands {name} by {column} {{ below {a[0]} : 0  below {a[1]} : {self.points()}  up to {a[2]} : {self.points()}  {missing}otherwise : {self.one('-4', '1')} }}"]
        if kind < 0.86:
            column = self.random.choice([n for n, (k, _, _) in self.columns.items() if k == "text"])
            missing = "missing : 1  " if column in self.gaps and self.chance(0.6) else ""
            return [f"bands {name} by {column} {{ \"red\" or \"blue\" : {self.points()}  \"teal\" : -3  {missing}otherwise : 0 }}"]
        inner = [line for _ in range(self.random.randint(2, 3)) for line in self.rule(0)]
        if kind < 0.93:
            return [f"best of {name} {{"] + ["  " + line.replace("penalty", "reward", 1) for line in inner] + ["}"]
        return [f"group {name} at most {self.random.randint(4, 18)} {{"] + ["  " + line for line in inner] + ["}"]

    def model(self):
        lines = [f"model random_{self.count}", "as of 2026-06-30"] + self.dataset()
        lines += ["lookup colour(x) { \"red\" : 3  \"blue\" or \"teal\" : 1.5  otherwise : 0 }", "define twice(x) = 2 * x"]
        shown = []
        for kind in ("number", "number", "money", "number", "money"):
            name = self.fresh("let")
            value = getattr(self, kind)(3)  # with a column in it: a constant would be folded, and its bounds known
            lines.append(f"let {name} = ({self.named(kind)} {self.one('+', '-')} {value})")
            self.lets[name] = kind
            shown.append(name)
        for kind in ("date", "flag"):
            name = self.fresh("let")
            lines.append(f"let {name} = {getattr(self, kind)(2)}")
            shown.append(name)
        if self.chance(0.25):
            for _ in range(self.random.randint(2, 6)):
                lines += self.rule()
        else:
            weights = self.chance(0.7)
            dimensions = []
            for _ in range(self.random.randint(1, 3)):
                dimensions.append(self.fresh("dimension"))
                ranged = f" range {self.one('0', '-20')} to {self.one('30', '100')} start {self.one('0', '10', '25')}" if self.chance(0.3) else ""
                lines.append(f"dimension {dimensions[-1]}" + (f" weight {self.one('10', '35', '1', '2.5')}" if weights else "") + ranged + " {")
                for _ in range(self.random.randint(1, 5)):
                    lines += ["  " + line for line in self.rule()]
                lines.append("}")
            shown += dimensions
            if self.chance(0.4):
                lines.append(f"perspective other {{ {dimensions[0]} 3 {dimensions[-1] + ' 1' if len(dimensions) > 1 else ''} }}")
                shown.append("score_other")
        if self.chance(0.3):
            lines += ["adjust {"] + ["  " + line for line in self.rule(0)] + ["}"]
        for _ in range(self.random.choice([0, 0, 1, 2])):
            lines.append(f"disqualify {self.fresh('out')} when {self.flag(1)}{self.one('', ' missing passes')}")
        if self.chance(0.3):
            lines.append(f"score places {self.random.randint(0, 4)}")
        lines += ["tier high when score >= 70 action \"call {id}, {" + self.named("number") + " as \"0.00\"}\"", f"tier odd when {self.flag(1)}", "tier low when score < 30" + self.one("", "\ntier unknown missing"), "tier rest otherwise"]
        lines.append(f"segment kind {{ a when {self.flag(1)}  b when {self.flag(2)}  c otherwise }}")
        if self.chance(0.3):
            lines.append("override \"r7\" tier high until 2026-12-31 by \"X\" because \"Y\"")
        lines.append("output { id " + " ".join(shown) + f" points score score_low score_high tier action kind evidence reasons {self.random.randint(1, 6)} }}")
        return "\n".join(lines) + "\n"


VARIANTS = [("as usual", []), ("unoptimised", ["--unoptimised"]), ("tiny chunks, three threads", ["--threads", "3", "--chunk-size", "300"]), ("portable", ["--simd", "portable"]),
            ("sse2", ["--simd", "sse2"]), ("avx2", ["--simd", "avx2"])]


def main():
    chosen = [int(a) for a in sys.argv[1:]] or range(1, MODELS + 1)
    refused = 0
    for seed in chosen:
        writer = Writer(seed)
        text = writer.model()
        data = writer.data()
        open("model.ppm", "w", encoding="utf-8").write(text)
        open("data.csv", "w", encoding="utf-8").write(data)
        status, out, err = ppmc("--quiet", "model.ppm", "data.csv")
        if status == 3:  # a random model may be one that the checks refuse
            refused += 1
            if len(sys.argv) > 1:
                print(err)
            continue
        if status:
            report(f"model {seed}", f"exit {status}: {err[:500]}")
            continue
        header, rows = _evaluate.read(data.encode())
        computed = _evaluate.score_file(_evaluate.Model("model.ppm"), header, rows)
        problem = first_difference(computed, out.decode())
        if not problem:
            for name, options in VARIANTS[1:]:
                status, other, err = ppmc("--quiet", *options, "model.ppm", "data.csv")
                if other != out:
                    problem = f"{name}: " + (f"exit {status}: {err[:300]}" if status else first_difference(computed, other.decode()) or "")
                    break
        report(f"model {seed}", problem)
    if len(sys.argv) == 1:
        report("few models are refused", f"{refused} of {MODELS}" if refused > MODELS // 5 else None)


if __name__ == "__main__":
    main()
