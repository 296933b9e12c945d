#!/usr/bin/env python3
"""Measures how well `hrkulint scan --verify` uses its connections: prints ratios, asserts nothing.

Needs nothing but Python and cargo. The stand-in for Heroku's API answers each request after 100 ms; the ideal is that
all connections are busy all the time.

    python3 benches/verify.py [--tokens 1000] [--latency 100] [--threads 8]
"""

import argparse
import json
import pathlib
import secrets
import string
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ALPHABET = string.ascii_letters + string.digits


def scenario(accounts, tokens, latency):
    """Accounts that share so many tokens."""
    lines = [f"latency-ms = {latency}"]
    made = []
    for account in range(accounts):
        lines += ["[[account]]", f'email = "owner{account}@example.com"']
        for _ in range(tokens // accounts):
            token = "HRKU-AA" + "".join(secrets.choice(ALPHABET) for _ in range(58))
            made.append(token)
            lines += ["[[account.token]]", f'token = "{token}"', 'kind = "authorization"']
    return "\n".join(lines) + "\n", made


def measure(accounts, options, programs):
    """One run: time, requests and the most that were under way."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        text, tokens = scenario(accounts, options.tokens, options.latency)
        (folder / "scenario.toml").write_text(text)
        (folder / "scan").mkdir()
        lines = (f"HEROKU_API_KEY_{at}={token}\n" for at, token in enumerate(tokens))
        (folder / "scan/.env.production").write_text("".join(lines))
        record = folder / "record.jsonl"
        standin = subprocess.Popen(
            [programs / "examples/standin", folder / "scenario.toml", "--record", record],
            stdout=subprocess.PIPE, text=True)
        try:
            url = standin.stdout.readline().strip()
            command = [programs / "hrkulint", "scan", "--verify", "--request-rate", "0", "--request-threads",
                       str(options.threads), "--verify-max", "100000", "--no-cache", "--require-verified",
                       "--api-url", url, "--report", f"json={folder / 'report.json'}", "scan"]
            start = time.monotonic()
            status = subprocess.run(command, cwd=folder, check=False).returncode
            took = time.monotonic() - start
        finally:
            standin.kill()
            standin.wait()
        requests = [json.loads(line) for line in record.read_text().splitlines()]
        report = json.loads((folder / "report.json").read_text())
    if status != 1 or not report["complete"] or len(report["findings"]) < len(tokens):
        raise SystemExit(f"the scan ended with {status}: {report['notices']}")
    ideal = len(requests) * options.latency / 1000 / options.threads
    most = max(request["in_flight"] for request in requests)
    print(f"{len(tokens)} tokens of {accounts} accounts: {took:.2f} s, {len(requests)} requests, ideal {ideal:.2f} s, "
          f"ratio {took / ideal:.2f}, at most {most} at a time")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokens", type=int, default=1000)
    parser.add_argument("--latency", type=int, default=100, help="milliseconds of each answer")
    parser.add_argument("--threads", type=int, default=8, help="requests at a time")
    options = parser.parse_args()
    subprocess.run(["cargo", "build", "--release", "--locked", "--example", "standin", "--bin", "hrkulint"],
                   cwd=ROOT, check=True)
    metadata = subprocess.run(["cargo", "metadata", "--format-version", "1", "--no-deps"], cwd=ROOT, check=True,
                              stdout=subprocess.PIPE)
    programs = pathlib.Path(json.loads(metadata.stdout)["target_directory"]) / "release"
    for accounts in (1, options.tokens // 10 or 1, options.tokens):
        measure(accounts, options, programs)


if __name__ == "__main__":
    main()
