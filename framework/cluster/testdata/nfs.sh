#!/usr/bin/env bash
# A throw-away NFS server and its clients, for tests: three small virtual machines with Debian's kernel.
#
#   nfs.sh start FOLDER [FILE…]        makes the machines; FILEs, programs, are in /nfs/bin of the clients
#   nfs.sh on FOLDER MACHINE COMMAND   runs a command there, by busybox sh, and ends with its status
#   nfs.sh off FOLDER MACHINE          cuts its power
#   nfs.sh boot FOLDER MACHINE [TIME]  starts it, with a clock that says TIME (2031-01-01T00:00:00)
#   nfs.sh stop FOLDER                 ends all machines
#
# The machines are server, client1 and client2. The server, Debian's kernel and its nfsd, exports /disk/share
# and, as the user 1000, /small/share, of 48 MB with a quota of 24 MB. Clients mount them as they like:
#
#   mount.nfs 10.9.0.1:/disk/share /nfs -o vers=4.2
#
# Needed on amd64: /dev/kvm, or else patience; the packages qemu-system-x86 busybox-static kmod cpio e2fsprogs.
# The kernel and the tools of NFS and quotas are downloaded by apt-get and unpacked below FOLDER, or below
# SEDLAB_NFS_PACKAGES to keep them for the next time: 30 MB. Nothing is installed, and nothing needs root.
set -euo pipefail
action=$1
dir=$(mkdir -p "$2" && cd "$2" && pwd)
packages=$(mkdir -p "${SEDLAB_NFS_PACKAGES:-$dir/packages}" && cd "${SEDLAB_NFS_PACKAGES:-$dir/packages}" && pwd)

download() {
  [ ! -e "$packages/done" ] || return 0
  local kernel
  kernel=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image/ { print $2 }')
  (
    cd "$packages"
    apt-get download -qq "$kernel" nfs-kernel-server nfs-common rpcbind libwrap0 libnfsidmap1 libtirpc3 \
      libevent-core-2.1-7 libkeyutils1 quota libnl-3-200 libnl-genl-3-200 2>apt.err || { cat apt.err >&2; exit 1; }
    for deb in *.deb; do dpkg -x "$deb" .; done
    rm -- *.deb
    depmod -b . "$(basename lib/modules/*)"
    touch done
  )
}

