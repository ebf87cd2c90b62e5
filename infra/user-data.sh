#!/bin/bash
# First boot of a host: fetch Node and the agent as one archive, check it, start the agent. cloud-init runs this once,
# as root. Nothing is installed from a package repository, and no key is ever an argument or lies in a file.
# A step that fails ends the script with its line in the log; the host then never registers, and the control plane
# terminates it when its registration deadline has passed.
set -Eeuo pipefail
trap 'echo "berth: user data failed at line $LINENO: $BASH_COMMAND" >&2' ERR

readonly cluster='@CLUSTER@'
readonly version='@VERSION@'
readonly sha256='@SHA256@'
readonly bucket='@BUCKET@'
readonly key='@KEY@'

# --- who and where this host is, from the instance metadata service (version 2 only)
readonly imds=http://169.254.169.254/latest
retrying() { curl --silent --show-error --fail --connect-timeout 2 --max-time 10 --retry 10 --retry-delay 1 --retry-all-errors "$@"; }
imds_token=$(retrying --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$imds/api/token")
# The token goes in by standard input: arguments can be read by every user of the host.
metadata() { retrying --config - "$imds/meta-data/$1" <<<"header = \"X-aws-ec2-metadata-token: $imds_token\""; }
region=$(metadata placement/region)
role=$(metadata iam/security-credentials/)
credentials=$(metadata "iam/security-credentials/$role")
credential() { sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p" <<<"$credentials"; }

# --- Node and the agent
# The endpoint variables are the ones that every AWS SDK reads; on EC2 they are not set.
s3=${AWS_ENDPOINT_URL_S3:-${AWS_ENDPOINT_URL:-https://s3.$region.@URL_SUFFIX@}}
archive=$(mktemp /tmp/berth.XXXXXX)
curl --config - --silent --show-error --fail --connect-timeout 5 --max-time 300 --retry 5 --retry-all-errors \
  --aws-sigv4 "aws:amz:$region:s3" --output "$archive" "$s3/$bucket/$key" <<EOF
user = "$(credential AccessKeyId):$(credential SecretAccessKey)"
header = "x-amz-security-token: $(credential Token)"
header = "x-amz-content-sha256: UNSIGNED-PAYLOAD"
EOF
unset credentials imds_token
sha256sum --check --status <<<"$sha256  $archive"
install --directory --mode=0755 "/opt/berth/$version" /etc/berth
tar --extract --gzip --no-same-owner --file "$archive" --directory "/opt/berth/$version"
rm "$archive"
ln --symbolic --force --no-dereference "/opt/berth/$version" /opt/berth/current
# Never replaced by an upgrade: whatever a new version does, this starts the old one again.
install --mode=0755 "/opt/berth/$version/launch" /opt/berth/launch

# --- the agent
install --directory --mode=0700 /var/lib/berth
printf '{"cluster":"%s","region":"%s","stateDir":"/var/lib/berth","home":"/opt/berth"}\n' "$cluster" "$region" \
  >/etc/berth/agent.json
chmod 0644 /etc/berth/agent.json

cat >/etc/systemd/system/berth-agent.service <<'EOF'
[Unit]
Description=Berth agent: runs this host's containers
After=docker.service network-online.target
Wants=docker.service network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart=/opt/berth/launch --config /etc/berth/agent.json
Restart=always
RestartSec=1
KillMode=process
# Root, because Docker's socket is root anyway; but without what the agent has no use for. CAP_NET_ADMIN and
# CAP_NET_RAW are for iptables, which keeps containers away from the metadata service.
CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW
NoNewPrivileges=yes
PrivateTmp=yes
ProtectHome=yes
ProtectSystem=full
ProtectKernelTunables=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
UMask=0077
# Under memory pressure a container goes first.
OOMScoreAdjust=-500

[Install]
WantedBy=multi-user.target
EOF

# The AMI's own ECS agent would pull and run containers of its own.
systemctl mask --now ecs
systemctl daemon-reload
systemctl enable --now berth-agent.service
echo "berth: agent $version started"
