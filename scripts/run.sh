#!/bin/sh
# A command of `sage` as an npm script: set-up where something is missing or stale, then the command itself in
# this very process, so that signals and the exit code go straight through.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
node "$root/scripts/setup.mjs"
exec "$root/bin/sage" "$@"
