#!/usr/bin/env bash
# Prints the build directory of a guest kernel, the KDIR for module builds, with the bootable image inside. By default it is
# the newest kernel of the Debian release that this machine runs, fetched as packages: there is nothing to compile, and the
# machine's own compiler fits it. With KERNEL, FLAVOUR or KSRC it is one of our own (kernel-build.sh).
# usage: guest-kernel.sh        OS_RELEASE=/path: the file that names this machine's release
source "$(dirname "$0")/lib.sh"

if [ -n "${KERNEL:-}${FLAVOUR:-}${KSRC:-}" ]; then
	check_kernel "${KERNEL:-7.3}" "${FLAVOUR:-plain}"
	"$top/scripts/deps.sh" module source kernel guest
	exec "$top/scripts/kernel-build.sh" "${FLAVOUR:-plain}"
fi

instead='KERNEL=7.3 builds a kernel instead'
# shellcheck disable=SC1090
read -r id suite < <(. "${OS_RELEASE:-/etc/os-release}" 2>/dev/null && echo "${ID:-} ${VERSION_CODENAME:-}") || true
[ "${id:-}" = debian ] && [ -n "${suite:-}" ] ||
	die "this machine runs no release of Debian whose kernel could be fetched (${OS_RELEASE:-/etc/os-release} says '${id:-}${suite:+ $suite}'): $instead"
"$top/scripts/deps.sh" module headers guest

# The mirror is asked for a newer one once a week, and need not be there as long as there is an older one.
known=$cache/debian/newest-of-$suite
if [ -z "$(find "$known" -mtime -7 2>/dev/null)" ] || [ ! -f "$known/Makefile" ]; then
	if kdir=$("$top/scripts/debian-root.sh" --kernel "$suite"); then
		ln -sfn "$kdir" "$known"
	else
		[ -f "$known/Makefile" ] || die "the kernel of Debian $suite cannot be fetched; $instead"
		say "warning: no newer kernel of Debian $suite could be fetched"
	fi
fi
realpath "$known"
