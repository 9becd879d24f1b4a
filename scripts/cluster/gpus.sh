#!/usr/bin/env bash
# Runs a sweep on several GPUs of this machine, a process and a shard each, and merges:
#   gpus.sh SPEC DIR PCI-ADDRESS…
# Addresses as nvidia-smi or lspci -D print them (00000000:41:00.0, 0000:41:00.0). The same command goes on with what was interrupted.
# A process is shown its GPU alone by Mesa's device select layer (Debian's mesa-vulkan-drivers), whoever made the GPU.
set -uo pipefail
if [ $# -lt 3 ]; then
  sed -n '2,4s/^# //p' "$0" >&2
  exit 2
fi
specification=$1 results=$2
shift 2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
sinkflow=${SINKFLOW:-$root/dist/cli.js}

adapters() { node "$sinkflow" devices --json | node -p 'JSON.parse(require("fs").readFileSync(0)).adapters.length'; }
refuse() {
  echo "gpus.sh: $1. Nothing was written." >&2
  exit "$2"
}

# The layer knows a card as pci-0000_41_00_0; with the ! it hides the others. Where it finds none, or isn't there, it hides nothing.
tags=()
for address in "$@"; do
  [[ ${address,,} =~ ^([0-9a-f]{4})?([0-9a-f]{4}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$ ]] ||
    refuse "expected a PCI address such as 0000:41:00.0, got $address" 2
  tags+=("pci-${BASH_REMATCH[2]}_${BASH_REMATCH[3]}_${BASH_REMATCH[4]}_${BASH_REMATCH[5]}!")
done
found=$(adapters)
[ "${found:-0}" -ge $# ] || refuse "expected $# adapters at least, got ${found:-0}" 3
for i in "${!tags[@]}"; do
  shown=$(DRI_PRIME=${tags[i]} adapters)
  [ "$shown" = 1 ] || refuse "${*:i+1:1}: expected one adapter, got ${shown:-0}: no GPU is there, or Mesa's device select layer is missing" 3
done

processes=()
trap : INT # Ctrl+C reaches the processes as well, and a second signal would end them at once
trap 'kill -TERM "${processes[@]}" 2>/dev/null' TERM
for i in "${!tags[@]}"; do
  DRI_PRIME=${tags[i]} node "$sinkflow" run "$specification" --out "$results" --shard "$i/${#tags[@]}" --quiet &
  processes+=($!)
done
worst=0
for process in "${processes[@]}"; do
  wait "$process"
  code=$?
  # wait ends early where this script is signalled
  while kill -0 "$process" 2>/dev/null; do wait "$process"; code=$?; done
  [ "$code" -gt "$worst" ] && worst=$code
done
[ "$worst" = 0 ] || [ "$worst" = 5 ] || exit "$worst"
exec node "$sinkflow" merge "$results"
