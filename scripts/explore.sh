#!/usr/bin/env bash
# Explores all orders of API calls on small arrays with all outcomes (make explore).
# DEPTH=calls SECONDS_EACH=after so many seconds of a scenario no deeper level is begun SCENARIO=one of them
source "$(dirname "$0")/lib.sh"

small='-DSEAM_MAX_TDS=4 -DSEAM_MAX_VCPUS=8 -DSEAM_MAX_OBJECTS=4 -DSEAM_MAX_TDMRS=4 -DSEAM_MAX_EVENTS=64 -DSEAM_MAX_CALLS=64'
out=$(USER_BUILD=$top/build/explore "$top/scripts/user-build.sh" SANITIZE= "EXTRA=-O2 -DNDEBUG $small" explore)
exec "$out/explore" "${DEPTH:-10}" "${SECONDS_EACH:-60}" ${SCENARIO:+"$SCENARIO"}
