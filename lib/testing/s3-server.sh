#!/bin/bash
# A real S3 server for tests, with versions and Object Lock: Ceph RGW 16 from Debian’s packages, unpacked and not installed, data in memory, loopback only.
#   s3-server.sh start DIR [PORT]   -> prints S3_ENDPOINT / keys; needs curl, python3 and, the first time, apt (no root)
#   s3-server.sh stop DIR
# Packages are kept in ${S3_SERVER_CACHE:-$HOME/.cache/s3-server} (62 MB), fetched once, in ${S3_SERVER_FETCH_SECONDS:-240} seconds at most. apt’s own settings of mirrors
# and proxies hold; a machine without any of them can be given that folder from another one.
set -euo pipefail
CMD=${1:?start|stop}; D=$(realpath -m "${2:?data directory}"); PORT=${3:-7480}
CACHE=${S3_SERVER_CACHE:-$HOME/.cache/s3-server}; C=$CACHE/root; MOST=${S3_SERVER_FETCH_SECONDS:-240}
stop() { for p in rgw osd mon; do [ -f "$D/$p.pid" ] && kill "$(cat "$D/$p.pid")" 2>/dev/null || true; rm -f "$D/$p.pid"; done; }
if [ "$CMD" = stop ]; then stop; exit 0; fi
for tool in curl python3; do command -v "$tool" >/dev/null || { echo "s3-server: $tool is not here; install it (apt-get install $tool)" >&2; exit 1; }; done
libs() { L=$(echo "$C"/usr/lib/*-linux-gnu); echo "$L:$L/ceph:$C/usr/lib/ceph:$(echo "$C"/lib/*-linux-gnu)"; }
there() { for b in radosgw ceph-mon ceph-osd; do LD_LIBRARY_PATH=$(libs) "$C/usr/bin/$b" --version >/dev/null 2>&1 || return 1; done; }
apt() { apt-get -qq -o Dir::State::lists="$CACHE/lists" -o Dir::Cache="$CACHE/debs" -o Debug::NoLocking=1 -o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 "$@"; }
fetch() {
  mkdir -p "$CACHE/debs/archives/partial" "$CACHE/lists/partial" "$C"
  apt update && apt -d -y --no-install-recommends install radosgw ceph-mon ceph-osd && for f in "$CACHE"/debs/archives/*.deb; do dpkg -x "$f" "$C" || return 1; done
}
mkdir -p "$CACHE"
# Several test files start one at a time of their own: the first fetches for all of them.
(
  flock -w $((MOST + 30)) 9 || { echo "s3-server: another process has been fetching packages into $CACHE for too long" >&2; exit 1; }
  if ! there; then
    export -f fetch apt; export CACHE C
    timeout --kill-after=5 "$MOST" bash -c fetch >"$CACHE/fetch.log" 2>&1 || {
      echo "s3-server: Debian’s packages radosgw, ceph-mon and ceph-osd could not be fetched in $MOST s. apt says:" >&2; tail -n 5 "$CACHE/fetch.log" >&2
      echo "s3-server: give apt a mirror or a proxy that it reaches, or S3_SERVER_CACHE a copy of $CACHE from a machine that has one." >&2; exit 1; }
  fi
) 9>"$CACHE/lock"
L=$(echo "$C"/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH=$(libs) PATH=$C/usr/bin:$PATH PYTHONPATH=$C/usr/lib/python3/dist-packages
stop; rm -rf "$D"; mkdir -p "$D"/{mon,osd,run,log,rgw}
MONP=$((PORT + 9309)); export CEPH_CONF=$D/ceph.conf
cat > "$CEPH_CONF" <<CONF
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon_host = v2:127.0.0.1:$MONP
mon_initial_members = a
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
mon_cluster_log_file = $D/log/cluster.log
paxos_propose_interval = 0.01
paxos_min_wait = 0.01
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
keyring = $D/keyring
auth_allow_insecure_global_id_reclaim = true
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
mon_data_avail_crit = 1
osd_crush_chooseleaf_type = 0
run_dir = $D/run
admin_socket = $D/run/\$name.asok
log_file = $D/log/\$name.log
plugin_dir = $L
erasure_code_dir = $L/ceph/erasure-code
osd_class_dir = $L/rados-classes
ms_bind_msgr1 = false
[mon.a]
mon_data = $D/mon
[osd.0]
osd_data = $D/osd
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_pool_default_crush_rule = 0
[client.rgw.a]
rgw_data = $D/rgw
rgw_frontends = beast endpoint=127.0.0.1:$PORT
rgw_crypt_require_ssl = false
rgw_enable_usage_log = false
rgw_dns_name = localhost
CONF
k() { ceph-authtool "$D/keyring" --gen-key -n "$@" >/dev/null; }
ceph-authtool --create-keyring "$D/keyring" --gen-key -n mon. --cap mon 'allow *' >/dev/null
k client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
k osd.0 --cap mon 'allow profile osd' --cap osd 'allow *' --cap mgr 'allow profile osd'
k client.rgw.a --cap mon 'allow rw' --cap osd 'allow rwx' --cap mgr 'allow rw'
FSID=$(sed -n 's/^fsid = //p' "$CEPH_CONF")
monmaptool --create --fsid "$FSID" --addv a "[v2:127.0.0.1:$MONP]" "$D/monmap" >/dev/null
ceph-mon --mkfs -i a --monmap "$D/monmap" --mon-data "$D/mon" --keyring "$D/keyring"
setsid ceph-mon -i a -f --mon-data "$D/mon" >"$D/log/mon.out" 2>&1 & echo $! > "$D/mon.pid"
for _ in $(seq 40); do timeout 5 ceph mon stat >/dev/null 2>&1 && break; sleep 0.1; done
ceph osd new "$(cat /proc/sys/kernel/random/uuid)" 0 >/dev/null 2>&1 || true
ceph-osd -i 0 --mkfs --osd-data "$D/osd" --osd-uuid "$(ceph osd dump -f json | python3 -c 'import json,sys;print(json.load(sys.stdin)["osds"][0]["uuid"])')" >/dev/null 2>&1
setsid ceph-osd -i 0 -f >"$D/log/osd.out" 2>&1 & echo $! > "$D/osd.pid"
for _ in $(seq 60); do ceph osd stat 2>/dev/null | grep -q '1 up' && break; sleep 0.5; done
setsid radosgw -n client.rgw.a -f >"$D/log/rgw.out" 2>&1 & echo $! > "$D/rgw.pid"
for _ in $(seq 60); do curl -s -o /dev/null "http://127.0.0.1:$PORT/" && break; sleep 0.5; done
radosgw-admin user create --uid=test --display-name=test --access-key=AKTEST --secret-key=SKTEST >/dev/null 2>&1
printf 'S3_ENDPOINT=http://127.0.0.1:%s\nAWS_ACCESS_KEY_ID=AKTEST\nAWS_SECRET_ACCESS_KEY=SKTEST\n' "$PORT"
