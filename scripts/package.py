#!/usr/bin/env python3
"""Builds what a release has for one platform: the archive with its checksum, and the wheel.

    python3 scripts/package.py                                    # for this machine, into dist/
    python3 scripts/package.py --target x86_64-unknown-linux-gnu --static --wheel

The archive is called as `cargo binstall` and the GitHub Action look for it: `hrkulint-TARGET.tar.gz`; for Windows there is a
`.zip` with the same content. It has one folder with the program, completions for five shells, the manual page, the licences,
README and CHANGELOG. The same program gives the same archive, byte for byte: entries are sorted, and dates are those of the
last commit.

Needs cargo, and maturin for the wheel. The program is run to write its completions, so TARGET has to run here.
"""

import argparse
import gzip
import hashlib
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import zipfile
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Shells, and what they call a file of completions for a program.
SHELLS = {
    "bash": "hrkulint.bash",
    "zsh": "_hrkulint",
    "fish": "hrkulint.fish",
    "powershell": "_hrkulint.ps1",
    "elvish": "hrkulint.elv",
}

# Files that come along as they are.
DOCUMENTS = ("README.md", "CHANGELOG.md", "LICENSE")

# How crates call the texts of their licences.
LICENCES = ("license", "licence", "copying", "copyright", "notice", "unlicense")


def run(words, **more):
    """Runs a program, and shows what is run."""
    print("+", shlex.join(map(str, words)), file=sys.stderr, flush=True)
    return subprocess.run(words, cwd=ROOT, check=True, **more)


def output(words, **more):
    return run(words, stdout=subprocess.PIPE, **more).stdout


def host():
    """The platform that rustc builds for where nothing else is said."""
    lines = output(["rustc", "-vV"], text=True).splitlines()
    return next(line.removeprefix("host: ") for line in lines if line.startswith("host: "))


def build(arguments, environment):
    """Builds the program. Returns where it is."""
    words = ["cargo", "build", "--locked", "--bin", "hrkulint", "--target", arguments.target]
    words += ["--profile", arguments.profile, "--message-format", "json-render-diagnostics"]
    built = [json.loads(line) for line in output(words, env=environment).splitlines()]
    programs = [message["executable"] for message in built if message.get("executable")]
    return Path(programs[-1])


def linked(target):
    """The crates that are part of the program, from those that cargo resolves for a platform."""
    words = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target]
    metadata = json.loads(output(words))
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        for dependency in nodes[node]["deps"]:
            # Neither what tests need nor what builds is part of the program.
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                waiting.append(dependency["pkg"])
    return sorted((packages[it] for it in seen - {root}), key=lambda it: (it["name"], it["version"]))


def third_parties(target):
    """The licences of all crates that are part of the program: each text once, with the crates that have it."""
    crates = linked(target)
    lines = ["# Licences of the crates in hrkulint", ""]
    texts = {}
    for crate in crates:
        name = f"{crate['name']} {crate['version']}"
        licence = crate["license"] or "see below"
        lines.append(f"- {name}: {licence}, {', '.join(crate['authors']) or 'its authors'}")
        for path in sorted(Path(crate["manifest_path"]).parent.iterdir()):
            if path.is_file() and path.name.lower().startswith(LICENCES):
                text = path.read_text(encoding="utf-8", errors="replace").strip()
                texts.setdefault(text, []).append(name)
    for text, names in texts.items():
        lines += ["", "## " + ", ".join(dict.fromkeys(names)), "", text]
    return "\n".join(lines) + "\n"


def contents(program, target):
    """The files of the archive: names, whether they are programs, and bytes."""
    words = lambda *arguments: output([program, *arguments])
    files = {program.name: (True, program.read_bytes())}
    for name in DOCUMENTS:
        files[name] = (False, (ROOT / name).read_bytes())
    files["THIRD-PARTY.md"] = (False, third_parties(target).encode())
    files["man/hrkulint.1"] = (False, words("man"))
    for shell, name in SHELLS.items():
        files[f"completions/{name}"] = (False, words("completions", shell))
    return dict(sorted(files.items()))


def commit_time():
    """When the last commit was made, which `SOURCE_DATE_EPOCH` overrules; nothing else is as stable."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given or output(["git", "log", "-1", "--format=%ct"], text=True))


def tar(folder, files, time):
    """A compressed archive of tar that depends on the files alone."""
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", filename="", mtime=0) as stream:
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name, (executable, data) in files.items():
                entry = tarfile.TarInfo(f"{folder}/{name}")
                entry.size, entry.mtime = len(data), time
                entry.mode = 0o755 if executable else 0o644
                archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def zipped(folder, files, time):
    """The same for Windows."""
    buffer = io.BytesIO()
    date = datetime.fromtimestamp(max(time, 315532800), timezone.utc).timetuple()[:6]
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (_, data) in files.items():
            entry = zipfile.ZipInfo(f"{folder}/{name}", date)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return buffer.getvalue()


def checksum(path):
    """Writes the file beside a file that `sha256sum --check` reads."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    line = f"{digest}  {path.name}\n"
    path.with_name(path.name + ".sha256").write_text(line, encoding="ascii", newline="\n")
    print(line, end="", flush=True)


def wheel(arguments, environment):
    """The wheel: the program alone, in the place where Python puts programs."""
    words = ["maturin", "build", "--locked", "--profile", arguments.profile, "--target", arguments.target]
    run([*words, "--out", arguments.out], env=environment)


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", help="the platform [default: this one]")
    parser.add_argument("--profile", default="release", help="cargo's profile [default: release]")
    parser.add_argument("--static", action="store_true", help="link the C library, too, so that any Linux will do")
    parser.add_argument("--wheel", action="store_true", help="build the wheel, too")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="FOLDER", help="[default: dist]")
    arguments = parser.parse_args()
    arguments.out = arguments.out.resolve()
    arguments.target = arguments.target or host()
    return arguments


def main():
    arguments = options()
    time = commit_time()
    # The wheel's dates. Both builds have it, since crates in C are built again when it changes.
    environment = dict(os.environ, SOURCE_DATE_EPOCH=str(time))
    if arguments.static:
        flags = environment.get("RUSTFLAGS", "") + " -C target-feature=+crt-static"
        environment["RUSTFLAGS"] = flags.strip()
    program = build(arguments, environment)
    folder = f"hrkulint-{arguments.target}"
    files = contents(program, arguments.target)
    arguments.out.mkdir(parents=True, exist_ok=True)
    # The folder itself stays, for the container file.
    unpacked = arguments.out / folder
    shutil.rmtree(unpacked, ignore_errors=True)
    for name, (executable, data) in files.items():
        path = unpacked / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(0o755 if executable else 0o644)
    packs = {"tar.gz": tar, "zip": zipped} if "windows" in arguments.target else {"tar.gz": tar}
    for suffix, pack in packs.items():
        archive = arguments.out / f"{folder}.{suffix}"
        archive.write_bytes(pack(folder, files, time))
        checksum(archive)
    if arguments.wheel:
        wheel(arguments, environment)


if __name__ == "__main__":
    main()
