#!/usr/bin/env bash
# Prints the SHA-256 of the weights of every example and lecture after training, in f32 and f64 on each tier that this
# machine runs. A change that promises the same bits is run before and after:
#   tests/weights_sha256.sh OLD/nnc >old; tests/weights_sha256.sh NEW/nnc >new; diff old new
# What follows is given to each training: --threads 3.
set -euo pipefail
nnc=$(realpath "${1:?the nnc to run}")
shift
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tiers=(generic)
for tier in avx2 avx512; do grep -qw "${tier/avx512/avx512f}" /proc/cpuinfo && tiers+=("$tier"); done
for program in examples/*.nn examples/lectures/*.nn; do
  grep -q '^train' "$program" || continue
  for tier in "${tiers[@]}"; do
    for precision in f32 f64; do
      weights=$folder/weights.safetensors
      rm -f "$weights"
      # What a program expects may not be met at another precision; only the weights count here.
      "$nnc" train "$program" --target "$tier" --precision "$precision" --out "$weights" --force "$@" \
        >"$folder/output" 2>&1 || true
      if [ -e "$weights" ]; then sum=$(sha256sum <"$weights"); else sum="none: $(tail -n 1 "$folder/output")"; fi
      echo "$program $tier $precision ${sum%% *-}"
    done
  done
done
