#!/usr/bin/env python3
"""Models made to hurt: more than three hundred and fifty kinds, each of which `ppmc check` must compile or diagnose within 2 s of processor time and 256 MiB of address space, without a crash, with messages that hold no raw
control character and are of a readable length. What is told about a kind (`wants`) is asked for, too: the code of a diagnostic, or "fine".

    hostile.py [--all] [--list] [--write FOLDER] [WORD…]    --all: fmt, lint, disasm and perfect as well, each within 20 s; WORD: only kinds with it in their name

Takes PPMC from the environment, works in the current folder, prints a line for each kind that fails and one for the rest. The seed is PPM_SEED (1): names and figures change with it, kinds do not."""
import concurrent.futures
import os
import random
import re
import resource
import signal
import subprocess
import sys

PPMC = os.path.abspath(os.environ.get("PPMC") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build/release/ppmc"))
MODE = os.environ.get("PPM_MODE", "release")
SECONDS, MEGABYTES = (2, 256) if MODE == "release" else (60, 4096)
FULL_SECONDS = 20 if MODE == "release" else 200
MIB = 1 << 20
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
HEAD = "dataset c { id text key  x number  y number  t text  d date  m money  o number optional  b flag }\n"
rng = random.Random(int(os.environ.get("PPM_SEED", "1")))
KINDS = {}


def kind(name, text, wants=None, **files):
    """A model's text (or bytes), and what must come of it: "fine", a code, or None for either. Further files: modules by name."""
    assert name not in KINDS, name
    KINDS[name] = (text, wants, files)


def lines(count, make, head=HEAD, tail=""):
    return head + "".join(make(i) + "\n" for i in range(count)) + tail


def word(length=8):
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(length))


# ---- nesting: each construct far too deep, closed and not ------------------------------------------------------------------

NESTING = {
    "parentheses": ("(", "x", ")"),
    "not": ("not (", "b", ")"),
    "bare_not": ("not ", "b", ""),
    "minus": ("-(", "x", ")"),
    "bare_minus": ("- ", "x", ""),
    "then": ("if b then ", "x", " else y"),
    "else": ("if b then x else ", "y", ""),
    "condition": ("if (", "b", ") then b else b"),
    "case": ("case { when b : ", "x", " otherwise : y }"),
    "case_condition": ("case { when case { when ", "b", " : b otherwise : b } : x otherwise : y }"),
    "call": ("min(x, ", "y", ")"),
    "abs": ("abs(", "x", ")"),
    "unknown_call": ("nothing(", "x", ")"),
    "power": ("2 ^ (", "x", ")"),
    "figure": ("sum(", "x", " over c)"),
    "figure_where": ("count(c where ", "b", " = yes)"),
    "rank": ("rank(", "x", " desc)"),
    "rank_by": ("rank(x by ", "t", ")"),
    "list": ("x in [", "1", "]"),
    "default": ("(o default ", "x", ")"),
    "brackets_mixed": ("([{", "x", "}])"),
    "braces": ("{", "x", "}"),
}
for name, (opening, inner, closing) in NESTING.items():
    for depth in (150, 250, 20_000):
        body = opening * depth + inner + closing * depth
        if len(body) < MIB - 200:
            kind(f"deep {name} {depth}", f"{HEAD}let v = {body}\nreward r 1 when x > 1\n", None if depth < 200 else "error")
    kind(f"open {name}", f"{HEAD}let v = {opening * min(50_000, 900_000 // len(opening))}{inner}\nreward r 1 when x > 1\n", "error")
    kind(f"closed {name}", f"{HEAD}let v = {inner}{(closing or ')') * 20_000}\n", "error" if closing else None)

# ---- chains ---------------------------------------------------------------------------------------------------------------------

for operator, name in (("+", "plus"), ("-", "less"), ("*", "times"), ("/", "over"), ("mod", "mod"), ("^", "power")):
    kind(f"chain of {name}", f"{HEAD}let v = {f' {operator} '.join(['x'] * 50_000)}\n", "error")
for operator in ("and", "or", "default", "<", "in", "contains", "is", "between", "per", "over"):
    kind(f"chain of `{operator}`", f"{HEAD}let v = {f' {operator} '.join(['b'] * 50_000)}\n", "error")
kind("chain of `=`", f"{HEAD}let v = {' = '.join(['b'] * 50_000)}\n", None)
kind("chain of dots", f"{HEAD}let v = {'.'.join(['a'] * 100_000)}\n", "error")
kind("chain of commas", f"{HEAD}let v = min({','.join(['x'] * 100_000)})\n", "E0312")
kind("operators without operands", f"{HEAD}let v = {'+ * / - ' * 50_000}\n", "error")
kind("lets that build on each other", lines(20_000, lambda i: f"let l{i + 1} = l{i} + 1", HEAD + "let l0 = x\n"), "E0505")
kind("lets the other way round", lines(10_000, lambda i: f"let l{i} = l{i + 1} + 1", HEAD, "let l10000 = x\n"), "E0505")
kind("a circle of lets", lines(10_000, lambda i: f"let l{i} = l{(i + 1) % 10_000} + 1"), "error")
kind("circles of lets", lines(10_000, lambda i: f"let l{i} = l{i ^ 1} + 1"), "error")
kind("lets of themselves", lines(10_000, lambda i: f"let l{i} = l{i} + 1"), "error")
kind("params that build on each other", lines(10_000, lambda i: f"param p{i + 1} = p{i} + 1", HEAD + "param p0 = 1\n"), None)
kind("a circle of params", lines(5_000, lambda i: f"param p{i} = p{(i + 1) % 5_000} + 1"), "error")
kind("lets that double", lines(200, lambda i: f"let l{i + 1} = l{i} + l{i}", HEAD + "let l0 = x\n", "reward r 1 when l200 > 1\n"), "fine")
kind("lets that triple in calls", lines(200, lambda i: f"let l{i + 1} = min(l{i}, max(l{i}, l{i} + 1))", HEAD + "let l0 = x\n", "reward r 1 when l200 > 1\n"), None)

