#!/bin/sh
# Lines of an HTTP header end with CR LF; strict clients refuse a reply where they do not.
printf '%s\r\n' 'Content-Type: application/json' 'Cache-Control: no-store' ''
cat <<JSON
{"service":"api","replica":"${BERTH_REPLICA:-}","host":"${BERTH_HOST:-}","revision":"${BERTH_REVISION:-}"}
JSON
