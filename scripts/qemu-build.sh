#!/usr/bin/env bash
# Prints two paths: of a QEMU with TDX, which is the distribution's source with the patches of kunit/seam/qemu/, built once, in
# minutes, with only what the machine needs; and of the TDX module of the machine, a library for QEMU (kunit/seam/model and the
# code that connects it to QEMU), built in seconds.
# usage: qemu-build.sh
source "$(dirname "$0")/lib.sh"

"$top/scripts/deps.sh" module guest qemu
suite=trixie
patches=("$top"/kunit/seam/qemu/*.patch)
# One target with only what the guests of this project use.
options=(--target-list=x86_64-softmmu --without-default-features --without-default-devices --with-devices-x86_64=tdx --enable-tcg
	--enable-system --enable-fdt=system --disable-pixman --disable-install-blobs --disable-guest-agent --disable-tools
	--disable-werror --disable-debug-info)
devices=(Q35 SERIAL_ISA HPET)
home=$cache/qemu/$({ echo "$suite ${options[*]} ${devices[*]}"; cat "${patches[@]}"; gcc --version; } | short_hash)

# Debian 12 has the libraries, but its meson is too old: a newer one runs from where it is unpacked.
build_qemu() { # build_qemu DIRECTORY
	local file
	rm -rf "$1"
	mkdir -p "$1"/{source,tools,build}
	cd "$1"
	APT_CONFIG=$sources apt-get source --download-only qemu
	APT_CONFIG=$binaries apt-get download meson python3-pycotap
	for file in *.deb; do dpkg-deb -x "$file" tools; done
	tar -xf qemu_*.orig.tar.xz --strip-components=1 --no-same-owner -C source
	for file in "${patches[@]}"; do patch -d source -p1 -F0 <"$file"; done
	# The source package comes without the firmware of other machines.
	sed -i 's/^if unpack_edk2_blobs$/if false/' source/pc-bios/meson.build
	printf 'CONFIG_%s=y\n' "${devices[@]}" >source/configs/devices/x86_64-softmmu/tdx.mak
	cd build
	export PYTHONPATH=$1/tools/usr/lib/python3/dist-packages
	../source/configure --python=/usr/bin/python3 "${options[@]}"
	ninja "-j$(nproc)" qemu-system-x86_64
	# Keeps what is used later: the program, and the header that the TDX module is built with.
	mkdir -p "$home"
	cp "$1/source/include/hw/i386/tdx-module.h" "$home"
	mv qemu-system-x86_64 "$home"
	rm -rf "$1"
}
lock_cache qemu
if [ ! -x "$home/qemu-system-x86_64" ]; then
	binaries=$(apt_suite "$suite")
	sources=$(apt_suite "$suite" deb-src)
	run_logged "$cache/log/qemu.log" "fetching, patching and building QEMU with TDX, minutes" -- build_qemu "$cache/qemu/work"
fi
echo "$home/qemu-system-x86_64"

sources=("$top"/kunit/seam/model/*.c "$top"/kunit/seam/qemu/*.c)
flags=(-std=gnu11 -O2 -g -fPIC -fvisibility=hidden -pthread -Wall -Wextra -Wno-unused-parameter -Werror -I "$home")
key=$({ cat "${sources[@]}" "$top"/kunit/seam/*.h "$top"/kunit/seam/model/*.h; echo "${flags[*]}"; } | short_hash)
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
