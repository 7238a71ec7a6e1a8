#!/bin/sh
# Runs the fuzz targets with libFuzzer, one after the other.
#   tools/fuzz.sh SECONDS [TARGET...]   each target for so long; its corpus grows in build/fuzz/corpus
#   tools/fuzz.sh brief                 the recorded inputs and a fixed number of others, as the tests do
# An input that breaks something is left in build/fuzz/found. HACKING.md says what to do with it.
set -eu
cd "$(dirname "$0")/.."
length=${1:?how many seconds for each target, or brief}
shift
tools/install-packages.sh build fuzz
tools/quiet.sh cmake --preset fuzz
cmake --build --preset fuzz -j "${JOBS:-$(nproc)}"
[ $# -gt 0 ] || set -- $(cd build/fuzz/fuzz && ls fuzz_* | sed 's/^fuzz_//')

export UBSAN_OPTIONS=print_stacktrace=1
failed=
for target in "$@"; do
  corpus=build/fuzz/corpus/$target
  mkdir -p "$corpus" build/fuzz/found
  set -- -artifact_prefix="build/fuzz/found/$target-" -timeout=60 -rss_limit_mb=3000 -print_final_stats=1
  [ ! -f "fuzz/dictionaries/$target" ] || set -- "$@" -dict="fuzz/dictionaries/$target"
  if [ "$length" = brief ]; then
    rm -rf "$corpus"
    mkdir "$corpus"
    set -- "$@" -seed=1 -runs=2000 -max_total_time=10
  else
    set -- "$@" -max_total_time="$length"
  fi
  for folder in "fuzz/seeds/$target" "fuzz/regressions/$target"; do
    [ ! -d "$folder" ] || set -- "$@" "$folder"
  done
  if [ "$target" = image ]; then
    set -- "$@" tests/images/data/formats
    [ "$length" = brief ] || for folder in ../shared/data/nasty/*/; do [ ! -d "$folder" ] || set -- "$@" "$folder"; done
  fi
  echo "-- $target"
  log=build/fuzz/$target.log
  if "build/fuzz/fuzz/fuzz_$target" "$corpus" "$@" >"$log" 2>&1; then
    grep -E '^stat::(number_of_executed_units|average_exec)' "$log"
  else
    tail -n 60 "$log" >&2
    failed="$failed $target"
  fi
done
[ -z "$failed" ] || { echo "Something was found:$failed; the inputs are in build/fuzz/found" >&2; exit 1; }
