#!/usr/bin/env bash
# Counts the core's instructions in user space, and compares them with what was recorded (make bench-user).
# usage: bench-user.sh [--ktap | --record]
source "$(dirname "$0")/lib.sh"

"$top/scripts/deps.sh" count
out=$(USER_BUILD=$top/build/user-bench "$top/scripts/user-build.sh" SANITIZE= EXTRA=-O2 bench)
"$top/scripts/bench-user.py" "$out" "$top/kunit/user/bench.json" "$@"
