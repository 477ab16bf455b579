#!/usr/bin/env bash
# Builds the TDX module of the machine, a library for QEMU: the model of kunit/seam/model and what joins the two, seconds.
# Prints its path.
# usage: qemu-module.sh QEMU       of qemu-build.sh
source "$(dirname "$0")/lib.sh"

qemu=${1:?path of QEMU}
header=$(dirname "$qemu")/tdx-module.h
[ -f "$header" ] || die "$header is missing: it comes with the patches of kunit/seam/qemu/"
"$top/scripts/deps.sh" module
sources=("$top"/kunit/seam/model/*.c "$top"/kunit/seam/qemu/*.c)
headers=("$top"/kunit/seam/*.h "$top"/kunit/seam/model/*.h "$header")
flags=(-std=gnu11 -O2 -g -fPIC -fvisibility=hidden -pthread -Wall -Wextra -Werror -I "$(dirname "$header")")
key=$({ cat "${sources[@]}" "${headers[@]}"; echo "${flags[*]}"; gcc --version; } | short_hash)
library=$top/build/qemu/tdx-module-$key.so
# Two guests may begin at once.
lock_cache qemu-module
if [ ! -f "$library" ]; then
	rm -rf "$top/build/qemu"
	mkdir -p "$top/build/qemu"
	run_logged "$top/build/log/qemu-module.log" "building the TDX module of the machine" -- \
		gcc -shared "${flags[@]}" -o "$library.part" "${sources[@]}"
	mv "$library.part" "$library"
fi
echo "$library"
