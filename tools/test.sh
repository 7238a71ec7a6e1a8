#!/bin/sh
# Everything `make test` does: formatting, the optimised build with all tests, the installed package
# from a consumer's side, the quick tests under the address and undefined-behaviour sanitizers, and
# a build without AVX kernels.
set -eu
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}
tools/install-packages.sh build test

step() { printf '\n== %s\n' "$1"; }

step "Formatting"
tools/check-format.sh

step "Optimised build"
tools/quiet.sh cmake --preset release -DCLIPCLUSTER_BUILD_TESTS=ON -DCLIPCLUSTER_WARNINGS_AS_ERRORS=ON
cmake --build --preset release -j "$jobs"
step "Tests"
ctest --test-dir build/release --output-on-failure

step "The installed package, used by a consumer"
tools/test-install.sh

step "Quick tests without AVX kernels"
tools/quiet.sh cmake --preset scalar -DCLIPCLUSTER_BUILD_PROGRAM=OFF
cmake --build --preset scalar -j "$jobs"
DNNL_MAX_CPU_ISA=AVX2 ONEDNN_MAX_CPU_ISA=AVX2 ctest --test-dir build/scalar -LE slow --output-on-failure

step "Quick tests under the address and undefined-behaviour sanitizers"
tools/quiet.sh cmake --preset asan
cmake --build --preset asan -j "$jobs"
ctest --test-dir build/asan -LE slow --output-on-failure
