#!/usr/bin/env bash
# Checks what users and packages do with the module, as root of a Debian that is discarded afterwards: make sign, install
# and uninstall, DKMS, the package, another driver that is built against what was installed. build-check.sh checks which kernels
# and compilers are refused. Writes a KTAP document.
# usage: install-check.sh ROOT KDIR MODULES [DEB]        ROOT: printed by debian-root.sh, KDIR: a path in it, MODULES: printed by
#        module-build.sh
source "$(dirname "$0")/lib.sh"

if [ "${1:-}" != inside ]; then
	arguments=("${2:?kernel build directory}" "$(realpath "${3:?modules}")" ${4:+"$(realpath "$4")"})
	exec "$top/scripts/debian-root.sh" run --scratch "${1:?root}" "$top/scripts/install-check.sh" inside "${arguments[@]}"
fi
begin_ktap
modules=$3 deb=${4:-}
release=${2##*/linux-headers-}
kdir=/lib/modules/$release/build
installed=/lib/modules/$release/updates
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$top/dkms.conf")
sources=/usr/src/tdx_page_array-$version
given=/var/lib/dkms/tdx_page_array
# The installation of a kernel would have run depmod.
depmod "$release"
cd "$modules"

run() { make -s "KDIR=$kdir" WERROR=1 "$@"; }

# The headers of a kernel that is too old.
old=/lib/modules/5.10.0-99-amd64/build
mkdir -p "$old"/{include/generated,include/config,scripts}
touch "$old/Makefile"
echo '#define UTS_RELEASE "5.10.0-99-amd64"' >"$old/include/generated/utsrelease.h"
printf '%s=y\n' CONFIG_X86_64 CONFIG_MODULES >"$old/.config"

builds_without_tests() { run && ! grep kunit modules.order; }

make_key() { # make_key NAME KEY CERTIFICATE
	openssl req -new -x509 -nodes -days 2 -subj "/CN=$1" -newkey rsa:2048 -keyout "$2" -outform DER -out "$3"
}
signed_by() { # signed_by WORDS FILE
	modinfo -F signer "$2" | tee >(cat >&2) | grep -F "$1"
}
is_signed() {
	make_key 'A user of tdx_page_array' "$scratch/key.pem" "$scratch/certificate.der" &&
		run sign "KEY=$scratch/key.pem" "CERT=$scratch/certificate.der" && signed_by 'A user of tdx_page_array' ./tdx_page_array.ko
}

# The directory has exactly these files.
has_files() { # has_files DIRECTORY FILE...
	diff <(cd "$1" && find . ! -type d | sed 's|^\./||' | sort) <(printf '%s\n' "${@:2}" | sort)
}
module=lib/modules/$release/updates/tdx_page_array.ko$(! grep -q '^CONFIG_MODULE_COMPRESS_ALL=y' "$kdir/.config" || echo .xz)
for_drivers=(usr/src/tdx_page_array/include/tdx_page_array{,_seamcalls,_v2}.h "usr/src/tdx_page_array/$release/Module.symvers")
written_elsewhere() { find / -xdev -newer "$scratch/stamp" ! -type d ! -path "$top/*" ! -path "$modules/*" ! -path "$1/*" ! -path "$scratch/*" ! -path '/proc/*' ! -path '/dev/*' | grep .; }
installs_below() {
	touch "$scratch/stamp"
	run install "DESTDIR=$scratch/stage" &&
		has_files "$scratch/stage" "$module" "${for_drivers[@]}" && ! written_elsewhere "$scratch/stage" &&
		signed_by 'A user of tdx_page_array' "$scratch/stage/$module"
}
uninstalls_below() { run uninstall "DESTDIR=$scratch/stage" && [ -z "$(ls "$scratch/stage")" ]; }
# For a kernel that was built here: its signing key is at the path in its configuration.
installs_modules_below() {
	local key
	key=$kdir/$(sed -n 's/^CONFIG_MODULE_SIG_KEY="\(.*\)"$/\1/p' "$kdir/.config")
	mkdir -p "$(dirname "$key")" "$kdir/certs"
	make_key 'The builder of the kernel' "$key" "$kdir/certs/signing_key.x509" &&
		run modules_install "INSTALL_MOD_PATH=$scratch/modules" && has_files "$scratch/modules" "$module" &&
		signed_by 'The builder of the kernel' "$scratch/modules/$module" && rm "$key"
}
uninstalls_modules_below() { run uninstall "INSTALL_MOD_PATH=$scratch/modules" && [ -z "$(ls "$scratch/modules")" ]; }

found() { # found DIRECTORY: modprobe would load what is in there
	modprobe -S "$release" -n -v tdx_page_array | tee >(cat >&2) | grep -F "insmod $1/tdx_page_array.ko"
}
is_gone() { ! modprobe -S "$release" -n -v tdx_page_array && [ -z "$(ls -d "$installed" /usr/src/tdx_page_array* "$given" 2>/dev/null)" ]; }
installs() { run install && found "$installed"; }
uninstalls_without_headers() { run uninstall KDIR=/nowhere "KERNELRELEASE=$release" && is_gone; }

# The smallest driver, with nothing of this tree but itself.
cp -r "$top/samples/first" "$scratch/driver"
driver_builds() { # driver_builds DIRECTORY-OF-INCLUDE SYMVERS
	make -C "$kdir" "M=$scratch/driver" "TDX_PAGE_ARRAY=$1" "KBUILD_EXTRA_SYMBOLS=$2" KCFLAGS=-Werror clean modules >"$scratch/driver/log" 2>&1
	cat "$scratch/driver/log"
	! grep -i warning "$scratch/driver/log" && [ "$(modinfo -F depends "$scratch/driver/first.ko")" = tdx_page_array ]
}

with_dkms() { run -C "$top" "$@"; }
dkms_skips() { with_dkms dkms-install "KDIR=$old" && dkms status tdx_page_array | tee >(cat >&2) | grep -q ': added$'; }
dkms_installs() {
	dkms install "tdx_page_array/$version" -k "$release" || { tail -n 5 "$given/$version/build/make.log"; return 1; }
	dkms status tdx_page_array | grep ': installed$' && found "$installed/dkms" &&
		signed_by 'DKMS module signing key' "$given/kernel-$release-x86_64/module/"tdx_page_array.ko*
}
dkms_uninstalls() { with_dkms dkms-uninstall && is_gone; }

# The machine has no list of packages, although the dependencies are there. DKMS builds for each kernel but the one that it
# skips, and runs depmod (since 3.2) only if the kernel's installation has run it.
package_installs() {
	touch /var/lib/dpkg/status
	depmod "$release" && dpkg --force-depends --install "$deb" && found "$installed/dkms" && [ -x "$sources/scripts/tdx-page-array-status" ]
}
package_goes() { dpkg --purge tdx-page-array-dkms && is_gone; }

plan $((19 + (${#deb} > 0 ? 2 : 0)))
check 'dkms_and_the_module_name_the_same_version' grep -xF "MODULE_VERSION(\"$version\");" "$top/shim/main.c"
check 'missing_headers_are_named' refused 'no kernel build directory /nowhere: install' run KDIR=/nowhere
check 'test_modules_are_not_installed' refused 'without TESTS=m' run install
check 'the_module_builds_without_tests' builds_without_tests
check 'a_module_for_another_kernel_is_not_installed' refused "not for 5.10.0-99-amd64: run make KDIR=$old" run "KDIR=$old" install
check 'signing_without_a_key_is_refused' refused 'which key' run sign
check 'the_module_is_signed_with_the_users_key' is_signed
check 'install_puts_files_below_destdir_and_nowhere_else' installs_below
check 'uninstall_leaves_nothing_below_destdir' uninstalls_below
check 'modules_install_puts_signed_modules_below_install_mod_path' installs_modules_below
check 'uninstall_leaves_nothing_below_install_mod_path' uninstalls_modules_below
check 'installed_modules_are_found_by_modprobe' installs
check 'a_driver_builds_against_what_was_installed' driver_builds /usr/src/tdx_page_array "/usr/src/tdx_page_array/$release/Module.symvers"
check 'uninstall_leaves_nothing_and_needs_no_headers' uninstalls_without_headers
check 'dkms_skips_a_kernel_that_is_too_old' dkms_skips
check 'dkms_installs_and_signs' dkms_installs
check 'a_driver_builds_against_what_dkms_keeps' driver_builds "$sources" "$given/kernel-$release-x86_64/module/Module.symvers"
check 'a_module_of_dkms_is_not_shadowed' refused 'DKMS has installed tdx_page_array' run install
check 'dkms_uninstalls' dkms_uninstalls
if [ -n "$deb" ]; then
	check 'the_package_installs' package_installs
	check 'the_package_leaves_nothing' package_goes
fi
[ $failures = 0 ]
