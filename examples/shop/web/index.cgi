#!/bin/sh
# Lines of an HTTP header end with CR LF; strict clients refuse a reply where they do not.
printf '%s\r\n' 'Content-Type: text/html; charset=utf-8' 'Cache-Control: no-store' ''
cat <<PAGE
<!doctype html>
<title>shop</title>
<h1>Welcome to the shop</h1>
<p>This page comes from <b>${BERTH_REPLICA:-a container without a replica name}</b> on ${BERTH_HOST:-no host of Berth}.</p>
PAGE