# ---- macros ---------------------------------------------------------------------------------------------------------------------

for breadth in (2, 3, 10):
    kind(f"defines that grow by {breadth}", lines(38, lambda i: f"define f{i + 1}(a) = " + " + ".join(f"f{i}(a + {k})" for k in range(breadth)), HEAD + "define f0(a) = a * 3\n", "let v = f38(x)\nreward r 1 when v > 1\n"), None)
    kind(f"defines that grow by {breadth} of one", lines(38, lambda i: f"define f{i + 1}(a) = " + " * ".join(f"f{i}(a)" for k in range(breadth)), HEAD + "define f0(a) = a + 3\n", "let v = f38(x)\nreward r 1 when v > 1\n"), None)
kind("defines in conditions that double", lines(38, lambda i: f"define f{i + 1}(a) = if f{i}(a) > {i} then f{i}(a + 1) else f{i}(a + 2)", HEAD + "define f0(a) = a\n", "let v = f38(x)\n"), None)
kind("arguments that double", f"{HEAD}define f(a) = a + a\nlet v = {'f(' * 190}x{')' * 190}\nreward r 1 when v > 1\n", None)
kind("arguments that grow", f"{HEAD}define f(a) = a * a + a\nlet v = {'f(' * 60}x{')' * 60}\nreward r 1 when v > 1\n", None)
kind("a define of itself", f"{HEAD}define f(a) = f(a) + 1\nlet v = f(x)\n", "error")
kind("defines of each other", f"{HEAD}define f(a) = g(a) + g(a)\ndefine g(a) = f(a) + f(a)\nlet v = f(x)\n", "error")
kind("a ring of defines", lines(5_000, lambda i: f"define f{i}(a) = f{(i + 1) % 5_000}(a) + f{(i + 2) % 5_000}(a)", HEAD, "let v = f0(x)\n"), "error")
kind("a define with many parameters", f"{HEAD}define f({', '.join(f'a{i}' for i in range(20_000))}) = a0\nlet v = f(x)\n", "error")
kind("a call with many arguments", f"{HEAD}define f(a) = a\nlet v = f({', '.join('x' for i in range(100_000))})\n", "error")
kind("ten thousand calls of a define", lines(10_000, lambda i: f"reward r{i} 1 when f(x, {i}) > 1", HEAD + "define f(a, b) = a * b + a - b\n"), "fine")
kind("defines with errors in them", lines(5_000, lambda i: f"let v{i} = f(x + {i})", HEAD + "define f(a) = a + nothing + t\n"), "error")
kind("a diamond of defines", lines(30, lambda i: f"define f{i + 1}(a) = min(f{i}(a), f{i}(a * 2), f{i}(a - 1))", HEAD + "define f0(a) = a\n", "let v = f30(x)\n"), None)

# ---- many of a kind -------------------------------------------------------------------------------------------------------------

