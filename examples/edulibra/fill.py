"""Fills what a plan of words leaves open: dates from today on, who has how much time, what is tested, what is met about.

Invariant: everything that stood in the plan stands in it afterwards, but for the activities' dates. Deliberately not here: what
the plan is about (`plan.md`), and who does it (`run.sh`).

    tidegate plan export 2.0.0 | fill.py > plan.json
    tidegate plan export 2.0.0 | fill.py --for 2.0.1 --after retrospective.json > next.json
    tidegate plan export 2.0.1 | fill.py --file "EDU-9 …" > filed.json
    tidegate plan export 2.0.1 | fill.py --built > built.json
"""
import argparse
import datetime
import json
import sys

TODAY = datetime.date.today()


def day(after: int) -> str:
    """So many working days after the first one from today on."""
    found = TODAY
    while after > 0 or found.weekday() > 4:
        after -= found.weekday() < 5
        found += datetime.timedelta(days=1)
    return found.isoformat()


# How many working days from today each activity begins and ends.
WHEN = {
    "release-planning-meeting": (0, 0),
    "final-qa-and-sign-off": (1, 3),
    "deployment-preparation": (1, 2),
    "production-deployment": (5, 5),
    "post-deployment-verification": (6, 7),
    "release-retrospective": (8, 8),
}
SCOPE = [
    {"id": "EDU-1", "title": "Lend a book to a whole class", "state": "in", "feature": True, "component": "lending",
     "estimates": [{"skill": "backend", "hours": 12}], "tests": ["unit", "manual"]},
    {"id": "EDU-2", "title": "The shelf shows what the class has read", "state": "in", "feature": True, "component": "desk",
     "estimates": [{"skill": "frontend", "hours": 10}], "tests": ["end-to-end"]},
    {"id": "EDU-3", "title": "A returned book stays on loan when the scanner is quick", "state": "new", "severity": "major",
     "fix_risk": "low", "component": "lending", "estimates": [{"skill": "backend", "hours": 4}]},
    {"id": "EDU-4", "title": "The logo is blurred on the printed list", "state": "new", "severity": "trivial",
     "fix_risk": "medium", "component": "desk", "estimates": [{"skill": "frontend", "hours": 3}]},
]
PEOPLE = [
    {"id": "rita", "skills": ["release"], "hours_per_week": 20, "zone": "Europe/Berlin"},
    {"id": "ben", "skills": ["backend", "frontend"], "hours_per_week": 30, "zone": "Europe/Berlin"},
    {"id": "cleo", "skills": ["testing"], "hours_per_week": 30, "zone": "Europe/Lisbon"},
    {"id": "dan", "skills": ["operations"], "hours_per_week": 35, "zone": "Europe/Berlin"},
]
TESTS = [
    {"id": "lend", "title": "A teacher lends a book to a class", "assignee": "cleo", "feature": "EDU-1", "regression": True,
     "steps": ["Open the shelf", "Choose a class", "Lend"], "expected": "Every pupil has it on their list."},
    {"id": "accept", "title": "It does what the schools asked for", "assignee": "finn", "acceptance": True,
     "steps": ["Go through the list of requirements"], "expected": "Each one is there."},
]
MEETINGS = [
    {"id": "go-no-go", "kind": "go-no-go", "title": "Go or no-go", "minutes": 30, "agenda": ["Gates", "Risks", "Votes"]},
    {"id": "retrospective", "kind": "retrospective", "title": "What did we learn?", "minutes": 60},
]


def add(plan: dict, name: str, entries: list) -> None:
    held = plan.setdefault(name, [])
    known = {entry["id"] for entry in held}
    held += [entry for entry in entries if entry["id"] not in known]


def filled(plan: dict) -> dict:
    plan |= {"zone": "Europe/Berlin", "freeze_on": day(1), "ready_on": day(4)}
    for activity in plan["activities"]:
        begins, ends = WHEN[activity["id"]]
        activity |= {"start": day(begins), "end": day(ends)}
    for name, entries in [("scope", SCOPE), ("people", PEOPLE), ("test_cases", TESTS), ("meetings", MEETINGS)]:
        add(plan, name, entries)
    plan["components"] = [
        {"id": "lending", "change": "lends to classes"}, {"id": "desk", "change": "shows the shelf of a class"},
    ]
    for risk, (probability, impact) in zip(plan["risks"], [(3, 4), (2, 5), (3, 3)]):
        risk |= {"probability": probability, "impact": impact, "owner": "dan"}
    first = plan["risks"][0]
    first["trigger"] = "The canary fails more requests than what stands"
    first["contingency"] = [
        {"id": "call", "text": "Call rita and dan together"}, {"id": "tell", "text": "Tell everybody who was told of the release"},
    ]
    night = datetime.datetime.combine(datetime.date.fromisoformat(day(5)), datetime.time(18))
    plan["deployment"] |= {
        "window": {"from": night.isoformat(), "until": (night + datetime.timedelta(hours=3)).isoformat(), "zone": "Europe/Berlin"},
        "expected_downtime_seconds": 300, "strategy": "canary",
    }
    return plan


def following(plan: dict, version: str, looked: dict) -> dict:
    """The plan of the next try: the same work, undone, and what the retrospective asked for."""
    plan["title"] = f"Release Plan for EduLibra {version}"
    for activity in plan["activities"]:
        activity["state"] = "open"
        activity.pop("done_on", None)
    for item in plan.get("readiness", []) + plan.get("afterwards", []):
        item.pop("done", None)
    for risk in plan["risks"]:
        risk["state"] = "open"
    for meeting in plan["meetings"]:
        meeting.pop("outcome", None)
    plan["actions"] = [
        {"from": "the retrospective of 2.0.0"} | {name: action[name] for name in ["id", "text", "owner"]}
        for action in looked["actions"]
        if not action.get("done")
    ]
    return plan


asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
asked.add_argument("--for", dest="version", help="make it the plan of the next try")
asked.add_argument("--after", help="the retrospective before it, as JSON")
asked.add_argument("--file", help="an issue that was found late: its id and its title")
asked.add_argument("--built", action="store_true", help="what is in, is done")
said = asked.parse_args()
document = json.load(sys.stdin)
if said.version:
    document = following(document, said.version, json.load(open(said.after)))
elif said.file:
    item, _, title = said.file.partition(" ")
    add(document, "scope", [{"id": item, "title": title, "state": "new", "severity": "minor", "fix_risk": "medium"}])
elif said.built:
    for one in document["scope"]:
        one["state"] = "done" if one["state"] == "in" else one["state"]
else:
    document = filled(document)
json.dump(document, sys.stdout, indent=2)
