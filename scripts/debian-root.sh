#!/usr/bin/env bash
# Prints a directory with the newest kernel of a Debian suite, its headers, and the compiler and tools with which a
# user of that suite builds and installs modules. The packages are unpacked, not installed: that takes seconds, needs
# no privileges, and changes nothing on this machine. Made once for each set of package versions. The bootable image is
# in the directory of the headers, where a kernel that was built there would have it.
# usage: debian-root.sh [--kernel] SUITE        --kernel: the kernel and its headers alone, for the compiler of this machine;
#        prints their build directory
#        debian-root.sh run [--scratch] ROOT COMMAND...        runs a command with such a directory as its root, and this source
#        tree at its own path in there. --scratch: changes to the directory and the tree are in memory, and lost afterwards
source "$(dirname "$0")/lib.sh"

# The mounts are in a namespace of their own: other processes do not see them, and they end with the command. A user other than
# root gets a user namespace as well.
run_inside() { # run_inside [--scratch] ROOT COMMAND...
	local scratch=no become=()
	[ "$1" != --scratch ] || { scratch=yes; shift; }
	[ "$(id -u)" -eq 0 ] || become=(--map-root-user)
	unshare "${become[@]}" --mount true || die "no mount namespaces here: commands cannot be run in $1"
	# shellcheck disable=SC2016 # expanded inside
	exec unshare "${become[@]}" --mount bash -ec '
		top=$1 scratch=$2 root=$3
		shift 3
		if [ $scratch = yes ]; then
			mount -t tmpfs tmpfs "$root/tmp"
			cd "$root/tmp"
			mkdir {top,root}{,.work}
			mount -t overlay -o "lowerdir=$top,upperdir=top,workdir=top.work" overlay "$top"
			mount -t overlay -o "lowerdir=$root,upperdir=root,workdir=root.work" overlay "$root"
		fi
		mkdir -p "$root$top"
		mount --rbind /dev "$root/dev"
		mount --rbind /proc "$root/proc"
		mount --bind "$top" "$root$top"
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ LC_ALL=C.UTF-8 chroot "$root" "$@"' in-root "$top" $scratch "$@"
}
[ "${1:-}" != run ] || run_inside "${@:2}"

alone=no
[ "${1:-}" != --kernel ] || { alone=yes; shift; }
suite=${1:?suite}
APT_CONFIG=$(apt_suite "$suite")
export APT_CONFIG

# The metapackages depend on the newest kernel. From a suite like backports apt takes only PACKAGE/SUITE.
[ "$suite" = "${suite%%-*}" ] && from='' || from=/$suite
packages=('?essential' gcc g++ make dwarves dkms openssl "linux-headers-amd64$from" "linux-image-amd64$from")
mapfile -t packages < <(apt-get install --simulate --no-install-recommends "${packages[@]}" |
	sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1=\2/p')
[ $alone = no ] || mapfile -t packages < <(printf '%s\n' "${packages[@]}" | grep -E '^linux-(headers|kbuild|image|binary)-[0-9]')
headers=$(printf '%s\n' "${packages[@]}" | grep -oE '^linux-headers-[0-9].*-amd64') || die "Debian $suite has no kernel"
abi=${headers#linux-headers-}
key=$(apt-cache show --no-all-versions "${packages[@]}" | sed -n 's/^SHA256: //p' | sort | short_hash)
root=$cache/debian/$abi-$key
build=$root/usr/src/$headers

# The link is that of an installed mawk. The Makefile of the headers has absolute paths: of itself, and of the headers that all
# kernels of the version share.
fetch_and_unpack() { # fetch_and_unpack TO
	local deb
	rm -rf "$1" "$1.debs"
	mkdir -p "$1/usr/bin" "$1.debs"
	ln -s mawk "$1/usr/bin/awk"
	cd "$1.debs"
	apt-get download "${packages[@]}"
	for deb in *.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$1" --exclude './usr/share/doc/*' --exclude './usr/share/man/*' \
			--exclude './usr/share/locale/*' --exclude '*.ko' --exclude '*.ko.xz'
	done
	rm -r "$1.debs"
	mkdir -p "$1/usr/src/$headers/arch/x86/boot"
	# In newer kernels the image has a package of its own, linux-binary.
	cp "$1/boot/vmlinuz-$abi" "$1/usr/src/$headers/arch/x86/boot/bzImage" ||
		cp "$1/usr/lib/modules/$abi/vmlinuz" "$1/usr/src/$headers/arch/x86/boot/bzImage"
	[ $alone = no ] || sed -i "s|/usr/src/|$root&|g" "$1/usr/src/$headers/Makefile"
	mv "$1" "$root"
}
lock_cache "debian-$key"
[ -d "$root" ] || run_logged "$cache/log/debian-$abi.log" "fetching Linux $abi of Debian $suite" -- fetch_and_unpack "$root.part"
if [ $alone = yes ]; then echo "$build"; else echo "$root"; fi
