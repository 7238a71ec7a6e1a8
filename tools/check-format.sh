#!/bin/sh
# Fails, with the places, when a C++ file is not as clang-format would write it.
set -eu
cd "$(dirname "$0")/.."
find include src tests bench fuzz -name "*.h" -o -name "*.cpp" | xargs clang-format --dry-run --Werror
