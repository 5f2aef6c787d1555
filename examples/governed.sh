#!/usr/bin/env bash
# Three people and a build server take a release to production: refused five times, then shipped by canary.
#
# Runs a Tidegate of its own in a scratch directory and leaves nothing behind. Needs two programs:
#   TIDEGATE=target/debug/tidegate SHOP=target/debug/shop examples/governed.sh     (cargo build -p tidegate-cli -p shop)
set -euo pipefail

TIDEGATE=$(realpath "${TIDEGATE:-target/debug/tidegate}")
SHOP=$(realpath "${SHOP:-target/debug/shop}")
here=$(mktemp -d)
unset TIDEGATE_TOKEN TIDEGATE_SERVER TIDEGATE_ACTOR TIDEGATE_PROJECT
"$TIDEGATE" up --data "$here/.tidegate" --listen 127.0.0.1:0 --require-login --stop-services-on-exit >"$here/server.log" 2>&1 &
server=$!
leave() {
    local status=$?
    kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true
    [ "$status" = 0 ] || { echo "--- the server said" >&2; tail -n 15 "$here/server.log" >&2; }
    rm -rf "$here"
    exit "$status"
}
trap leave EXIT
until [ -s "$here/.tidegate/server.json" ]; do
    kill -0 "$server" || exit 1
    read -rt 0.1 <> <(:) || true
done
# A port that is free now, for the shop's visitors.
LISTEN=127.0.0.1:$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cd "$here"

# Each has a home of their own, where `tidegate login` keeps the session; the build server has a token.
as() {
    local who=$1
    shift
    echo; echo "$who \$ tidegate $*"
    if [ "$who" = ci ]; then
        TIDEGATE_TOKEN=$token "$TIDEGATE" "$@"
    else
        XDG_CONFIG_HOME=$here/home/$who "$TIDEGATE" "$@"
    fi
}
# As somebody, with this code, and with this command as the way on.
refused() {
    local code=$1 way=$2 status=0
    shift 2
    as "$@" 2>refusal || status=$?
    cat refusal
    if [ "$status" != 1 ] || ! grep -q "code: $code" refusal || ! grep -q -- "$way" refusal; then
        echo "expected to be refused with $code, and told: $way" >&2
        exit 1
    fi
}
artifact() {
    mkdir -p "built/$1"
    echo "{\"version\": \"$1\", \"latency_ms_median\": 3, \"latency_ms_p99\": 10}" >"built/$1/behaviour.json"
}
scan() {
    echo "{\"version\": \"2.1.0\", \"runs\": [{\"tool\": {\"driver\": {\"name\": \"scanner\", \"rules\": [$2]}}, \"artifacts\": [{\"location\": {\"uri\": \"src/till.py\"}}], \"results\": [$3]}]}" >"$1"
}
configure() {
    cat >tidegate.yaml <<YAML
project: shop
components:
  api:
    run: ["$SHOP", "api"]
    readiness: /healthz
environments:
  - name: production
    components: {api: {replicas: 2, route: {listen: "$LISTEN"}}}
pipeline:
  stages:
    - environment: production
      strategy: {canary: {steps: [shift: 20%, wait: 2s, shift: 60%, wait: 2s], soak: 1s}}
      analysis: off
YAML
}

echo "# Cy keeps the installation and the calendar, Ann develops, Bo approves; the build server may add evidence."
password=$'a sentence nobody guesses\n'
as cy user create cy --admin --password-stdin <<<"$password"
as cy login cy --password-stdin <<<"$password"
as cy user grant cy --role release-manager
as cy user create ann --role developer --password-stdin <<<"$password"
as cy user create bo --role approver --environment production --password-stdin <<<"$password"
for who in ann bo; do as "$who" login "$who" --password-stdin <<<"$password"; done
as cy service create ci --role developer
token=$(as cy token create --for ci --label "build server" --expires 1d | tail -n 1)

configure
as cy apply
artifact 1.0.0
artifact 1.1.0
as ann release create 1.0.0 --component api=built/1.0.0
as ann deploy 1.0.0 --to production --wait
cat >>tidegate.yaml <<'YAML'
      gates:
        - evidence: {kind: security_scan, threshold: no critical}
        - evidence: {kind: unit_tests}
        - evidence: {name: load, kind: performance_benchmark, threshold: p95 < 300 ms}
        - approval: {from: [approver, release-manager], count: 2}
YAML
as cy apply
as ann release create 1.1.0 --component api=built/1.1.0
cat >tests.xml <<'XML'
<testsuites><testsuite name="till" tests="2" failures="0" errors="0" skipped="0"><testcase name="adds"/><testcase name="pays"/></testsuite></testsuites>
XML
cat >load.json <<'JSON'
{"root_group": {"name": "", "path": "", "id": "d41d8cd98f00b204e9800998ecf8427e", "groups": {}, "checks": {"status is 200": {"name": "status is 200", "path": "::status is 200", "passes": 1200, "fails": 0}}},
 "metrics": {"http_reqs": {"count": 2400, "rate": 79.9}, "http_req_duration": {"avg": 92.1, "min": 11.2, "med": 80.5, "max": 850.1, "p(90)": 180.7, "p(95)": 241.25, "thresholds": {"p(95)<300": false}}}}
JSON
as ci evidence add tests.xml --for 1.1.0 --artifact api
as ci evidence add load.json --for 1.1.0 --artifact api

echo; echo "# 1. Nobody has scanned it."
refused gates-closed "tidegate evidence add FILE --for 1.1.0" ann deploy 1.1.0 --to production

echo; echo "# 2. The scan finds something critical."
scan bad.sarif '{"id": "sql-injection", "properties": {"security-severity": "9.8"}}' '{"ruleId": "sql-injection", "message": {"text": "a query is built from text"}}'
as ci evidence add bad.sarif --for 1.1.0 --artifact api --name till
refused gates-closed "tidegate evidence add FILE --for 1.1.0" ann deploy 1.1.0 --to production
scan clean.sarif '' ''
as ci evidence add clean.sarif --for 1.1.0 --artifact api --name till

echo; echo "# 3. One of two has approved it."
as bo approve 1.1.0 --to production --reason "seen the scan"
refused gates-closed "tidegate approve 1.1.0 --to production" ann deploy 1.1.0 --to production

echo; echo "# 4. Its author approves it herself; then Cy does."
refused author-may-not-sign "somebody else" ann approve 1.1.0 --to production
as cy approve 1.1.0 --to production --reason "seen the notes"
as bo gate why 1.1.0 --to production

echo; echo "# 5. A freeze holds."
as cy freeze add stocktaking --from 2020-01-01 --for 400d --rule FREQ=YEARLY --environment production --reason "stocktaking"
refused gates-closed "tidegate override 1.1.0 --to production" ann deploy 1.1.0 --to production
as cy freeze remove stocktaking

echo; echo "# It ships."
as ann deploy 1.1.0 --to production --wait
as ann env show production
as cy audit verify
