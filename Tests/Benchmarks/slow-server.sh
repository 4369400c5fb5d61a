# slow-server.sh - for the scripts beside it, which source it: a real S3 server on loopback, and a
# relay in front of it that lets each request take its time (delay-relay.c).
#
# start_slow_server NAME MILLISECONDS FOLDER ; starts both, with their data and logs in FOLDER
#
# Sets `direct` and `slow`, the endpoints without and with the relay, and exports the keys; the
# relay notes the requests in FOLDER/requests. `stop_slow_server` ends what was started.

# shellcheck shell=bash

slow_server_children=()

start_slow_server() {
    local folder=$3 here
    here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
    : >"$folder/ready"
    "$here/../Servers/serve" "$1" 0 "$folder/server" >"$folder/ready" 2>"$folder/log" &
    slow_server_children+=($!)
    until grep -q ^READY "$folder/ready"; do
        kill -0 "${slow_server_children[0]}" || { cat "$folder/log" >&2; exit 1; }
        sleep 0.1
    done
    fact() { sed -n "s/^READY.* $1=\([^ ]*\).*/\1/p" "$folder/ready"; }
    direct=$(fact endpoint)
    cc -O2 -o "$folder/delay-relay" "$here/delay-relay.c" -lpthread
    touch "$folder/requests"
    "$folder/delay-relay" "${direct##*:}" "$2" "$folder/requests" >"$folder/port" &
    slow_server_children+=($!)
    until [[ -s $folder/port ]]; do sleep 0.1; done
    # shellcheck disable=SC2034
    slow=http://127.0.0.1:$(cat "$folder/port")
    AWS_ACCESS_KEY_ID=$(fact access_key)
    AWS_SECRET_ACCESS_KEY=$(fact secret_key)
    export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION=us-east-1
}

stop_slow_server() {
    local child
    for child in "${slow_server_children[@]}"; do
        kill "$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
    done
}
