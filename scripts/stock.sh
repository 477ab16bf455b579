#!/usr/bin/env bash
# The module on kernels as a distribution ships them (make stock): built against the distribution's headers by its
# compiler, and loaded into its own kernel image. Those kernels have no KUnit, so the suites are not built for them:
# what runs are the main job and the jobs and checks that do without. Ends with "N passed, N failed".
# usage: stock.sh [SUITE...]     suites of Debian; default: those that the module is known to work on
source "$(dirname "$0")/lib.sh"

[ $# -gt 0 ] || set -- bookworm trixie trixie-backports
mkdir -p "$top/build/log"
for suite in "$@"; do
	"$top/scripts/apt-suite.sh" "$suite" >/dev/null 2>"$top/build/log/apt" ||
		die "STOCK: packages of Debian suite '$suite' cannot be read; apt's words are in $top/build/log/apt"
done
"$top/scripts/deps.sh" source root guest
source_tree=$("$top/scripts/kernel-source.sh")
export GUEST_QUIET=1 TIME_LIMIT=${TIME_LIMIT:-300}
judged=()
# Each suite has its own DKMS; what a package leads to is the same for all of them.
package=$("$top/scripts/deb.sh")

no_warning() {
	! grep -i warning "$modules/build.log" && return 0
	# The next run has to see it again.
	find "$modules" -name '*.o' -delete
	return 1
}

# pahole makes it from the kernel's own, if that came with the headers. It fails on the types of C++, which
# scripts/cxx.mk keeps away from it.
has_type_information() {
	local module
	[ -f "$root$kdir/vmlinux" ] || return 0
	for module in "$modules"/tdx_page_array.ko "$modules"/samples/tsm/*.ko "$modules"/kunit/*.ko; do
		"$top/scripts/in-root.sh" "$root" readelf -SW "$module" | grep -F ' .BTF ' || { echo "none in $module"; return 1; }
	done
}

check() { # check NUMBER NAME COMMAND...
	local diagnosis
	diagnosis=$("${@:3}" 2>&1) && { echo "ok $1 $2"; return; }
	printf '%s\n' "$diagnosis" | sed 's/^/# /'
	echo "not ok $1 $2"
}

for suite in "$@"; do
	root=$("$top/scripts/debian-root.sh" "$suite")
	kdir=$(echo "$root"/usr/src/linux-headers-*-amd64)
	kdir=${kdir#"$root"}
	abi=${kdir##*/linux-headers-}
	modules=$("$top/scripts/module-build.sh" "$kdir" "$root")

	logs=$top/build/log/$suite
	{
		echo 'KTAP version 1'
		echo '1..2'
		check 1 the_modules_build_without_a_warning no_warning
		check 2 type_information_is_made_where_the_headers_allow_it has_type_information
	} >"$logs-build.ktap"
	say "installing in Debian $suite: make install, DKMS${package:+, the package}"
	"$top/scripts/install-check.sh" "$root" "$kdir" "$modules" $package >"$logs-install.ktap" || say "  (this counts as a failure)"
	package=''
	for job in run tsm stock reboot unwind observe; do
		say "guest with Linux $abi of Debian $suite: $job"
		"$top/scripts/guest.sh" "$root$kdir" "$modules" "$job" "$logs-$job" || say "  (this counts as a failure)"
	done
	"$top/scripts/going-down-check.py" "$logs-reboot" >"$logs-reboot.ktap"
	"$top/scripts/unwind-check.py" "$logs-unwind/console.log" >"$logs-unwind.ktap"
	"$top/scripts/observe-check.py" "$logs-observe" "$modules" >"$logs-observe.ktap"
	judged+=(--ktap "$logs-build.ktap" --ktap "$logs-install.ktap" --job "$logs-run" --job "$logs-tsm" --ktap "$logs-tsm/report.log"
		--job "$logs-stock" --ktap "$logs-stock/report.log"
		--job "$logs-reboot" --ktap "$logs-reboot.ktap" --ktap "$logs-unwind.ktap"
		--job "$logs-observe" --ktap "$logs-observe.ktap")
done

"$top/scripts/verdict.py" "$source_tree" "${judged[@]}"
