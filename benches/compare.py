#!/usr/bin/env python3
"""Compares the time and memory of `hrkulint scan` with other programs, all in one run.

    python3 benches/compare.py --hrkulint target/release/hrkulint --tree /usr/lib --checkout ~/src/rails

Absolute times say little about another machine, so read the ratios. The programs take turns: each repetition runs
every program once, and what is compared is the median of the repetitions. One turn before them fills the cache of
the file system and is not counted.

On a tree (`--tree`), hrkulint searches every byte of every file, and so does ripgrep with two words of Heroku tokens.
On a checkout of source code (`--checkout`), gitleaks and kingfisher run with only their rules for Heroku. A program
that is not installed is left out, and that is said; name others by --rg, --gitleaks and --kingfisher, or by the
environment variables COMPARE_RG and so on. The peak of memory cannot be told below this script's own, about 15 MB.

The exit status is 1 when a limit is exceeded: see --help.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

RG_PATTERN = "heroku|HRKU-"
GITLEAKS_RULES = ["heroku-api-key", "heroku-api-key-v2"]
KINGFISHER_RULES = ["betterleaks.heroku-api-key", "betterleaks.heroku-api-key-v2", "veles.secrets/herokuplatformkey"]


def program(text):
    """The absolute path of a program, or None."""
    found = shutil.which(os.path.expanduser(text))
    return os.path.abspath(found) if found else None


def commands(tools, kind, path, threads, scratch):
    """The command lines to compare on a tree or a checkout: (name, arguments); ours is the first."""
    ours = [tools["hrkulint"], "scan", "--threads", str(threads), "--progress", "never", "--quiet"]
    if kind == "tree":
        yield "hrkulint", ours + ["--no-ignore", path]
        if tools["rg"]:
            yield "rg", [tools["rg"], "-uuu", "-a", "-c", "-i", "-j", str(threads), RG_PATTERN, path]
        return
    yield "hrkulint", ours + [path]
    if tools["gitleaks"]:
        rules = [word for rule in GITLEAKS_RULES for word in ("--enable-rule", rule)]
        config = os.path.join(scratch, "gitleaks.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write("[extend]\nuseDefault = true\n")
        yield "gitleaks", [
            tools["gitleaks"], "dir", "--no-banner", "--redact", "--exit-code", "0", "--config", config, *rules, path,
        ]
    if tools["kingfisher"]:
        rules = [word for rule in KINGFISHER_RULES for word in ("--rule", rule)]
        yield "kingfisher", [
            tools["kingfisher"], "scan", "--quiet", "--no-validate", "--no-update-check", "--redact",
            "--git-history", "none", "--rule-cache-dir", os.path.join(scratch, "kingfisher"),
            "--jobs", str(threads), *rules, path,
        ]


def run(arguments, scratch, threads):
    """Runs a command without output: (wall seconds, processor seconds, peak bytes, exit status)."""
    # What is written to the home folder goes away, and programs written in Go use as many threads as the others.
    environment = dict(os.environ, HOME=scratch, GOMAXPROCS=str(threads))
    start = time.monotonic()
    process = subprocess.Popen(
        arguments,
        cwd=scratch,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit, process.returncode


def measure(kind, path, arguments, tools):
    """Measures all programs on one path. Returns the medians: {name: (wall, processor, peak)}."""
    with tempfile.TemporaryDirectory(prefix="hrkulint-bench-") as scratch:
        todo = list(commands(tools, kind, path, arguments.threads, scratch))
        samples = {name: [] for name, _ in todo}
        for repetition in range(arguments.repetitions + 1):
            for name, command in todo:
                *values, status = run(command, scratch, arguments.threads)
                # ripgrep: 1 is no match. hrkulint: 1 is findings, 3 is a file that could not be read; ripgrep says 2.
                allowed = {"hrkulint": (0, 1, 3), "rg": (0, 1, 2), "kingfisher": (0, 200)}.get(name, (0,))
                if status not in allowed:
                    sys.exit(f"{name} failed with status {status}: {' '.join(command)}")
                if repetition > 0:
                    samples[name].append(values)
    return {name: [statistics.median(column) for column in zip(*values)] for name, values in samples.items()}


def show(kind, path, medians):
    """Prints a table; the last column says how many times as long as hrkulint a program takes."""
    print(f"\n{kind} {path}")
    print(f"  {'program':<12}{'wall s':>9}{'cpu s':>9}{'peak MB':>9}{'/ hrkulint':>12}")
    ours = medians["hrkulint"]
    for name, (wall, processor, peak) in medians.items():
        print(f"  {name:<12}{wall:>9.3f}{processor:>9.3f}{peak / 1e6:>9.1f}{wall / ours[0]:>12.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("hrkulint", "rg", "gitleaks", "kingfisher"):
        default = os.environ.get(f"COMPARE_{name.upper()}", name)
        parser.add_argument(f"--{name}", default=default, metavar="PROGRAM", help=f"[default: {default}]")
    parser.add_argument("--tree", action="append", default=[], metavar="FOLDER", help="compare with ripgrep here")
    parser.add_argument("--checkout", action="append", default=[], metavar="FOLDER", help="compare with scanners here")
    parser.add_argument("--repetitions", type=int, default=5, metavar="N", help="[default: 5]")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="for every program [default: 2]")
    parser.add_argument("--max-rg", type=float, metavar="X", help="at most X times ripgrep's time")
    parser.add_argument("--min-gitleaks", type=float, metavar="X", help="at least X times as fast as gitleaks")
    parser.add_argument("--min-kingfisher", type=float, metavar="X", help="at least X times as fast as kingfisher")
    parser.add_argument("--max-peak", type=float, metavar="MB", help="at most so much memory, on every path")
    arguments = parser.parse_args()
    if not (arguments.tree or arguments.checkout):
        parser.error("give a --tree or a --checkout")
    tools = {name: program(getattr(arguments, name)) for name in ("hrkulint", "rg", "gitleaks", "kingfisher")}
    if not tools["hrkulint"]:
        parser.error(f"there is no program {arguments.hrkulint}: `cargo build --release --locked` makes it")
    for name, found in tools.items():
        if not found:
            print(f"left out: {name}, which is not installed")
    print(f"medians of {arguments.repetitions} repetitions, {arguments.threads} threads each, warm cache")
    exceeded = []
    for kind, path in [("tree", path) for path in arguments.tree] + [("checkout", path) for path in arguments.checkout]:
        path = os.path.abspath(os.path.expanduser(path))
        medians = measure(kind, path, arguments, tools)
        show(kind, path, medians)
        ours, _, peak = medians["hrkulint"]
        if arguments.max_peak and peak / 1e6 > arguments.max_peak:
            exceeded.append(f"{peak / 1e6:.1f} MB on {path}")
        if "rg" in medians and arguments.max_rg and ours / medians["rg"][0] > arguments.max_rg:
            exceeded.append(f"{ours / medians['rg'][0]:.2f} times the time of rg on {path}")
        for name, least in (("gitleaks", arguments.min_gitleaks), ("kingfisher", arguments.min_kingfisher)):
            if name in medians and least and medians[name][0] / ours < least:
                exceeded.append(f"only {medians[name][0] / ours:.1f} times as fast as {name} on {path}")
    for what in exceeded:
        print(f"exceeded: {what}")
    sys.exit(1 if exceeded else 0)


if __name__ == "__main__":
    main()
