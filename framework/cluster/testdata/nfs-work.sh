#!/bin/busybox sh
# Runs on a client of nfs.sh: nfs-work.sh RUN PROCESSES HARM works on a run with several processes, each begun
# again until it finds nothing to do. Until then, HARM of them are killed, and as many paused for longer than
# their leases. Prints the errors, and at the end: kills N pauses N.
run=$1 processes=$2 harm=$3
work() {
  while :; do
    /tmp/sedlab work "$run" --lease 20s --checkpoint 0s --workers 1 >"/tmp/out.$1" 2>&1
    code=$?
    case $code in
    0) grep -q "not finished" "/tmp/out.$1" || return ;;
    137) ;;
    *) echo "exit code $code:"; cat "/tmp/out.$1"; [ $code = 75 ] || return ;;
    esac
  done
}
for i in $(seq "$processes"); do
  work "$i" &
  workers="$workers $!"
done
kills=0 pauses=0
one() { pidof sedlab | tr ' ' '\n' | awk -v s="$(tr -dc 0-9 </dev/urandom | head -c 6)" 'BEGIN { srand(s) } rand() * NR < 1 { p = $1 } END { print p }'; }
living() { for w in $workers; do kill -0 "$w" 2>/dev/null && return; done; false; }
for _ in $(seq "$harm"); do
  sleep $((15 + $(tr -dc 0-9 </dev/urandom | head -c 1)))
  living || break
  pid=$(one)
  [ -z "$pid" ] || { kill -KILL "$pid" && kills=$((kills + 1)); }
  sleep $((2 + $(tr -dc 0-4 </dev/urandom | head -c 1)))
  pid=$(one)
  [ -z "$pid" ] || { kill -STOP "$pid" && pauses=$((pauses + 1)) && { (sleep 25; kill -CONT "$pid") & }; }
done
while living; do sleep 1; done
echo "kills $kills pauses $pauses"
