#!/bin/sh
# Builds the images `shop-web` and `shop-api` in the Docker Engine that `docker` talks to (DOCKER_HOST).
#
# Nothing is downloaded: each image is FROM scratch and holds a static busybox and a handful of scripts, about 2 MB.
# BUSYBOX names another static busybox than the machine's own.
set -eu
cd "$(dirname "$0")"

busybox=${BUSYBOX:-$(command -v busybox || true)}
if [ -z "$busybox" ] || ldd "$busybox" >/dev/null 2>&1; then
  echo 'build.sh: no static busybox found: install the package busybox-static, or set BUSYBOX to one' >&2
  exit 1
fi

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT

for service in web api; do
  root=$context/$service/root
  mkdir -p "$root/bin" "$root/www/cgi-bin"
  install -m 755 "$busybox" "$root/bin/busybox"
  for command in sh cat cut date env grep head httpd kill nc ps sleep; do
    ln -s busybox "$root/bin/$command"
  done
  install -m 755 start answers "$root/bin/"
  # httpd runs cgi-bin/index.cgi for / when there is no index.html.
  install -m 755 "$service/index.cgi" "$root/www/cgi-bin/index.cgi"
  cp Dockerfile "$context/$service/"
  # The plain builder needs neither a registry nor a plug-in.
  if ! DOCKER_BUILDKIT=0 docker build --tag "shop-$service" "$context/$service" >"$context/log" 2>&1; then
    cat "$context/log" >&2
    exit 1
  fi
  echo "shop-$service"
done
