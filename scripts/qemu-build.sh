#!/usr/bin/env bash
# Prints the path of a QEMU with TDX: the distribution's source with the patches of kunit/seam/qemu/, built once, which takes
# minutes, with only what the machine needs. Cached by version, patches and compiler. It does not include the TDX module.
# usage: qemu-build.sh [--module]    QEMU=/path names a program to use instead. --module: also builds the TDX module of the
#        machine, a library for QEMU (kunit/seam/model and the code that connects it to QEMU), in seconds; prints its path, too
source "$(dirname "$0")/lib.sh"

finish() { # finish QEMU
	echo "$1"
	[ -z "$module" ] || build_module "$(dirname "$1")/tdx-module.h"
}
build_module() { # build_module HEADER: the one that the patches of kunit/seam/qemu/ add
	local sources headers flags key library
	[ -f "$1" ] || die "$1 is missing: it comes with the patches of kunit/seam/qemu/"
	sources=("$top"/kunit/seam/model/*.c "$top"/kunit/seam/qemu/*.c)
	headers=("$top"/kunit/seam/*.h "$top"/kunit/seam/model/*.h "$1")
	flags=(-std=gnu11 -O2 -g -fPIC -fvisibility=hidden -pthread -Wall -Wextra -Wno-unused-parameter -Werror -I "$(dirname "$1")")
	key=$({ cat "${sources[@]}" "${headers[@]}"; echo "${flags[*]}"; gcc --version; } | short_hash)
	library=$top/build/qemu/tdx-module-$key.so
	# Two guests may start at once.
	lock_cache qemu-module
	if [ ! -f "$library" ]; then
		rm -rf "$top/build/qemu"
		mkdir -p "$top/build/qemu"
		run_logged "$top/build/log/qemu-module.log" "building the TDX module of the machine" -- \
			gcc -shared "${flags[@]}" -o "$library.part" "${sources[@]}"
		mv "$library.part" "$library"
	fi
	echo "$library"
}
module=${1:-}
[ -z "$module" ] || "$top/scripts/deps.sh" module

suite=trixie
series=10.0
pinned=1:10.0.13+ds-0+deb13u1
instead='name a QEMU that has the patches of kunit/seam/qemu/ with QEMU=/path'
if [ -n "${QEMU:-}" ]; then
	[ -x "$QEMU" ] || die "QEMU=$QEMU is not a program"
	finish "$(realpath "$QEMU")"
	exit 0
fi

"$top/scripts/deps.sh" guest qemu
patches=("$top"/kunit/seam/qemu/*.patch)
[ -f "${patches[0]}" ] || die "no patches in kunit/seam/qemu"

# One target with only what the guests of this project use.
options=(--target-list=x86_64-softmmu --without-default-features --without-default-devices --with-devices-x86_64=tdx --enable-tcg
	--enable-system --enable-fdt=system --disable-pixman --disable-install-blobs --disable-guest-agent --disable-tools
	--disable-werror --disable-debug-info)
devices=(Q35 SERIAL_ISA HPET)

key() { # key VERSION
	{ echo "$1 ${options[*]} ${devices[*]}"; cat "${patches[@]}"; gcc --version; } | short_hash
}

# Debian 12 has the libraries, but its meson is too old: a newer one runs from where it is unpacked.
fetch() { # fetch VERSION DIRECTORY
	local deb
	rm -rf "$2"
	mkdir -p "$2/tools"
	cd "$2"
	apt-get source --download-only "qemu=$1"
	export APT_CONFIG=$binaries
	apt-get download meson python3-pycotap
	for deb in *.deb; do dpkg-deb -x "$deb" tools; done
}

unpack() { # unpack DIRECTORY
	local patch
	mkdir "$1/source"
	tar -xf "$1"/qemu_*.orig.tar.xz --strip-components=1 --no-same-owner -C "$1/source"
	for patch in "${patches[@]}"; do
		patch -d "$1/source" -p1 -F0 --quiet <"$patch" || { echo "$(basename "$patch") does not apply"; return 1; }
	done
	# The source package comes without the firmware of other machines.
	sed -i 's/^if unpack_edk2_blobs$/if false/' "$1/source/pc-bios/meson.build"
	printf 'CONFIG_%s=y\n' "${devices[@]}" >"$1/source/configs/devices/x86_64-softmmu/tdx.mak"
}

build() { # build DIRECTORY
	mkdir "$1/build"
	cd "$1/build"
	export PYTHONPATH=$1/tools/usr/lib/python3/dist-packages
	../source/configure --python=/usr/bin/python3 "${options[@]}"
	ninja "-j$(nproc)" qemu-system-x86_64
}

lock_cache qemu
home=$cache/qemu/${pinned#*:}-$(key "$pinned")
if [ ! -x "$home/qemu-system-x86_64" ]; then
	binaries=$("$top/scripts/apt-suite.sh" "$suite") || die "$instead"
	APT_CONFIG=$("$top/scripts/apt-suite.sh" --sources "$suite") || die "$instead"
	export APT_CONFIG
	version=$(offered_version qemu "$pinned")
	[[ "$version" = 1:$series.* ]] || die "the mirror has QEMU $version, and the patches are for $series: $instead"
	home=$cache/qemu/${version#*:}-$(key "$version")
	if [ ! -x "$home/qemu-system-x86_64" ]; then
		work=$cache/qemu/work
		run_logged "$cache/log/qemu.fetch.log" "fetching the source of QEMU ${version#*:}" -- fetch "$version" "$work"
		run_logged "$cache/log/qemu.unpack.log" "patching QEMU ${version#*:}" -- unpack "$work"
		run_logged "$cache/log/qemu.build.log" "building QEMU ${version#*:} with TDX, minutes" -- build "$work"
		# Keeps what is used later: the program, and the header that the TDX module is built with.
		rm -rf "$home"
		mkdir -p "$home"
		cp "$work"/{build/qemu-system-x86_64,source/include/hw/i386/tdx-module.h} "$home/"
		rm -rf "$work"
	fi
fi
finish "$home/qemu-system-x86_64"
