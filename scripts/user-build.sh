#!/usr/bin/env bash
# Builds programs of kunit/user/ (the core and the model in user space) and prints the directory they are in.
# usage: user-build.sh [VARIABLE=VALUE]... TARGET...
source "$(dirname "$0")/lib.sh"

"$top/scripts/deps.sh" user
out=${USER_BUILD:-$top/build/user}
mkdir -p "$out"
make -s -C "$out" -f "$top/kunit/user/user.mk" "TOP=$top" "-j$(nproc)" "$@" >&2
echo "$out"
