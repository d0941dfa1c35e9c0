#!/usr/bin/env bash
# Fuzzes the readers, and the passes behind one of them, one after the other:
#   tests/fuzz/readers.sh BUILD_FOLDER MINUTES [READER…]
# MINUTES are shared evenly. Corpora start from the tests' and examples' own files and grow under BUILD_FOLDER/corpus;
# what breaks a reader stays under BUILD_FOLDER/found, and the exit code is 1.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$1 minutes=$2
shift 2
readers=("$@")
[ $# -gt 0 ] || readers=(program ir_text passes csv idx npy chars safetensors)

# seed NAME BYTES: a file of the corpus at hand, written with printf's escapes.
seed() { printf "$2" >"$seeds/$1"; }

# Copies files under names that tell their folders apart.
copy_seeds() {
  local file
  for file in "$@"; do cp "$file" "$seeds/$(basename "$(dirname "$file")")_$(basename "$file")"; done
}

# A weights file of one tensor w: its header's length, the header, 8 bytes of data.
seed_weights() {
  seed "$1" "\\x$(printf %02x "${#2}")\\0\\0\\0\\0\\0\\0\\0${2//%/%%}\\0\\0\\200\\77\\0\\0\\0\\100"
}

seed_corpus() {
  seeds=$build/seeds/$1
  mkdir -p "$seeds" "$build/corpus/$1" "$build/found"
  case $1 in
    program)  # without those that test the limits of unfolding: they take seconds each
      copy_seeds "$root"/{examples,tests/frontend/programs,tests/errors,frontend/library}/*.nn
      rm -f "$seeds"/*_row_22_* ;;
    ir_text | passes) copy_seeds "$root"/tests/golden/*/* ;;
    csv)
      seed plain 'a,b\n1,2\n3,4\n'
      seed quoted '"a","b ""c"""\r\n"1",\n" 2",3e-5\r\n'
      seed words '\xef\xbb\xbfx,k\n+.5,left\n-1E3,"ri\nght"\n'
      seed semicolons 'a;b\n1,5;2\n'
      seed tabs '\ta\t"b"\n1\t2\tx\n\n'
      seed blanks '  1.5   2  "a b"\n 3 4\tc\r\n \n'
      seed headless '5.1,3.5,setosa\n4.9,3,virginica\n'
      gzip -c "$seeds/plain" >"$seeds/packed" ;;
    idx)
      seed bytes '\0\0\10\2\0\0\0\2\0\0\0\3abcdef'
      seed shorts '\0\0\13\1\0\0\0\2\1\2\3\4'
      seed floats '\0\0\15\1\0\0\0\1\77\200\0\0'
      seed doubles '\0\0\16\1\0\0\0\1\77\360\0\0\0\0\0\0'
      gzip -c "$seeds/bytes" >"$seeds/packed" ;;
    npy)
      seed floats "\\x93NUMPY\\1\\0\\72\\0{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)}\\n\\0\\0\\200\\77\\0\\0\\0\\100"
      seed shorts "\\x93NUMPY\\3\\0\\72\\0\\0\\0{'descr': '>i2', 'fortran_order': True , 'shape': (2L,1)}\\n\\1\\2\\3\\4"
      gzip -c "$seeds/floats" >"$seeds/packed" ;;
    chars)
      seed plain 'to be, or not\nto be\n'
      seed wide '\xef\xbb\xbf\xe2\x80\x9c\xed\x95\x9c\xf0\x9f\x90\x88\r\n'
      gzip -c "$seeds/plain" >"$seeds/packed" ;;
    safetensors)
      seed_weights one '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  '
      seed_weights two '{"__metadata__":{"a":"b"},"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"é/":{"dtype":"BF16","shape":[1,2],"data_offsets":[4,8]}}' ;;
  esac
}

# Lengths are of bytes; short stacks of allocations, or most of the time would go there.
export LC_ALL=C ASAN_OPTIONS=malloc_context_size=1:quarantine_size_mb=16
status=0
for reader in "${readers[@]}"; do
  seed_corpus "$reader"
  log=$build/found/$reader.log
  dictionary=$root/tests/fuzz/targets/${reader/passes/ir_text}.dict
  seconds=$((minutes * 60 / ${#readers[@]}))
  flags=(-max_total_time=$((seconds > 0 ? seconds : 1)) -max_len=4096 -timeout=20 -rss_limit_mb=2048
         -artifact_prefix="$build/found/$reader-" -print_final_stats=1)
  [ -f "$dictionary" ] && flags+=(-dict="$dictionary")
  if "$build/tests/fuzz/targets/fuzz_$reader" "${flags[@]}" "$build/corpus/$reader" "$build/seeds/$reader" >"$log" 2>&1; then
    verdict="nothing found"
  else
    verdict="FOUND: $(grep -m1 -aE 'found:|ERROR:|runtime error:|uncaught' "$log" | cut -c1-200) (see $log)" status=1
  fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  echo "$reader: ${runs:-?} inputs, $verdict"
done
exit $status
