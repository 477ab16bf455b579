#!/usr/bin/env bash
# Prints a directory with the newest kernel of a Debian suite, its headers, and the compiler and tools that a user of
# that suite builds and installs modules with (in-root.sh runs them). The packages are unpacked, not installed: that takes seconds,
# no privileges, and changes nothing on this machine. Made once for each set of package versions.
# usage: debian-root.sh SUITE
source "$(dirname "$0")/lib.sh"

suite=${1:?suite}
"$top/scripts/deps.sh" root
APT_CONFIG=$("$top/scripts/apt-suite.sh" "$suite")
export APT_CONFIG

# The metapackage names the newest kernel. Only what is asked for by name comes from a suite like backports.
headers=linux-headers-amd64
[ "$suite" = "${suite%%-*}" ] || headers+=/$suite
abi=$(apt-cache show --no-all-versions "$headers" | grep -oP '^Depends:.*\blinux-headers-\K[0-9][^ ,]*') || die "Debian $suite has no $headers"
# In newer kernels the bootable image has a package of its own, without the modules.
image=linux-binary-$abi
apt-cache show "$image" >/dev/null 2>&1 || image=linux-image-$abi

install=(apt-get install -y --no-install-recommends '?essential' gcc g++ make dwarves dkms openssl "linux-headers-$abi" "$image")
key=$("${install[@]}" --simulate | grep '^Inst ' | sort | short_hash)
root=$cache/debian/$abi-$key
lock_cache "debian-$key"
if [ -d "$root" ]; then
	echo "$root"
	exit 0
fi

fetch_and_unpack() {
	local to=$1 deb
	rm -rf "$to" "$to.debs"
	mkdir -p "$to" "$to.debs/partial"
	"${install[@]}" --download-only -o "Dir::Cache::archives=$to.debs"
	for deb in "$to.debs"/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$to" --exclude './usr/share/doc/*' --exclude './usr/share/man/*' \
			--exclude './usr/share/locale/*' --exclude '*.ko' --exclude '*.ko.xz'
	done
	# What installing mawk would have done.
	ln -s mawk "$to/usr/bin/awk"
	rm -rf "$to.debs"
}
run_logged "$cache/log/debian-$abi.log" "fetching Linux $abi of Debian $suite, its headers and compiler" -- fetch_and_unpack "$root.part"
mv "$root.part" "$root"
echo "$root"
