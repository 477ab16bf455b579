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

# A directory for a package has no kernel in it: depmod runs when the package is installed.
update_dependencies() {
	[ ! -f "$for_modules/$kernel/modules.order" ] || depmod -b "${for_modules:-/}" "$release" ||
		die "depmod failed: modprobe does not know of the change in $for_modules/$kernel"
}

install_modules() {
	local built unsigned
	[ -f tdx_page_array.ko ] || die "there is no tdx_page_array.ko: run make first"
	! grep -qE '(kunit|samples)/' modules.order ||
		die "modules of kunit/ or samples/ were built, too, and must not be installed: run make without TESTS=m and SAMPLES=m first"
	built=$(modinfo -F vermagic ./tdx_page_array.ko)
	[ "${built%% *}" = "$release" ] || die "tdx_page_array.ko was built for Linux ${built%% *}, not for $release: run make KDIR=$kdir first"
	! compgen -G "$for_modules/$kernel/updates/dkms/tdx_page_array.ko*" >/dev/null ||
		die "DKMS has installed tdx_page_array for Linux $release: run make dkms-uninstall first"
	# DEPMOD: the kernel's Makefile would run depmod for a package as well, and only if it finds System.map. Without the signing
	# key it would try to sign anyway, and print errors.
	has_kernels_key && unsigned=() || unsigned=(CONFIG_MODULE_SIG_ALL=)
	make -C "$kdir" "M=$top" "INSTALL_MOD_PATH=$for_modules" "INSTALL_MOD_DIR=$below" DEPMOD=true "${unsigned[@]}" modules_install
	update_dependencies
}

install_sources() {
	local to=$for_sources/$sources
	install -D -m 644 -t "$to/include" include/*.h
	install -D -m 644 -t "$to/$release" Module.symvers
	say "headers and Module.symvers for other drivers are in $to"
}

# The key with which a kernel that was built on this machine signs its modules. Packages of headers do not have it.
has_kernels_key() {
	local key
	key=$(sed -n 's/^CONFIG_MODULE_SIG_KEY="\(.*\)"$/\1/p' "$kdir/.config")
	case $key in
	'') return 1 ;;
	pkcs11:*) return 0 ;;
	*) [ -f "$kdir/$key" ] || [ -f "$key" ] ;;
	esac
}

# usage: take_away ROOT FILE...        removes the directories, too, if they are empty then
taken_away=0
take_away() {
	local root=$1 file
	shift
	for file in "$@"; do
		[ -f "$root/$file" ] || continue
		rm "$root/$file"
		taken_away=$((taken_away + 1))
		say "removed $root/$file"
		(cd "$root/" && rmdir -p --ignore-fail-on-non-empty "$(dirname "$file")")
	done
}

uninstall() {
	for module in tdx_page_array companion/glue/tdx_page_array_kvm; do
		take_away "$for_modules" "$kernel/$below/$module".ko{,.gz,.xz,.zst}
	done
	update_dependencies
	take_away "$for_sources" "$sources/$release/Module.symvers"
	# The headers stay as long as another kernel has the module.
	compgen -G "$for_sources/$sources/*/Module.symvers" >/dev/null ||
		take_away "$for_sources" "$sources"/include/tdx_page_array{,_seamcalls,_v2}.h
	[ $taken_away -gt 0 ] || die "nothing of tdx_page_array is installed for Linux $release${for_modules:+ below $for_modules}"
}

sign() {
	local file sign_file hash modules module signer
	[ -n "${KEY:-}" ] && [ -n "${CERT:-}" ] || die "which key? make sign KEY=/path/to/key.pem CERT=/path/to/certificate.der"
	for file in "$KEY" "$CERT"; do
		[ "${file#pkcs11:}" != "$file" ] || [ -r "$file" ] || die "cannot read $file: signing needs it"
	done
	sign_file=$kdir/scripts/sign-file
	[ -x "$sign_file" ] || die "$kdir has no scripts/sign-file: its kernel takes modules without a signature, or the headers are not complete"
	[ -f tdx_page_array.ko ] || die "there is no tdx_page_array.ko: run make first"
	hash=$(sed -n 's/^CONFIG_MODULE_SIG_HASH="\(.*\)"$/\1/p' "$kdir/.config" "$kdir/include/config/auto.conf" 2>/dev/null | head -n 1 || true)
	mapfile -t modules < <(sed 's/\.o$/.ko/' modules.order)
	for module in "${modules[@]}"; do
		signer=$(modinfo -F signer "$module")
		[ -z "$signer" ] || die "$(basename "$module") is signed by '$signer' already: to sign it anew, remove it and run make"
		"$sign_file" "${hash:-sha256}" "$KEY" "$CERT" "$module" || die "$(basename "$module") was not signed; $sign_file says why above"
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

require_dkms() { command -v dkms >/dev/null || die "no dkms here: install the package of this name"; }
give_to_dkms() {
	release=$(release_of "$kdir")
	[ ! -e "$to" ] || die "$to is there already: run make dkms-uninstall first"
	copy_sources
	run_dkms install "$package" -k "$release"
}
take_from_dkms() {
	[ -z "$(dkms status "$package")" ] || run_dkms remove "$package" --all
	rm -rf "$to"
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
case $what in
all) name_paths; install_modules; install_sources ;;
modules) name_paths; install_modules ;;
nothing) name_paths; uninstall ;;
sign) sign ;;
dkms) require_dkms; give_to_dkms ;;
no-dkms) require_dkms; take_from_dkms ;;
sources) copy_sources ;;
deb) make_package ;;
symvers) cp Module.symvers "$kdir/Module.symvers" ;;
*) die "install.sh: '$what' is not one of all, modules, nothing, sign, dkms, no-dkms, sources, deb, symvers" ;;
esac
