#!/usr/bin/env bash
# The second step of the action: from its inputs to arguments of `hrkulint ci github`. Nothing that an input holds is
# expanded or run.
set -euo pipefail

arguments=(ci github "--mode=${HRKULINT_MODE:-auto}")

# An option with a value, where the input has one.
option() {
  if [ -n "$2" ]; then
    arguments+=("$1=$2")
  fi
}

case "${HRKULINT_FETCH:-true}" in
  true) arguments+=(--fetch) ;;
  false) ;;
  *)
    echo '::error title=hrkulint::the input "fetch" is neither "true" nor "false"'
    exit 2
    ;;
esac
case "${HRKULINT_VERIFY:-false}" in
  true) arguments+=(--verify) ;;
  all) arguments+=(--verify=all) ;;
  false) ;;
  *)
    echo '::error title=hrkulint::the input "verify" is neither "true", "false" nor "all"'
    exit 2
    ;;
esac
option --fail-on "${HRKULINT_FAIL_ON:-}"
option --config "${HRKULINT_CONFIG:-}"
option --baseline "${HRKULINT_BASELINE:-}"
option --sarif-file "${HRKULINT_SARIF_FILE:-${RUNNER_TEMP:-/tmp}/hrkulint.sarif}"

# Names, and arguments: between white space.
read -r -d '' -a names <<< "${HRKULINT_API_KEY_ENV:-}" || true
for name in ${names[@]+"${names[@]}"}; do
  option --api-key-env "$name"
done
read -r -d '' -a more <<< "${HRKULINT_ARGS:-}" || true
arguments+=(${more[@]+"${more[@]}"})

# Paths: one a line, since they may have white space in them.
arguments+=(--)
while IFS= read -r path; do
  if [ -n "$path" ]; then
    arguments+=("$path")
  fi
done <<< "${HRKULINT_PATHS:-.}"

exec "$HRKULINT_BINARY" "${arguments[@]}"
