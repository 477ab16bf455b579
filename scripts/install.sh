#!/usr/bin/env bash
# Installs what was built for a kernel, or removes it again: the modules in lib/modules/RELEASE, and for drivers that use
# them the headers and Module.symvers in usr/src/tdx_page_array. DESTDIR and INSTALL_MOD_PATH name a directory to use instead
# of /, the second one for the modules alone; if only one is given, it is for everything. Or signs modules, or adds the sources
# to DKMS.
# usage: install.sh all|modules|nothing KDIR   nothing: uninstall. KERNELRELEASE names a kernel whose headers were removed
#        install.sh sign KDIR                  with the user's key, by the program in the kernel's headers: KEY=FILE CERT=FILE; KEY
#                                              may be a pkcs11: URI, for which KBUILD_SIGN_PIN is the PIN
#        install.sh dkms KDIR | no-dkms        DKMS builds them for each kernel that is installed
#        install.sh sources                    only the files for DKMS, below DESTDIR
#        install.sh deb                        builds the Debian package, with Debian's own tools, in build/deb; prints its path. Its
#                                              maintainer is DEBFULLNAME and DEBEMAIL, or git's user, or the account
#        install.sh symvers DIRECTORY          DKMS calls this after a build: keeps Module.symvers beside the module, where newer
#                                              releases of DKMS put it by themselves
source "$(dirname "$0")/lib.sh"

what=${1:-} kdir=${2:-}
name_paths() {
	release=${KERNELRELEASE:-$(release_of "$kdir")}
	for_modules=${INSTALL_MOD_PATH:-${DESTDIR:-}} for_sources=${DESTDIR:-${INSTALL_MOD_PATH:-}}
	below=${INSTALL_MOD_DIR:-updates}
	kernel=lib/modules/$release
	sources=usr/src/tdx_page_array
}
require_module() { [ -f tdx_page_array.ko ] || die "there is no tdx_page_array.ko: run make first"; }

# A directory for a package has no kernel in it: depmod runs when the package is installed.
update_dependencies() {
	[ ! -f "$for_modules/$kernel/modules.order" ] || depmod -b "${for_modules:-/}" "$release" ||
		die "depmod failed: modprobe does not know of the change in $for_modules/$kernel"
}

install_modules() {
	local built key unsigned=()
	require_module
	! grep -qE '(kunit|samples)/' modules.order ||
		die "modules of kunit/ or samples/ were built, too, and must not be installed: run make without TESTS=m and SAMPLES=m first"
	built=$(modinfo -F vermagic ./tdx_page_array.ko)
	[ "${built%% *}" = "$release" ] || die "tdx_page_array.ko was built for Linux ${built%% *}, not for $release: run make KDIR=$kdir first"
	! compgen -G "$for_modules/$kernel/updates/dkms/tdx_page_array.ko*" >/dev/null ||
		die "DKMS has installed tdx_page_array for Linux $release: run make dkms-uninstall first"
	# DEPMOD: the kernel's Makefile would run depmod for a package as well, and only if it finds System.map. Without the key with
	# which a kernel that was built on this machine signs its modules, it would try to sign anyway, and print errors.
	key=$(sed -n 's/^CONFIG_MODULE_SIG_KEY="\(.*\)"$/\1/p' "$kdir/.config")
	[[ $key = pkcs11:* ]] || [ -f "$kdir/$key" ] || [ -f "$key" ] || unsigned=(CONFIG_MODULE_SIG_ALL=)
	make -C "$kdir" "M=$top" "INSTALL_MOD_PATH=$for_modules" "INSTALL_MOD_DIR=$below" DEPMOD=true "${unsigned[@]}" modules_install
	update_dependencies
}

install_sources() {
	local to=$for_sources/$sources
	install -D -m 644 -t "$to/include" include/*.h
	install -D -m 644 -t "$to/$release" Module.symvers
	say "headers and Module.symvers for other drivers are in $to"
}

# Removes the directories, too, if they are empty then.
removed=no
remove() { # remove ROOT FILE...
	local file
	for file in "${@:2}"; do
		[ -f "$1/$file" ] || continue
		rm "$1/$file"
		removed=yes
		say "removed $1/$file"
		(cd "$1/" && rmdir -p --ignore-fail-on-non-empty "$(dirname "$file")")
	done
}

uninstall() {
	remove "$for_modules" "$kernel/$below"/{,companion/glue/}tdx_page_array{,_kvm}.ko{,.gz,.xz,.zst}
	update_dependencies
	remove "$for_sources" "$sources/$release/Module.symvers"
	# The headers stay as long as another kernel has the module.
	compgen -G "$for_sources/$sources/*/Module.symvers" >/dev/null ||
		remove "$for_sources" "$sources"/include/tdx_page_array{,_seamcalls,_v2}.h
	[ $removed = yes ] || die "nothing of tdx_page_array is installed for Linux $release${for_modules:+ below $for_modules}"
}

