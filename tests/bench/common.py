"""What the benches share: where things are, how a process is measured, and DuckDB."""
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SHARED = os.path.abspath(os.environ.get("PPM_SHARED") or os.path.join(TOP, "..", "shared"))
YARDSTICK = os.path.join(SHARED, "bench")
BUILD = os.path.join(TOP, "build", "bench")
PPMC = os.environ.get("PPMC") or os.path.join(TOP, "ppmc")
THREADS = os.environ.get("THREADS", "2")
RUN_DUCKDB = """
import duckdb, sys, time
connection = duckdb.connect(config={"threads": int(sys.argv[2])})
began, used = time.perf_counter(), time.process_time()
connection.execute(open(sys.argv[1]).read())
print(time.perf_counter() - began, time.process_time() - used)
"""


def say(text=""):
    print(text, flush=True)


def skip(why):
    say(f"skip: {why}")
    sys.exit(0)


def run(command, out=None, stdin=None, environment=None, touched=0):
    """(wall s, CPU s, peak MiB, standard output as text unless it goes to `out`) of one process. So many bytes of memory are touched before."""
    if out and os.path.exists(out):
        os.remove(out)
    sink = open(out, "wb") if out else subprocess.PIPE
    figures = os.path.join(BUILD, "figures")
    result = subprocess.run([os.path.join(BUILD, "measure"), figures, str(touched), *command], stdin=stdin if stdin is not None else subprocess.DEVNULL, stdout=sink, env=dict(os.environ, **(environment or {})))
    if out:
        sink.close()
    if result.returncode:
        sys.exit(f"failed with {result.returncode}: {' '.join(command)}")
    with open(figures) as file:
        text = file.read()
    wall, cpu, memory = map(float, text.split())
    return wall, cpu, memory / 1024, "" if out else result.stdout.decode()


def build(name, source, flags):
    target = os.path.join(BUILD, name)
    if not os.path.exists(target) or os.path.getmtime(target) < os.path.getmtime(source):
        subprocess.run(["gcc", "-w", *flags, "-o", target, source, "-lm", "-lpthread"], check=True)
    return target


def python_with(package, module=None):
    """The command that runs Python with a package, installed from the registry if need be, its environment, and the words why not."""
    module = module or package
    if subprocess.run([sys.executable, "-c", f"import {module}"], stderr=subprocess.DEVNULL).returncode == 0:
        return [sys.executable], {}, ""
    folder, venv = os.path.join(BUILD, "python"), os.path.join(BUILD, "venv")
    own = os.path.join(venv, "bin", "python")
    if not os.path.isdir(os.path.join(folder, module)):
        if os.path.exists(own) or subprocess.run([sys.executable, "-m", "venv", venv], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
            if subprocess.run([own, "-c", f"import {module}"], stderr=subprocess.DEVNULL).returncode == 0:
                return [own], {}, ""
            if subprocess.run([own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]).returncode == 0:
                return [own], {}, ""
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", folder, package], stderr=subprocess.DEVNULL)
    if os.path.isdir(os.path.join(folder, module)):
        return [sys.executable], {"PYTHONPATH": folder}, ""
    return None, {}, f"{package} could not be installed from the Python registry"


def flags_of_processor():
    try:
        return set(re.search(r"^flags\s*:(.*)$", open("/proc/cpuinfo").read(), re.M)[1].split())
    except (OSError, TypeError):
        return set()


def prepare(need, yardstick=True):
    """The folder for the files, of which there will be about `need` bytes. Ends the program when there is nothing to measure with, or the yardstick is wanted and not there."""
    os.makedirs(BUILD, exist_ok=True)
    if yardstick and not os.path.exists(os.path.join(YARDSTICK, "generate.c")):
        skip(f"no yardstick in {YARDSTICK} (set PPM_SHARED)")
    if not os.path.exists(PPMC):
        sys.exit(f"{PPMC} is not there: run make first")
    folder = os.environ.get("BENCH_DIR") or ("/dev/shm/ppm-bench-" + str(os.getuid()) if shutil.disk_usage("/dev/shm").free > 2 * need else BUILD)
    os.makedirs(folder, exist_ok=True)
    build("measure", os.path.join(HERE, "measure.c"), ["-O2"])
    return folder


def generated(command, path, what):
    """The path, after making the file if it is not there yet."""
    if not os.path.exists(path):
        say(f"generating {what}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        run(command, out=path + ".part")
        os.rename(path + ".part", path)
    return path


def duckdb_command(query, threads=THREADS):
    """The command that runs the query, its environment, and the words why not. The script is written beside the build's files."""
    python, environment, why = python_with("duckdb")
    if not python:
        return None, {}, why
    script = os.path.join(BUILD, "duckdb_run.py")
    with open(script, "w") as file:
        file.write(RUN_DUCKDB)
    return python + [script, query, str(threads)], environment, ""


def tidy(folder, files):
    """Takes the files away (BENCH_KEEP=1 keeps them), and the folder when nothing else is in it."""
    if os.environ.get("BENCH_KEEP"):
        return
    for path in files:
        if os.path.exists(path):
            os.remove(path)
    if not os.listdir(folder):
        os.rmdir(folder)
