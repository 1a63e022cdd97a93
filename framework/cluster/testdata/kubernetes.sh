#!/usr/bin/env bash
# A throw-away Kubernetes cluster on this machine, for tests: etcd, the API server, the controllers and
# the scheduler, and two nodes with a real kubelet, containerd and runc each.
#
#   kubernetes.sh start FOLDER                  builds what is needed, and returns when both nodes are ready; FOLDER is new
#   kubernetes.sh image FOLDER NAME:1 PROGRAM   makes an image of a static program alone, on both nodes
#   kubernetes.sh kubectl FOLDER ARGUMENT…      asks the cluster
#   kubernetes.sh pids FOLDER POD_UID CONTAINER prints the processes of a container, as numbers of this machine
#   kubernetes.sh lose FOLDER NODE              ends node1 or node2 with all that it runs, as if its power failed
#   kubernetes.sh revive FOLDER NODE            starts it again
#   kubernetes.sh stop FOLDER                   ends all; logs and volumes stay
#
# Needed: Linux with cgroups v1, root, Go, containerd 1.6 and runc of Debian (they need not run), iproute2,
# openssl, jq, 4 GB of memory, and for the build a quarter of an hour on two busy cores and a few GB of disk.
# Binaries are made from ../_binaries, from the Go module proxy alone, into FOLDER/bin, or into
# SEDLAB_KUBERNETES_BIN to keep them for the next time.
#
# All of it has namespaces of its own for network, processes and mounts. So it takes no ports, changes none
# of the network of the machine, and is gone with its first processes. Pods have an interface, but no way out.
set -euo pipefail
action=$1
dir=$(mkdir -p "$2" && cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
bin=$(mkdir -p "${SEDLAB_KUBERNETES_BIN:-$dir/bin}" && cd "${SEDLAB_KUBERNETES_BIN:-$dir/bin}" && pwd)
nodes="node1 node2"
cgroup=sedlab-$(cksum <<<"$dir" | cut -d ' ' -f 1)

# apart are namespaces of mounts and processes, which end with their first process.
apart=(unshare --mount --pid --fork --kill-child --mount-proc "$here/kubernetes.sh")

# begin NAME COMMAND… starts a part of the cluster, whose process id is then in NAME.pid.
begin() {
  setsid "${@:2}" >"$dir/$1.out" 2>&1 </dev/null &
  echo $! >"$dir/$1.pid"
}

# inside runs a command in the cluster's network.
inside() { nsenter "--net=/proc/$(cat "$dir/plane.pid")/ns/net" "$@"; }

kubectl() { inside "$bin/kubectl" --kubeconfig "$dir/kubeconfig" "$@"; }

# wait_for SECONDS COMMAND… waits until a command ends well.
wait_for() {
  for _ in $(seq "$1"); do
    "${@:2}" >/dev/null 2>&1 && return
    sleep 1
  done
  echo "not within $1 s: ${*:2}" >&2
  tail -n 5 -- "$dir"/*.out >&2
  exit 1
}

build() {
  [ ! -e "$bin/done" ] || return 0
  local version
  cd "$here/../_binaries"
  version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
  CGO_ENABLED=0 nice go build -trimpath -o "$bin/" -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$version" tool
  CGO_ENABLED=0 go build -o "$bin/" ./pause
  touch "$bin/done"
}

# image NAME FILE imports an image with a program alone into both nodes.
image() {
  local folder name=${1%:*} node
  folder=$(mktemp -d -p "$dir")
  cp "$2" "$folder/$name"
  tar -C "$folder" -cf "$folder/layer.tar" "$name"
  jq -n --arg diff "sha256:$(sha256sum "$folder/layer.tar" | cut -d' ' -f1)" --arg name "/$name" \
    '{architecture: "amd64", os: "linux", config: {Entrypoint: [$name]}, rootfs: {type: "layers", diff_ids: [$diff]}}' >"$folder/config.json"
  jq -n --arg tag "docker.io/library/$1" '[{Config: "config.json", RepoTags: [$tag], Layers: ["layer.tar"]}]' >"$folder/manifest.json"
  tar -C "$folder" -cf "$folder/image.tar" manifest.json config.json layer.tar
  for node in $nodes; do
    ctr -a "$dir/$node/run/containerd/containerd.sock" -n k8s.io images import "$folder/image.tar"
  done
  rm -r "$folder"
}

# plane is the first process of the control plane.
plane() {
  cd "$dir/plane"
  ip link set lo up
  ip address add 10.80.0.1 dev lo
  ip address add 10.80.0.2 dev lo
  "$bin/server" --name plane --data-dir etcd --log-level error >etcd.log 2>&1 &
  "$bin/kube-apiserver" --etcd-servers http://127.0.0.1:2379 --cert-dir . --advertise-address 10.80.0.1 \
    --service-cluster-ip-range 10.82.0.0/24 --service-account-issuer https://kubernetes.default.svc \
    --service-account-key-file key.pem --service-account-signing-key-file key.pem --token-auth-file tokens.csv \
    --authorization-mode RBAC --kubelet-preferred-address-types InternalIP --default-not-ready-toleration-seconds 5 --default-unreachable-toleration-seconds 5 >api.log 2>&1 &
  until [ -s apiserver.crt ]; do sleep 0.5; done
  "$bin/kube-controller-manager" --kubeconfig ../kubeconfig --service-account-private-key-file key.pem \
    --root-ca-file apiserver.crt --node-monitor-grace-period 20s --leader-elect=false >controllers.log 2>&1 &
  "$bin/kube-scheduler" --kubeconfig ../kubeconfig --leader-elect=false >scheduler.log 2>&1 &
  wait
}

# node NAME ADDRESS is the first process of a node.
node() {
  local name
  cd "$dir/$1"
  rm -rf run && mkdir run # as after a reboot
  mount --bind run /run
  mount --bind lib /var/lib
  mount --bind log /var/log
  # The kubelet wants these; they are the machine's, and stay what they are.
  for name in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 kernel/keys/root_maxkeys=1000000 \
    kernel/keys/root_maxbytes=25000000; do
    echo "${name#*=}" >"${name//[\/=]/-}"
    mount --bind "${name//[\/=]/-}" "/proc/sys/${name%=*}"
  done
  containerd --config containerd.toml >containerd.log 2>&1 &
  until ctr version >/dev/null 2>&1; do sleep 0.5; done
  "$bin/kubelet" --config kubelet.yaml --kubeconfig ../kubeconfig --hostname-override "$1" --node-ip "$2" >kubelet.log 2>&1 &
  wait
}

configure() {
  mkdir -p "$dir/plane"
  openssl genrsa -out "$dir/plane/key.pem" 2048 2>/dev/null
  echo "secret,developer,1,system:masters" >"$dir/plane/tokens.csv"
  cat >"$dir/kubeconfig" <<CONF
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:6443", insecure-skip-tls-verify: true}}]
users: [{name: u, user: {token: secret}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
current-context: c
CONF
  for number in 1 2; do
    local node=$dir/node$number
    mkdir -p "$node"/{lib,log,net}
    cat >"$node/containerd.toml" <<CONF
version = 2
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "docker.io/library/pause:1"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "$bin"
conf_dir = "$node/net"
CONF
    cat >"$node/net/10-pods.conflist" <<CONF
{"cniVersion": "1.0.0", "name": "pods", "plugins": [
  {"type": "ptp", "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.81.$number.0/24"}]]}}]}
CONF
    cat >"$node/kubelet.yaml" <<CONF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 10.80.0.$number
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
cgroupDriver: cgroupfs
cgroupRoot: /$cgroup/node$number
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
enforceNodeAllocatable: []
evictionHard: {memory.available: 100Mi}
failSwapOn: false
healthzPort: 0
imageGCHighThresholdPercent: 100
makeIPTablesUtilChains: false
protectKernelDefaults: true
resolvConf: ""
CONF
  done
}

start_node() { # NAME
  local controller
  for controller in /sys/fs/cgroup/*/; do
    mkdir -p "$controller$cgroup/$1"
  done
  echo 4096 >"/sys/fs/cgroup/cpu/$cgroup/cpu.shares" # as much as four processes have
  for controller in "$cgroup" "$cgroup/$1"; do
    cp /sys/fs/cgroup/cpuset/cpuset.cpus "/sys/fs/cgroup/cpuset/$controller/"
    cp /sys/fs/cgroup/cpuset/cpuset.mems "/sys/fs/cgroup/cpuset/$controller/"
  done
  begin "$1" nsenter "--net=/proc/$(cat "$dir/plane.pid")/ns/net" "${apart[@]}" node "$dir" "$1" "10.80.0.${1#node}"
}

start() {
  build
  configure
  begin plane unshare --net "${apart[@]}" plane "$dir"
  wait_for 120 kubectl get --raw /readyz
  for node in $nodes; do start_node "$node"; done
  for node in $nodes; do wait_for 60 ctr -a "$dir/$node/run/containerd/containerd.sock" version; done
  image pause:1 "$bin/pause"
  for node in $nodes; do wait_for 120 kubectl wait --for condition=Ready "node/$node" --timeout 1s; done
}

# end NAME ends a part of the cluster with all that it runs.
end() {
  [ -f "$dir/$1.pid" ] || return 0
  kill -KILL "$(cat "$dir/$1.pid")" 2>/dev/null || true
  rm "$dir/$1.pid"
}

pids() { # UID of a pod, id of a container
  cat /sys/fs/cgroup/pids/"$cgroup"/*/kubepods/{,burstable/,besteffort/}pod"$1/$2"/cgroup.procs 2>/dev/null || true
}

stop() {
  for part in $nodes plane; do end "$part"; done
  sleep 1
  find /sys/fs/cgroup/*/"$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || true
}

case $action in
plane) plane ;;
node) node "$3" "$4" ;;
start) start ;;
image) image "$3" "$4" ;;
kubectl) kubectl "${@:3}" ;;
pids) pids "$3" "$4" ;;
lose) end "$3" ;;
revive) start_node "$3" ;;
stop) stop ;;
*) echo "no such action: $action" >&2; exit 2 ;;
esac
