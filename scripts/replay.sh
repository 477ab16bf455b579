#!/usr/bin/env bash
# Replays recordings of the real TDX module's logic against the emulator's model, in user space (make replay).
# usage: replay.sh [FILE...]        default: all files below kunit/replay/vectors
source "$(dirname "$0")/lib.sh"

"$top/scripts/deps.sh" module
out=$top/build/host
mkdir -p "$out"
# The sanitizers watch the model here, which the guest's plain kernel does not.
make -s -C "$out" -f "$top/kunit/replay/host.mk" "TOP=$top" "-j$(nproc)" replay >&2

if [ $# -eq 0 ]; then
	mapfile -t files < <(find "$top/kunit/replay/vectors" -name '*.vec' | sort)
	[ ${#files[@]} -gt 0 ] || die "no recordings below kunit/replay/vectors"
	set -- "${files[@]}"
fi
for file in "$@"; do [ -f "$file" ] || die "FILES: no recording '$file'"; done
exec "$out/replay" "$@"
