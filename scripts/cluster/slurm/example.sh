#!/usr/bin/env bash
# A sweep of eight tasks, of which one is told that its time is over and one is killed and submitted again, and whether the merged
# results are the bytes of a run without shards. After npm run build, with a software driver and a Slurm of one node:
#   node scripts/with-driver.mjs --driver lavapipe scripts/cluster/slurm/one-node.sh scripts/cluster/slurm/example.sh
# example.txt holds what it printed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SINKFLOW=$(cd "$here/../../.." && pwd)/dist/cli.js
export SINKFLOW
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
fail() {
  echo "example.sh: $1" >&2
  tail -n +1 ./*.out >&2
  exit 1
}

say() { echo; echo "== $1"; }
submit() { # prints what submit.sh prints; sets array and merge
  local said
  said=$("$here/submit.sh" "$@")
  echo "$said"
  [[ $said =~ job\ ([0-9]+).*job\ ([0-9]+) ]] && array=${BASH_REMATCH[1]} merge=${BASH_REMATCH[2]}
}
wait_for() { # a file, for five minutes at most
  for _ in $(seq 3000); do
    [ -e "$1" ] && return
    sleep 0.1
  done
  fail "expected $1 within five minutes"
}
finish() { # waits until the merge has ended, twenty minutes at most; prints how each task ended and what the merge said
  local i
  for _ in $(seq 1200); do
    case $(squeue --noheader --states=all --job="$merge" --format=%T) in COMPLETED | FAILED | CANCELLED) break ;; esac
    sleep 1
  done
  for i in "$@"; do
    scontrol show job "${array}_$i" | tr ' ' '\n' |
      awk -F= -v i="$i" '{ v[$1] = $2 } END { print "task " i ": " v["JobState"] ", exit " v["ExitCode"] ", restarts " v["Restarts"] }'
  done
  scontrol show job "$merge" | tr ' ' '\n' | awk -F= '{ v[$1] = $2 } END { print "merge: " v["JobState"] ", exit " v["ExitCode"] }'
  cat sinkflow-merge-"$merge".out
}

cat >sweep.yaml <<'END'
tokens: 4
dim: 3
runs: 32768
until: {time: 10}
grid:
  loss: [logistic, exponential]
  normalizer: [softmax, sigmoid, linear, l2]
  tokens: [3, 4]
END
say "submit.sh 8 sweep.yaml results"
submit 8 sweep.yaml results
wait_for results/parts/000005.json
mapfile -t processes < <(scontrol listpids "$(squeue --noheader --job="${array}_5" --format=%A)" | awk '$1 ~ /^[0-9]+$/ { print $1 }')
kill -KILL "${processes[@]}" # scancel would send SIGTERM first
echo "task 5 has written a part: SIGKILL to its ${#processes[@]} processes"
wait_for results/parts/000007.json
scancel --signal=USR1 --batch "${array}_7"
echo "task 7 has written a part: SIGUSR1, as when its time is over"
finish 0 1 2 3 4 5 6 7
tail -n +1 "sinkflow-$array"-[57].out | sed "s/$(hostname -s)/NODE/g"
[ -e results/parts/000013.json ] && fail "task 5 was done before it was killed"

say "submit.sh 8 sweep.yaml results --array=5"
submit 8 sweep.yaml results --array=5
finish 5
tail -n +1 "sinkflow-$array-5.out"

say "the same without shards"
node "$SINKFLOW" run sweep.yaml --out one --quiet
list() { (cd "$1" && find runs summary.json -type f | sort); }
[ "$(list results)" = "$(list one)" ] || fail "other files: $(diff <(list results) <(list one))"
for file in $(list one); do cmp "results/$file" "one/$file"; done
echo "$(list one | wc -l) files of data, the same byte for byte: runs/*.parquet and summary.json"