kind("rules on one column", lines(25_000, lambda i: f"reward r{i} 1 when x > {i}"), "fine")
kind("equal rules", lines(25_000, lambda i: f"reward r{i} 1 when x > 5"), "fine")
kind("rules of one name", lines(25_000, lambda i: "reward r 1 when x > 5"), "E0202")
kind("lets of one name", lines(40_000, lambda i: "let l = x"), "E0202")
kind("columns of one name", "dataset c { id text key\n" + "  x number\n" * 40_000 + "}\n", "error")
kind("columns", "dataset c { id text key\n" + "".join(f"  c{i} number\n" for i in range(50_000)) + "}\nreward r 1 when c1 > 1\n", "fine")
kind("columns with bad types", "dataset c { id text key\n" + "".join(f"  c{i} nmber\n" for i in range(50_000)) + "}\n", "error")
kind("keys", "dataset c {\n" + "".join(f"  c{i} text key\n" for i in range(40_000)) + "}\n", "error")
kind("datasets", lines(12_000, lambda i: f'dataset d{i} from "d{i}.csv" {{ k text key  v number }}', HEAD), "fine")
kind("datasets of one name", lines(15_000, lambda i: 'dataset d from "d.csv" { k text key  v number }', HEAD), "error")
kind("datasets of each other", lines(5_000, lambda i: f"dataset d{i} of d{i ^ 1} by c {{ k text key  c text }}", HEAD), "error")
kind("a ring of datasets", lines(5_000, lambda i: f"dataset d{i} of d{(i + 1) % 5_000} by p {{ k text key  p text  v number }}", "", "score d0\nreward r 1 when v > 1\n"), None)
kind("a ring of references", lines(5_000, lambda i: f"dataset d{i} {{ k text key  r text references d{(i + 1) % 5_000}  v number }}", "dataset c { id text key  r text references d0 }\n", "reward r 1 when r.r.v > 1\n"), None)
kind("a ring of figures", lines(5_000, lambda i: f"dataset d{i} of d{(i + 1) % 5_000} by p {{ k text key  p text  let s = sum(d{(i - 1) % 5_000}.s over d{(i - 1) % 5_000}) }}", "", "score d0\nreward r 1 when s > 1\n"), "E0505")
kind("a ring of derived datasets", lines(5_000, lambda i: f"dataset d{i} from d{(i + 1) % 5_000} by k", "", "score d0\n"), "error")
kind("a chain of datasets", lines(3_000, lambda i: f"dataset d{i} of {f'd{i - 1}' if i else 'c'} by p {{ k text key  p text }}", HEAD, "let v = count(d2999)\nreward r 1 when v > 1\n"), None)
kind("references in a row", lines(3_000, lambda i: f"dataset d{i} {{ k text key  r text references d{i + 1} }}", "dataset c { id text key  r text references d0 }\n", f"dataset d3000 {{ k text key  v number }}\nlet v = r{'.r' * 150}.v\n"), None)
kind("trees", lines(10_000, lambda i: f"tree t{i} by p", "dataset c { id text key  p text optional  x number }\n", "let v = count(t7)\n"), None)
kind("params", lines(20_000, lambda i: f"param p{i} = {i} in 0 to {i + 1}"), None)
kind("scenarios", lines(15_000, lambda i: f"scenario s{i} {{ p = {i} }}", HEAD + "param p = 1\n", "reward r 1 when x > p\n"), "fine")
kind("settings of a scenario", HEAD + "param p = 1\nscenario s { " + "p = 2 " * 50_000 + "}\n", "error")
kind("tests", lines(12_000, lambda i: f'test "t{i}" {{ given x = {i % 10}  expect r }}', "dataset c { id text key  x number }\nreward r 1 when x > 5\n"), "fine")
kind("tests of one title", lines(12_000, lambda i: 'test "t" { given x = 3  expect r }', "dataset c { id text key  x number }\nreward r 1 when x > 5\n"), "error")
kind("tests that lack what they need", lines(10_000, lambda i: f'test "t{i}" {{ expect r{i % 100} }}', lines(100, lambda i: f"reward r{i} 1 when x > {i}")), "error")
kind("tests of a large model", lines(5_000, lambda i: f'test "t{i}" {{ given x = {i}  expect score > {i} }}', lines(5_000, lambda i: f"reward r{i} 1 when x > {i}", "dataset c { id text key  x number }\n")), "fine")
kind("given values of one test", HEAD + "reward r 1 when x > 1\ntest \"t\" { " + "given x = 1 " * 50_000 + "expect r }\n", "error")
kind("rows of one test", HEAD + "reward r 1 when x > 1\ntest \"t\" { given c " + "{ x = 1 } " * 50_000 + "expect r }\n", "error")
kind("expectations", "dataset c { id text key  x number }\nreward r 1 when x > 1\ntest \"t\" { given x = 5 " + "".join(f"expect x < {i + 6} " for i in range(30_000)) + "}\n", "fine")
kind("dimensions", lines(12_000, lambda i: f"dimension d{i} {{ reward r{i} 1 when x > {i} }}"), "fine")
kind("perspectives", lines(20_000, lambda i: f"perspective p{i} {{ a {i + 1} }}", HEAD + "dimension a { reward r 1 when x > 1 }\n"), "fine")
kind("perspectives of many dimensions", lines(150, lambda i: f"perspective p{i} {{ " + " ".join(f"d{k} {k + 1}" for k in range(400)) + " }", lines(400, lambda i: f"dimension d{i} {{ reward r{i} 1 when x > {i} }}")), None)
kind("tiers", lines(25_000, lambda i: f"tier t{i} when x > {i}", HEAD + "reward r 1 when x > 1\n"), "E0505")
kind("tiers by score", lines(2_000, lambda i: f"tier t{i} when score > {99 - i / 25}", HEAD + "reward r 1 when x > 1\n"), None)
kind("tiers of one name", lines(2_900, lambda i: f"tier t when x > {i}", HEAD + "reward r 1 when x > 1\n"), None)
kind("segments", lines(8_000, lambda i: f"segment s{i} {{ a when x > {i}  b otherwise }}"), "fine")
kind("arms of a segment", HEAD + "segment s {\n" + "".join(f" a{i} when x < {i}\n" for i in range(30_000)) + " z otherwise\n}\n", "E0505")
kind("disqualifiers", lines(25_000, lambda i: f"disqualify d{i} when x < {i}", HEAD + "reward r 1 when x > 1\n"), "E0505")
kind("overrides", lines(15_000, lambda i: f'override "C{i}" tier a by "x" because "y"', HEAD + "reward r 1 when x > 1\ntier a otherwise\n"), None)
kind("overrides of one key", lines(15_000, lambda i: 'override "C" tier a by "x" because "y"', HEAD + "reward r 1 when x > 1\ntier a otherwise\n"), None)
kind("overrides to unknown tiers", lines(15_000, lambda i: f'override "C{i}" tier a{i} by "x" because "y"', HEAD + "reward r 1 when x > 1\n" + "".join(f"tier t{i} when x < {i}\n" for i in range(500)) + "tier z otherwise\n"), "error")
kind("bands", HEAD + "bands s by x {\n" + "".join(f"  below {i} : 1\n" for i in range(40_000)) + "  otherwise : 0\n}\n", "E0505")
kind("bands of texts", HEAD + "bands s by t {\n" + "".join(f'  "v{i}" : 1\n' for i in range(40_000)) + "  otherwise : 0\n}\n", "E0505")
kind("a band of many texts", HEAD + "bands s by t {\n  " + " or ".join(f'"v{i}"' for i in range(40_000)) + " : 1\n  otherwise : 0\n}\n", None)
kind("rules in a best of", HEAD + "dimension d1 {\nbest of b1 {\n" + "".join(f"  reward r{i} {i % 90 + 1} when x > {i}\n" for i in range(20_000)) + "}\n}\n", "fine")
kind("rules in a group", HEAD + "dimension d1 {\ngroup b1 at most 10 {\n" + "".join(f"  reward r{i} {i % 90 + 1} when x > {i}\n" for i in range(20_000)) + "}\n}\n", "fine")
kind("bundles in bundles", HEAD + "dimension d1 {\n" + "best of b {\n" * 5_000 + "}\n" * 5_001, "error")
kind("groups in groups", HEAD + "dimension d1 {\n" + "".join(f"group g{i} at most {i + 1} {{\n" for i in range(5_000)) + "}\n" * 5_001, "error")
kind("rules that exclude each other", lines(15_000, lambda i: f"reward r{i} {i % 90 + 1} when {i} <= x < {i + 1}"), "fine")
kind("scales", lines(15_000, lambda i: f"scale s{i} from 0 to {i + 1} as x goes 0 to {i + 5}"), "fine")
kind("lookup entries", HEAD + "lookup f(a) {\n" + "".join(f'  "v{i}" : {i}\n' for i in range(40_000)) + '  otherwise : 0\n}\nlet v = f(t)\n', "fine")
kind("lookup entries of one key", HEAD + "lookup f(a) {\n" + '  "v" : 1\n' * 40_000 + "  otherwise : 0\n}\nlet v = f(t)\n", None)
kind("lookup of many keys", f"{HEAD}lookup f({', '.join(f'a{i}' for i in range(5_000))}) {{\n {', '.join('_' for i in range(5_000))} : 1\n otherwise : 0\n}}\n", None)
kind("lookup entries of two keys", HEAD + "lookup f(a, b) {\n" + "".join(f'  "v{i}", {i % 7} : {i}\n' for i in range(30_000)) + '  otherwise : 0\n}\nlet v = f(t, x)\n', None)
kind("a list of texts", f'{HEAD}reward r 1 when t in [{", ".join(chr(34) + f"t{i}" + chr(34) for i in range(70_000))}]\n', "fine")
kind("a list of numbers", f'{HEAD}reward r 1 when x in [{", ".join(map(str, range(100_000)))}]\n', None)
kind("a list of one number", f'{HEAD}reward r 1 when x in [{", ".join(["7"] * 200_000)}]\n', None)
kind("many lists", lines(300, lambda i: f'reward r{i} 1 when t in [{", ".join(chr(34) + f"t{i * 7 + k}" + chr(34) for k in range(300))}]'), "fine")
kind("a list in a column", f'dataset c {{ id text key  t text in [{", ".join(chr(34) + f"t{i}" + chr(34) for i in range(70_000))}] }}\nreward r 1 when t = "t5"\n', None)
kind("lists in columns", "dataset c { id text key\n" + "".join(f'  t{i} text in ["a{i}", "b{i}", "c"]\n' for i in range(15_000)) + '}\nreward r 1 when t5 = "a5"\n', None)
kind("spellings of a column", f'dataset c {{ id text key  t text values {", ".join(f"{chr(34)}a{i}{chr(34)} = {chr(34)}b{i % 100}{chr(34)}" for i in range(30_000))} }}\nreward r 1 when t = "b5"\n', None)
kind("metrics", lines(15_000, lambda i: f"metric m{i} = sum(x + {i} over c)", HEAD, "reward r 1 when x > 1\n"), "fine")
kind("figures", lines(8_000, lambda i: f"let f{i} = sum(a over i where a > {i})", HEAD + "dataset i of c by c { k text key  c text  a number }\n"), "fine")
kind("figures of figures", lines(250, lambda i: f"let f{i + 1} = sum(f{i} over c)", HEAD + "let f0 = x\n", "reward r 1 when f250 > 1\n"), None)
kind("ranks", lines(8_000, lambda i: f"let f{i} = rank(x * {i + 2} - {i} desc)"), "fine")
kind("ranks of ranks", lines(250, lambda i: f"let f{i + 1} = rank(f{i} desc)", HEAD + "let f0 = x\n", "reward r 1 when f250 > 1\n"), None)
kind("pairs", lines(300, lambda i: f"let f{i} = count(c where x > this.x + {i})", HEAD, "reward r 1 when f1 > 1\n"), None)
kind("figures of a summary", HEAD + "reward r 1 when x > 1\nsummary s by t {\n" + "".join(f" f{i} = sum(x + {i})\n" for i in range(15_000)) + "}\n", "fine")
kind("summaries", lines(8_000, lambda i: f"summary s{i} by t {{ n = count() }}", HEAD + "reward r 1 when x > 1\n"), "fine")
kind("keys of a summary", HEAD + "reward r 1 when x > 1\nsummary s by " + ", ".join(f"x + {i}" for i in range(20_000)) + " { n = count() }\n", "error")
kind("periods of a summary", HEAD + "reward r 1 when x > 1\nsummary s for each day q from 0001-01-01 to 9999-12-31 { n = count() }\n", None)
kind("outputs", HEAD + "reward r 1 when x > 1\noutput {\n" + "".join(f' x as "h{i}"\n' for i in range(40_000)) + "}\n", None)
kind("outputs of one name", HEAD + "reward r 1 when x > 1\noutput {\n" + " x\n" * 100_000 + "}\n", "error")
kind("unknown outputs", HEAD + "reward r 1 when x > 1\noutput {\n" + "".join(f" nothing{i}\n" for i in range(50_000)) + "}\n", "error")
kind("adjustments", HEAD + "reward r 1 when x > 1\nadjust {\n" + "".join(f" reward a{i} 1 when score > {i}\n" for i in range(15_000)) + "}\n", "error")
kind("adjust blocks", lines(15_000, lambda i: f"adjust {{ reward a{i} 1 when x > {i} }}", HEAD + "reward r 1 when x > 1\n"), None)
kind("scores", lines(50_000, lambda i: f"score places {i % 9}", HEAD), "error")
kind("days", lines(50_000, lambda i: "as of 2026-01-01", HEAD), "error")
kind("models", lines(50_000, lambda i: 'model m "x"', HEAD), "error")
kind("empty blocks", HEAD + "dimension d {}\n" * 40_000, "error")
kind("because with many values", HEAD + 'reward r 1 when x > 1 because "' + "{x} " * 50_000 + '"\n', None)
kind("because with errors", HEAD + 'reward r 1 when x > 1 because "' + "{x +} " * 50_000 + '"\n', "error")
kind("because in because", HEAD + 'reward r 1 when x > 1 because "' + '{t + "' * 300 + '"} ' * 300 + '"\n', "error")
kind("a format of many signs", HEAD + 'output { x format "' + "#,##0" * 50_000 + '" }\nreward r 1 when x > 1\n', "error")
kind("constants", lines(20_000, lambda i: f"reward r{i} 1 when x * {i}.5 + {i}.25 > {i}.125"), None)
kind("cases", HEAD + "let v = case {\n" + "".join(f" when x > {i} : {i}\n" for i in range(40_000)) + " otherwise : 0\n}\n", "E0505")
kind("conditions of one rule", HEAD + "reward r 1 when " + " and ".join(["x > 1"] * 190) + "\n", None)
kind("wide conditions", lines(400, lambda i: f"reward r{i} 1 when " + " or ".join(f"x = {i * k}" for k in range(150)), HEAD), None)
kind("optional everywhere", lines(8_000, lambda i: f"reward r{i} 1 when o{i % 200} > {i} and o{i % 199} < {i}", "dataset c { id text key\n" + "".join(f"  o{i} number optional\n" for i in range(200)) + "}\n"), "fine")
kind("patterns", lines(15_000, lambda i: f'reward r{i} 1 when t matches "a{i}.*b[0-9]+"'), "fine")
kind("no dataset", lines(12_000, lambda i: f"reward r{i} 1 when c{i} > {i}", ""), "fine")
kind("no dataset and units that spread", lines(10_000, lambda i: f"reward r{i} 1 when c{i} > c{i + 1}", "reward r 1 when c10000 > 5 EUR\n"), None)
kind("no dataset and units that build on each other", lines(250, lambda i: f"let l{i + 1} = if c{i} > l{i} then l{i} else c{i}", "let l0 = c\n", "reward r 1 when l250 > 5 days\n"), None)

