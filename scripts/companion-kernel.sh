#!/usr/bin/env bash
# Builds the plain guest kernel with the patches of companion/ and prints its build directory. Only what the patches change is
# compiled: the directory begins as a copy of the plain kernel's, and while make runs, copy and patched source are mounted at the
# paths of the originals, in a mount namespace. Kept in the cache: the next run builds what has changed since.
# usage: companion-kernel.sh [MAKE_ARGUMENTS...]       runs make there with these arguments afterwards
source "$(dirname "$0")/lib.sh"

series=${KERNEL:-7.3}
patches=("$top/companion/linux-$series"/*.patch)
[ -f "${patches[0]}" ] || die "companion/ has no patches for Linux $series"
"$top/scripts/deps.sh" module source kernel companion
plain=$("$top/scripts/kernel-build.sh" plain)
source_tree=$("$top/scripts/kernel-source.sh" "$series")
home=$cache/companion/$(basename "$plain")
kernel=$home/$(basename "$plain")-companion
lock_cache "companion-$(basename "$plain")"

# Files that the patches change ("---") or leave behind ("+++").
files_of() { sed -n "s|^$1 [ab]/||p" "${patches[@]}" | sort -u; }

# Patches the files in question beside the copy, and takes over those that differ, so that make rebuilds what depends on
# them and nothing else. Files are replaced, never written to: they may be links to those of the pristine source.
patch_tree() {
	local scratch=$home/patched tree=$home/source file patch
	rm -rf "$scratch"
	mkdir "$scratch"
	while read -r file; do install -D -m 644 "$source_tree/$file" "$scratch/$file"; done < <(files_of ---)
	for patch in "${patches[@]}"; do
		patch -d "$scratch" -p1 -F0 --quiet <"$patch" || die "$(basename "$patch") does not apply to Linux $series"
	done
	touch "$home/files"
	{ cat "$home/files"; files_of ---; files_of +++; } | sort -u | while read -r file; do
		if [ -f "$scratch/$file" ]; then
			cmp -s "$scratch/$file" "$tree/$file" || cp --remove-destination "$scratch/$file" "$tree/$file"
		elif [ -f "$source_tree/$file" ]; then
			cmp -s "$source_tree/$file" "$tree/$file" || cp --remove-destination "$source_tree/$file" "$tree/$file"
		else
			rm -f "$tree/$file"
		fi
	done
	{ files_of ---; files_of +++; } | sort -u >"$home/files"
}

# The mounts are private and end with the command. A user other than root gets a user namespace as well.
# usage: in_place COMMAND...
in_place() {
	local become=()
	[ "$(id -u)" -eq 0 ] || become=(--map-root-user)
	# shellcheck disable=SC2016 # expanded inside
	unshare "${become[@]}" --mount bash -c 'mount --bind "$1" "$2" && mount --bind "$3" "$4" && shift 4 && "$@"' \
		in-place "$home/source" "$source_tree" "$kernel" "$plain" "$@"
}

# Types of KVM's object only: that is what pahole is to compare.
make_in_place() {
	in_place make -C "$source_tree" "O=$plain" "CC=${CC:-gcc}" "CFLAGS_vmx/tdx.o=-g" "-j$(nproc)" "$@" || return
	# What make wrote there leads to the originals.
	sed -i -e "s|$plain|$kernel|" -e "s|$source_tree|$home/source|" "$kernel/Makefile"
	ln -sfn "$home/source" "$kernel/source"
}

copy() { # copy FROM TO OPTION: TO is complete, or not there
	[ -d "$2" ] && return
	rm -rf "$2.part"
	cp -a "$3" "$1" "$2.part" 2>/dev/null || { rm -rf "$2.part"; cp -a "$1" "$2.part"; }
	mv "$2.part" "$2"
}

mkdir -p "$home"
copy "$source_tree" "$home/source" --link
copy "$plain" "$kernel" --reflink=auto
patch_tree
key=$(cat "${patches[@]}" | short_hash)
if [ "$(cat "$kernel/.patches" 2>/dev/null)" != "$key" ]; then
	in_place true || die "no mount namespaces here: the patched kernel cannot be built"
	rm -f "$kernel/.patches"
	run_logged "$home/build.log" "building Linux $series (plain) with the patches of companion/" -- make_in_place bzImage modules
	if grep -iE '(^|[^a-z_/])warning' "$home/build.log" >&2; then
		# make would not compile again what warned.
		rm -rf "$kernel"
		die "the build is not silent"
	fi
	echo "$key" >"$kernel/.patches"
fi
[ $# -eq 0 ] || make_in_place "$@" >&2
echo "$kernel"
