#!/usr/bin/env python3
"""Times one scan of one file with N, 2N and 4N candidates, for many shapes of file, and how the time grows.

    python3 benches/growth.py --hrkulint target/release/hrkulint
    python3 benches/growth.py --hrkulint target/release/hrkulint --first 2500 --shape flat.yml --shape minified.json
    python3 benches/growth.py --hrkulint target/release/hrkulint --max 3

Times are of the processor, not of the clock, so that what else runs on the machine counts little. The last column is the
time of 4N divided by that of 2N: about 2 where the work is linear, 4 where it is quadratic. Small files take the time that
the program needs to start, so raise --first before you read much into it.

Tokens are made at random. Nothing outside of a temporary folder is written.

The exit status is 1 when the limit is exceeded: see --help.
"""

import argparse
import base64
import json
import os
import random
import resource
import shutil
import string
import subprocess
import sys
import tempfile
import uuid

FORMATS = ["text", "json", "markdown", "sarif", "github", "gitlab", "openmetrics"]
RANDOM = random.Random(1)
LETTERS = string.ascii_letters + string.digits + "_-"


def token():
    """A text of the shape of a token."""
    return "HRKU-AA" + "".join(RANDOM.choice(LETTERS) for _ in range(58))


def bare():
    """A text of the shape of an older token."""
    return str(uuid.UUID(int=RANDOM.getrandbits(128), version=4))


def lines(write):
    """A shape of one line for each candidate."""
    return lambda count: "".join(write(number) + "\n" for number in range(count))


def one_line(write, start="", between=",", end="\n"):
    """A shape of one line with all candidates."""
    return lambda count: start + between.join(write(number) for number in range(count)) + end


def encoded(text):
    """A text in base64."""
    return base64.b64encode(text.encode()).decode()


# By the name of the file.
SHAPES = {
    "flat.yml": lines(lambda n: f"k{n}: {token()}"),
    "flat-uuid.yml": lines(lambda n: f"heroku_api_key: {bare()}"),
    "flat-apps.yml": lines(lambda n: f"k{n}: {token()}\napp_{n}: shop-staging"),
    "nested.yml": lines(lambda n: f"a{n}:\n  b:\n    heroku_api_key: {bare()}"),
    "list.yml": lambda count: "heroku:\n" + lines(lambda n: f"  - token: {bare()}")(count),
    ".gitlab-ci.yml": lambda count: "variables:\n" + lines(lambda n: f"  K{n}: {token()}")(count)
    + "deploy:\n  script:\n    - dpl --provider=heroku\n",
    "minified.json": one_line(lambda n: f'"{bare()}"', '{"heroku":[', end="]}"),
    "objects.json": one_line(lambda n: f'{{"id":{n},"api_key":"{bare()}"}}', '{"heroku":[', end="]}"),
    "members.json": one_line(lambda n: f'"heroku_api_key_{n}":"{bare()}"', "{", end="}"),
    "pretty.json": lambda count: json.dumps({"heroku": [{"api_key": bare()} for _ in range(count)]}, indent=2),
    "lines.env": lines(lambda n: f"HEROKU_API_KEY_{n}={bare()}"),
    "one-line.env": one_line(lambda n: f"K{n}={token()}", between=" "),
    "one-line-uuid.env": one_line(lambda n: f"TOKEN_{n}={bare()}", "HEROKU=1 ", " "),
    "same-name.py": lambda count: "import heroku3\n" + lines(lambda n: f"token = '{bare()}'")(count),
    "names.py": lambda count: "import heroku3\n" + lines(lambda n: f"token_{n} = '{bare()}'")(count),
    "calls.py": lambda count: "import heroku3\n" + lines(lambda n: f"make('{bare()}')")(count),
    "minified.js": one_line(lambda n: f"e.k{n}={{t:'{bare()}',h:function(){{}}}}", "var heroku={};", ";"),
    "array.js": one_line(lambda n: f"'{bare()}'", "const heroku = make(", ",", ")"),
    "rows.csv": lambda count: "name,heroku_api_key\n" + lines(lambda n: f"app{n},{bare()}")(count),
    "one-line.csv": one_line(lambda n: bare(), "heroku,"),
    "attributes.xml": one_line(lambda n: f'heroku_key_{n}="{bare()}"', "<a ", " ", "/>"),
    "elements.xml": one_line(lambda n: f"<key name='heroku_api_key'>{bare()}</key>", "<a>", "", "</a>"),
    "flat.toml": lines(lambda n: f'heroku_api_key_{n} = "{bare()}"'),
    "sections.ini": lines(lambda n: f"[heroku-{n}]\napi_key = {bare()}"),
    "exports.sh": lines(lambda n: f"export HEROKU_API_KEY={token()}"),
    "commands.sh": lines(lambda n: f"HEROKU_API_KEY={token()} heroku ps -a shop-{n}-staging"),
    "one-line.sh": one_line(lambda n: f"HEROKU_API_KEY={token()} heroku ps -a shop-{n}-staging", between="; "),
    "curl.sh": lines(lambda n: f"curl -H 'Authorization: Bearer {bare()}' https://api.heroku.com/apps"),
    "Jenkinsfile": one_line(lambda n: f"sh 'HEROKU_API_KEY={token()} git push heroku'", "stage('deploy') {\n", "\n", "}\n"),
    "table.md": lambda count: "| app | Heroku API key |\n|---|---|\n" + lines(lambda n: f"| a{n} | {bare()} |")(count),
    "base64.txt": one_line(lambda n: encoded(token()), between=" "),
    "base64-uuid.txt": one_line(lambda n: encoded("heroku:" + bare()), between=" "),
    "escapes.json": one_line(lambda n: f'"\\u0048RKU{token()[4:]}"', "[", end="]"),
    "wide.txt": one_line(lambda n: f"é {token()}", between=" "),
    "allows.sh": lines(lambda n: f"K={token()} # hrkulint:allow token known"),
}


