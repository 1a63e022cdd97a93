#!/usr/bin/env bash
# Runs what sedlab submit --kubernetes writes on a real cluster, and does harm to it; then the rows must be
# those of a local run, bit for bit:
#
#   kubernetes-run.sh FOLDER
#
# Needed is what kubernetes.sh says. It takes 20 minutes on two busy cores, once the cluster is built.
# Who submits is the user 1000, into a namespace that enforces the restricted Pod Security Standard.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mkdir -p "$1" && cd "$1" && pwd)
volume=$dir/volume # on the machine that submits as in the pods
declare -A struck

say() { printf '%s %s\n' "$(date +%T)" "$*"; }
fail() { say "FAILED: $*"; exit 1; }
cluster() { "$here/kubernetes.sh" "$1" "$dir" "${@:2}"; }
kubectl() { cluster kubectl -n sedlab "$@"; }
as_user() { (cd "$volume" && setpriv --reuid 1000 --regid 1000 --clear-groups env -u XDG_CACHE_HOME HOME="$volume" "$@"); }
sedlab() { as_user "$dir/sedlab" "$@"; }

# running STAGE prints name, UID, container and node of the pods of a stage that have run for some seconds.
running() {
  kubectl get pods -l "stage=$1" -o json | jq -r '.items[] | select(.status.phase == "Running" and .metadata.deletionTimestamp == null) |
    select(.status.containerStatuses[0].state.running.startedAt // empty | now - fromdate > 4) |
    [.metadata.name, .metadata.uid, (.status.containerStatuses[0].containerID | sub(".*//"; "")), .spec.nodeName] | @tsv'
}

# strike STAGE [NODE] waits for a pod that has not been struck, and sets pod, uid, container and node.
strike() {
  for _ in $(seq 600); do
    while read -r pod uid container node; do
      if [ -z "${struck[$pod]:-}" ] && [ "${2:-$node}" = "$node" ]; then
        struck[$pod]=1
        return
      fi
    done < <(running "$1")
    sleep 1
  done
  fail "no pod of $1 runs"
}

# exhaust CONTAINER takes the memory that a container has left, so that the kernel ends it.
exhaust() {
  local memory
  memory=$(echo /sys/fs/cgroup/memory/sedlab-test/*/kubepods/burstable/pod"$uid"/"$container")
  (
    echo "$BASHPID" >"$memory/cgroup.procs"
    head -c "$(($(cat "$memory/memory.limit_in_bytes") - 16000000))" /dev/zero | tail -c +1 | tail >/dev/null
  ) || true
}

# ended WORD… waits for the end of all Jobs, and says how the pods ended.
ended() {
  local left
  for _ in $(seq 1800); do
    left=$(kubectl get jobs -o json | jq '[.items[] | select([.status.conditions[]? | select(.status == "True") | .type] | any(. == "Complete" or . == "Failed") | not)] | length')
    [ "$left" != 0 ] || break
    sleep 2
  done
  kubectl get jobs
  kubectl get pods -o json | jq -r '.items[] | "\(.metadata.labels.stage) \(.status.phase) \(.status.containerStatuses[0].state.terminated | "\(.exitCode) \(.reason)")"' | sort | uniq -c
  [ "$left" = 0 ] || fail "the Jobs do not end"
  [ -z "$(kubectl get jobs -o json | jq -r '.items[] | select([.status.conditions[]? | select(.status == "True") | .type] | any(. == "Failed")) | .metadata.name')" ] || fail "a Job failed"
}

# submit SPEC writes a run's manifests, and sets run.
submit() {
  sedlab submit "$1" --kubernetes --namespace sedlab --mount "$volume" --claim data --image sedlab:1 --cpus 1 --minutes 0.02 --max-tasks 8 --mem 200M
  run=$(readlink -f "$volume/runs/latest")
}

same() { # SPEC
  sedlab run "$1" --runs local --workers 2 >"$dir/local.out" 2>&1 || fail "$(cat "$dir/local.out")"
  sedlab runs diff "$run" "$(readlink -f "$volume/local/latest")" | tee "$dir/diff.out"
  grep -q identical "$dir/diff.out" || fail "rows differ from those of a local run"
}

prepare() {
  say "the cluster starts"
  (cd "$here/../../.." && CGO_ENABLED=0 go build -trimpath -o "$dir/sedlab" .)
  cluster start
  cluster image "$dir/sedlab"
  mkdir -p "$volume"
  chown 1000:1000 "$volume"
  cluster kubectl apply -f - <<YAML
{apiVersion: v1, kind: Namespace, metadata: {name: sedlab, labels: {pod-security.kubernetes.io/enforce: restricted}}}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: data}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteMany], storageClassName: "", hostPath: {path: "$volume", type: Directory}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: sedlab}
spec: {accessModes: [ReadWriteMany], storageClassName: "", resources: {requests: {storage: 1Gi}}}
YAML
  kubectl wait --for jsonpath='{.status.phase}'=Bound pvc/data --timeout 60s
  kubectl version
  kubectl get nodes -o wide
}

specs() {
  cat >"$volume/eight.yaml" <<YAML
name: eight
dataset: {source: synthetic, size: 400}
priors:
  glo: {kind: glo, code_dim: 8, hidden: [64, 64], train: {epochs: 5000, batch_size: 16, lr_generator: 0.01}}
problem: {operator: inpainting}
solver: {steps: 10}
evaluate: {signals: 10, keep: 0}
sweep:
  seed: [1, 2, 3, 4, 5, 6, 7, 8]
  problem.missing_fraction: {from: 0.01, to: 0.5, step: 0.01}
YAML
  cat >"$volume/search.yaml" <<YAML
name: search
dataset: {source: synthetic, size: 100, split: {train: 0.7, validation: 0.3, test: 0}}
priors: {glo: {kind: glo, code_dim: 3, hidden: [8]}, zero: {kind: zero}}
problem: {operator: inpainting, missing_fraction: 0.4}
solver: {steps: 5}
evaluate: {split: validation, signals: 10}
select: {prior: glo}
sweep:
  priors.glo.train.lr_generator: [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256]
  halving: {resource: priors.glo.train.epochs, from: 3, to: 27}
YAML
}

harm() {
  local job
  job=$(kubectl get jobs -l stage=trainings -o name)
  for _ in 1 2; do
    strike trainings
    say "$pod: SIGKILL"
    # shellcheck disable=SC2046 # several processes
    kill -KILL $(cluster pids "$uid" "$container")
  done
  strike trainings
  say "$pod: out of memory"
  exhaust
  strike trainings
  say "$pod: deleted"
  kubectl delete pod "$pod" --wait=false
  say "the trainings are suspended"
  kubectl patch "$job" -p '{"spec": {"suspend": true}}'
  until [ -z "$(kubectl get pods -l stage=trainings --field-selector status.phase=Running -o name)" ]; do sleep 1; done
  sedlab status "$run"
  kubectl patch "$job" -p '{"spec": {"suspend": false}}'
  strike trainings node2
  say "node2 is drained"
  cluster kubectl drain node2 --timeout 180s
  cluster kubectl uncordon node2
  strike trainings node2
  say "node2 is lost"
  cluster lose node2
  cluster kubectl wait --for condition=Ready=Unknown node/node2 --timeout 120s
  sleep 20
  kubectl get pods -o wide | grep -E 'NAME|node2'
  sedlab status "$run"
  cluster kubectl delete node node2
  sleep 60
  cluster revive node2
}

trap 'cluster stop' EXIT
prepare
specs
submit eight.yaml
kubectl apply -f "$run/kubernetes/1"
harm
ended
sedlab status "$run"
same eight.yaml
kubectl delete jobs --all
submit search.yaml
kubectl apply -f "$run/kubernetes/1"
ended
same search.yaml
