#!/usr/bin/env bash
# Installs what was built for a kernel, or takes it away again: the modules in lib/modules/RELEASE, and for drivers that use
# them the headers and Module.symvers in usr/src/tdx_page_array. DESTDIR and INSTALL_MOD_PATH name a directory that stands
# for /, the second one for the modules alone; if only one is given it is for everything.
# usage: install.sh all|modules|nothing KDIR        nothing: uninstall. KERNELRELEASE names a kernel whose headers are gone.
source "$(dirname "$0")/lib.sh"

what=${1:?all, modules or nothing} kdir=${2:?kernel build directory}
release=${KERNELRELEASE:-$(release_of "$kdir")}
for_modules=${INSTALL_MOD_PATH:-${DESTDIR:-}} for_sources=${DESTDIR:-${INSTALL_MOD_PATH:-}}
below=${INSTALL_MOD_DIR:-updates}
kernel=lib/modules/$release
sources=usr/src/tdx_page_array

# A directory that is put together for a package has no kernel in it, and its own depmod later.
update_dependencies() {
	[ ! -f "$for_modules/$kernel/modules.order" ] || depmod -b "${for_modules:-/}" "$release" ||
		die "depmod failed: modprobe does not know of the change in $for_modules/$kernel"
}

install_modules() {
	local built unsigned
	[ -f tdx_page_array.ko ] || die "there is no tdx_page_array.ko: run make first"
	! grep -qE '(kunit|samples)/' modules.order ||
		die "modules of kunit/ or samples/ were built, too, and belong on no host: run make without TESTS=m and SAMPLES=m first"
	built=$(modinfo -F vermagic ./tdx_page_array.ko)
	[ "${built%% *}" = "$release" ] || die "tdx_page_array.ko was built for Linux ${built%% *}, not for $release: run make KDIR=$kdir first"
	! compgen -G "$for_modules/$kernel/updates/dkms/tdx_page_array.ko*" >/dev/null ||
		die "DKMS has installed tdx_page_array for Linux $release: run make dkms-uninstall first"
	# DEPMOD: the kernel would run it in a directory for a package as well, and only where its System.map is. Without its key
	# it would try to sign nevertheless, and complain.
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

# The key that a kernel of this machine's own making signs its modules with. Headers come without it.
has_kernels_key() {
	local key
	key=$(sed -n 's/^CONFIG_MODULE_SIG_KEY="\(.*\)"$/\1/p' "$kdir/.config")
	case $key in
	'') return 1 ;;
	pkcs11:*) return 0 ;;
	*) [ -f "$kdir/$key" ] || [ -f "$key" ] ;;
	esac
}

# usage: take_away ROOT FILE...        with the directories that are empty then
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

cd "$top"
case $what in
all) install_modules; install_sources ;;
modules) install_modules ;;
nothing)
	for module in tdx_page_array companion/glue/tdx_page_array_kvm; do
		take_away "$for_modules" "$kernel/$below/$module".ko{,.gz,.xz,.zst}
	done
	update_dependencies
	take_away "$for_sources" "$sources/$release/Module.symvers"
	# The headers stay as long as another kernel has the module.
	compgen -G "$for_sources/$sources/*/Module.symvers" >/dev/null ||
		take_away "$for_sources" "$sources"/include/tdx_page_array{,_seamcalls,_v2}.h
	[ $taken_away -gt 0 ] || die "nothing of tdx_page_array is installed for Linux $release${for_modules:+ below $for_modules}"
	;;
*) die "install.sh: '$what' is none of all, modules, nothing" ;;
esac
