#!/usr/bin/env bash
# Checks what users and packages do with the module, as root of a Debian that is discarded afterwards: make sign, install
# and uninstall, DKMS, the package, another driver that is built against what was installed; and that anything missing or
# unsuitable is refused in one line. Writes a KTAP document.
# usage: install-check.sh ROOT KDIR MODULES [DEB]        ROOT is of debian-root.sh, KDIR a path in there, MODULES of module-build.sh
source "$(dirname "$0")/lib.sh"

if [ "${1:-}" != inside ]; then
	arguments=("${2:?kernel build directory}" "$(realpath "${3:?modules}")" ${4:+"$(realpath "$4")"})
	exec "$top/scripts/debian-root.sh" run --scratch "${1:?root}" "$top/scripts/install-check.sh" inside "${arguments[@]}"
fi
begin_ktap
shift
headers=$1 modules=$2 deb=${3:-}
release=${headers##*/linux-headers-}
kdir=/lib/modules/$release/build
installed=/lib/modules/$release/updates
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$top/dkms.conf")
given=/var/lib/dkms/tdx_page_array
# The installation of a kernel would have run depmod.
depmod "$release"
cd "$modules"

run() { make -s "KDIR=$kdir" WERROR=1 "$@"; }

# Header trees that are incomplete, and compilers that do not work.
faked() { # faked RELEASE [OPTION...]: prints its path
	local tree=/lib/modules/$1/build
	mkdir -p "$tree"/{include/generated,include/config,scripts}
	touch "$tree/Makefile"
	echo "#define UTS_RELEASE \"$1\"" >"$tree/include/generated/utsrelease.h"
	printf '%s=y\n' "${@:2}" >"$tree/.config"
	echo "$tree"
}
compiler() { # compiler NAME COMMAND: prints its path
	printf '#!/bin/sh\n%s\n' "$2" >"$scratch/$1"
	chmod +x "$scratch/$1"
	echo "$scratch/$1"
}
old=$(faked 5.10.0-99-amd64 CONFIG_X86_64 CONFIG_MODULES)
other=$(faked 6.12.0-other CONFIG_X86_64 CONFIG_MODULES)
narrow=$(faked 6.12.0-narrow CONFIG_MODULES)
clang=$(faked 6.12.0-clang CONFIG_X86_64 CONFIG_MODULES CONFIG_CC_IS_CLANG)
coming=$(faked 99.1.0-coming CONFIG_X86_64 CONFIG_MODULES)

one_version() {
	local said
	said=$(printf '%s\n' "$version" "$(sed -n 's/^MODULE_VERSION("\(.*\)");$/\1/p' "$top/shim/main.c")")
	echo "$said"
	[ -n "$version" ] && [ "$(sort -u <<<"$said")" = "$version" ]
}
# DKMS before 3.1 uses the pattern, later releases and make use the number.
same_kernels_for_all() {
	local kernel number pattern oldest
	oldest=$(sed -n 's/^BUILD_EXCLUSIVE_KERNEL_MIN="\(.*\)"$/\1/p' "$top/dkms.conf")
	pattern=$(sed -n 's/^BUILD_EXCLUSIVE_KERNEL="\(.*\)"$/\1/p' "$top/dkms.conf")
	for kernel in 4.19.0 5.4.1-1 5.15.0-164-generic 6.0.19 6.1.0-56-amd64 6.2.0 6.9.12 6.10.3 6.12.117+deb13-amd64 7.0.1 7.3.4 8.0.0-rc1 10.2.0; do
		number=no
		! printf '%s\n' "$oldest" "$kernel" | sort -VC || number=yes
		echo "Linux $kernel: $number"
		[[ $kernel =~ $pattern ]] && [ $number = yes ] || { [[ ! $kernel =~ $pattern ]] && [ $number = no ]; } || return 1
	done
}
warns_of_newer() {
	"$top/scripts/supported.sh" "$coming" >"$scratch/warned" 2>&1 || return 1
	cat "$scratch/warned"
	[ "$(wc -l <"$scratch/warned")" = 1 ] && grep -q '^warning: Linux 99.1.0-coming is newer than ' "$scratch/warned"
}
no_word_of_tested() { [ -z "$("$top/scripts/supported.sh" "$kdir" 2>&1)" ]; }

builds_without_tests() { run && ! grep kunit modules.order; }

make_key() { # make_key NAME KEY CERTIFICATE
	openssl req -new -x509 -nodes -days 2 -subj "/CN=$1" -newkey rsa:2048 -keyout "$2" -outform DER -out "$3"
}
sign=(run sign "KEY=$scratch/key.pem" "CERT=$scratch/certificate.der")
signed_by() { # signed_by WORDS FILE
	modinfo "$2" | grep sig
	modinfo -F signer "$2" | grep -F "$1"
}
is_signed() { make_key 'A user of tdx_page_array' "$scratch/key.pem" "$scratch/certificate.der" && "${sign[@]}" && signed_by 'A user of tdx_page_array' ./tdx_page_array.ko; }

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
installs_modules_below() {
	run modules_install "INSTALL_MOD_PATH=$scratch/modules" && has_files "$scratch/modules" "$module" &&
		run uninstall "INSTALL_MOD_PATH=$scratch/modules" && [ -z "$(ls "$scratch/modules")" ]
}
uninstalls_below() { run uninstall "DESTDIR=$scratch/stage" && [ -z "$(ls "$scratch/stage")" ]; }

# A kernel that was built here: its signing key is at the path in its configuration.
kernel_signs() {
	local key
	key=$kdir/$(sed -n 's/^CONFIG_MODULE_SIG_KEY="\(.*\)"$/\1/p' "$kdir/.config")
	mkdir -p "$(dirname "$key")" "$kdir/certs"
	make_key 'The builder of the kernel' "$key" "$kdir/certs/signing_key.x509" && run modules_install "INSTALL_MOD_PATH=$scratch/own" &&
		signed_by 'The builder of the kernel' "$scratch/own/$module" && rm "$key"
}

found() { # found DIRECTORY: modprobe would load what is in there
	modprobe -S "$release" -n -v tdx_page_array
	modprobe -S "$release" -n -v tdx_page_array | grep -qF "insmod $1/tdx_page_array.ko"
}
is_gone() { ! modprobe -S "$release" -n -v tdx_page_array && [ -z "$(ls -d "$installed" /usr/src/tdx_page_array* "$given" 2>/dev/null)" ]; }
installs() { run install && found "$installed"; }
uninstalls() { run uninstall && is_gone; }
uninstalls_without_headers() { run install && run uninstall KDIR=/nowhere "KERNELRELEASE=$release" && is_gone; }

# The smallest driver, with nothing of this tree but itself.
cp -r "$top/samples/first" "$scratch/driver"
driver_builds() { # driver_builds DIRECTORY-OF-INCLUDE SYMVERS
	make -C "$kdir" "M=$scratch/driver" "TDX_PAGE_ARRAY=$1" "KBUILD_EXTRA_SYMBOLS=$2" KCFLAGS=-Werror clean modules >"$scratch/driver/log" 2>&1
	cat "$scratch/driver/log"
	! grep -i warning "$scratch/driver/log" && [ "$(modinfo -F depends "$scratch/driver/first.ko")" = tdx_page_array ]
}

with_dkms() { run -C "$top" "$@"; }
is_added() { dkms status tdx_page_array | tee /dev/stderr | grep -q ': added$'; }
dkms_skips() { with_dkms dkms-install "KDIR=$old" && is_added; }
# DKMS 3.0 reports a module that it skips as failed (11).
automatically_too() {
	local status=0
	dkms autoinstall -k 5.10.0-99-amd64 || status=$?
	case $(dkms --version) in dkms-3.0*) [ $status = 11 ] ;; *) [ $status = 0 ] ;; esac && is_added
}
dkms_builds() {
	dkms build "tdx_page_array/$version" -k "$release" || { tail -n 5 "$given/$version/build/make.log"; return 1; }
	dkms status tdx_page_array | grep ': built$'
}
dkms_installs() { dkms install "tdx_page_array/$version" -k "$release" && dkms status tdx_page_array | grep ': installed$' && found "$installed/dkms"; }
dkms_signs() { signed_by 'DKMS module signing key' "$given/kernel-$release-x86_64/module/"tdx_page_array.ko*; }
dkms_uninstalls() { with_dkms dkms-uninstall && is_gone; }

