#!/usr/bin/env bash
# Gives the sources to DKMS, which then builds them for each kernel that is installed, or takes them away again.
# usage: dkms.sh source|install|uninstall KDIR        source: only the files, below DESTDIR; for packages
source "$(dirname "$0")/lib.sh"

what=${1:?source, install or uninstall} kdir=${2:-}
# shellcheck disable=SC1091
eval "$(grep -E '^PACKAGE_(NAME|VERSION)=' "$top/dkms.conf")"
module=$PACKAGE_NAME/$PACKAGE_VERSION
to=${DESTDIR:-}/usr/src/$PACKAGE_NAME-$PACKAGE_VERSION

# What a build needs, and what a user of it wants at hand, without what a build leaves.
copy_sources() {
	mkdir -p "$to"
	cd "$top"
	find Kbuild Makefile LICENSE README.md docs/install.md docs/observing.md dkms.conf include shim cxx companion/glue \
		scripts/{clash,deps,dkms,gate,install,keep-symvers,lib,sign,supported}.sh scripts/{cxx.mk,kernels,tdx-page-array-status} \
		'(' -type f -o -type l ')' ! -name '.*' ! -name '*.o' ! -name '*.ko' ! -name '*.mod' ! -name '*.mod.c' \
		-exec cp -L --parents -t "$to" {} +
}

# DKMS asks make for words, which a make around it would have said more than that. 77: it skips this kernel, and said why.
run_dkms() {
	local status=0
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL dkms "$@" || status=$?
	[ $status = 0 ] || [ $status = 77 ] || die "dkms $1 failed"
}

case $what in
source) copy_sources ;;
install)
	command -v dkms >/dev/null || die "no dkms here: install the package of this name"
	release=$(release_of "$kdir")
	[ ! -e "$to" ] || die "$to is there already: run make dkms-uninstall first"
	copy_sources
	run_dkms install "$module" -k "$release"
	;;
uninstall)
	command -v dkms >/dev/null || die "no dkms here: install the package of this name"
	[ -z "$(dkms status "$module")" ] || run_dkms remove "$module" --all
	rm -rf "$to"
	;;
*) die "dkms.sh: '$what' is none of source, install, uninstall" ;;
esac
