#!/usr/bin/env python3
"""Times the queue of a run that many workers share, over a PostgreSQL that it starts itself.

    python3 benches/queue.py --hrkulint target/release/hrkulint
    python3 benches/queue.py --hrkulint target/release/hrkulint --repositories 10000 --workers 2
    python3 benches/queue.py --hrkulint target/release/hrkulint --mirrors 24

The first part is the queue alone: a stand-in for a forge lists --repositories repositories, in none of which anything was
pushed, so that a worker claims each, looks up what is known of it and writes that it is done, and runs no git. Printed are
how long a plan takes, how many repositories are claimed in a second by one worker and by --workers, how large the database
is, and how much memory a worker takes.

The second part is work for the processor: --mirrors repositories in a folder, read by one worker and by --workers, each of
them kept to one processor, as machines of one processor would be. The ratio says what more workers bring: at most as many
times as this machine has processors.

PostgreSQL's programs are taken from PATH, or from where Debian has them. It does not run as root: there it runs as nobody.
Needs Linux. Nothing outside of a temporary folder is written.
"""

import argparse
import contextlib
import glob
import http.server
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

PAGE = 100
PUSHED = "2026-01-01T00:00:00Z"
# Every repository as if a run had read it: the queue is what is left.
KNOWN = """
INSERT INTO repository (key, name, source, listed, pushed, fetched, fetched_pushed, tips, rules, scanned, outcome)
SELECT t.key, 'bench/' || t.id, 'bench', TRUE, 1767225600, 1767312000, 1767225600, 'x', r.rules, 1767312000, 'complete'
FROM task t JOIN run r ON r.id = t.run
"""


def programs():
    """Where initdb and postgres are."""
    found = shutil.which("initdb")
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)
    if found:
        folders.insert(0, os.path.dirname(os.path.realpath(found)))
    if not folders:
        sys.exit("PostgreSQL is needed")
    return folders[0]


