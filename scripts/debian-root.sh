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
	local scratch=no root become=() inside
	[ "$1" != --scratch ] || { scratch=yes; shift; }
	root=${1:?root} inside='set -e
	root=$1 top=$2 scratch=$3 tree=$2
	shift 3
	if [ $scratch = yes ]; then
		memory=$root/tmp
		mount -t tmpfs tmpfs "$memory"
		layer() { # layer NAME DIRECTORY
			mkdir "$memory/$1" "$memory/$1"/{changes,work,seen}
			mount -t overlay -o "lowerdir=$2,upperdir=$memory/$1/changes,workdir=$memory/$1/work" overlay "$memory/$1/seen"
		}
		layer root "$root"
		layer tree "$top"
		root=$memory/root/seen tree=$memory/tree/seen
	fi
	mkdir -p "$root$top"
	mount --rbind /dev "$root/dev"
	mount --rbind /proc "$root/proc"
	mount --bind "$tree" "$root$top"
	cd "$root"
	exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ LC_ALL=C.UTF-8 "$(PATH=$PATH:/usr/sbin command -v chroot)" . "$@"'
	shift
	[ "$(id -u)" -eq 0 ] || become=(--map-root-user)
	unshare "${become[@]}" --mount true || die "no mount namespaces here: commands cannot be run in $root"
	exec unshare "${become[@]}" --mount bash -c "$inside" in-root "$root" "$top" $scratch "$@"
}
[ "${1:-}" != run ] || run_inside "${@:2}"

alone=no
[ "${1:-}" != --kernel ] || { alone=yes; shift; }
suite=${1:?suite}
"$top/scripts/deps.sh" root
APT_CONFIG=$(apt_suite "$suite")
export APT_CONFIG

depends() { # depends PACKAGE PATTERN: packages of such names on which it depends
	apt-cache show --no-all-versions "$1" | sed -n 's/^Depends: //p' | grep -oE "\blinux-($2)[^ ,]*"
}
# The metapackage names the newest kernel. From a suite like backports apt takes only PACKAGE/SUITE.
headers=linux-headers-amd64
[ "$suite" = "${suite%%-*}" ] || headers+=/$suite
headers=$(depends "$headers" 'headers-[0-9]') || die "Debian $suite has no $headers"
abi=${headers#linux-headers-}
# In newer kernels the bootable image has a package of its own, without the modules.
image=linux-binary-$abi vmlinuz=usr/lib/modules/$abi/vmlinuz
apt-cache show "$image" >/dev/null 2>&1 || image=linux-image-$abi vmlinuz=boot/vmlinuz-$abi

fetch() { # fetch TO: the packages
	if [ $alone = yes ]; then
		cd "$1"
		apt-get download "${packages[@]}"
	else
		"${install[@]}" --download-only -o "Dir::Cache::archives=$1"
		# The link that an installation of mawk would have made.
		mkdir -p "$2/usr/bin"
		ln -s mawk "$2/usr/bin/awk"
	fi
}

if [ $alone = yes ]; then
	mapfile -t packages < <(printf '%s\n' "$headers" "$image"; depends "$headers" '(headers|kbuild)-')
	key=$(apt-cache show --no-all-versions "${packages[@]}" | sed -n 's/^SHA256: //p' | sort | short_hash)
	root=$cache/debian/$abi-kernel-$key
	build=$root/usr/src/linux-$abi
else
	install=(apt-get install -y --no-install-recommends '?essential' gcc g++ make dwarves dkms openssl "$headers" "$image")
	key=$({ "${install[@]}" --simulate | grep '^Inst ' | sort; echo 'with a link to the image'; } | short_hash)
	root=$cache/debian/$abi-$key
	build=$root/usr/src/$headers
fi
[ $alone = yes ] && made=$build || made=$root
lock_cache "debian-$key"
if [ -d "$root" ]; then
	echo "$made"
	exit 0
fi

# The image is the first file of its package: the modules after it need not be read.
unpack_image() { # unpack_image DEB TO
	set +o pipefail
	dpkg-deb --fsys-tarfile "$1" 2>/dev/null | tar -x -C "$2" --occurrence=1 "./$vmlinuz"
}

fetch_and_unpack() {
	local to=$1 deb
	rm -rf "$to" "$to.debs"
	mkdir -p "$to" "$to.debs/partial"
	(fetch "$to.debs" "$to")
	for deb in "$to.debs"/*.deb; do
		case $alone-$(basename "$deb") in
		yes-"$image"_*) (unpack_image "$deb" "$to") ;;
		*)
			dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$to" --exclude './usr/share/doc/*' --exclude './usr/share/man/*' \
				--exclude './usr/share/locale/*' --exclude '*.ko' --exclude '*.ko.xz'
			;;
		esac
	done
	rm -rf "$to.debs"
	# Its own name: objects built for it are kept apart from those built in a root directory.
	[ $alone = no ] || mv "$to/usr/src/$headers" "$to/usr/src/linux-$abi"
	mkdir -p "$to/${build#"$root"}/arch/x86/boot"
	ln -sr "$to/$vmlinuz" "$to/${build#"$root"}/arch/x86/boot/bzImage"
	# The headers' Makefile has absolute paths: of itself, and of the headers common to all kernels of the version.
	[ $alone = no ] || sed -i "s|/usr/src/$headers\\b|MADE_HERE|; s|/usr/src/|$root/usr/src/|; s|MADE_HERE|$build|" "$to/${build#"$root"}/Makefile"
}
[ $alone = yes ] && what='and its headers' || what='its headers and compiler'
run_logged "$cache/log/debian-$abi.log" "fetching Linux $abi of Debian $suite, $what" -- fetch_and_unpack "$root.part"
[ -f "$root.part/$vmlinuz" ] || die "$image has no $vmlinuz"
mv "$root.part" "$root"
echo "$made"
