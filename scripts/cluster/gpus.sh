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

# The layer knows a card as pci-0000_41_00_0; with the ! it hides the others. Where it finds none, or isn't there, it hides nothing.
tags=()
for address in "$@"; do
  if ! [[ ${address,,} =~ ^([0-9a-f]{4})?([0-9a-f]{4}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$ ]]; then
    echo "gpus.sh: expected a PCI address such as 0000:41:00.0, got $address. Nothing was written." >&2
    exit 2
  fi
  tag="pci-${BASH_REMATCH[2]}_${BASH_REMATCH[3]}_${BASH_REMATCH[4]}_${BASH_REMATCH[5]}!"
  shown=$(DRI_PRIME=$tag node "$sinkflow" devices --json | node -p 'JSON.parse(require("fs").readFileSync(0)).adapters.length')
  if [ "$shown" != 1 ]; then
    echo "gpus.sh: $address: expected one adapter, got ${shown:-none}: no GPU has this address, or Mesa's device select layer is missing. Nothing was written." >&2
    exit 3
  fi
  tags+=("$tag")
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
