#!/usr/bin/env bash
# Looks at what must not depend on the number of live arrays, in user space (make bench-user): prints KTAP.
source "$(dirname "$0")/lib.sh"

"$top/scripts/deps.sh" count
out=$(USER_BUILD=$top/build/user-bench "$top/scripts/user-build.sh" SANITIZE= EXTRA=-O2 bench)
"$top/scripts/bench-user.py" "$out"