# ---- errors by the thousand -------------------------------------------------------------------------------------------------------

kind("unknown names", lines(20_000, lambda i: f"reward r{i} 1 when {word(10)} > 1"), "E0201")
kind("unknown names near known ones", lines(15_000, lambda i: f"reward revenue_{i} 1 when revenue_x{i} > 1"), "E0201")
kind("one unknown name", lines(25_000, lambda i: f"reward r{i} 1 when xx > {i}"), "E0201")
kind("unknown long names", lines(30, lambda i: f"reward {'n' * 15_000}{i} 1 when {'n' * 15_000}x{i} > 1"), "E0201")
kind("unknown functions", lines(20_000, lambda i: f"let l{i} = {word(9)}(x)"), "error")
kind("unknown modules", lines(30_000, lambda i: f"use {word(6)}"), "error")
kind("unknown files", lines(20_000, lambda i: f'use "{word(6)}.ppm"'), "error")
kind("unknown words", lines(40_000, lambda i: f"{word(6)} {word(6)}", ""), "E0101")
kind("misspelt statements", lines(30_000, lambda i: f"rewrad r{i} when x > {i}"), "error")
kind("wrong types", lines(25_000, lambda i: f'reward r{i} 1 when x > "a{i}"'), "E0302")
kind("wrong units", lines(25_000, lambda i: f"reward r{i} 1 when m > {i} days"), "error")
kind("missing operands", lines(30_000, lambda i: f"reward r{i} 1 when x >"), "E0101")
kind("doubled operators", lines(30_000, lambda i: f"reward r{i} 1 when x > > {i}"), "E0101")
kind("closing brackets", HEAD + ")" * 500_000, "error")
kind("opening brackets", HEAD + "(" * 500_000, "error")
kind("question marks", HEAD + "?" * 900_000, "error")
kind("semicolons", HEAD + "let a = x;\n" * 50_000, "error")
kind("another language", "SELECT * FROM customers WHERE x > 1;\n" * 20_000, "error")
kind("JSON", '{"a": [1, 2, {"b": null}]}\n' * 20_000, "error")
kind("HTML", "<html><body>&nbsp;</body></html>\n" * 20_000, "error")
kind("data instead of a model", "id,name,revenue\n" + "".join(f"C{i},Customer {i},{i}.50\n" for i in range(40_000)), "error")
kind("a line of words", "dataset " * 100_000, "error")
kind("one long line", HEAD + " ".join(f"reward r{i} 1 when x > {i}" for i in range(25_000)), None)
kind("one long line of errors", HEAD + " ".join(f"reward r{i} 1 when q{i} > {i}" for i in range(25_000)), "E0201")
kind("notes by the thousand", lines(15_000, lambda i: f"reward r{i} 1 when o > {i}"), "fine")
kind("warnings by the thousand", lines(15_000, lambda i: f"reward r{i} 1 when x > 1 and x < 0"), "fine")
kind("allowed by the thousand", lines(12_000, lambda i: f"reward r{i} 1 when x > 1 and x < 0 # ppm: allow W1001, W1002, W1201, W1003"), None)

