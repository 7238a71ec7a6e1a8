#!/bin/sh
# clang-tidy over every source file of the project (.clang-tidy), warnings as errors. Prints the
# findings and fails if there are any.
set -eu
cd "$(dirname "$0")/.."
tools/quiet.sh cmake --preset lint
# xargs goes on to the last file and then fails if any file did.
find src -name '*.cpp' -print0 | sort -z |
  xargs -0 -P "$(nproc)" -n 1 tools/quiet.sh clang-tidy --quiet -p build/lint
