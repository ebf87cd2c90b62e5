#!/bin/bash
# The host's init: what systemd and cloud-init are on an ECS-optimized AMI, as far as user data can tell.
# Starts Docker; on the first boot runs the user data once, on later boots starts the enabled units; then waits and
# reaps. SIGTERM is an orderly shutdown; SIGKILL is a power cut, which ends every process of the host with it.
set -u
cd /

shut_down() {
  local stops=()
  for unit in /run/units/*; do systemctl stop "${unit##*/}" & stops+=($!); done
  wait "${stops[@]}"
  exit 0
}
trap shut_down TERM

run_user_data() {
  local script=/var/lib/cloud/instance/user-data.txt
  [ -s "$script" ] || return 0
  case $(head -c 2 "$script") in
  '#!') chmod 700 "$script" && "$script"; echo "user data ended with code $?" ;;
  *) echo 'Unhandled non-multipart (text/x-not-multipart) userdata: it does not begin with #!' ;;
  esac
}

systemctl start docker
until curl -sf --unix-socket /run/docker.sock http://docker/_ping >/dev/null; do
  systemctl --quiet is-active docker || { echo 'docker did not start'; exit 1; }
  sleep 0.05
done
touch /run/host-ready

if mkdir -p /var/lib/cloud/instance/sem && mkdir /var/lib/cloud/instance/sem/user-data 2>/dev/null; then
  run_user_data >>/var/log/cloud-init-output.log 2>&1 &
else
  for unit in /etc/systemd/system/multi-user.target.wants/*.service; do
    [ -e "$unit" ] && systemctl start "${unit##*/}"
  done
fi
while :; do
  sleep infinity &
  wait $!
done