# ---- texts, names, numbers --------------------------------------------------------------------------------------------------------

kind("a long name", f"{HEAD}reward {'n' * 900_000} 1 when x > 1\n", None)
kind("a long unknown name", f"{HEAD}reward r 1 when {'n' * 900_000} > 1\n", "E0201")
kind("a long text", f'{HEAD}reward r 1 when t = "{"n" * 900_000}"\n', "fine")
kind("a long because", f'{HEAD}reward r 1 when x > 1 because "{"n" * 900_000}"\n', "fine")
kind("a long comment", f"{HEAD}# {'n' * 900_000}\nreward r 1 when x > 1\n", "fine")
kind("blank lines", HEAD + "\n" * 900_000 + "reward r 1 when x > 1\n", "fine")
kind("blanks", HEAD + " " * 900_000 + "reward r 1 when x > 1\n", "fine")
kind("blanks before an error", HEAD + " " * 900_000 + "reward r 1 when q > 1\n", "E0201")
kind("tabs before an error", HEAD + "\t" * 900_000 + "reward r 1 when q > 1\n", "E0201")
kind("an open text", f'{HEAD}reward r 1 when t = "{"n " * 400_000}\n', "error")
kind("open texts", HEAD + 'let l = "\n' * 60_000, "error")
kind("quotation marks", HEAD + '"' * 900_000, "error")
kind("backslashes", HEAD + 'let l = "' + "\\" * 900_001 + '"\n', "error")
kind("bad escapes", HEAD + 'let l = "' + "\\q" * 400_000 + '"\n', "error")
kind("escapes beyond Unicode", HEAD + 'let l = "' + "\\u{110000}\\u{d800}\\u{}" * 20_000 + '"\n', "error")
kind("open braces in a text", HEAD + 'reward r 1 when x > 1 because "' + "{" * 500_000 + '"\n', "error")
kind("a back-quoted name without an end", HEAD + "let l = `" + "n" * 900_000, "error")
kind("a number of many digits", f"{HEAD}reward r 1 when x > {'9' * 900_000}\n", "E0126")
kind("many numbers of many digits", lines(5_000, lambda i: f"reward r{i} 1 when x > {'9' * 101}"), "E0126")
kind("a number of many places", f"{HEAD}reward r 1 when x > 0.{'0' * 900_000}1\n", "error")
kind("numbers that overflow", f"{HEAD}let v = {' * '.join(['1' + '0' * 99] * 150)}\nreward r 1 when v > x\n", None)
kind("powers that overflow", f"{HEAD}let v = 9 ^ (9 ^ (9 ^ (9 ^ 9)))\nreward r 1 when v > x\n", None)
kind("amounts that overflow", f"{HEAD}reward r 1 when m > {'9' * 90}\n", "error")
kind("points that overflow", lines(1_000, lambda i: f"reward r{i} {'9' * 80} when x > 1"), "error")
kind("durations that overflow", f"{HEAD}reward r 1 when d > 2026-01-01 + {'9' * 60} years\n", "error")
kind("days that are none", lines(20_000, lambda i: f"reward r{i} 1 when d > 2026-{i % 90 + 10}-{i % 70 + 20}"), "error")
kind("separators everywhere", f"{HEAD}reward r 1 when x > {'1_' * 200_000}\n", "error")
kind("exponents", lines(20_000, lambda i: f"reward r{i} 1 when x > 1e{i}"), "error")
kind("divisions by nothing", lines(15_000, lambda i: f"reward r{i} 1 when x > 1 / 0"), None)
kind("weights that are nothing", lines(10_000, lambda i: f"dimension d{i} weight 0 {{ reward r{i} 1 when x > 1 }}"), "error")
kind("catastrophic patterns", lines(2_000, lambda i: f'reward r{i} 1 when t matches "(a+)+{i}$"'), None)
kind("nested patterns", f'{HEAD}reward r 1 when t matches "{"(" * 400_000}"\n', "error")
kind("a pattern that nests and closes", f'{HEAD}reward r 1 when t matches "{"(" * 5_000 + "a" + ")*" * 5_000}"\n', "error")
kind("a pattern that repeats repeats", f'{HEAD}reward r 1 when t matches "{"(" * 8}a{"{1,65000})" * 8}"\n', "error")
kind("a pattern of many ways", f'{HEAD}reward r 1 when t matches "{"|".join(word(6) for _ in range(100_000))}"\n', None)
kind("a pattern that calls itself", f'{HEAD}reward r 1 when t matches "(?R)(?1)(a)"\n', None)
kind("a pattern of classes", f'{HEAD}reward r 1 when t matches "{"[a-z0-9]{0,100}" * 5_000}"\n', None)
kind("a pattern with a verb", f'{HEAD}reward r 1 when t matches "(*LIMIT_MATCH=4000000000)(*NO_JIT)a"\n', None)
kind("a pattern that calls code", f'{HEAD}reward r 1 when t matches "(?C1)a\\\\C"\n', None)

