#!/usr/bin/env bash
# Submits a sweep to Slurm: an array of N tasks with a GPU each, and a job that merges once all have ended, however they ended.
#   submit.sh N SPEC DIR [OPTION OF SBATCH…]
# The options are for the array. The same command with --array=5 submits task 5 again, and a new merge: N stays what it was.
# DIR lies where all nodes see it. Partition and account of both jobs: SBATCH_PARTITION and SBATCH_ACCOUNT, as sbatch reads them.
set -euo pipefail
if [ $# -lt 3 ] || ! [[ $1 =~ ^[1-9][0-9]*$ ]]; then
  sed -n '2,5s/^# //p' "$0" >&2
  exit 2
fi
shards=$1 specification=$2 results=$3
shift 3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# sbatch copies a script before it runs it, so what a job needs goes through its environment.
export SINKFLOW="${SINKFLOW:-$(cd "$here/../../.." && pwd)/dist/cli.js}"
export SINKFLOW_SHARDS=$shards
if ! [ -r "$SINKFLOW" ]; then
  echo "submit.sh: SINKFLOW: expected the built program, got no file at $SINKFLOW; npm run build makes it. Nothing was submitted." >&2
  exit 2
fi
array=$(sbatch --parsable --array="0-$((shards - 1))" "$@" "$here/shard.sbatch" "$specification" "$results")
array=${array%%;*} # sbatch adds the name of the cluster where there are several
merge=$(sbatch --parsable --dependency="afterany:$array" "$here/merge.sbatch" "$results")
echo "job $array: shards of $shards; job ${merge%%;*}: merge"
