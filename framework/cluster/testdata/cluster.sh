#!/usr/bin/env bash
# A throw-away Slurm cluster on this machine, for tests: cluster.sh start FOLDER, stop FOLDER, and
# lose FOLDER NODE, revive FOLDER NODE, which end and start a node as if its power failed.
# Its controller, its nodes node1 to node5 and its munge have ports, keys and sockets of their own, and
# listen on loopback alone. Commands find it by SLURM_CONF=FOLDER/slurm.conf. It has no accounting.
# Its patience is long, so that a machine that is busy with other things loses no nodes or tasks.
set -euo pipefail
action=$1
dir=$(mkdir -p "$2" && cd "$2" && pwd)
cd "$dir"
nodes="node1 node2 node3 node4 node5"

# start NAME COMMAND… starts a daemon, whose process id is then in NAME.pid.
start() {
  local name=$1
  shift
  setsid "$@" >"$name.out" 2>&1 </dev/null &
  echo $! >"$name.pid"
}

# free_ports COUNT prints ports that are free, and that the system does not give to others meanwhile.
free_ports() {
  python3 -c '
import random, socket, sys
free = []
while len(free) < int(sys.argv[1]):
    s = socket.socket()
    try: s.bind(("127.0.0.1", random.randrange(20000, 32000)))
    except OSError: continue
    free.append(s)
print(*(s.getsockname()[1] for s in free))' "$1"
}

configure() {
  local ports
  read -r -a ports <<<"$(free_ports 6)"
  cat >slurm.conf <<CONF
ClusterName=sedlab
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge.socket,cred_expire=10
CredType=cred/munge
CommunicationParameters=NoInAddrAny
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool.%n
SlurmctldPidFile=$dir/ctld.own.pid
SlurmdPidFile=$dir/%n.own.pid
SlurmctldLogFile=$dir/ctld.log
SlurmdLogFile=$dir/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
MpiDefault=none
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,sched_min_interval=100000,defer_batch=no
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=300
MessageTimeout=60
TCPTimeout=20
BatchStartTimeout=120
OverTimeLimit=5
KillWait=30
InactiveLimit=0
MinJobAge=600
MaxArraySize=1001
PreemptMode=OFF
CONF
  local i=1
  for node in $nodes; do
    echo "NodeName=$node NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=${ports[$i]} CPUs=2 RealMemory=4000 State=UNKNOWN" >>slurm.conf
    i=$((i + 1))
  done
  echo "PartitionName=three Nodes=node[1-3] Default=YES State=UP" >>slurm.conf
  echo "PartitionName=two Nodes=node[4-5] State=UP" >>slurm.conf
}

up() {
  mkdir -p state
  configure
  export SLURM_CONF=$dir/slurm.conf
  dd if=/dev/urandom of=munge.key bs=64 count=1 status=none
  chmod 400 munge.key
  start munge munged --foreground --force --key-file="$dir/munge.key" --socket="$dir/munge.socket" \
    --pid-file="$dir/munge.own.pid" --log-file="$dir/munge.log" --seed-file="$dir/munge.seed"
  while [ ! -S munge.socket ]; do sleep 0.05; done
  start ctld slurmctld -D -i
  for node in $nodes; do start "$node" slurmd -D -N "$node"; done
  for _ in $(seq 1200); do
    [ "$(sinfo -h -N -t idle -o %N 2>/dev/null | wc -l)" = 5 ] && return
    sleep 0.1
  done
  echo "the nodes are not idle:" >&2
  sinfo -N -l >&2 || true
  tail -n 5 -- *.out *.log >&2
  down
  exit 1
}

# kill_tasks WORD kills at once what this cluster runs with WORD in its environment, and the daemons
# of these tasks; children before parents, whose end would be told to the children by a signal.
kill_tasks() {
  local pid parent tasks daemons=
  tasks=$(grep -lsxzF "$1" /proc/[0-9]*/environ | xargs -r grep -lsxzF "SLURM_CONF=$dir/slurm.conf" | cut -d/ -f3 | sort -nr) || true
  for pid in $tasks; do
    parent=$(awk '/^PPid/ { print $2 }' "/proc/$pid/status" 2>/dev/null) || continue
    [ "$(cat "/proc/$parent/comm" 2>/dev/null)" != slurmstepd ] || daemons="$daemons $parent"
  done
  # shellcheck disable=SC2086 # several words
  [ -z "$tasks" ] || kill -KILL $tasks $daemons 2>/dev/null || true
}

# gone PID waits for the end of a daemon, but not for that of a zombie.
gone() {
  for _ in $(seq 200); do
    kill -0 -- "-$1" 2>/dev/null || return 0
    sleep 0.05
  done
}

down() {
  for name in $nodes ctld munge; do
    [ -f "$name.pid" ] && kill -- "-$(cat "$name.pid")" 2>/dev/null || true
  done
  kill_tasks SLURM_CLUSTER_NAME=sedlab
  for name in $nodes ctld munge; do
    [ ! -f "$name.pid" ] || gone "$(cat "$name.pid")"
  done
}

lose() { # NODE: with all that runs on it
  local daemon
  daemon=$(cat "$1.pid")
  kill -KILL -- "-$daemon"
  kill_tasks "SLURMD_NODENAME=$1"
  gone "$daemon"
  # What the controller finds by itself after SlurmdTimeout.
  SLURM_CONF=$dir/slurm.conf scontrol update NodeName="$1" State=DOWN Reason=lost
}

revive() {
  export SLURM_CONF=$dir/slurm.conf
  start "$1" slurmd -D -N "$1"
  # A node that has registered by now is back already, and cannot be resumed.
  scontrol update NodeName="$1" State=RESUME 2>/dev/null || true
  for _ in $(seq 600); do
    [ -z "$(sinfo -h -n "$1" -t idle,mixed,allocated -o %N)" ] || return 0
    sleep 0.1
  done
  echo "node $1 is not back" >&2
  exit 1
}

case $action in
start) up ;;
stop) down ;;
lose) lose "$3" ;;
revive) revive "$3" ;;
esac
