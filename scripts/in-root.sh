#!/usr/bin/env bash
# Runs a command in a directory of debian-root.sh as if that were the machine, with this source tree at its own path in
# there. The mounts are in a namespace of their own: they end with the command, however it ends, and nobody else sees
# them. Who is not root becomes it inside.
# usage: in-root.sh [--scratch] ROOT COMMAND...        --scratch: what the command changes in there or in the tree is in memory
#        and gone afterwards
source "$(dirname "$0")/lib.sh"

scratch=no
[ "${1:-}" != --scratch ] || { scratch=yes; shift; }
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
[ "$(id -u)" -eq 0 ] && become=() || become=(--map-root-user)
unshare "${become[@]}" --mount true || die "no mount namespaces here: commands cannot be run in $root"
exec unshare "${become[@]}" --mount bash -c "$inside" in-root "$root" "$top" $scratch "$@"
