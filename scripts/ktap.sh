# shellcheck shell=bash
# A KTAP document of checks, one command each. Sourced after lib.sh, never run.

number=0
failures=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

plan() { # plan COUNT
	echo 'KTAP version 1'
	echo "1..$1"
}

# A check passes if its command does. Of one that fails, the end of what it said comes first.
check() { # check NAME COMMAND...
	local name=$1
	shift
	number=$((number + 1))
	if "$@" >"$scratch/diagnosis" 2>&1; then
		echo "ok $number $name"
	else
		failures=$((failures + 1))
		sed 's/^/# /' "$scratch/diagnosis" | tail -n 20
		echo "not ok $number $name"
	fi
}
