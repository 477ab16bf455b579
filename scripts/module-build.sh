#!/usr/bin/env bash
# Builds the module and the test modules for a kernel, warnings as errors, and prints the directory they are in.
# Each kernel has its own directory for objects below build/, with links to the sources.
# MODULES=directory for the objects; GCOV=1: objects that count what is executed.
# usage: module-build.sh KDIR [ROOT [VARIABLE=VALUE...]]
#        ROOT: a directory of debian-root.sh with the compiler to use, in which KDIR is a path; '' for none. TESTS= leaves the
#        test modules out, TESTS=emulator all but the emulator and what the main job needs.
source "$(dirname "$0")/lib.sh"

kdir=${1:?kernel build directory} root=${2:-}
shift $(($# > 1 ? 2 : 1))
make=(make)
if [ -n "$root" ]; then make=("$top/scripts/debian-root.sh" run "$root" make); else "$top/scripts/deps.sh" module; fi
out=${MODULES:-$top/build/${root:+debian-}$(basename "$kdir")}
mkdir -p "$out"
(cd "$top" && find Kbuild Makefile dkms.conf scripts/kernels include shim cxx kunit companion samples scripts -type f \
	\( -name Kbuild -o -name Makefile -o -name dkms.conf -o -path scripts/kernels -o -name '*.[ch]' -o -name '*.cc' -o -name '*.hpp' -o -name '*.mk' -o -name '*.sh' \) \
	! -name '*.mod.c' ! -name '.*') |
	while read -r source; do
		[ "$out/$source" -ef "$top/$source" ] || { mkdir -p "$out/$(dirname "$source")"; ln -sfn "$top/$source" "$out/$source"; }
	done
# Removes the links of sources that were deleted.
find "$out" -xtype l -delete
run_logged "$out/build.log" "building the modules for $(basename "$kdir")" -- \
	"${make[@]}" -C "$out" "KDIR=$kdir" WERROR=1 TESTS=m ${GCOV:+GCOV=1} "-j$(nproc)" "$@" modules
echo "$out"