# ---- bytes ------------------------------------------------------------------------------------------------------------------------

kind("nothing", b"", None)
kind("a byte order mark alone", b"\xef\xbb\xbf", None)
kind("byte order marks", b"\xef\xbb\xbf" * 100_000, "error")
kind("NUL bytes", HEAD.encode() + b"\0" * 500_000, "error")
kind("NUL bytes between", b"".join(bytes([c, 0]) for c in HEAD.encode()) * 100, "error")
kind("any bytes", bytes(rng.randrange(256) for _ in range(200_000)), "error")
kind("any printable bytes", "".join(chr(rng.randrange(32, 127)) for _ in range(300_000)), "error")
kind("broken UTF-8", HEAD.encode() + b"\xc3\x28\xf0\x9f\xed\xa0\x80" * 50_000, "error")
kind("overlong UTF-8", HEAD.encode() + b"\xc0\xaf\xe0\x80\xaf" * 50_000, "error")
kind("UTF-16", HEAD.encode("utf-16"), "error")
kind("UTF-32", HEAD.encode("utf-32"), "error")
kind("carriage returns", (HEAD + "reward r 1 when x > 1\n").replace("\n", "\r"), None)
kind("lines as on Windows", ("\ufeff" + HEAD + "reward r 1 when x > 1\n" * 1).replace("\n", "\r\n"), "fine")
kind("carriage returns by the thousand", HEAD + "\r" * 800_000 + "let q\r= y\r\r\n", None)
kind("line separators", HEAD + "let l = x \u2028 let k = y \u2029 \u0085" * 10_000, "error")
kind("invisible characters", HEAD + "".join(f"let l{i} = x\u200b + y\u2060\u00ad\n" for i in range(5_000)), "error")
kind("directions", HEAD + "".join(f"let l{i} = x # \u202e\u2066 y\u2069\n" for i in range(5_000)), None)
kind("directions in names", HEAD + "".join(f"let l{i}\u202e = x\n" for i in range(5_000)), "error")
kind("confusable names", HEAD + "let revenue = x\n" + "".join(f"reward r{i} 1 when r\u0435v\u0435nu\u0435 > {i}\n" for i in range(3_000)), "error")
kind("letters of the world", HEAD + "".join(f"let {chr(0x4e00 + i)} = x\n" for i in range(5_000)), None)
kind("accents without letters", HEAD + "let l = x" + "\u0301" * 300_000 + "\n", "error")
kind("accents in a text", HEAD + 'reward r 1 when t = "' + "e\u0301" * 200_000 + '"\n', None)
kind("accents before an error", HEAD + 'reward r 1 when t = "' + "e\u0301" * 100_000 + '" and q > 1\n', "E0201")
kind("faces", HEAD + "let l = \U0001f600" * 50_000, "error")
kind("control characters", HEAD + "".join(f"let l{i} = x \x1b[2J\x07\x08\n" for i in range(5_000)), "error")
kind("control characters in texts", HEAD + "".join(f'reward r{i} 1 when t = "\x1b]0;owned\x07" and q > 1\n' for i in range(3_000)), "error")
kind("a file of just over the limit", HEAD + "#" * (MIB + 1 - len(HEAD)), "1 MiB")
kind("a file far over the limit", HEAD + "#" * (8 * MIB), "1 MiB")

