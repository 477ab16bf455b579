#!/usr/bin/env bash
# Manual pages of the public functions and structures (make docs), by the kernel's own kernel-doc: build/man/NAME.9
source "$(dirname "$0")/lib.sh"

"$top/scripts/deps.sh" source docs
source_tree=$("$top/scripts/kernel-source.sh")
for tool in "$source_tree"/{tools/docs,scripts}/kernel-doc; do
	[ ! -x "$tool" ] || break
done
rm -rf "$top/build/man"
mkdir -p "$top/build/man"
cd "$top"
# One page after the other, each from its title on. A structure is called "struct NAME" there.
"$tool" -Werror -man include/*.h | awk -v to=build/man '
	/^\.TH / {
		split($0, words, "\"")
		name = words[2]
		sub(/.* /, "", name)
		file = to "/" name ".9"
	}
	file { print >file }'
pages=(build/man/*.9)
exports=$(grep -cE '^EXPORT(_FOR_KVM)?\(' shim/exports.c)
[ ${#pages[@]} -ge "$exports" ] || die "kernel-doc made ${#pages[@]} pages, and $exports functions are exported"
say "${#pages[@]} pages; for example: man -l build/man/tdx_page_array_release.9"
