#!/bin/sh
cat <<PAGE
Content-Type: text/html; charset=utf-8
Cache-Control: no-store

<!doctype html>
<title>shop</title>
<h1>Welcome to the shop</h1>
<p>This page comes from <b>${BERTH_REPLICA:-a container without a replica name}</b> on ${BERTH_HOST:-no host of Berth}.</p>
PAGE