# ---- modules ----------------------------------------------------------------------------------------------------------------------

kind("a module of itself", 'use "main.ppm"\nreward r when x > 1\n', "error")
kind("modules in a ring", 'use "m0.ppm"\nreward r when x > 1\n', "error", **{f"m{i}.ppm": f'use "m{(i + 1) % 50}.ppm"\nlet a{i} = 1\n' for i in range(50)})
kind("modules in a row", 'use "m0.ppm"\nreward r when x > m0.a0\n', None, **{f"m{i}.ppm": (f'use "m{i + 1}.ppm"\n' if i < 299 else "") + f"param a{i} = {i}\n" for i in range(300)})
kind("modules in diamonds", 'use "m0.ppm"\nuse "n0.ppm"\nreward r when x > 1\n', None,
     **{f"{side}{i}.ppm": f'use "m{i + 1}.ppm"\nuse "n{i + 1}.ppm"\nparam a = {i}\n' for i in range(30) for side in "mn"}, **{"m30.ppm": "param a = 1\n", "n30.ppm": "param a = 1\n"})
kind("the same module again", 'use "m.ppm"\n' * 20_000 + "reward r when x > m.a\n", "error", **{"m.ppm": "param a = 1\n"})
kind("modules with errors", "".join(f'use "m{i}.ppm"\n' for i in range(60)) + "reward r when x > 1\n", "error", **{f"m{i}.ppm": "let a = b\n" * 500 for i in range(60)})
kind("large modules", "".join(f'use "m{i}.ppm"\n' for i in range(20)) + "reward r when x > 1\n", "E0134", **{f"m{i}.ppm": "#" * (MIB - 1) for i in range(20)})
kind("modules of many words", "".join(f'use "m{i}.ppm"\n' for i in range(3)) + "reward r when x > 1\n", None, **{f"m{i}.ppm": "".join(f"param p{k} = {k}\n" for k in range(50_000)) for i in range(3)})
kind("modules above the folder", lines(5_000, lambda i: f'use "{"../" * (i % 50 + 1)}etc/passwd"', HEAD), "error")
kind("paths of modules", lines(2_000, lambda i: f'use "{"a/" * (i % 200)}./{"x" * (i % 300)}//b.ppm"', HEAD), "error")
kind("a path of a module without an end", f'{HEAD}use "{"a/" * 400_000}m.ppm"\n', "error")
kind("devices as modules", HEAD + "".join(f'use "{path}"\n' for path in ("/dev/zero", "/dev/stdin", "/proc/self/mem", "/etc/passwd", "/", ".", "..", "", " ", "con.ppm", "m.ppm/", "\\\\host\\m.ppm", "https://example.com/m.ppm", "m\\u{0}.ppm")), "error")
kind("all standard modules", "".join(f"use {name}\n" for name in ("clv", "engagement", "rfm", "growth", "receivables", "costing", "scorecard", "decay", "expectancy", "ahp")) + HEAD + "reward r 1 when x > 1\n", "fine")
kind("calls of a standard module", "use clv\n" + lines(3_000, lambda i: f"let v{i} = clv.finite(m2 + {i}, 80% per year, 10% per year, 3 years)", "dataset c { id text key  m2 money per year }\n"), None)


