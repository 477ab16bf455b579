#!/usr/bin/env bash
# Checks the replay itself: files that are wrong, or that differ, must not pass, and say in one line why. Writes a KTAP
# document.
# usage: replay-check.sh
source "$(dirname "$0")/lib.sh"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
number=0
config='config maxpa=46 keyidbits=6 mktme=31 globalkid=32 packages=1 wbsub=4 pages=2048 rsvd=1000+16 dpamt=0 state=ready'

result() { # result NAME GOOD
	number=$((number + 1))
	if [ "$2" = yes ]; then
		echo "ok $number $1"
	else
		sed 's/^/# /' "$scratch/said"
		echo "not ok $number $1"
	fi
}

passes() { # passes NAME LINE...
	local name=$1 good=yes
	shift
	printf '%s\n' "$@" >"$scratch/a.vec"
	"$top/scripts/replay.sh" "$scratch/a.vec" >"$scratch/said" 2>&1 || good=no
	result "$name" $good
}

fails() { # fails NAME LINE-NUMBER WORDS LINE...
	local name=$1 line=$2 words=$3 good=yes
	shift 3
	printf '%s\n' "$@" >"$scratch/a.vec"
	"$top/scripts/replay.sh" "$scratch/a.vec" >"$scratch/said" 2>&1 && good=no
	grep -qF "$scratch/a.vec:$line: " "$scratch/said" || good=no
	grep -qF -- "$words" "$scratch/said" || good=no
	result "$name" $good
}

echo 'KTAP version 1'
echo '1..24'
passes 'a_right_answer_passes' "$config" 'op 1 rax=0x29 rcx=P0 -> rax=0x0'
fails 'a_wrong_status_fails' 3 'rax: expected 0x0, got 0xc000030000000001' "$config" '# reserved' 'op 1 rax=0x29 rcx=P1000 -> rax=0x0'
fails 'a_missing_output_fails' 2 'r8: expected 0xfeed000000000008, got 0x0' "$config" 'op 1 rax=0x18 rcx=P0 -> rax=0x0 rcx=0x0 rdx=0x0 r9=0x0 r10=0x0 r11=0x0'
fails 'an_output_too_many_fails' 2 'r15: expected 0x1' "$config" 'op 1 rax=0x29 rcx=P0 -> rax=0x0 r15=0x1'
fails 'the_first_difference_ends_the_run' 2 'op 1 differs' "$config" 'op 1 rax=0x29 rcx=P1000 -> rax=0x0' 'nonsense'
fails 'an_unknown_directive_fails' 2 "unknown directive 'dance now'" "$config" 'dance now'
fails 'a_directive_with_too_much_fails' 2 "unknown directive 'entropy fail now'" "$config" 'entropy fail now'
fails 'an_unknown_mode_fails' 2 'unknown directive' "$config" 'lock KOT some'
fails 'an_unknown_lock_fails' 2 "'KOTT'" "$config" 'lock KOTT excl'
fails 'a_lock_taken_twice_fails' 3 'locked already' "$config" 'lock P5 shared' 'lock P5 shared'
fails 'a_lock_that_conflicts_fails' 3 'conflicts' "$config" 'lock P5 excl' 'lock P5+0x0 excl'
fails 'an_unlock_too_many_fails' 2 'is not locked' "$config" 'unlock P5'
fails 'an_unknown_force_fails' 2 'unknown force' "$config" 'force luck P0'
fails 'a_force_on_no_tdr_fails' 2 'is no TDR' "$config" 'force fatal P0'
fails 'an_unknown_package_fails' 2 'no package 3' "$config" 'lp 3'
fails 'an_unknown_register_fails' 2 'is no register=operand' "$config" 'op 1 rax=0x29 eax=P0 -> rax=0x0'
fails 'an_unknown_operand_fails' 2 "unknown operand 'Q0'" "$config" 'op 1 rax=0x29 rcx=Q0 -> rax=0x0'
fails 'an_unknown_suffix_fails' 2 "unknown suffix '|Z3'" "$config" 'op 1 rax=0x29 rcx=P0|Z3 -> rax=0x0'
fails 'a_bad_number_fails' 2 "'5x' is no number" "$config" 'op 1 rax=0x29 rcx=P5x -> rax=0x0'
fails 'an_op_without_outputs_fails' 2 'without' "$config" 'op 1 rax=0x29 rcx=P0 ->'
fails 'an_op_before_config_fails' 1 "'op' before config" 'op 1 rax=0x29 rcx=P0 -> rax=0x0'
fails 'an_unknown_config_key_fails' 1 "unknown config key 'colour'" "$config colour=red"
fails 'an_incomplete_config_fails' 1 'config lacks' 'config maxpa=46'
fails 'an_empty_file_fails' 1 'no config line' ''
