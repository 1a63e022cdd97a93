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

# exhaust takes the memory that a container has left, so that the kernel ends it.
exhaust() {
  local memory
  memory=/sys/fs/cgroup/memory$(sed -n 's/.*:memory://p' "/proc/$(cluster pids "$uid" "$container" | head -n 1)/cgroup")
  (
    echo "$BASHPID" >"$memory/cgroup.procs"
    head -c "$(($(cat "$memory/memory.limit_in_bytes") - 16000000))" /dev/zero | tail >/dev/null # which keeps the last line
  ) || true
  kubectl wait --for jsonpath='{.status.containerStatuses[0].state.terminated.reason}'=OOMKilled "pod/$pod" --timeout 60s
}

# ended waits for the end of all Jobs, and says how the pods ended that are still known. All Jobs must be complete.
ended() {
  local conditions
  for _ in $(seq 1800); do
    conditions=$(kubectl get jobs -o json | jq -c '[.items[] | [.status.conditions[]? | select(.status == "True").type] | if any(. == "Complete") then "complete" elif any(. == "Failed") then "failed" else "runs" end]')
    [[ $conditions == *runs* ]] || break
    sleep 2
  done
  kubectl get jobs
  kubectl get pods -o json | jq -r '.items[] | "\(.metadata.labels.stage) \(.status.phase) \(.status.containerStatuses[0].state.terminated | "\(.exitCode) \(.reason)")"' | sort | uniq -c
  [[ $conditions != *runs* && $conditions != *failed* ]] || fail "the Jobs: $conditions"
}

# submit SPEC [FLAG…] writes a run's manifests, and sets run.
submit() {
  sedlab submit "$@" --kubernetes --namespace sedlab --mount "$volume" --claim data --image sedlab:1 --cpus 1 --minutes 0.02 --max-tasks 8 --mem 200M
  run=$(readlink -f "$volume/runs/latest")
}

same() { # SPEC
  sedlab run "$1" --runs local --workers 2 >"$dir/local.out" 2>&1 || fail "$(cat "$dir/local.out")"
  sedlab runs diff "$run" "$(readlink -f "$volume/local/latest")" | tee "$dir/diff.out"
  grep -q 'every pair is identical in all columns' "$dir/diff.out" || fail "rows differ from those of a local run"
}

prepare() {
  say "the cluster starts"
  (cd "$here/../../.." && CGO_ENABLED=0 go build -trimpath -o "$dir/sedlab" .)
  cluster start
  cluster image sedlab:1 "$dir/sedlab"
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
  until [ -n "$(kubectl get pod "$pod" -o jsonpath='{.metadata.deletionTimestamp}')" ]; do sleep 1; done
  sleep 20
  say "its pods still count as running, until it is said to be out of service"
  kubectl get pod "$pod" -o wide
  sedlab status "$run"
  cluster kubectl taint node node2 node.kubernetes.io/out-of-service=nodeshutdown:NoExecute
  kubectl wait --for delete "pod/$pod" --timeout 120s
  cluster revive node2
  cluster kubectl wait --for condition=Ready node/node2 --timeout 300s
  cluster kubectl taint node node2 node.kubernetes.io/out-of-service-
}

# refused tests that the namespace would refuse pods of root, but not those of who submits.
refused() {
  kubectl apply --dry-run=server -f "$run/kubernetes/1" 2>&1 | tee "$dir/applied.out"
  ! grep -q Warning "$dir/applied.out" || fail "the namespace minds the Jobs"
  submit eight.yaml --user 0:0
  kubectl apply --dry-run=server -f "$run/kubernetes/1" 2>&1 | tee "$dir/applied.out"
  grep -q 'would violate PodSecurity "restricted' "$dir/applied.out" || fail "the namespace does not mind root"
}

trap 'cluster stop' EXIT
prepare
specs
submit eight.yaml
refused
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