# initrd makes the file system that all machines boot from: busybox, modules, and the tools with their libraries.
initrd() {
  local root=$dir/root kernel tool module
  kernel=$(basename "$packages"/lib/modules/*)
  mkdir -p "$root"/{bin,sbin,etc,proc,sys,dev,tmp,nfs,small,disk,run/rpcbind,var/lib,usr/sbin,lib64,lib/modules}
  cp "$(command -v busybox)" "$root/bin/busybox"
  for tool in sbin/rpcbind sbin/rpc.statd sbin/sm-notify sbin/mount.nfs usr/sbin/exportfs usr/sbin/rpc.mountd \
    usr/sbin/rpc.nfsd usr/sbin/setquota; do
    cp "$packages/$tool" "$root/sbin/"
    LD_LIBRARY_PATH=$packages/lib/x86_64-linux-gnu:$packages/usr/lib/x86_64-linux-gnu ldd "$packages/$tool" |
      grep -o '/[^ ]*' | while read -r lib; do cp -nL "$lib" "$root/lib64/"; done
  done
  for module in virtio_pci virtio_net virtio_blk nfs nfsv3 nfsv4 nfsd lockd quota_v2; do
    modprobe -d "$packages" -S "$kernel" -D "$module" 2>/dev/null | awk '$1 == "insmod" { print $2 }'
  done | awk '!seen[$0]++' | while read -r file; do
    cp "$file" "$root/lib/modules/"
    basename "$file" >>"$root/lib/modules/order"
  done
  printf 'udp tpi_clts v inet udp - -\ntcp tpi_cots_ord v inet tcp - -\nlocal tpi_cots_ord - loopback - - -\n' >"$root/etc/netconfig"
  printf 'root:x:0:0::/:/bin/sh\nuser:x:1000:1000::/:/bin/sh\nstatd:x:1:1::/:/bin/sh\n_rpc:x:2:2::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
  printf 'sunrpc 111/tcp portmapper\nsunrpc 111/udp portmapper\nnfs 2049/tcp\n' >"$root/etc/services"
  printf 'portmapper 100000\nstatus 100024\nnlockmgr 100021\nmountd 100005\nnfs 100003\n' >"$root/etc/rpc"
  printf 'tcp 6 TCP\nudp 17 UDP\n' >"$root/etc/protocols"
  printf '127.0.0.1 localhost\n10.9.0.1 server\n10.9.0.11 client1\n10.9.0.12 client2\n' >"$root/etc/hosts"
  printf 'hosts: files\nservices: files\nprotocols: files\nrpc: files\n' >"$root/etc/nsswitch.conf"
  cat >"$root/etc/exports" <<'EXPORTS'
/disk/share *(rw,sync,no_root_squash,no_subtree_check,fsid=1)
/small/share *(rw,sync,all_squash,anonuid=1000,anongid=1000,no_subtree_check,fsid=2)
EXPORTS
  cat >"$root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/sbin:/bin LD_LIBRARY_PATH=/lib64
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev; mount -t tmpfs tmp /tmp
for m in $(cat /lib/modules/order); do insmod /lib/modules/$m; done
name=$(sed 's/.*sedlab.name=\([a-z0-9]*\).*/\1/' /proc/cmdline)
hostname $name; ln -s /run /var/run
ip link set lo up
ip addr add $(awk -v n=$name '$2 == n { print $1 }' /etc/hosts)/24 dev eth0; ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth1; ip link set eth1 up
if [ $name = server ]; then
  mount -t ext4 /dev/vda /disk; mount -t ext4 -o usrquota /dev/vdb /small
  mkdir -p /disk/nfs/v4recovery /disk/nfs/sm /disk/nfs/sm.bak /disk/share /small/share
  chown 1000:1000 /small/share; setquota -u 1000 24000 24000 0 0 /small
  ln -s /disk/nfs /var/lib/nfs
  touch /disk/nfs/etab /disk/nfs/rmtab
  mount -t nfsd nfsd /proc/fs/nfsd
  echo 10 >/proc/sys/fs/nfs/nlm_grace_period
  echo 10 >/proc/fs/nfsd/nfsv4leasetime; echo 10 >/proc/fs/nfsd/nfsv4gracetime
  rpcbind; until [ -S /run/rpcbind.sock ]; do sleep 0.1; done; rpc.statd --no-notify; exportfs -r; rpc.mountd; rpc.nfsd 8; sm-notify
else
  mkdir -p /var/lib/nfs/sm /var/lib/nfs/sm.bak
  rpcbind; until [ -S /run/rpcbind.sock ]; do sleep 0.1; done; rpc.statd --no-notify
fi
nc -ll -p 23 -e sh &
echo "$name is up"
while :; do sleep 1000; done
INIT
  chmod +x "$root/init"
  (cd "$root" && find . | cpio -o -H newc --quiet) >"$dir/initrd"
}

boot() { # NAME [TIME]
  local name=$1 memory=2048 disks=() accel=(-accel tcg,thread=multi -cpu max) mac
  if grep -qwE 'vmx|svm' /proc/cpuinfo && [ -w /dev/kvm ]; then accel=(-accel kvm -cpu host); fi
  if [ "$name" = server ]; then
    memory=512
    disks=(-drive "file=$dir/disk,format=raw,if=virtio,cache=unsafe" -drive "file=$dir/small,format=raw,if=virtio,cache=unsafe")
  fi
  mac=$(case $name in server) echo 01 ;; client1) echo 11 ;; client2) echo 12 ;; esac)
  rm -f "$dir/$name.out"
  setsid qemu-system-x86_64 "${accel[@]}" -M pc -m $memory -smp 2 -nographic -no-reboot -rtc "base=${2:-utc}" \
    -kernel "$packages"/boot/vmlinuz-* -initrd "$dir/initrd" -append "console=ttyS0 loglevel=4 panic=-1 sedlab.name=$name" \
    -netdev "socket,id=lan,mcast=230.7.7.7:$(cat "$dir/lan"),localaddr=127.0.0.1" -device "virtio-net-pci,netdev=lan,mac=52:54:00:00:00:$mac" \
    -netdev "user,id=host,restrict=on,hostfwd=tcp:127.0.0.1:$(cat "$dir/$name.port")-:23" -device "virtio-net-pci,netdev=host" \
    "${disks[@]}" >"$dir/$name.out" 2>&1 </dev/null &
  echo $! >"$dir/$name.pid"
  for _ in $(seq 600); do # tenths of a second
    ! grep -qs "$name is up" "$dir/$name.out" || return 0
    kill -0 "$(cat "$dir/$name.pid")" || break
    sleep 0.1
  done
  echo "$name does not start:" >&2
  tail -n 30 "$dir/$name.out" >&2
  exit 1
}

on() { # NAME COMMAND
  local out
  printf '%s\n' "($2" ') </dev/null 2>&1' 'printf "\nstatus %d" $?' exit |
    busybox nc 127.0.0.1 "$(cat "$dir/$1.port")" >"$dir/$1.$$" || true
  out=$(tail -n 1 "$dir/$1.$$")
  head -n -1 "$dir/$1.$$" | head -c -1
  rm "$dir/$1.$$"
  [ "${out% *}" = status ] || { echo "$1 does not answer: $out" >&2; return 255; }
  return "${out#status }"
}

off() {
  [ -f "$dir/$1.pid" ] || return 0
  kill -KILL -- "-$(cat "$dir/$1.pid")" 2>/dev/null || true
  while (exec 3<>"/dev/tcp/127.0.0.1/$(cat "$dir/$1.port")") 2>/dev/null; do sleep 0.1; done # it takes a moment to die
}

up() { # FILE…
  local ports name
  download
  mkdir -p "$dir/share/share/bin"
  [ $# = 0 ] || cp "$@" "$dir/share/share/bin/"
  mke2fs -q -t ext4 -d "$dir/share" "$dir/disk" "${SEDLAB_NFS_DISK:-4G}"
  mke2fs -q -t ext4 -O quota -E quotatype=usrquota "$dir/small" 48M
  rm -r "$dir/share"
  read -r -a ports <<<"$(python3 -c '
import socket
all = [socket.socket() for _ in range(4)]
for s in all: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in all))')"
  echo "${ports[0]}" >"$dir/lan"
  for name in server client1 client2; do
    echo "${ports[1]}" >"$dir/$name.port"
    ports=("${ports[@]:1}")
  done
  initrd
  for name in server client1 client2; do boot $name & done
  wait
}

case $action in
start) shift 2; up "$@" ;;
on) on "$3" "$4" ;;
off) off "$3" ;;
boot) boot "$3" "${4:-}" ;;
stop) for name in client1 client2 server; do off $name; done ;;
esac
