#!/usr/bin/env python3
"""Compares the time of `hrkulint scan --history` and `--staged` with git and other scanners, all in one run.

    python3 benches/history.py --hrkulint target/release/hrkulint ~/mirrors/rails.git
    python3 benches/history.py --hrkulint target/release/hrkulint --plant 20 --grow ~/mirrors/rails.git
    python3 benches/history.py --hrkulint target/release/hrkulint --staged

Absolute times say little about another machine, so read the ratios: the last column is the time of hrkulint divided by
that of the program. The programs take turns: each repetition runs every program once, and what is compared is the
median of the repetitions. One turn before them fills the cache of the file system and is not counted.

The measure is git itself: `git cat-file --batch-all-objects --batch --unordered --buffer`, which reads every object of
the repository once. gitleaks and kingfisher run with only their rules for Heroku. A program that is not installed is
left out, and one that does not get to the end, such as one that stops at a missing object, is not compared; both are
said. Without hrkulint the others are still measured. Other programs are named by --git, --gitleaks and --kingfisher.

    --plant N   the same on a copy of each repository with N generated tokens, each in a commit of its own on top of
                commits all over the history; says how many of them hrkulint finds
    --grow      the same, hrkulint and git alone, on the first 10, 25, 50 and 100 % of the commits of HEAD
    --staged    a repository of many files (--files) of which three are staged: `hrkulint scan --staged`,
                `git diff --cached --quiet` and `gitleaks git --staged`

Repositories are not changed: what has to be changed is copied to a temporary folder (--scratch). The peak of memory is
that of anonymous pages, read from /proc (Linux only) in a run that is not timed; mapped packs are not in it.

The exit status is 1 when a limit is exceeded: see --help.
"""

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import string
import subprocess
import sys
import tempfile
import time
import uuid

GITLEAKS_RULES = ["heroku-api-key", "heroku-api-key-v2"]
KINGFISHER_RULES = ["betterleaks.heroku-api-key", "betterleaks.heroku-api-key-v2", "veles.secrets/herokuplatformkey"]
# What programs say when they stop in the middle.
UNFINISHED = ["fatal:", "partial scan", "error occurred", "failed to scan", "panicked"]
# Exit statuses of runs that got to the end. hrkulint: 3 is an object that could not be read, and all else was.
ENDED = {"hrkulint": (0, 1, 3), "kingfisher": (0, 200), "git diff": (0, 1)}
PARTS = [10, 25, 50, 100]
# So many files stand in one folder of the repository for --staged.
SIBLINGS = 200


def program(text):
    """The absolute path of a program, or None."""
    found = shutil.which(os.path.expanduser(text))
    return os.path.abspath(found) if found else None


