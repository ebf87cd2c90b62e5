#!/bin/sh
cat <<JSON
Content-Type: application/json
Cache-Control: no-store

{"service":"api","replica":"${BERTH_REPLICA:-}","host":"${BERTH_HOST:-}","revision":"${BERTH_REVISION:-}"}
JSON
