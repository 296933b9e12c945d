#!/usr/bin/env bash
# The first step of the action: gets the program, and gives its path as the output `binary`.
#
# It is the release of the action's own version, or of the one that was asked for, whose checksum is compared. Where there
# is no release, it is built from the action's own source. `installed` is the `hrkulint` on the path.
set -euo pipefail

fail() {
  printf '::error title=hrkulint::%s\n' "$1"
  exit 2
}

give() {
  "$1" --version
  printf 'binary=%s\n' "$1" >> "$GITHUB_OUTPUT"
  exit 0
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
own=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -n 1)
version=${HRKULINT_VERSION:-$own}
version=${version#v}

if [ "$version" = installed ]; then
  binary=$(command -v hrkulint) || fail 'there is no hrkulint on the path, and the version is "installed"'
  give "$binary"
fi
# Nothing else becomes part of an address or a path.
if ! [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
  fail 'the input "version" is neither a version such as 1.2.3 nor "installed"'
fi

name=hrkulint
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) target=x86_64-unknown-linux-gnu ;;
  Linux-aarch64 | Linux-arm64) target=aarch64-unknown-linux-gnu ;;
  Darwin-x86_64) target=x86_64-apple-darwin ;;
  Darwin-arm64) target=aarch64-apple-darwin ;;
  MINGW*-x86_64 | MSYS*-x86_64) target=x86_64-pc-windows-msvc name=hrkulint.exe ;;
  *) target=none ;;
esac

folder=${RUNNER_TEMP:-$(mktemp -d)}/hrkulint-$version
binary=$folder/bin/$name
if [ -x "$binary" ]; then
  give "$binary"
fi
mkdir -p "$folder/bin" "$folder/unpacked"

archive=hrkulint-$target.tar.gz
address=https://github.com/hrkulint/hrkulint/releases/download/v$version
download() {
  curl --fail --silent --show-error --location --proto '=https' --proto-redir '=https' --retry 3 --max-time 300 \
    --output "$folder/$1" "$address/$1"
}

checksum() {
  if command -v sha256sum > /dev/null; then
    sha256sum "$1"
  else
    shasum --algorithm 256 "$1"
  fi | cut -d ' ' -f 1
}

if [ "$target" != none ] && download "$archive" && download "$archive.sha256"; then
  read -r expected _ < "$folder/$archive.sha256" || true
  if [ "$(checksum "$folder/$archive")" != "$expected" ]; then
    fail "the checksum of $archive of version $version is wrong, so it is not used"
  fi
  tar -xzf "$folder/$archive" -C "$folder/unpacked"
  mv "$folder/unpacked/hrkulint-$target/$name" "$binary"
  give "$binary"
fi

if [ "$version" != "$own" ]; then
  fail "there is no release of version $version for this machine; its own version, $own, would be built here"
fi
if ! command -v cargo > /dev/null; then
  fail "there is no release of version $version for this machine, and no cargo to build it"
fi
echo "There is no release of version $version for this machine, so it is built: this takes some minutes."
cargo install --quiet --locked --path "$root" --root "$folder"
give "$binary"
