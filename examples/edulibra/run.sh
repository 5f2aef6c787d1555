#!/usr/bin/env bash
# EduLibra goes from a plan in Markdown to production: a first try that comes back by itself, a second one that stays, letters to
# those who should know, a retrospective and the measures at the end. A test as well: it ends with 0 only when all of it came true.
#
# Runs a Tidegate, its visitors and a mail server (aiosmtpd, in a virtual environment under target/tools) in a scratch directory, and
# leaves nothing behind. Needs python3 with venv, and two programs:
#   cargo build -p tidegate-cli -p shop && examples/edulibra/run.sh
set -euo pipefail
example=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$example/../.." && pwd)
TIDEGATE=$(realpath "${TIDEGATE:-$root/target/debug/tidegate}")
SHOP=$(realpath "${SHOP:-$root/target/debug/shop}")
for program in "$TIDEGATE" "$SHOP"; do
    [ -x "$program" ] || { echo "$program is missing: cargo build -p tidegate-cli -p shop" >&2; exit 2; }
done
# The mail server, as its authors made it; installed again when the list changes.
tools=$root/target/tools/edulibra
if ! cmp -s "$example/requirements.txt" "$tools/installed"; then
    if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
        echo "python3 with its venv module is missing: install the package python3-venv" >&2
        exit 2
    fi
    rm -rf "$tools"
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check -r "$example/requirements.txt"
    cp "$example/requirements.txt" "$tools/installed"
fi
unset TIDEGATE_TOKEN TIDEGATE_SERVER TIDEGATE_ACTOR TIDEGATE_PROJECT
export NO_COLOR=1

