#!/bin/sh
# clang-tidy over every source file of the project (.clang-tidy), warnings as errors.
set -eu
cd "$(dirname "$0")/.."
tools/quiet.sh cmake --preset release -DCLIPCLUSTER_BUILD_TESTS=ON
cmake --build --preset release -j "$(nproc)" >/dev/null  # generated sources must exist
find src -name '*.cpp' | xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p build/release
