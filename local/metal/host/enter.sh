#!/bin/bash
# From the machine into the host: the first process in the host's new namespaces (mount, pid, uts, ipc, and the
# network namespace that it was started in). Builds the host's root and becomes its init.
# In: $1 the host's folder; $2 the folder of its logs; $3 its host name; $4.. the cgroup.procs files that it joins.
# The folder holds: upper/ (a tmpfs, mounted outside so that it outlives a power cut), root/ and docker/.
set -eu
folder=$1 logs=$2 name=$3
shift 3
for group in "$@"; do echo $$ >"$group"; done
mount --make-rprivate /
cd "$folder"
# The root is the machine's own, read through an overlay: user data may write anywhere and harms nothing.
mount -t overlay overlay -o lowerdir=/,upperdir=upper/u,workdir=upper/w root
cd root
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
for own in run tmp dev/shm; do mount -t tmpfs tmpfs "$own"; done
mkdir -p var/lib/docker var/log run/old
mount --bind ../docker var/lib/docker # Docker's data cannot lie on an overlay
mount --bind "$logs" var/log
hostname "$name"
# The old root is detached whole, so this host keeps no other host's mounts alive and shows none of the machine's.
pivot_root . run/old
umount -l /run/old
rmdir /run/old
cd /
mapfile -t environment </usr/lib/host/environment
exec env -i "${environment[@]}" /usr/lib/host/init </dev/null >>/var/log/console.log 2>&1