# ---- trying them --------------------------------------------------------------------------------------------------------------------

def path_of(name):
    return f"{list(KINDS).index(name):03d}_" + re.sub(r"\W+", "_", name)


def store(name):
    text, _, files = KINDS[name]
    folder = path_of(name)
    os.makedirs(folder, exist_ok=True)
    for file, content in {"main.ppm": text, **files}.items():
        with open(os.path.join(folder, file), "wb") as out:
            out.write(content if isinstance(content, bytes) else content.encode())
    return folder


def attempt(arguments, folder, seconds):
    """(why it is bad or "", exit status, processor seconds, messages)"""
    def limits():
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds + 1, seconds + 2))
        if MODE == "release":
            resource.setrlimit(resource.RLIMIT_AS, ((MEGABYTES if seconds == SECONDS else 4 * MEGABYTES) * MIB,) * 2)  # with the program and its libraries
    with open(os.path.join(folder, ".errors"), "w+b") as errors:
        process = subprocess.Popen([PPMC, *arguments], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, preexec_fn=limits)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        errors.seek(0)
        text = errors.read(1_000_000).decode("utf-8", "replace")
    spent = usage.ru_utime + usage.ru_stime
    code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    why = ""
    if code == -signal.SIGXCPU or spent > seconds:
        why = f"took {spent:.1f} s"
    elif code not in (0, 1, 3, 5, 6) or "Sanitizer" in text or "Assertion" in text:
        why = f"ended with {code}"
    elif code == 6 and "memory" in text:
        why = "ran out of memory"
    elif code in (3, 5, 6) and not re.search(r"(error|warning)(\[|:)", text):
        why = f"ended with {code} without a message"
    elif code == 3 and "--> " not in text:
        why = "an error without a place"
    elif RAW.search(text):
        why = f"a raw {RAW.search(text).group()!r} in a message"
    elif len(text) > 60_000:
        why = f"{len(text)} characters of messages"
    return why, code, spent, text


def try_kind(name, full):
    wants = KINDS[name][1]
    folder = store(name)
    why, code, spent, text = attempt(["check", "main.ppm"], folder, SECONDS)
    if not why and wants == "fine" and code != 0:
        why = f"is refused: {text[:200]!r}"
    elif not why and wants == "error" and code not in (3, 5, 6):
        why = f"was not refused, but ended with {code}"
    elif not why and wants not in (None, "fine", "error") and wants not in text:
        why = f"exit {code}, without {wants}: {text[:200]!r}"
    slowest = ("check", spent)
    for arguments in (["fmt", "--stdout", "main.ppm"], ["lint", "main.ppm"], ["disasm", "main.ppm"], ["perfect", "main.ppm"], ["diff", "main.ppm", "main.ppm"]) if full and not why else ():
        why, code, spent, text = attempt(arguments, folder, FULL_SECONDS)
        why = f"{arguments[0]}: {why}" if why else ""
        if spent > slowest[1]:
            slowest = (arguments[0], spent)
        if why:
            break
    for file in os.listdir(folder):
        os.remove(os.path.join(folder, file))
    os.rmdir(folder)
    return name, why, slowest


def main(arguments):
    full, listed = "--all" in arguments, "--list" in arguments
    words = [word for word in arguments if not word.startswith("--")]
    names = [name for name in KINDS if not words or any(word in name for word in words)]
    if "--write" in arguments:
        for name in names:
            store(name)
        return 0
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        results = list(pool.map(lambda name: try_kind(name, full), names))
    for name, why, (verb, spent) in results:
        failures += bool(why)
        if why:
            print(f"not ok hostile model, {name}: {why}".replace("\n", " | "), flush=True)
        elif listed:
            print(f"{spent:6.2f} s {verb:8} {name}")
    spent, name = max((slowest[1], name) for name, why, slowest in results)
    if failures < len(results):
        print(f"ok {len(results) - failures} hostile models, the slowest {spent:.2f} s ({name})", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