def seconds(words, folder, limit):
    """How long the processor worked for a command; `None` when it took too long."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run(
            words, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            check=False, timeout=limit,
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode not in (0, 1):
        sys.exit(f"{words} ended with {done.returncode}:\n{done.stderr.decode(errors='replace')}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(program, name, first, options, limit):
    """The times of three sizes of one shape."""
    found = []
    for factor in (1, 2, 4):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(SHAPES[name](first * factor))
            found.append(seconds([program, "scan", "--quiet", *options, name], folder, limit))
        if found[-1] is None:
            break
    return found


def show(name, found):
    """Prints a row; returns by what the time grew."""
    growth = found[2] / found[1] if len(found) == 3 and found[2] else None
    cells = ["  too long" if time is None else f"{time:9.2f}s" for time in found] + [" " * 10] * (3 - len(found))
    print(f"{name:22}", *cells, f"{growth:7.1f}" if growth else "      -", flush=True)
    return growth


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--hrkulint", default="hrkulint", help="the program")
    parser.add_argument("--first", type=int, default=1000, help="N, the smallest number of candidates")
    parser.add_argument("--shape", action="append", choices=SHAPES, help="a shape; all without it")
    parser.add_argument("--report", default="json", choices=[*FORMATS, "all"], help="of the report; all: of flat.yml each")
    parser.add_argument("--limit", type=float, default=120, help="so many seconds may one scan take")
    parser.add_argument("--max", type=float, help="how much the time may grow from 2N to 4N, where 4N takes over a second")
    given = parser.parse_args()
    program = shutil.which(os.path.expanduser(given.hrkulint))
    if not program:
        sys.exit(f"there is no program {given.hrkulint}")
    program = os.path.abspath(program)
    print(f"{'':22}", *(f"{given.first * factor:10}" for factor in (1, 2, 4)), "   4N/2N")
    over = []
    rows = (
        [(form, "flat.yml", form) for form in FORMATS] if given.report == "all"
        else [(name, name, given.report) for name in given.shape or SHAPES]
    )
    for row, name, form in rows:
        found = measure(program, name, given.first, ["--report", form], given.limit)
        growth = show(row, found)
        if given.max and (None in found or found[-1] > 1 and growth > given.max):
            over.append(row)
    if over:
        sys.exit(f"grows by more than {given.max}: {', '.join(over)}")


if __name__ == "__main__":
    main()