here=$(mktemp -d)
pids=()
leave() {
    local status=$?
    trap '' INT TERM
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    [ "$status" = 0 ] || { echo "--- the server said" >&2; tail -n 15 "$here/server.log" >&2; }
    rm -rf "$here"
    exit "$status"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$here"

# Asks every tenth of a second whether this holds: until "what is waited for" SECONDS command …
until_that() {
    local what=$1 ends=$((SECONDS + $2))
    shift 2
    until "$@"; do
        if [ "$SECONDS" -ge "$ends" ]; then
            echo "waited in vain: $what" >&2
            exit 1
        fi
        read -rt 0.1 <> <(:) || true
    done
}
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
listens() {
    kill -0 "$1" 2>/dev/null || { echo "the mail server ended: $(cat mail.log)" >&2; exit 1; }
    (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null
}
# A member of the JSON on stdin, as python names it: member '["digest"]'
member() { python3 -c "import json, sys; print(json.load(sys.stdin)$1)"; }
tell() { printf '\n# %s\n' "$*"; }

# Each has a home of their own, where `tidegate login` keeps the session.
quietly() {
    local who=$1
    shift
    XDG_CONFIG_HOME=$here/home/$who "$TIDEGATE" "$@"
}
as() {
    printf '\n%s $ tidegate' "$1"
    printf ' %s' "${@:2}"
    echo
    quietly "$@"
}
# Refused with this code.
refused() {
    local code=$1 status=0
    shift
    as "$@" 2>refusal || status=$?
    cat refusal
    if [ "$status" != 1 ] || ! grep -q "code: $code" refusal; then
        echo "expected to be refused with $code" >&2
        exit 1
    fi
}

# --- the house -------------------------------------------------------------------------------------------------------------------

"$TIDEGATE" up --data "$here/.tidegate" --listen 127.0.0.1:0 --require-login --stop-services-on-exit --allow-host 127.0.0.1 >server.log 2>&1 &
server=$!
pids+=("$server")
until_that "Tidegate serves" 120 test -s .tidegate/server.json
letters=$here/letters
mail_port=$(free_port)
"$tools/bin/python" -m aiosmtpd -n -l "127.0.0.1:$mail_port" -c aiosmtpd.handlers.Mailbox "$letters" >mail.log 2>&1 &
mail=$!
pids+=("$mail")
until_that "the mail server answers" 120 listens "$mail" "$mail_port"
STAGING=127.0.0.1:$(free_port)
PRODUCTION=127.0.0.1:$(free_port)
letters_of() { "$tools/bin/python" "$example/letters.py" "$letters" "$@"; }

tell "EduLibra lends books to schools. Ines keeps the installation. Rita manages the release, Ben develops, Cleo tests, Dan operates," \
    "Eva supports, Finn speaks for the schools."
password=$'a sentence nobody guesses\n'
{
    quietly ines user create ines --admin --password-stdin <<<"$password"
    quietly ines login ines --password-stdin <<<"$password"
    quietly ines user grant ines --role release-manager
    quietly ines user create rita --role release-manager --password-stdin <<<"$password"
    quietly ines user create ben --role developer --password-stdin <<<"$password"
    quietly ines user create dan --role release-manager --environment production --password-stdin <<<"$password"
    for who in cleo eva finn; do
        quietly ines user create "$who" --role approver --environment production --password-stdin <<<"$password"
    done
    for who in rita ben cleo dan eva finn; do quietly "$who" login "$who" --password-stdin <<<"$password"; done
} >/dev/null
as ines user list

configure() {
    cat >tidegate.yaml <<YAML
project: edulibra
components:
  lending:
    team: lending
    run: ["$SHOP", "api"]
    readiness: {http: /healthz, interval: 100ms}
    stop: {drain: 5s, kill_after: 5s}
    smoke:
      - {name: books, http: {path: /products, contains: "name"}, retries: 5}
  desk:
    team: desk
    run: ["$SHOP", "web"]
    readiness: {http: /healthz, interval: 100ms}
    stop: {drain: 5s, kill_after: 5s}
    depends_on: [lending]
environments:
  - name: staging
    variables: {API_URL: "http://$STAGING/lending"}
    components:
      lending: {route: {listen: "$STAGING", path: /lending, strip_path: true}}
      desk: {route: {listen: "$STAGING"}}
  - name: production
    tier: production
    variables: {API_URL: "http://$PRODUCTION/lending"}
    components:
      lending: {replicas: 2, route: {listen: "$PRODUCTION", path: /lending, strip_path: true}}
      desk: {route: {listen: "$PRODUCTION"}}
pipeline:
  stages:
    - environment: staging
      strategy: {recreate: {soak: 0s}}
    - environment: production
      strategy: {canary: {steps: [shift: 25%, wait: 3s, shift: 60%, wait: 3s], soak: 1s}}
      analysis:
        scrape_interval: 500ms
        block: 500ms
        warm_up: 5s
        grace: 10s
        min_duration: 5s
        errors: {margin_points: 10%}
        latency: {margin_points_p50: 40%, margin_points_p90: 30%, margin_points_p99: 20%}
YAML
}
# A version of both services, and how the lending desk behaves.
built() {
    mkdir -p "built/$1/lending" "built/$1/desk"
    echo "{\"version\": \"$1\", \"latency_ms_median\": 3, \"latency_ms_p99\": 12, \"fail_share\": $2}" >"built/$1/lending/behaviour.json"
    echo "{\"version\": \"$1\", \"latency_ms_median\": 3, \"latency_ms_p99\": 12}" >"built/$1/desk/behaviour.json"
}
# A commit for each number: authored so many hours ago.
commits() {
    for hours in "$@"; do
        echo "$(printf '%s' "$hours$RANDOM$RANDOM" | sha1sum | cut -c1-40) $(date -u -d "$hours hours ago" +%FT%TZ) #$hours"
    done
}
release() {
    commits "${@:2}" >commits.txt
    as ben release create "$1" --component "lending=built/$1/lending" --component "desk=built/$1/desk" --commits commits.txt
}

tell "What the schools have today: EduLibra 1.0.0, in staging and in production."
configure
as ines apply
built 1.0.0 0
release 1.0.0 90 70
as rita deploy 1.0.0 --to staging --wait
as rita deploy 1.0.0 --to production --wait

tell "From now on production asks the plan: the named person said go, manual tests and acceptance passed, and the risk is bearable."
cat >>tidegate.yaml <<'YAML'
      gates:
        - plan: go
        - plan: manual_tests
        - plan: acceptance
        - plan: {risk: 80}
YAML
as ines apply

tell "Letters go out by a mail server; it listens at port $mail_port of this machine."
as ines channel mail post --host 127.0.0.1 --port "$mail_port" --security plain-to-loopback --from release@edulibra.example --from-name EduLibra
as ines announce audience set schools --channel post --address pia@north.example --address tom@south.example
as ines announce audience set support --channel post --address eva@edulibra.example

# --- the plan --------------------------------------------------------------------------------------------------------------------

tell "The team has its plan as a text, with places where dates belong. What would be understood of it?"
as rita plan import "$example/placeholders.md" --for 2.0.0 --dry-run
tell "Filled in as far as a text goes, it is imported. What a text does not say (hours, tests, this month's dates) is filled into the document."
as rita plan import "$example/plan.md" --for 2.0.0
quietly rita plan export 2.0.0 2>/dev/null >exported.json
python3 "$example/fill.py" <exported.json >plan.json
as rita plan import plan.json --for 2.0.0 --edition 1 --note "dates, people, tests"

tell "When, who, and what is missing?"
as rita plan schedule 2.0.0
as rita plan capacity 2.0.0
as rita plan risks 2.0.0
as rita plan readiness 2.0.0
python3 -c 'for hour in range(168): print(f"{hour},{40 if hour % 24 in range(7, 18) and hour < 120 else 3}")' | sed '1ihour,count' >traffic.csv
as rita plan advice traffic.csv --env production --for 2.0.0 --windows 3

tell "Two issues were filed. Nothing freezes while nobody has decided on them."
as rita plan move 2.0.0 planned
refused plan-untriaged rita plan move 2.0.0 frozen
as rita plan triage 2.0.0 EDU-3 fix-now --note "it hits every school, and the mend is small"
as rita plan triage 2.0.0 EDU-4 known-issue --note "told in the release notes"
as rita plan move 2.0.0 frozen

# --- the first try ---------------------------------------------------------------------------------------------------------------

# From artifacts to the named person's go.
through_the_tests() {
    local version=$1 item
    quietly ben plan export "$version" 2>/dev/null | python3 "$example/fill.py" --built >built.json
    as ben plan import built.json --for "$version" --replace --note "all of it is built"
    as rita plan move "$version" candidate
    as rita deploy "$version" --to staging --wait
    as cleo plan case "$version" lend passed --note "on a phone and on the old scanner"
    as finn plan case "$version" accept passed --note "the whole list"
    quietly rita plan export "$version" 2>/dev/null >exported.json
    for item in $(python3 -c 'import json; print(*[item["id"] for item in json.load(open("exported.json"))["readiness"]])'); do
        quietly cleo plan tick "$version" "$item" >/dev/null
    done
    for activity in release-planning-meeting final-qa-and-sign-off deployment-preparation; do
        quietly rita plan activity "$version" "$activity" done >/dev/null
    done
    as dan plan activity "$version" production-deployment under-way
}
the_call() {
    local version=$1 digest
    for vote in ben:development-team cleo:quality-assurance-team dan:operations-team eva:support-team finn:business-analysts; do
        as "${vote%%:*}" plan vote "$version" "${vote#*:}" go
    done
    as rita plan go-no-go "$version"
    digest=$(quietly rita plan go-no-go "$version" --json | member '["digest"]')
    as rita plan call "$version" go --digest "$digest" --note "all voices heard"
}
# What is announced about a release, and when.
announced() {
    local version=$1
    as rita announce send "$version" --occasion schedule --to schools --starts 2h --downtime 5m --note "Books stay on loan meanwhile."
    as rita announce send "$version" --occasion confirmation --to schools --when success --env production
    as rita announce send "$version" --occasion rollback --to schools --when rollback --env production
    as rita announce send "$version" --occasion rollback --to support --when rollback --env production
}
visited() { grep -q "\"lending $1\".*\"desk $1\"\|\"desk $1\".*\"lending $1\"" visited.json 2>/dev/null; }

tell "2.0.0 is built. It is the candidate; it is tested in staging; the schools are told of the evening."
built 2.0.0 0.4
release 2.0.0 50 30 26
announced 2.0.0
through_the_tests 2.0.0

tell "Nobody has said go: production is closed. And nobody speaks for somebody else."
refused gates-closed dan promote 2.0.0 --to production
refused plan-vote-not-yours ben plan vote 2.0.0 quality-assurance-team go
digest=$(quietly eva plan go-no-go 2.0.0 --json | member '["digest"]')
refused plan-call-not-yours eva plan call 2.0.0 go --digest "$digest"
tell "Rita looks before the votes are in, and calls on what she saw then."
refused plan-call-stale rita plan call 2.0.0 go --digest "$(
    seen=$(quietly rita plan go-no-go 2.0.0 --json | member '["digest"]')
    quietly ben plan vote 2.0.0 development-team go >/dev/null
    echo "$seen"
)"
the_call 2.0.0

tell "Visitors come: sixty times a second somebody looks a book up, and a hundred times a shelf is opened. Dan lets 2.0.0 out;" \
    "a quarter of them meets it first."
python3 "$example/visitors.py" visited.json lending "http://$PRODUCTION/lending/products" 60 desk "http://$PRODUCTION/" 100 &
visitors=$!
pids+=("$visitors")
until_that "visitors come" 120 visited 1.0.0
status=0
as dan promote 2.0.0 --to production --wait --timeout 600 || status=$?
[ "$status" = 1 ] || { echo "2.0.0 was expected to be rolled back, and promote ended with $status" >&2; exit 1; }
tell "It came back by itself, and the schools were told so. The plan is frozen, and on hold."
as rita why 2.0.0 --to production
as rita plan show 2.0.0
[ "$(quietly rita plan show 2.0.0 --json | member '["state"]')" = on-hold ]
until_that "the letters about the rollback" 120 eval '[ "$(letters_of count)" -ge 5 ]'
tell "What was planned for the good end of 2.0.0 is taken off the list, and what happened is written down where it was foreseen."
for id in $(quietly rita announce list --release 2.0.0 --json | python3 -c '
import json, sys
print(*[one["id"] for one in json.load(sys.stdin)["items"] if one["state"] == "planned"])'); do
    as rita announce cancel "$id" --reason "2.0.0 was taken back"
done
risk=$(member '["risks"][0]["id"]' <exported.json)
as rita plan risk 2.0.0 "$risk" occurred --note "lending failed under real visitors"
as rita plan step 2.0.0 call done --risk "$risk"
as rita plan step 2.0.0 tell done --risk "$risk"
as eva incident open "Lending failed for some classes" --in production --component lending --release 2.0.0
incident=$(quietly eva incident list --json | member '["items"][0]["id"]')
as eva incident resolve "$incident"
looks_back() { quietly rita plan retrospective --help >/dev/null 2>&1; }
if looks_back; then
    as rita plan retrospective say 2.0.0 --summary "Lending failed, and nobody was left with it for long." \
        --well "It went back by itself, before a quarter of the visitors had met it" --improve "The rehearsal had too few visitors"
    as rita plan retrospective action 2.0.0 "Rehearse with as many visitors as production has" --owner cleo --id rehearse
    quietly rita plan retrospective 2.0.0 --json >looked.json
else
    echo '{"actions": [{"id": "rehearse", "text": "Rehearse with as many visitors as production has", "owner": "cleo"}]}' >looked.json
fi
as rita plan meeting 2.0.0 retrospective --note "What we learnt stands in the retrospective; Cleo has something to do."

# --- the second try --------------------------------------------------------------------------------------------------------------

tell "2.0.1 mends it. Its plan is the one of 2.0.0, with everything to do again and one thing learnt."
quietly rita plan export 2.0.0 2>/dev/null | python3 "$example/fill.py" --for 2.0.1 --after looked.json >next.json
as rita plan import next.json --for 2.0.1
as rita plan move 2.0.0 cancelled --note "2.0.1 takes its place"
as rita plan move 2.0.1 planned
as rita plan move 2.0.1 frozen
tell "After the freeze something is filed: it is decided on by itself, and marked as late."
quietly rita plan export 2.0.1 2>/dev/null | python3 "$example/fill.py" --file "EDU-9 The list of a class prints in two columns" >filed.json
as rita plan import filed.json --for 2.0.1 --replace
as rita plan triage 2.0.1 EDU-9 fix-next --note "no school waits for it"
built 2.0.1 0
release 2.0.1 8 3
as cleo plan action 2.0.1 rehearse
announced 2.0.1
through_the_tests 2.0.1
the_call 2.0.1
as dan promote 2.0.1 --to production --wait --timeout 600
kill "$visitors" && wait "$visitors"
as rita plan show 2.0.1
[ "$(quietly rita plan show 2.0.1 --json | member '["state"]')" = released ]

tell "The schools know; now they are asked."
as rita announce send 2.0.1 --occasion feedback --to schools
for activity in production-deployment post-deployment-verification; do quietly dan plan activity 2.0.1 "$activity" done >/dev/null; done
for id in $(quietly rita announce list --release 2.0.1 --json | python3 -c '
import json, sys
print(*[one["id"] for one in json.load(sys.stdin)["items"] if one["state"] == "planned"])'); do
    as rita announce cancel "$id" --reason "2.0.1 is out"
done
all_told() {
    quietly rita announce list --json | python3 -c '
import json, sys
sys.exit(any(one["state"] != "cancelled" and (one["state"] != "told" or one["waiting"]) for one in json.load(sys.stdin)["items"]))'
}
until_that "every letter has gone out" 120 all_told

# --- what came of it -------------------------------------------------------------------------------------------------------------

tell "Pia follows the link of her letter, and says what she thinks. Hers counts once, however often she sends it."
python3 - "$(letters_of link pia@north.example)" <<'PYTHON'
import sys, urllib.error, urllib.parse, urllib.request

assert "<form" in urllib.request.urlopen(sys.argv[1], timeout=30).read().decode()
said = urllib.parse.urlencode({"rating": "5", "text": "My class has its books."}).encode()
assert urllib.request.urlopen(sys.argv[1], said, timeout=30).status == 200
try:
    urllib.request.urlopen(sys.argv[1], said, timeout=30)
    sys.exit("a second answer by the same link was taken")
except urllib.error.HTTPError as answered:
    assert answered.code == 409, answered
PYTHON
as rita announce feedback 2.0.1

tell "The letters that the mail server has:"
letters_of show
echo
letters_of check \
    "pia@north.example edulibra: release 2.0.0 is planned" "tom@south.example edulibra: release 2.0.0 is planned" \
    "pia@north.example edulibra: release 2.0.0 was taken back" "tom@south.example edulibra: release 2.0.0 was taken back" \
    "eva@edulibra.example edulibra: release 2.0.0 was taken back" \
    "pia@north.example edulibra: release 2.0.1 is planned" "tom@south.example edulibra: release 2.0.1 is planned" \
    "pia@north.example edulibra: release 2.0.1 is out" "tom@south.example edulibra: release 2.0.1 is out" \
    "pia@north.example edulibra: how is release 2.0.1?" "tom@south.example edulibra: how is release 2.0.1?"
tell "What the visitors met, by their own count:"
cat visited.json
echo

if looks_back; then
    tell "The retrospectives of the first try and of the second, from the record:"
    as rita plan retrospective 2.0.0
    as rita plan retrospective 2.0.1
    for version in 2.0.0 2.0.1; do quietly rita plan retrospective "$version" --json >"looked-$version.json"; done
fi
tell "The measures:"
as rita measures --period day --from "$(date -u +%F)"
as rita measures --rows change-fail-rate
quietly rita measures --json >measures.json
quietly rita announce feedback 2.0.1 --json >feedback.json
quietly rita measures --rows change-fail-rate --json >failed.json
as ines audit verify
as rita env show production

tell "Is all of it true?"
python3 - <<'PYTHON'
import json, os

visited, found = json.load(open("visited.json")), json.load(open("measures.json"))
rows = json.load(open("failed.json"))["items"]
# Everybody was answered by a version; only the first try of lending failed anybody, and who opened a shelf while it did.
assert not any("nobody" in who for who in visited), visited
assert visited["lending 2.0.0"]["failed"] > 0 and "desk 2.0.0" not in visited, visited
for who in ["lending 1.0.0", "lending 2.0.1", "desk 2.0.1"]:
    assert visited[who]["answered"] > 0 and visited[who]["failed"] == 0, (who, visited)
total = found["total"]
assert (total["deployments"], total["failed"], total["unrecovered"]) == (3, 1, 0), total
assert total["lead_of_commits"]["count"] == 4, total
failed = [row for row in rows if row["failed"]]
assert [row["release"] for row in failed] == ["2.0.0"], rows
# It went back and has an incident, and counts once.
assert sorted(cause["kind"] for cause in failed[0]["failed"]) == ["incident", "went-back"], failed
feedback = json.load(open("feedback.json"))
assert (feedback["count"], feedback["ratings"]) == (1, [0, 0, 0, 0, 1]), feedback
if os.path.exists("looked-2.0.0.json"):
    first, second = (json.load(open(f"looked-{version}.json")) for version in ["2.0.0", "2.0.1"])
    assert len(first["rollbacks"]) == 1 and "errors" in first["rollbacks"][0]["why"], first["rollbacks"]
    assert len(first["incidents"]) == 1 and first["timeline"] and first["to_improve"], first
    assert second["rollbacks"] == [] and second["timeline"], second
print("It is: 2.0.0 was taken back, 2.0.1 is out, every letter came once, one of three deployments failed.")
PYTHON
