#!/bin/sh
# Starts the agent: what the service manager runs, on every start. Whatever a version of the agent does or fails to do,
# this script decides which one runs next, so it is written once, when the host boots, and no upgrade replaces it.
# In: arguments for the agent, and the folder that this script lies in, where the agent writes (agent/upgrade/home.ts):
#   current   the version that works; previous   the one before it
#   next      a version on trial, with `trial`: the number of the request, and how many seconds it has
#   tries     how often the version on trial was started
# Out: becomes the agent (same process). A version on trial that ends TRIES_MAX times, or is not confirmed in its seconds
#   (the agent takes `next` away when the control plane has taken its first report), is given up: `next` goes, `refused`
#   says which version, which request and why, and the current one runs.
# Fails: never without an agent as long as one version can be run; the service manager starts it again at any end.
set -u
TRIES_MAX=3
home=$(cd "$(dirname "$0")" && pwd)

say() { echo "berth-launch: $*" >&2; }
first_line() { { read -r line <"$1"; } 2>/dev/null && echo "$line"; }
version_at() { basename "$(readlink "$home/$1" 2>/dev/null)"; }
# A file may hold anything after a power cut; a number that the shell cannot count with would end this script.
number() { case $1 in '' | *[!0-9]* | ??????*) echo "$2" ;; *) echo "$1" ;; esac; }
# With the flags that this version wants of its Node.
become() {
  version=$1
  shift
  # Flags are words without spaces.
  # shellcheck disable=SC2046
  exec "$home/$version/bin/node" $(cat "$home/$version/node-flags" 2>/dev/null) "$home/$version/agent.mjs" "$@"
}
can_run() { [ -x "$home/$1/bin/node" ] && [ -s "$home/$1/agent.mjs" ]; }

# Written whole and before `next` goes: after a crash in between the version is tried once more, or given up again.
give_up() {
  say "version $candidate is given up: $1"
  printf '%s\n%s\n%s\n' "$candidate" "$request" "$1" >"$home/refused.new" && mv -f "$home/refused.new" "$home/refused"
  rm -f "$home/next"
}

# Beside the version on trial, which has this script's process id. Its own parent ends at once, so no child of the agent.
watch_trial() {
  (
    (
      sleep "$seconds"
      [ "$(version_at next)" = "$candidate" ] && [ "$(first_line "$home/trying")" = $$ ] || exit 0
      give_up "it ran for $seconds s, and the control plane took no report of it"
      kill -KILL $$
    ) </dev/null &
  )
}

candidate=$(version_at next)
if [ -n "$candidate" ] && [ "$candidate" != "$(version_at current)" ]; then
  { read -r request && read -r seconds; } <"$home/trial" 2>/dev/null
  request=${request:-0} seconds=$(number "${seconds:-}" 20)
  tries=$(number "$(first_line "$home/tries")" 0)
  if [ "$tries" -ge $TRIES_MAX ]; then
    give_up "it ended $tries times before the control plane had taken a report of it"
  elif ! can_run "$candidate"; then
    give_up 'it has no bin/node or no agent.mjs'
  elif ! { echo $((tries + 1)) >"$home/tries" && echo $$ >"$home/trying"; } 2>/dev/null; then
    give_up 'its tries cannot be counted: the disk refuses'
  else
    say "version $candidate is on trial, try $((tries + 1)) of $TRIES_MAX"
    watch_trial
    become "$candidate" "$@"
  fi
fi
for version in "$(version_at current)" "$(version_at previous)"; do
  [ -n "$version" ] && can_run "$version" || continue
  become "$version" "$@"
done
say "no version of the agent in $home can be run; drain this host"
exit 1