def environment(scratch, threads):
    """What is written to the home folder goes away, no settings of the user count, and Go uses as many threads."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return dict(kept, HOME=scratch, GOMAXPROCS=str(threads), GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=os.devnull)


def git(tools, repository, *words, **more):
    """The output of a git command that has to succeed."""
    command = [tools["git"], "-C", repository, *words]
    settings = environment(os.devnull, 0)
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, env=settings, **more).stdout


def scan(tools, threads):
    """The beginning of our command line."""
    return [tools["hrkulint"], "scan", "--quiet", "--fail-on", "never", "--progress", "never", "--threads", str(threads)]


def history_commands(tools, repository, arguments, scratch, peers=True):
    """The command lines to compare on a history: {name: words}."""
    found = {}
    if tools["hrkulint"]:
        found["hrkulint"] = scan(tools, arguments.threads) + ["--history", repository]
    words = ["cat-file", "--batch-all-objects", "--batch", "--unordered", "--buffer"]
    found["git cat-file"] = [tools["git"], "-C", repository, *words]
    if peers and tools["kingfisher"]:
        rules = [word for rule in KINGFISHER_RULES for word in ("--rule", rule)]
        found["kingfisher"] = [
            tools["kingfisher"], "scan", "--quiet", "--no-validate", "--no-update-check", "--redact",
            "--git-history", "full", "--rule-cache-dir", os.path.join(scratch, "kingfisher"),
            "--jobs", str(arguments.threads), *rules, repository,
        ]
    if peers and tools["gitleaks"]:
        found["gitleaks"] = gitleaks(tools, scratch) + [repository]
    return found


def gitleaks(tools, scratch):
    config = os.path.join(scratch, "gitleaks.toml")
    with open(config, "w", encoding="utf-8") as file:
        file.write("[extend]\nuseDefault = true\n")
    rules = [word for rule in GITLEAKS_RULES for word in ("--enable-rule", rule)]
    return [
        tools["gitleaks"], "git", "--no-banner", "--no-color", "--redact", "--exit-code", "0", "--config", config, *rules,
    ]


def run(words, scratch, threads, timeout):
    """Runs a command: (wall seconds, processor seconds, exit status, what it said on standard error)."""
    with tempfile.TemporaryFile(dir=scratch) as said:
        start = time.monotonic()
        process = subprocess.Popen(
            words, cwd=scratch, env=environment(scratch, threads), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said,
        )
        signal.signal(signal.SIGALRM, lambda *_: os.killpg(process.pid, signal.SIGKILL))
        signal.alarm(timeout)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        signal.alarm(0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode("utf-8", "replace")
    return wall, usage.ru_utime + usage.ru_stime, process.returncode, text


def unfinished(name, status, said):
    """Why a run did not get to its end, or None."""
    if status not in ENDED.get(name, (0,)):
        return f"status {status}"
    # What hrkulint could not read it says by its status.
    words = [] if name == "hrkulint" else [word for word in UNFINISHED if word in said.lower()]
    return f"it says `{words[0]}`" if words else None


def measure(commands, scratch, arguments, repetitions=None):
    """Medians of programs that take turns: {name: (wall, processor)}, and the status of ours."""
    repetitions = repetitions or arguments.repetitions
    samples = {name: [] for name in commands}
    ours = None
    for repetition in range(repetitions + 1):
        for name in list(samples):
            wall, processor, status, said = run(commands[name], scratch, arguments.threads, arguments.timeout)
            why = unfinished(name, status, said)
            if why and name == "hrkulint":
                sys.exit(f"hrkulint failed with status {status}: {' '.join(commands[name])}\n{said[-2000:]}")
            if why:
                print(f"  not finished, so not compared: {name} ({why})")
                del samples[name]
                continue
            ours = status if name == "hrkulint" else ours
            if repetition > 0:
                samples[name].append((wall, processor))
    medians = {name: [statistics.median(column) for column in zip(*values)] for name, values in samples.items()}
    return medians, ours


def peak(words, scratch, threads):
    """The most anonymous memory that a command has, in MB; None where nothing tells."""
    most = None
    process = subprocess.Popen(
        words, cwd=scratch, env=environment(scratch, threads),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status", encoding="ascii", errors="replace") as file:
                lines = [line.split() for line in file if line.startswith("RssAnon:")]
        except OSError:
            lines = []
        most = max([most or 0.0] + [int(words[1]) / 1000 for words in lines]) if lines else most
        time.sleep(0.002)
    return most


def ratio(medians, name):
    """How long ours takes, divided by the time of another program."""
    both = "hrkulint" in medians and name in medians
    return medians["hrkulint"][0] / medians[name][0] if both else None


def show(title, medians, status=None, most=None):
    """Prints a table; the last column is our time divided by that of the program."""
    print(f"  {title}")
    print(f"  {'program':<14}{'wall s':>9}{'cpu s':>9}{'hrkulint / it':>15}")
    for name, (wall, processor) in medians.items():
        part = ratio(medians, name)
        print(f"  {name:<14}{wall:>9.3f}{processor:>9.3f}{'-' if part is None else format(part, '.3f'):>15}")
    if status is not None:
        memory = "" if most is None else f", peak of anonymous memory {most:.1f} MB"
        print(f"  hrkulint ended with status {status}{memory}")


def check(medians, most, arguments, where, exceeded):
    """Collects the limits that are exceeded."""
    for name, limit in (
        ("git cat-file", arguments.max_cat_file),
        ("kingfisher", arguments.max_kingfisher),
        ("gitleaks", arguments.max_gitleaks),
        ("git diff", arguments.max_diff),
    ):
        part = ratio(medians, name)
        if limit and part is not None and part > limit:
            exceeded.append(f"{part:.3f} times the time of {name} on {where}, not {limit}")
    if arguments.max_peak and most is not None and most > arguments.max_peak:
        exceeded.append(f"{most:.1f} MB on {where}, not {arguments.max_peak}")


def history(tools, repository, arguments, scratch, exceeded, title="history"):
    """Measures one repository as it is."""
    commands = history_commands(tools, repository, arguments, scratch)
    medians, status = measure(commands, scratch, arguments)
    ours = commands.get("hrkulint")
    most = peak(ours, scratch, arguments.threads) if ours else None
    show(title, medians, status, most)
    check(medians, most, arguments, f"{repository} ({title})", exceeded)


def token(dice):
    """A generated token of a form, with the line that makes it one."""
    if dice.random() < 0.5:
        return "HEROKU_API_KEY=" + str(uuid.UUID(int=dice.getrandbits(128), version=4))
    text = "".join(dice.choice(string.ascii_letters + string.digits) for _ in range(58))
    return "export TOKEN=HRKU-AA" + text


def planted(tools, repository, count, scratch):
    """A copy with tokens in commits on top of commits all over the history: (its folder, their paths)."""
    copy = os.path.join(scratch, "planted.git")
    shutil.copytree(repository, copy, symlinks=True)
    commits = git(tools, copy, "rev-list", "--topo-order", "--all").decode().split()
    dice = random.Random(5)
    paths, stream = [], []
    for number in range(count):
        path = f"deploy/planted-{number}.env"
        paths.append(path)
        lines = [f"# settings of stage {number}", *(f"OPTION_{at}={dice.getrandbits(32)}" for at in range(20))]
        text = "\n".join([*lines, token(dice), "RAILS_ENV=production", ""])
        start = commits[(2 * number + 1) * len(commits) // (2 * count)]
        stream.append(
            f"commit refs/heads/planted-{number}\ncommitter Planter <planter@example.com> {1600000000 + number} +0000\n"
            f"data 8\nsettings\nfrom {start}\nM 100644 inline {path}\ndata {len(text)}\n{text}\n"
        )
    git(tools, copy, "fast-import", "--quiet", "--force", input="".join(stream).encode())
    return copy, paths


def plant(tools, repository, arguments, scratch, exceeded):
    """Measures a copy that has tokens, and looks for them."""
    copy, paths = planted(tools, repository, arguments.plant, scratch)
    history(tools, copy, arguments, scratch, exceeded, f"with {len(paths)} planted tokens")
    if tools["hrkulint"]:
        words = scan(tools, arguments.threads) + ["--history", "--report", "json", copy]
        output = subprocess.run(
            words, cwd=scratch, env=environment(scratch, arguments.threads), stdout=subprocess.PIPE, check=False,
        ).stdout
        findings = json.loads(output)["findings"]
        found = {it["location"]["path"] for it in findings if it["token"]} & set(paths)
        print(f"  hrkulint finds {len(found)} of {len(paths)}")
        if len(found) < len(paths):
            exceeded.append(f"{len(paths) - len(found)} planted tokens are not found in {repository}")
    shutil.rmtree(copy)


def beginning(tools, repository, commit, scratch):
    """A repository with what a commit has and all that leads to it."""
    form = git(tools, repository, "rev-parse", "--show-object-format").decode().strip()
    target = os.path.join(scratch, "part.git")
    git(tools, scratch, "init", "--quiet", "--bare", f"--object-format={form}", target)
    packs = os.path.join(target, "objects", "pack", "pack")
    words = ["pack-objects", "--quiet", "--revs", "--missing=allow-any", "--delta-base-offset", packs]
    git(tools, repository, *words, input=f"{commit}\n".encode())
    with open(os.path.join(target, "HEAD"), encoding="ascii") as file:
        head = file.read().split()[1]
    path = os.path.join(target, head)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    # A commit can lack an object here as it does there; git would refuse the reference.
    with open(path, "w", encoding="ascii") as file:
        file.write(commit + "\n")
    return target


def grow(tools, repository, arguments, scratch):
    """Measures growing parts of a history."""
    commits = git(tools, repository, "rev-list", "--topo-order", "--reverse", "HEAD").decode().split()
    print(f"  {'part':<7}{'commits':>9}{'objects':>10}{'pack MB':>9}{'hrkulint s':>12}{'cat-file s':>12}{'ratio':>8}")
    for part in PARTS:
        commit = commits[max(1, len(commits) * part // 100) - 1]
        target = beginning(tools, repository, commit, scratch)
        count = int(git(tools, target, "rev-list", "--count", commit))
        facts = git(tools, target, "count-objects", "-v").decode().split("\n")
        facts = dict(line.split(": ") for line in facts if line)
        medians, _ = measure(history_commands(tools, target, arguments, scratch, False), scratch, arguments)
        shutil.rmtree(target)
        wall = lambda name: format(medians[name][0], ".3f") if name in medians else "-"
        ours = ratio(medians, "git cat-file")
        print(
            f"  {part:>3} % {count:>10}{facts['in-pack']:>10}{int(facts['size-pack']) / 1000:>9.1f}"
            f"{wall('hrkulint'):>12}{wall('git cat-file'):>12}{'-' if ours is None else format(ours, '.3f'):>8}"
        )


def large(tools, files, scratch):
    """A repository of many files of which three are staged."""
    target = os.path.join(scratch, "large")
    os.mkdir(target)
    git(tools, target, "init", "--quiet")
    for number in range(files):
        folder = os.path.join(target, "src", f"part-{number // SIBLINGS}")
        if number % SIBLINGS == 0:
            os.makedirs(folder)
        with open(os.path.join(folder, f"file-{number}.rb"), "w", encoding="ascii") as file:
            file.write(f"# File {number}\n" + "".join(f"VALUE_{at} = {number * at}\n" for at in range(20)))
    name = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com"]
    git(tools, target, "add", "--all")
    git(tools, target, *name, "commit", "--quiet", "--message", "files")
    for number in (0, files // 2, files - 1):
        path = os.path.join(target, "src", f"part-{number // SIBLINGS}", f"file-{number}.rb")
        with open(path, "a", encoding="ascii") as file:
            file.write("MORE = ENV.fetch('HEROKU_API_KEY')\n")
    git(tools, target, "add", "--all")
    return target


def staged(tools, arguments, scratch, exceeded):
    """Measures what a hook before a commit costs."""
    target = large(tools, arguments.files, scratch)
    commands = {}
    if tools["hrkulint"]:
        commands["hrkulint"] = scan(tools, arguments.threads) + ["--staged", target]
    commands["git diff"] = [tools["git"], "-C", target, "diff", "--cached", "--quiet"]
    if tools["gitleaks"]:
        commands["gitleaks"] = gitleaks(tools, scratch) + ["--staged", target]
    medians, status = measure(commands, scratch, arguments, arguments.repetitions * 4)
    title = f"3 staged of {arguments.files} files"
    show(title, medians, status)
    check(medians, None, arguments, title, exceeded)
    shutil.rmtree(target)


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="*", metavar="REPOSITORY", help="bare mirrors")
    for name in ("hrkulint", "git", "gitleaks", "kingfisher"):
        default = os.environ.get(f"COMPARE_{name.upper()}", name)
        parser.add_argument(f"--{name}", default=default, metavar="PROGRAM", help=f"[default: {default}]")
    parser.add_argument("--plant", type=int, metavar="N", help="measure copies with N tokens, too")
    parser.add_argument("--grow", action="store_true", help="measure growing parts of each history, too")
    parser.add_argument("--staged", action="store_true", help="measure a hook before a commit")
    parser.add_argument("--files", type=int, default=80000, metavar="N", help="for --staged [default: 80000]")
    parser.add_argument("--repetitions", type=int, default=5, metavar="N", help="[default: 5]")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="for every program [default: 2]")
    parser.add_argument("--timeout", type=int, default=1800, metavar="S", help="for one run of one program")
    parser.add_argument("--scratch", metavar="FOLDER", help="where copies are made [default: the system's]")
    for name, other in (("cat-file", "git cat-file"), ("kingfisher",) * 2, ("gitleaks",) * 2, ("diff", "git diff")):
        parser.add_argument(f"--max-{name}", type=float, metavar="X", help=f"at most X times the time of {other}")
    parser.add_argument("--max-peak", type=float, metavar="MB", help="at most so much anonymous memory")
    arguments = parser.parse_args()
    if not (arguments.repositories or arguments.staged):
        parser.error("give a repository or --staged")
    return arguments


def main():
    arguments = options()
    tools = {name: program(getattr(arguments, name)) for name in ("hrkulint", "git", "gitleaks", "kingfisher")}
    if not tools["git"]:
        sys.exit(f"there is no program {arguments.git}")
    for name, found in tools.items():
        if not found:
            print(f"left out: {name}, which is not installed")
    print(f"medians of {arguments.repetitions} repetitions, {arguments.threads} threads each, warm cache")
    exceeded = []
    with tempfile.TemporaryDirectory(prefix="hrkulint-bench-", dir=arguments.scratch) as scratch:
        for repository in arguments.repositories:
            repository = os.path.abspath(os.path.expanduser(repository))
            print(f"\n{repository}")
            history(tools, repository, arguments, scratch, exceeded)
            if arguments.plant:
                plant(tools, repository, arguments, scratch, exceeded)
            if arguments.grow:
                grow(tools, repository, arguments, scratch)
        if arguments.staged:
            print("\nstaged")
            staged(tools, arguments, scratch, exceeded)
    for what in exceeded:
        print(f"exceeded: {what}")
    sys.exit(1 if exceeded else 0)


if __name__ == "__main__":
    main()
