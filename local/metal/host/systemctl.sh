#!/bin/bash
# systemctl of a host of the local cloud: the verbs that user data and agents need, with systemd's exit codes.
# It is strict: a verb or option it does not know is an error, never ignored.
# A running unit is /run/units/NAME/ with the pids of its keeper (keep-unit) and of its main process.
set -u
now='' quiet='' wait=yes property='' value=''
args=()
for arg in "$@"; do
  case $arg in
  --now) now=yes ;;
  -q | --quiet) quiet=yes ;;
  --no-block | --no-wait) wait='' ;;
  --property=*) property=${arg#*=} ;;
  --value) value=yes ;;
  --no-pager | --job) ;;
  -*) echo "systemctl: the local cloud's hosts do not know option $arg" >&2; exit 1 ;;
  *) args+=("$arg") ;;
  esac
done
verb=${args[0]:-}
units=("${args[@]:1}")
wants=/etc/systemd/system/multi-user.target.wants

unit_file() {
  local folder
  for folder in /etc/systemd/system /usr/lib/systemd/system; do
    [ -e "$folder/$1.service" ] && { echo "$folder/$1.service"; return 0; }
  done
  return 1
}
masked() { [ "$(readlink "/etc/systemd/system/$1.service")" = /dev/null ]; }
alive() { [ -s "/run/units/$1/keeper" ] && kill -0 "$(cat "/run/units/$1/keeper")" 2>/dev/null; }
main_pid() { if alive "$1"; then cat "/run/units/$1/main" 2>/dev/null || echo 0; else echo 0; fi; }

start() {
  alive "$1" && return 0
  masked "$1" && { echo "Failed to start $1.service: Unit $1.service is masked." >&2; return 1; }
  local file
  file=$(unit_file "$1") || { echo "Failed to start $1.service: Unit $1.service not found." >&2; return 5; }
  rm -rf "/run/units/$1"
  mkdir -p "/run/units/$1"
  setsid /usr/lib/host/keep-unit "$1" "$file" </dev/null >>"/var/log/$1.log" 2>&1 &
  for _ in $(seq 100); do [ -s "/run/units/$1/main" ] || [ -e "/run/units/$1/failed" ] && break; sleep 0.02; done
  [ ! -e "/run/units/$1/failed" ] || { echo "Job for $1.service failed. See /var/log/$1.log" >&2; return 1; }
}

# The keeper does the stopping (and waits as long as the unit says); here we only wait for it.
stop() {
  alive "$1" || return 0
  kill -TERM "$(cat "/run/units/$1/keeper")"
  [ -z "$wait" ] || while alive "$1"; do sleep 0.05; done
}

enable() {
  local file
  file=$(unit_file "$1") || { echo "Failed to enable unit: Unit file $1.service does not exist." >&2; return 1; }
  mkdir -p "$wants" && ln -sf "$file" "$wants/$1.service"
}

mask() {
  unit_file "$1" >/dev/null || echo "Unit $1.service does not exist, proceeding anyway." >&2
  mkdir -p /etc/systemd/system && ln -sfn /dev/null "/etc/systemd/system/$1.service"
}

status() {
  local state=inactive code=3
  alive "$1" && state=active code=0
  [ -e "/run/units/$1/failed" ] && state=failed
  case $verb in
  is-active) [ -n "$quiet" ] || echo "$state" ;;
  *) printf '%s.service\n     Active: %s\n   Main PID: %s\n' "$1" "$state" "$(main_pid "$1")" ;;
  esac
  return $code
}

show() {
  [ "$property" = MainPID ] || { echo 'systemctl show: only --property=MainPID' >&2; return 1; }
  if [ -n "$value" ]; then main_pid "$1"; else echo "MainPID=$(main_pid "$1")"; fi
}

case $verb in
daemon-reload | reset-failed) exit 0 ;;
# A unit may restart itself: the job must outlive the process group that asked for it.
start | stop | restart)
  if [ "${1:-}" != --job ]; then
    setsid --wait "$0" --job "$@"
    exit
  fi ;;
enable | disable | mask | unmask | is-active | is-enabled | status | show) ;;
*) echo "systemctl: the local cloud's hosts do not know the verb '$verb'" >&2; exit 1 ;;
esac
[ ${#units[@]} -gt 0 ] || { echo 'Too few arguments.' >&2; exit 1; }

code=0
for unit in "${units[@]}"; do
  unit=${unit%.service}
  case $verb in
  start) start "$unit" ;;
  stop) stop "$unit" ;;
  restart) stop "$unit" && start "$unit" ;;
  enable) enable "$unit" && { [ -z "$now" ] || start "$unit"; } ;;
  disable) rm -f "$wants/$unit.service"; [ -z "$now" ] || stop "$unit" ;;
  mask) mask "$unit"; [ -z "$now" ] || stop "$unit" ;;
  unmask) masked "$unit" && rm -f "/etc/systemd/system/$unit.service"; true ;;
  is-enabled) [ -e "$wants/$unit.service" ] ;;
  is-active | status) status "$unit" ;;
  show) show "$unit" ;;
  esac || code=$?
done
exit $code
