#!/usr/bin/env bash
# A release that is refused for four reasons and then ships by canary.
#
# Needs: tidegate and a program that serves HTTP on $PORT with /healthz (here: the sample shop, `cargo build -p shop`).
#   tidegate up --listen 127.0.0.1:7070     # in another terminal
#   SHOP=target/debug/shop examples/governed.sh
# There are no identities yet: each person says who they are with --actor, and is taken at their word.
set -euo pipefail

SHOP=$(realpath "${SHOP:-target/debug/shop}")
LISTEN=${LISTEN:-127.0.0.1:8080}
export TIDEGATE_SERVER=${TIDEGATE_SERVER:-http://127.0.0.1:7070}
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
cd "$here"

as() { echo; echo "\$ tidegate --actor $*"; tidegate --actor "$@"; }
refused() {
    local expect=$1 status=0
    shift
    as "$@" 2>refusal || status=$?
    cat refusal
    if [ "$status" != 1 ] || ! grep -q "code: $expect" refusal; then
        echo "expected to be refused with $expect" >&2
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

configure
as ann apply
artifact 1.0.0
artifact 1.1.0
as ann release create 1.0.0 --component api=built/1.0.0
as ann deploy 1.0.0 --to production --wait
cat >>tidegate.yaml <<'YAML'
      gates:
        - evidence: {kind: security_scan, threshold: no critical}
        - approval: {from: [approver, release-manager]}
YAML
as ann apply
as ann release create 1.1.0 --component api=built/1.1.0

echo; echo "# 1. A freeze holds."
as cy freeze add stocktaking --from 2020-01-01 --for 400d --rule FREQ=YEARLY --environment production --reason "stocktaking"
refused gates-closed ann deploy 1.1.0 --to production
as cy freeze remove stocktaking

echo; echo "# 2. Nobody scanned it; then the scan finds something critical."
refused gates-closed ann deploy 1.1.0 --to production
scan bad.sarif '{"id": "sql-injection", "properties": {"security-severity": "9.8"}}' '{"ruleId": "sql-injection", "message": {"text": "a query is built from text"}}'
as ci evidence add bad.sarif --for 1.1.0 --artifact api --name till
refused gates-closed ann deploy 1.1.0 --to production
scan clean.sarif '' ''
as ci evidence add clean.sarif --for 1.1.0 --artifact api --name till

echo; echo "# 3. The author approves her own work; then somebody else does."
refused author-may-not-sign ann approve 1.1.0 --to production
as bo gate why 1.1.0 --to production
as bo approve 1.1.0 --to production --reason "seen the scan"

echo; echo "# 4. It ships."
as ann deploy 1.1.0 --to production --wait
as ann env show production