sign() {
	local hash module
	[ -n "${KEY:-}" ] && [ -n "${CERT:-}" ] || die "which key? make sign KEY=/path/to/key.pem CERT=/path/to/certificate.der"
	require_module
	hash=$(sed -n 's/^CONFIG_MODULE_SIG_HASH="\(.*\)"$/\1/p' "$kdir/.config")
	for module in $(sed 's/\.o$/.ko/' modules.order); do
		"$kdir/scripts/sign-file" "${hash:-sha256}" "$KEY" "$CERT" "$module" || die "$module was not signed, for the reason above"
		say "signed $module, by '$(modinfo -F signer "$module")'"
	done
}

# shellcheck disable=SC1091
eval "$(grep -E '^PACKAGE_(NAME|VERSION)=' "$top/dkms.conf")"
package=$PACKAGE_NAME/$PACKAGE_VERSION
to=${DESTDIR:-}/usr/src/$PACKAGE_NAME-$PACKAGE_VERSION

# Copies what a build needs, and the documents for users, without the products of a build.
copy_sources() {
	mkdir -p "$to"
	find Kbuild Makefile LICENSE README.md docs/{install,hardware,observing}.md dkms.conf include shim cxx companion/glue \
		scripts/{deps,gate,install,lib,supported}.sh scripts/{cxx.mk,kernels,tdx-page-array-status} \
		'(' -type f -o -type l ')' ! -name '.*' ! -name '*.o' ! -name '*.ko' ! -name '*.mod' ! -name '*.mod.c' \
		-exec cp -L --parents -t "$to" {} +
}

# DKMS reads the output of make, to which variables of an outer make would add lines. 77: DKMS skips this kernel, and says why.
run_dkms() {
	local status=0
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL dkms "$@" || status=$?
	[ $status = 0 ] || [ $status = 77 ] || die "dkms $1 failed"
}

# From a copy of the sources, because Debian's tools write to the directory above.
make_package() {
	local name mail home=$top/build/deb
	"$top/scripts/deps.sh" deb
	name=${DEBFULLNAME:-$(git config user.name || id -un)} mail=${DEBEMAIL:-$(git config user.email || echo "$(id -un)@$(hostname)")}
	rm -rf "$home"
	to=$home/usr/src/$PACKAGE_NAME-$PACKAGE_VERSION
	copy_sources
	cp -r debian "$to"
	sed -i "/^Priority:/a Maintainer: $name <$mail>" "$to/debian/control"
	printf '%s\n\n  * Built from source.\n\n -- %s  %s\n' "tdx-page-array ($PACKAGE_VERSION) unstable; urgency=medium" "$name <$mail>" "$(date -R)" \
		>"$to/debian/changelog"
	build() { cd "$to" && dpkg-buildpackage --build=binary --no-sign; }
	run_logged "$home/build.log" "building the Debian package" -- build
	mv "$home"/usr/src/*.deb "$home"
	rm -r "${home:?}/usr"
	echo "$home"/*.deb
}

cd "$top"
[[ $what != *dkms ]] || command -v dkms >/dev/null || die "no dkms here: install the package of this name"
case $what in
all) name_paths; install_modules; install_sources ;;
modules) name_paths; install_modules ;;
nothing) name_paths; uninstall ;;
sign) sign ;;
dkms)
	[ ! -e "$to" ] || die "$to is there already: run make dkms-uninstall first"
	release=$(release_of "$kdir")
	copy_sources
	run_dkms install "$package" -k "$release"
	;;
no-dkms)
	[ -z "$(dkms status "$package")" ] || run_dkms remove "$package" --all
	rm -rf "$to"
	;;
sources) copy_sources ;;
deb) make_package ;;
symvers) cp Module.symvers "$kdir/Module.symvers" ;;
*) die "install.sh: '$what' is not one of all, modules, nothing, sign, dkms, no-dkms, sources, deb, symvers" ;;
esac