package_has() {
	dpkg-deb --fsys-tarfile "$deb" | tar t | grep -v '/$' | sed 's|^\./||' | sort >"$scratch/packaged"
	(cd "$top" && DESTDIR=$scratch/copied scripts/install.sh sources) || return 1
	diff <(grep -v '^usr/share/doc/' "$scratch/packaged") <(cd "$scratch/copied" && find . -type f | sed 's|^\./||' | sort) &&
		! grep -E '/kunit/|\.o$' "$scratch/packaged" && grep -qx "usr/src/tdx_page_array-$version/shim/main.c" "$scratch/packaged"
}
# The machine has no list of packages, although the dependencies are there. DKMS builds for each kernel but the two that it
# skips, and runs depmod (since 3.2) only if the kernel's installation has run it.
package_installs() {
	rm -r "${other%/build}" "${clang%/build}" "${coming%/build}" && touch /var/lib/dpkg/status
	depmod "$release" && dpkg --force-depends --install "$deb" && found "$installed/dkms"
}
package_goes() { dpkg --purge tdx-page-array-dkms && is_gone; }

plan $((36 + (${#deb} > 0 ? 3 : 0)))
check 'one_version_is_named_everywhere' one_version
check 'old_and_new_dkms_take_the_same_kernels' same_kernels_for_all
check 'missing_headers_are_named' refused 'no kernel build directory /nowhere: install' run KDIR=/nowhere
check 'a_kernel_that_is_too_old_is_refused' refused 'Linux 5.10.0-99-amd64 of .* is too old: this module needs Linux 6.1 or newer' run "KDIR=$old"
check 'a_kernel_without_an_option_is_refused' refused 'has no CONFIG_X86_64' run "KDIR=$narrow"
check 'a_kernel_newer_than_the_tests_is_warned_of' warns_of_newer
check 'there_is_no_warning_about_a_tested_kernel' no_word_of_tested
check 'a_missing_cxx_compiler_is_named' refused 'missing on this machine: g++\. .* g++$' run DEPS=tell "CC=$(compiler without_cxx 'echo cc1plus')"
check 'a_missing_clang_is_named_where_the_kernel_needs_it' refused 'no clang here' run "KDIR=$clang"
check 'a_compiler_that_is_too_old_is_refused' refused "C++23's <expected>" \
	run DEPS=tell "CC=$(compiler without_expected 'case $* in -print*) exec gcc "$@" ;; esac; exit 1')"
check 'test_modules_are_not_installed' refused 'without TESTS=m' run install
check 'the_module_builds_without_tests' builds_without_tests
check 'a_module_for_another_kernel_is_not_installed' refused "not for 6.12.0-other: run make KDIR=$other" run "KDIR=$other" install
check 'signing_without_a_key_is_refused' refused 'which key' run sign
check 'signing_with_a_key_that_is_missing_is_refused' refused 'cannot read /nowhere.pem' "${sign[@]}" KEY=/nowhere.pem
check 'the_module_is_signed_with_the_users_key' is_signed
check 'signing_without_the_kernels_tool_is_refused' refused 'no scripts/sign-file' "${sign[@]}" "KDIR=$other"
check 'a_signed_module_is_not_signed_twice' refused 'signed by .A user of tdx_page_array. already' "${sign[@]}"
check 'install_puts_files_below_destdir_and_nowhere_else' installs_below
check 'uninstall_leaves_nothing_below_destdir' uninstalls_below
check 'modules_install_puts_modules_below_install_mod_path' installs_modules_below
check 'a_kernel_that_was_built_here_signs_by_itself' kernel_signs
check 'installed_modules_are_found_by_modprobe' installs
check 'a_driver_builds_against_what_was_installed' driver_builds /usr/src/tdx_page_array "/usr/src/tdx_page_array/$release/Module.symvers"
check 'uninstall_leaves_nothing' uninstalls
check 'uninstall_works_without_headers' uninstalls_without_headers
check 'dkms_skips_a_kernel_that_is_too_old' dkms_skips
check 'dkms_skips_an_old_kernel_that_is_installed' automatically_too
check 'sources_that_dkms_has_are_not_overwritten' refused 'is there already: run make dkms-uninstall' with_dkms dkms-install
check 'dkms_builds' dkms_builds
check 'dkms_installs' dkms_installs
check 'dkms_signs_with_a_key_of_its_own' dkms_signs
check 'a_driver_builds_against_what_dkms_keeps' driver_builds "/usr/src/tdx_page_array-$version" "$given/kernel-$release-x86_64/module/Module.symvers"
check 'a_module_of_dkms_is_not_shadowed' refused 'DKMS has installed tdx_page_array' run install
check 'dkms_uninstalls' dkms_uninstalls
if [ -n "$deb" ]; then
	check 'the_package_has_the_sources_for_dkms' package_has
	check 'the_package_installs' package_installs
	check 'the_package_leaves_nothing' package_goes
fi
rm -f tdx_page_array.ko
check 'nothing_is_installed_before_it_is_built' refused 'there is no tdx_page_array.ko: run make first' run install
[ $failures = 0 ]
