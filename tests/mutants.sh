#!/usr/bin/env bash
# Runs the suite once for each built-in fault (support/fault.h); each must turn it red, and without a fault it is green.
# usage: tests/mutants.sh BUILD_FOLDER
set -u
build=$1
faults=$(sed -n 's/^  \([a-z_]*\), *\/\/\/<.*/\1/p' "$(dirname "$0")/../support/fault.h")
suite() { (cd "$build" && ctest --stop-on-failure -j "$(nproc)" >/dev/null 2>&1); }

if ! suite; then echo "the suite is red without a fault"; exit 1; fi
passed=0 failed=0
for fault in $faults; do
  if NNC_FAULT=$fault suite; then
    echo "$fault: NOT CAUGHT"; failed=$((failed + 1))
  else
    echo "$fault: caught"; passed=$((passed + 1))
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
