#!/bin/sh
# Installs build/release into a temporary folder, builds tests/consumer against it with
# find_package, runs it, and runs the installed program from there.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tools/quiet.sh cmake --install build/release --prefix "$folder/prefix"
tools/quiet.sh cmake -S tests/consumer -B "$folder/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_PREFIX_PATH="$folder/prefix"
tools/quiet.sh cmake --build "$folder/build"
"$folder/build/consumer"
"$folder/prefix/bin/clipcluster" --version
cd "$folder"
"$folder/prefix/bin/clipcluster" text "a photo of a dog" -o dog.npy -q
test -s dog.npy
