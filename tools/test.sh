#!/bin/sh
# Everything `make test` does: formatting, the optimised build with all tests, the installed package
# from a consumer's side, the quick tests as on lesser processors, a build without vector kernels, the
# quick tests under the address and undefined-behaviour sanitizers, and a short run of the fuzz targets.
set -eu
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}
tools/install-packages.sh build test fuzz

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

step "Quick tests as on a processor without AVX-512, and without AVX"
DNNL_MAX_CPU_ISA=AVX2 ONEDNN_MAX_CPU_ISA=AVX2 CLIPCLUSTER_INSTRUCTION_SET=avx2 \
  ctest --test-dir build/release -LE slow --output-on-failure
DNNL_MAX_CPU_ISA=SSE41 ONEDNN_MAX_CPU_ISA=SSE41 CLIPCLUSTER_INSTRUCTION_SET=scalar \
  ctest --test-dir build/release -LE slow --output-on-failure

# Whether it builds, not how fast it is: not optimised, in half the time.
step "The rooms that have vector kernels, built without them as for another processor"
tools/quiet.sh cmake --preset scalar -DCLIPCLUSTER_BUILD_PROGRAM=OFF -DCLIPCLUSTER_BUILD_TESTS=OFF \
  -DCMAKE_CXX_FLAGS_RELEASE=-O0
cmake --build --preset scalar -j "$jobs"

step "Quick tests under the address and undefined-behaviour sanitizers"
tools/quiet.sh cmake --preset asan
cmake --build --preset asan -j "$jobs"
ctest --test-dir build/asan -LE slow --output-on-failure

step "Fuzz targets, briefly"
tools/fuzz.sh brief
