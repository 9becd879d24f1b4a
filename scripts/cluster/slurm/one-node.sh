#!/usr/bin/env bash
# Runs a command with a Slurm of one node, made for it on the loopback interface and stopped after it:
#   one-node.sh COMMAND…
# slurmctld, slurmd and munged are Debian's, started by hand as root in a scratch folder: no systemd, no cgroups. The node claims 8 cores,
# 64 GiB and two GPUs, so that jobs ask for what they would on a real one; two tasks with a GPU run at a time.
set -euo pipefail
fail() { echo "one-node.sh: $1" >&2; exit 1; }
[ $# -gt 0 ] || fail "expected a command to run"
[ "$(id -u)" = 0 ] || fail "needs root, which starts the daemons"
if ! command -v slurmctld slurmd munged sbatch >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends slurmctld slurmd slurm-client munge; } >/dev/null 2>&1 ||
    fail "apt-get could not install slurmctld, slurmd, slurm-client and munge"
fi

scratch=$(mktemp -d)
daemons=()
stop() {
  if [ ${#daemons[@]} -gt 0 ]; then
    scancel --partition=all 2>/dev/null || true
    for _ in $(seq 100); do [ -n "$(squeue --noheader 2>/dev/null)" ] || break; sleep 0.1; done
    kill "${daemons[@]}" 2>/dev/null || true
    for _ in $(seq 50); do [ -n "$(jobs -pr)" ] || break; sleep 0.1; done
    kill -KILL "${daemons[@]}" 2>/dev/null || true # slurmd may hang as it ends
    wait "${daemons[@]}" 2>/dev/null || true
  fi
  rm -rf "$scratch"
}
trap stop EXIT
mkdir "$scratch"/{state,spool}
port=$((20000 + RANDOM % 10000))
head -c 128 /dev/urandom >"$scratch/munge.key"
chmod 600 "$scratch/munge.key"
chmod 755 "$scratch" # munged wants a socket that others may reach
node=$(hostname -s)
touch "$scratch"/gpu{0,1}
echo "Name=gpu File=$scratch/gpu[0-1]" >"$scratch/gres.conf"
cat >"$scratch/slurm.conf" <<END
ClusterName=sinkflow
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=root
AuthType=auth/munge
# A job that is queued again waits until its last credential has expired, two minutes by default.
AuthInfo=socket=$scratch/munge.socket,cred_expire=5
StateSaveLocation=$scratch/state
SlurmdSpoolDir=$scratch/spool
SlurmctldPidFile=$scratch/slurmctld.pid
SlurmdPidFile=$scratch/slurmd.pid
SlurmctldLogFile=$scratch/slurmctld.log
SlurmdLogFile=$scratch/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=5,sched_min_interval=100000
GresTypes=gpu
ReturnToService=2
SlurmdParameters=config_overrides
NodeName=$node NodeAddr=127.0.0.1 CPUs=8 RealMemory=65536 Gres=gpu:2 State=UNKNOWN
PartitionName=all Nodes=$node Default=YES MaxTime=INFINITE State=UP
END

export SLURM_CONF="$scratch/slurm.conf"
munged --foreground --force --num-threads=1 --key-file="$scratch/munge.key" --socket="$scratch/munge.socket" --pid-file="$scratch/munged.pid" \
  --log-file="$scratch/munged.log" --seed-file="$scratch/munged.seed" 2>>"$scratch/munged.err" &
daemons+=($!)
for _ in $(seq 50); do [ -S "$scratch/munge.socket" ] && break; sleep 0.1; done
slurmctld -D -i >>"$scratch/slurmctld.err" 2>&1 &
daemons+=($!)
slurmd -D >>"$scratch/slurmd.err" 2>&1 &
daemons+=($!)
ready=
for _ in $(seq 100); do
  if sinfo --noheader --format=%t 2>/dev/null | grep -q '^idle'; then ready=yes; break; fi
  sleep 0.3
done
if ! [ "$ready" ]; then
  tail -n 20 "$scratch"/*.log "$scratch"/*.err >&2 || true
  fail "the node was not ready after 30 s"
fi
"$@"