@contextlib.contextmanager
def database(scratch):
    """A running PostgreSQL: gives its URL, and a function that runs SQL and gives what is printed."""
    home, where = os.path.join(scratch, "postgres"), programs()
    os.mkdir(home)
    user = {}
    if os.getuid() == 0:
        os.chmod(scratch, 0o711)
        os.chown(home, 65534, 65534)
        user = {"user": 65534, "group": 65534, "extra_groups": []}
    call = {"cwd": home, "env": {"HOME": home, "LC_ALL": "C", "PATH": os.environ["PATH"]}, **user}
    subprocess.run(
        [f"{where}/initdb", "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale", "C", "-D", "data"],
        stdout=subprocess.DEVNULL, check=True, **call,
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [f"{where}/postgres", "-D", "data", "-p", str(port), "-h", "127.0.0.1", "-k", ""],
        stderr=subprocess.DEVNULL, **call,
    )

    def sql(text):
        words = [f"{where}/psql", "-h", "127.0.0.1", "-p", str(port), "-U", "bench", "-At", "-d", "postgres", "-c", text]
        environment = dict(os.environ, PGOPTIONS="-c search_path=hrkulint")
        return subprocess.run(words, check=True, capture_output=True, text=True, env=environment).stdout.strip()

    try:
        while subprocess.run([f"{where}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], check=False).returncode:
            time.sleep(0.1)
        yield f"postgres://bench@127.0.0.1:{port}/postgres", sql
    finally:
        server.terminate()
        server.wait()


def forge(count):
    """A stand-in that lists so many repositories. Returns its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            query = self.path.partition("?")[2]
            page = next((int(it[5:]) for it in query.split("&") if it.startswith("page=")), 1)
            host = self.headers["host"]
            numbers = range((page - 1) * PAGE, min(page * PAGE, count))
            body = json.dumps([
                {
                    "full_name": f"acme/app-{n:06}", "clone_url": f"http://{host}/acme/app-{n:06}.git",
                    "private": True, "visibility": "private", "archived": False, "fork": False, "size": n % 1000,
                    "pushed_at": PUSHED, "default_branch": "main",
                }
                for n in numbers
            ]).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if page * PAGE < count:
                base = self.path.partition("?")[0]
                self.send_header("Link", f'<http://{host}{base}?per_page={PAGE}&page={page + 1}>; rel="next"')
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


def mirrors(folder, count):
    """Repositories whose history keeps a processor busy: text that looks a little like what is searched for."""
    os.mkdir(folder)
    for number in range(count):
        stream = []
        for commit in range(100):
            text = "\n".join(f"API_KEY_{n}={os.urandom(20).hex()}" for n in range(4000))
            stream.append(f"commit refs/heads/main\ncommitter B <b@example.com> {1700000000 + commit} +0000\n")
            stream.append(f"data 1\nx\nM 100644 inline config/{commit % 7}.env\ndata {len(text)}\n{text}\n")
        where = os.path.join(folder, f"{number:03}.git")
        subprocess.run(["git", "init", "-q", "--bare", where], check=True)
        subprocess.run(["git", "fast-import", "--quiet"], cwd=where, input="".join(stream).encode(), check=True)


def run(words, store, scratch):
    """Runs the program to its end. Returns how long it took."""
    start = time.monotonic()
    done = subprocess.run(words, env=environment(store, scratch), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{words} ended with {done.returncode}:\n{done.stderr}")
    return time.monotonic() - start


def environment(store, scratch):
    return {"PATH": os.environ["PATH"], "HOME": scratch, "HRKULINT_STORE": store}


def work(hrkulint, count, store, scratch, more):
    """Lets so many workers end what is planned. Returns how long it took."""
    start = time.monotonic()
    started = []
    for number in range(count):
        words = [hrkulint, "worker", "--quiet", "--cache", os.path.join(scratch, f"cache{number}"), *more]
        # Each is a machine of one processor, as far as there are some.
        own = {number % os.cpu_count()} if more else set(range(os.cpu_count()))
        pin = (lambda own: lambda: os.sched_setaffinity(0, own))(own)
        started.append(subprocess.Popen(words, env=environment(store, scratch), preexec_fn=pin))
    if any([worker.wait() for worker in started]):
        sys.exit("a worker failed")
    return time.monotonic() - start


def queue_alone(options, store, sql, scratch):
    source = f"github:{forge(options.repositories)}/acme"
    plan = [options.hrkulint, "org", source, "--plan", "--quiet"]
    took = run(plan, store, scratch)
    print(f"plan of {options.repositories} repositories: {took:.1f} s")
    sql(KNOWN)
    for count in [1, options.workers]:
        took = work(options.hrkulint, count, store, scratch, [])
        done = int(sql("SELECT count(*) FROM task WHERE state = 'done' AND run = (SELECT max(id) FROM run)"))
        assert done == options.repositories, f"{done} are done"
        print(f"queue alone, {count} worker(s): {took:.1f} s, {options.repositories / took:.0f} claims a second")
        size = int(sql("SELECT pg_database_size('postgres')"))
        print(f"  database {size / 1e6:.0f} MB")
        run(plan, store, scratch)
    work(options.hrkulint, options.workers, store, scratch, [])
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"largest process: {peak / 1024:.0f} MiB")


def busy(options, store, scratch):
    folder = os.path.join(scratch, "mirrors")
    mirrors(folder, options.mirrors)
    times = []
    for count in [1, options.workers]:
        run([options.hrkulint, "org", f"dir:{folder}", "--plan", "--quiet", "--refetch"], store, scratch)
        times.append(work(options.hrkulint, count, store, scratch, ["--jobs", "1"]))
        print(f"{options.mirrors} mirrors, {count} worker(s): {times[-1]:.1f} s")
        # As if nobody had read them.
        options.sql("UPDATE repository SET tips = NULL WHERE source LIKE 'dir:%'")
    print(f"{options.workers} workers are {times[0] / times[1]:.2f} times as fast as one")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hrkulint", required=True, help="the program")
    parser.add_argument("--repositories", type=int, default=100_000, help="in the queue alone [%(default)s]; 0: none")
    parser.add_argument("--workers", type=int, default=4, help="compared with one [%(default)s]")
    parser.add_argument("--mirrors", type=int, default=16, help="repositories for the processor [%(default)s]; 0: none")
    options = parser.parse_args()
    options.hrkulint = os.path.abspath(options.hrkulint)
    with tempfile.TemporaryDirectory() as scratch, database(scratch) as (store, sql):
        options.sql = sql
        if options.repositories:
            queue_alone(options, store, sql, scratch)
        if options.mirrors:
            busy(options, store, scratch)


if __name__ == "__main__":
    main()
