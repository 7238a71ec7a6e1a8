#!/bin/sh
# Installs the Debian packages of the named purposes (tools/packages.txt) that are missing.
# Usage: tools/install-packages.sh build test ...
# Needs root or sudo only when something is missing.
set -eu
list=$(dirname "$0")/packages.txt

missing=
for purpose in "$@"; do
  for package in $(sed -n "s/^$purpose //p" "$list"); do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
  done
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
  as_root=
elif command -v sudo >/dev/null 2>&1; then
  as_root=sudo
else
  echo "These Debian packages are missing, and installing them needs root or sudo:$missing" >&2
  echo "As root, run: apt-get install$missing" >&2
  exit 1
fi
echo "Installing:$missing"
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
