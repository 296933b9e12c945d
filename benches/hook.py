#!/usr/bin/env python3
"""Compares a whole `pre-commit run` with hrkulint as its hook and with `true` as its hook, all in one run.

    python3 benches/hook.py --hrkulint target/release/hrkulint
    python3 benches/hook.py --hrkulint target/release/hrkulint --client prek --files 80000 --max 1.3

That is what a developer waits for at each commit. Absolute times say little about another machine, so read the ratio: the
median time with hrkulint divided by that with `true`. The two take turns, so that what else happens on the machine meets
both. Two turns before them fill the cache of the file system and are not counted.

The repository has --files files, of which three are staged, so that hrkulint has something to read and nothing to report.
Nothing outside of a temporary folder is written.

The exit status is 1 when the limit is exceeded: see --help.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

# So many files stand in one folder.
SIBLINGS = 200
WARM = 2


def program(text):
    """The absolute path of a program, which has to be there."""
    found = shutil.which(os.path.expanduser(text))
    if not found:
        sys.exit(f"there is no program {text}")
    return os.path.abspath(found)


def environment(scratch):
    """What clients keep goes away, and no settings of the user count."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT", "PREK"))}
    return dict(
        kept, HOME=scratch, PRE_COMMIT_HOME=os.path.join(scratch, "pre-commit"), PREK_HOME=os.path.join(scratch, "prek"),
        GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=os.devnull,
    )


def run(words, folder, scratch):
    """Runs a command that has to succeed. Returns how long it took."""
    start = time.monotonic()
    done = subprocess.run(
        words, cwd=folder, env=environment(scratch), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False,
    )
    wall = time.monotonic() - start
    if done.returncode:
        sys.exit(f"{words} ended with {done.returncode}:\n{done.stdout.decode(errors='replace')}")
    return wall


def repository(files, folder, scratch):
    """A repository of many files of which three are staged."""
    git = [program("git"), "-c", "user.name=Bench", "-c", "user.email=bench@example.com"]
    os.mkdir(folder)
    run([*git, "init", "--quiet"], folder, scratch)
    path = lambda number: os.path.join(folder, "src", f"part-{number // SIBLINGS}", f"file-{number}.rb")
    for number in range(files):
        if number % SIBLINGS == 0:
            os.makedirs(os.path.dirname(path(number)))
        with open(path(number), "w", encoding="ascii") as file:
            file.write(f"# File {number}\n" + "".join(f"VALUE_{at} = {number * at}\n" for at in range(20)))
    run([*git, "add", "--all"], folder, scratch)
    run([*git, "commit", "--quiet", "--message", "files"], folder, scratch)
    for number in {0, files // 2, files - 1}:
        with open(path(number), "a", encoding="ascii") as file:
            file.write("MORE = ENV.fetch('HEROKU_API_KEY')\n")
    run([*git, "add", "--all"], folder, scratch)


def config(path, entry):
    """A configuration with one hook. JSON is YAML."""
    hook = {
        "id": "hook", "name": "hook", "entry": entry, "language": "system", "pass_filenames": False, "always_run": True,
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"repos": [{"repo": "local", "hooks": [hook]}]}, file)


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hrkulint", default="hrkulint", metavar="PROGRAM", help="[default: hrkulint]")
    parser.add_argument("--client", default="pre-commit", metavar="PROGRAM", help="or prek [default: pre-commit]")
    parser.add_argument("--files", type=int, default=2000, metavar="N", help="[default: 2000]")
    parser.add_argument("--repetitions", type=int, default=20, metavar="N", help="[default: 20]")
    parser.add_argument("--max", type=float, metavar="X", help="at most X times the time with `true`")
    return parser.parse_args()


def main():
    arguments = options()
    client, hrkulint = program(arguments.client), program(arguments.hrkulint)
    with tempfile.TemporaryDirectory(prefix="hrkulint-bench-") as scratch:
        folder = os.path.join(scratch, "repository")
        repository(arguments.files, folder, scratch)
        commands = {}
        for name, entry in (("true", "true"), ("hrkulint", f"{hrkulint} scan --staged")):
            path = os.path.join(scratch, f"{name}.yaml")
            config(path, entry)
            commands[name] = [client, "run", "--config", path]
        times = {name: [] for name in commands}
        for turn in range(WARM + arguments.repetitions):
            for name, words in commands.items():
                wall = run(words, folder, scratch)
                if turn >= WARM:
                    times[name].append(wall)
    print(f"{arguments.client} run, 3 staged of {arguments.files} files, medians of {arguments.repetitions}")
    medians = {name: statistics.median(walls) for name, walls in times.items()}
    ratio = medians["hrkulint"] / medians["true"]
    for name, walls in times.items():
        print(f"  {name:<9}{medians[name]:>8.3f} s   from {min(walls):.3f} to {max(walls):.3f}")
    print(f"  ratio    {ratio:>8.2f}")
    if arguments.max and ratio > arguments.max:
        print(f"exceeded: {ratio:.2f} times the time with `true`, at most {arguments.max}")
        sys.exit(1)


if __name__ == "__main__":
    main()
