#!/usr/bin/env bash
# Prints an apt configuration (a path for APT_CONFIG) that knows the packages of one Debian suite, with the release and
# the security updates that belong to it. Of this machine it uses the mirrors only, not the suites or the installed
# packages. The package lists are fetched anew once a day.
# usage: apt-suite.sh [--sources] SUITE      bookworm, trixie, trixie-backports, sid, ...; --sources: its source packages
source "$(dirname "$0")/lib.sh"

kind=deb lists=only
[ "${1:-}" != --sources ] || { kind=deb-src lists=sources; shift; }
suite=${1:?suite}
command -v apt-get >/dev/null || die "no apt-get here: packages of Debian $suite cannot be fetched"
lock_cache "apt-$suite"

mapfile -t sites < <(apt-get indextargets --format '$(SITE)' | awk '!seen[$0]++')
source_line() { # source_line SUITE KIND-OF-SITE...
	local name=$1 site
	shift
	site=$(printf '%s\n' "${sites[@]}" | grep -m 1 "$@") || die "apt knows no mirror for Debian $name"
	echo "$kind [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site $name main"
}

home=$cache/apt/$lists-$suite
release=${suite%%-*}
mkdir -p "$home"/{lists/partial,cache/archives/partial,parts}
{
	source_line "$release" -v security
	# A machine may have no mirror for security updates.
	[ "$release" = sid ] || ! printf '%s\n' "${sites[@]}" | grep -q security || source_line "$release-security" security
	[ "$release" = "$suite" ] || source_line "$suite" -v security
} >"$home/sources.list"
# An empty list of installed packages, so that every dependency is fetched. The locks of dpkg are beside it.
: >"$home/status"
cat >"$home/apt.conf" <<-END
	Dir::Etc::sourcelist "$home/sources.list";
	Dir::Etc::sourceparts "$home/parts";
	Dir::State "$home";
	Dir::State::status "$home/status";
	Dir::Cache "$home/cache";
	APT::Sandbox::User "$(id -un)";
	APT::Update::Error-Mode "any";
END

read_lists() { APT_CONFIG=$home/apt.conf apt-get update || { rm -rf "$home"; return 1; }; }
if [ -z "$(find "$home/updated" -mtime -1 2>/dev/null)" ]; then
	run_logged "$cache/log/apt-$lists-$suite.log" "reading the package lists of $suite" -- read_lists
	touch "$home/updated"
fi
echo "$home/apt.conf"
