#!/bin/busybox sh
# Runs on a client of nfs.sh: nfs-work.sh RUN PROCESSES HARM works on a run with several processes, each begun
# again until it finds nothing to do. From the first epoch on, HARM of them are killed, and as many paused for longer than
# their leases, each with a line in /nfs/harm-CLIENT. Prints the errors, and at the end: ended.
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
    sleep 2
  done
}
for i in $(seq "$processes"); do
  work "$i" &
  workers="$workers $!"
done
# one prints one of the processes that are not paused, drawn by lot.
one() {
  for p in $(pidof sedlab); do
    case $(cat "/proc/$p/stat" 2>/dev/null) in "$p (sedlab) "[RSD]*) echo "$p" ;; esac
  done | shuf -n 1
}
note() { echo "$*" >>"/nfs/harm-$(hostname)"; }
living() { for w in $workers; do kill -0 "$w" 2>/dev/null && return; done; false; }
until [ -n "$(ls "$run/../cache/checkpoints" "$run/../cache/priors" | grep -v :)" ]; do sleep 1; done
for _ in $(seq "$harm"); do
  sleep $((10 + $(tr -dc 0-9 </dev/urandom | head -c 1)))
  living || break
  pid=$(one)
  [ -z "$pid" ] || { kill -KILL "$pid" && note kill; }
  sleep 2
  pid=$(one)
  [ -z "$pid" ] || { kill -STOP "$pid" && { sleep 25; kill -CONT "$pid" && note pause; } & }
done
wait
echo ended
