"""The documentation keeps its word: every wrong example under docs/errors/ yields the code of its page and every right one does not, and every
model in docs/language.md compiles.

A page shows its examples in fenced blocks, ```KIND wrong [FILE] and ```KIND right [FILE]; FILE is model.ppm for `ppm` and customers.csv for `csv`. A
right example has the files of the wrong one but for those that it shows. A block of kind `sh` is the command line, else the model is checked, or
run over the data where there are any. In docs/language.md a block ```ppm is a model that compiles without an error or a warning, ```ppm CODE one that
yields that code, ```ppm [FILE] a file that the models after it use."""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

TOP = os.environ["PPM_TOP"]
PPMC = os.environ["PPMC"]
DEFAULTS = {"ppm": "model.ppm", "csv": "customers.csv"}
environment = dict(os.environ, PATH=os.path.dirname(PPMC) + ":" + os.environ["PATH"])


def fences(text):
    """(kind, words after it, the text) of each fenced block."""
    for found in re.finditer(r"^```(\w+)([^\n]*)\n(.*?)^```$", text, re.M | re.S):
        yield found.group(1), found.group(2).split(), found.group(3)


def run(files, command):
    """The example in a folder of its own: exit status, and all that it wrote."""
    with tempfile.TemporaryDirectory(dir=os.getcwd()) as folder:
        for name, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        given = bool(command)  # what it shows counts, too
        if not command:
            command = "ppmc model.ppm customers.csv" if "customers.csv" in files else "ppmc check model.ppm"
        done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        return done.returncode, (done.stderr + (done.stdout if given else b"")).decode("utf-8", "replace")


def first_line(text):
    return (text.strip().split("\n") or [""])[0]


def check_page(code):
    with open(os.path.join(TOP, "docs/errors", code + ".md"), encoding="utf-8") as file:
        text = file.read()
    shown = {"wrong": {}, "right": {}}
    commands = {"wrong": None, "right": None}
    for kind, words, body in fences(text):
        if not words or words[0] not in shown:
            return f"a block of kind {kind} is neither wrong nor right"
        if kind == "sh":
            commands[words[0]] = body
        else:
            shown[words[0]][words[1] if len(words) > 1 else DEFAULTS[kind]] = body
    if not re.match(rf"# {code}: \S.*\n\n\S", text):
        return "the page does not begin with its code, its title and what it means"
    if not (shown["wrong"] or commands["wrong"]) or not (shown["right"] or commands["right"]):
        return "there is no wrong example, or no right one"
    status, output = run(shown["wrong"], commands["wrong"])
    if f"[{code}]" not in output and f",{code}," not in output:  # in a message, or in a file of rejects
        return f"the wrong example does not yield it (status {status}): {first_line(output)}"
    others = set(re.findall(r"^(?:error|warning)\[([EW]\d{4})\]", output, re.M)) - {code}
    if others:
        return f"the wrong example yields {', '.join(sorted(others))} as well"
    status, output = run({**shown["wrong"], **shown["right"]}, commands["right"])
    if status != 0 or re.search(r"^(?:error|warning)\[|[\[,]" + code + r"[\],]", output, re.M):
        return f"the right example is not right (status {status}): {first_line(output)}"
    return None


def reference_models():
    """(place, files, the code that the model must yield or None) of each model in the language's reference."""
    with open(os.path.join(TOP, "docs/language.md"), encoding="utf-8") as file:
        text = file.read()
    files = {}
    for found in re.finditer(r"^```(\w+)([^\n]*)\n(.*?)^```$", text, re.M | re.S):
        if found.group(1) != "ppm":
            continue
        words = found.group(2).split()
        if words and words[0].endswith(".ppm"):
            files[words[0]] = found.group(3)
            continue
        yield f"line {text[:found.start()].count(chr(10)) + 1}", {**files, "model.ppm": found.group(3)}, words[0] if words else None


def check_model(files, code):
    status, output = run(files, None)
    if code:
        return None if f"[{code}]" in output else f"does not yield {code} (status {status}): {first_line(output)}"
    return f"status {status}: {first_line(output)}" if status != 0 or re.search(r"^(?:error|warning)\[", output, re.M) else None


def main():
    codes = sorted(name[:-3] for name in os.listdir(os.path.join(TOP, "docs/errors")) if re.fullmatch(r"[A-Z]\d{4}\.md", name))
    models = list(reference_models())
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        results = [("docs/errors/" + code, result) for code, result in zip(codes, pool.map(check_page, codes))]
        results += [("docs/language.md " + place, result) for (place, _, _), result in zip(models, pool.map(lambda model: check_model(*model[1:]), models))]
    for what, problem in results:
        print(f"not ok {what}: {problem}" if problem else f"ok {what}")
    return 1 if any(problem for _, problem in results) or not codes or not models else 0


sys.exit(main())
