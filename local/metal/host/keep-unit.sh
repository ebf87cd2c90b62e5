#!/bin/bash
# Keeps one unit running, as systemd would. In: $1 its name, $2 its unit file. Its output is the unit's log.
# Honoured: Environment, EnvironmentFile, WorkingDirectory, ExecStartPre, ExecStart, Restart, RestartSec, KillMode,
# TimeoutStopSec, UMask, OOMScoreAdjust, NoNewPrivileges, CapabilityBoundingSet. Refused: what would run something else
# or as somebody else. The rest (descriptions, order, further sandboxing) changes nothing here.
set -u
name=$1 file=$2 state=/run/units/$1
echo $$ >"$state/keeper"
environment=() pre=() confine=() restart=no delay=0.1 folder=/ kill_mode=control-group stop_timeout=90 start='' main='' stopping=''

note() { echo "$(date -u +%FT%TZ) $name.service: $*"; }
fail() { note "$*"; touch "$state/failed"; exit 1; }

# Quoting in unit files is that of xargs, near enough: double and single quotes, backslashes.
words() { printf '%s' "$1" | xargs -r -n 1 printf '%s\n'; }
unquote() { printf '%s' "${1:1:${#1}-2}"; }
seconds() {
  case $1 in
  infinity) echo 86400 ;;
  *ms) printf '%d.%03d\n' $((${1%ms} / 1000)) $((${1%ms} % 1000)) ;;
  *min) echo $((${1%min} * 60)) ;;
  *) echo "${1%s}" ;;
  esac
}

# CAP_NET_ADMIN CAP_NET_RAW -> -all,+net_admin,+net_raw
bounding_set() { local cap; printf '%s' -all; for cap in $1; do cap=${cap#CAP_}; printf ',+%s' "${cap,,}"; done; }

load_environment_file() {
  local path=${1#-} line
  [ -e "$path" ] || { [ "$path" != "$1" ] && return 0; fail "cannot read EnvironmentFile $path"; }
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
    '' | '#'* | ';'*) ;;
    *=\"*\" | *=\'*\') environment+=("${line%%=*}=$(unquote "${line#*=}")") ;;
    *=*) environment+=("$line") ;;
    esac
  done <"$path"
}

# Order of the file counts for the environment: a file's values override those above it.
while IFS= read -r line || [ -n "$line" ]; do
  while [ "${line%\\}" != "$line" ] && IFS= read -r more; do line="${line%\\} $more"; done
  key=${line%%=*} value=${line#*=}
  case $key in
  '' | '#'* | ';'* | '['*) ;;
  Environment) mapfile -t -O "${#environment[@]}" environment < <(words "$value") ;;
  EnvironmentFile) load_environment_file "$value" ;;
  WorkingDirectory) folder=${value#-} ;;
  ExecStartPre) pre+=("$value") ;;
  ExecStart) start=${value#-} ;;
  Restart) restart=$value ;;
  RestartSec) delay=$(seconds "$value") ;;
  KillMode) kill_mode=$value ;;
  TimeoutStopSec) stop_timeout=$(seconds "$value") ;;
  UMask) umask "$value" ;;
  OOMScoreAdjust) echo "$value" >/proc/self/oom_score_adj ;;
  NoNewPrivileges) [ "$value" != yes ] || confine+=(setpriv --no-new-privs) ;;
  CapabilityBoundingSet) confine+=(setpriv "--bounding-set=$(bounding_set "$value")") ;;
  Type) case $value in simple | exec | notify) ;; *) fail "Type=$value is not known here" ;; esac ;;
  User | Group) [ "$value" = root ] || fail "$key=$value: units run as root here" ;;
  ExecStop | ExecStopPost | ExecStartPost | ExecReload | KillSignal | RootDirectory) fail "$key is not known here" ;;
  *) ;;
  esac
done <"$file"
[ -n "$start" ] || fail "$file has no ExecStart"

# A service sees the machine-wide environment and its own unit's, nothing of who started it.
clean=(env -i)
while IFS= read -r line; do clean+=("$line"); done </usr/lib/host/environment
clean+=("${environment[@]}")
clean+=("${confine[@]}")

# ${NAME} and a whole word $NAME stand for variables of the unit's environment, as in systemd.
command_line() {
  local word pair
  words "$1" | while IFS= read -r word; do
    for pair in "${clean[@]:2:${#clean[@]}-2-${#confine[@]}}"; do
      [ "$word" = "\$${pair%%=*}" ] && word=${pair#*=}
      word=${word//"\${${pair%%=*}}"/"${pair#*=}"}
    done
    printf '%s\n' "$word"
  done
}

signal_unit() {
  case $kill_mode in process) kill "-$1" "$main" ;; *) kill "-$1" -- "-$main" ;; esac 2>/dev/null
}

stop_unit() {
  stopping=yes
  [ -n "$main" ] || exit 0
  signal_unit TERM
  (sleep "$stop_timeout" && signal_unit KILL) &
  local watchdog=$!
  while kill -0 "$main" 2>/dev/null; do wait "$main" 2>/dev/null; done
  kill "$watchdog" 2>/dev/null
  note stopped
  exit 0
}
trap stop_unit TERM

cd "$folder" || fail "no folder $folder"
while :; do
  for command in "${pre[@]}"; do
    mapfile -t argv < <(command_line "${command#-}")
    "${clean[@]}" "${argv[@]}" || [ "${command#-}" != "$command" ] || fail "ExecStartPre failed: $command"
  done
  mapfile -t argv < <(command_line "$start")
  setsid "${clean[@]}" "${argv[@]}" &
  main=$!
  echo "$main" >"$state/main"
  wait "$main"
  code=$?
  [ -z "$stopping" ] || exit 0
  note "main process ended with code $code"
  case $restart in
  always) ;;
  on-failure) [ "$code" -ne 0 ] || exit 0 ;;
  *) [ "$code" -eq 0 ] || touch "$state/failed"; exit 0 ;;
  esac
  sleep "$delay" &
  wait $!
done
