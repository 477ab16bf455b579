#!/usr/bin/env bash
# Prints the path of a kernel source tree, fetching and unpacking the distribution's source package first if needed.
# usage: kernel-source.sh [SERIES]       KSRC=/path names a tree to use instead.
source "$(dirname "$0")/lib.sh"

series=${1:-${KERNEL:-7.3}}
if [ -n "${KSRC:-}" ]; then
	[ -f "$KSRC/Kbuild" ] && [ -f "$KSRC/scripts/kconfig/merge_config.sh" ] || die "KSRC=$KSRC is no kernel source tree"
	(cd "$KSRC" && pwd)
	exit 0
fi

"$top/scripts/deps.sh" source
read -r _ suite pinned < <(grep -E "^${series//./\\.}[[:space:]]" "$top/scripts/kernels") ||
	die "no kernel series '$series' in scripts/kernels; name a source tree with KSRC=/path instead"
package=linux-source-$series
lock_cache source

apt_home=$cache/apt/$suite
apt_config() {
	local site=$1
	mkdir -p "$apt_home"/{lists/partial,cache/archives/partial,parts}
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site $suite main" >"$apt_home/sources.list"
	cat >"$apt_home/apt.conf" <<-END
		Dir::Etc::sourcelist "$apt_home/sources.list";
		Dir::Etc::sourceparts "$apt_home/parts";
		Dir::State::Lists "$apt_home/lists";
		Dir::Cache "$apt_home/cache";
		APT::Sandbox::User "$(id -un)";
	END
}

fetch() {
	local version=$1
	cd "$apt_home/cache"
	APT_CONFIG=$apt_home/apt.conf apt-get download "$package=$version"
}

unpack() {
	local deb=$1 to=$2
	rm -rf "$to.part"
	mkdir -p "$to.part"
	dpkg-deb --fsys-tarfile "$deb" | tar -xO "./usr/src/$package.tar.xz" | xz -dc | tar -x --strip-components=1 -C "$to.part"
	mv "$to.part" "$to"
}

tree=$cache/source/$package-$pinned
if [ ! -d "$tree" ]; then
	command -v apt-get >/dev/null || die "no apt-get here: unpack a Linux $series source tree and name it with KSRC=/path"
	site=$(apt-get indextargets --format '$(SITE)' | grep -v security | head -n 1) || true
	[ -n "$site" ] || die "apt knows no package mirror: name a Linux $series source tree with KSRC=/path"
	apt_config "$site"
	run_logged "$cache/log/apt-$suite.log" "reading the package list of $suite" -- env APT_CONFIG="$apt_home/apt.conf" apt-get update
	mapfile -t offered < <(APT_CONFIG=$apt_home/apt.conf apt-cache madison "$package" | awk -F' *[|] *' '{print $2}')
	[ ${#offered[@]} -gt 0 ] || die "the mirror's $suite has no $package: name a source tree with KSRC=/path"
	version=$pinned
	if ! printf '%s\n' "${offered[@]}" | grep -Fxq "$pinned"; then
		version=${offered[0]}
		say "$package $pinned is gone from the mirror: taking $version, the newest of its series"
		tree=$cache/source/$package-$version
	fi
	if [ ! -d "$tree" ]; then
		run_logged "$cache/log/$package.fetch.log" "fetching $package $version" -- fetch "$version"
		deb=$(find "$apt_home/cache" -maxdepth 1 -name "${package}_*.deb" | head -n 1)
		run_logged "$cache/log/$package.unpack.log" "unpacking $package $version" -- unpack "$deb" "$tree"
		rm -f "$deb"
	fi
fi
echo "$tree"
