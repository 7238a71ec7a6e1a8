#!/bin/sh
# Runs a command and shows its output only if it fails.
output=$("$@" 2>&1) && exit 0
code=$?
printf '%s\n' "$output" >&2
exit $code
