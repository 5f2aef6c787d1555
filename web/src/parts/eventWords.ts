// Any event of the log in a sentence, without its subject's state: what was done, to what. Pure. What it does not know, of a
// newer server, it names by its kind.
import type { TidegateEvent } from "@/api/types";
import { exact } from "./time";

type Fields = Record<string, unknown>;

const object = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {});

/** The body is `{"Name": {…}}`, or the name alone. */
function fields(body: unknown): Fields {
  return object(Object.values(object(body))[0]);
}

function at(from: Fields, ...path: string[]): string {
  let value: unknown = from;
  for (const key of path) value = object(value)[key];
  return value === undefined || value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
}

const because = (reason: string) => (reason === "" ? "" : `: ${reason}`);
const quoted = (word: string) => (word === "" ? "" : ` ${word}`);

function grants(given: unknown): string {
  const list = Array.isArray(given) ? given.map(object) : [];
  if (list.length === 0) return "nothing";
  return list.map((grant) => `${at(grant, "role")}${quoted(at(grant, "environment") && `in ${at(grant, "environment")}`)}${quoted(at(grant, "project") && `of project ${at(grant, "project")}`)}`).join(", ");
}

/** `{"Case": {"case": "lend", "outcome": "passed"}}` and its like. */
function mark(given: Fields): string {
  const kind = Object.keys(given)[0] ?? "";
  const m = fields(given);
  switch (kind) {
    case "Activity":
      return `the activity ${at(m, "activity")} is ${at(m, "state")}`;
    case "Item":
      return m["done"] === true ? `ticked ${at(m, "item")}` : `took the tick of ${at(m, "item")} away`;
    case "Case":
      return `ran the test case ${at(m, "case")}: ${at(m, "outcome")}`;
    case "Risk":
      return `the risk ${at(m, "risk")} is ${at(m, "state")}`;
    case "Step":
      return `${at(m, "state")} the step ${at(m, "step")}${at(m, "risk") && ` against ${at(m, "risk")}`}`;
    case "Meeting":
      return `noted what came of the meeting ${at(m, "meeting")}`;
    case "Action":
      return `the action ${at(m, "action")} is ${m["done"] === true ? "done" : "open again"}`;
    case "Scope":
      return `the item ${at(m, "item")} is ${m["done"] === true ? "done" : "open again"}`;
    default:
      return "marked an entry of the plan";
  }
}

const WORDS: Record<string, (b: Fields) => string> = {
  "catalog.applied": (b) => `applied a configuration (${Array.isArray(b["changes"]) ? b["changes"].length : 0} changes)`,
  "release.created": (b) => `created release ${at(b, "version")}`,
  "release.entered": (b) => `entered ${at(b, "environment")}`,
  "release.verified": (b) => `is verified in ${at(b, "environment")}`,
  "release.went-back": (b) => `went back from ${at(b, "environment")}${because(at(b, "reason"))}`,
  "release.allowed": (b) => `allowed it again in ${at(b, "environment")}`,
  "release.change-typed": (b) => `called it a change of type ${at(b, "change").toLowerCase()}`,
  "release.voted": (b) => `said ${at(b, "vote", "choice").toLowerCase()} at ${at(b, "vote", "gate")} before ${at(b, "environment")}${because(at(b, "vote", "reason"))}`,
  "release.evidence-added": (b) => `added the report ${at(b, "evidence", "name")}`,
  "release.waived": (b) => `waived ${at(b, "waiver", "finding")}${because(at(b, "waiver", "why"))}`,
  "release.overridden": (b) => `let it into ${at(b, "environment")} in spite of the calendar${because(at(b, "pass", "reason"))}`,
  "release.review-owed": (b) => `owes a review of the emergency in ${at(b, "environment")}`,
  "release.reviewed": (b) => `reviewed the emergency: ${at(b, "review", "outcome").toLowerCase()}${because(at(b, "review", "note"))}`,
  "release.gate-answered": (b) => `another system answered at a gate before ${at(b, "environment")}`,
  "release.completed": () => "gave components their artifacts",
  "release.commits-listed": (b) => `listed its commits (${Array.isArray(b["commits"]) ? b["commits"].length : 0})`,
  "release.notes-written": (b) => `${b["notes"] && (b["notes"] as { renewed?: boolean }).renewed ? "told its notes from their source" : "wrote its notes"} (${at(b, "notes", "lines")})`,
  "rollout.started": (b) => `started a rollout of ${at(b, "plan", "release")} in ${at(b, "plan", "environment")}`,
  "rollout.slot-gained": () => "a place it waited for is free",
  "rollout.began": () => "the rollout began",
  "rollout.step-entered": (b) => `entered step ${Number(b["step"]) + 1}`,
  "rollout.stage-entered": (b) => `now ${at(b, "stage").replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase()}`,
  "rollout.seen": () => "looked at its instances and routes",
  "rollout.judged": (b) => `the analysis says ${at(b, "judgement", "verdict")}: ${at(b, "judgement", "explanation")}`,
  "rollout.smoke-tested": (b) => `the smoke test ${at(b, "test")} ${at(b, "result", "verdict").toLowerCase()}${because(at(b, "result", "seen"))}`,
  "rollout.confirmed": () => "let a step go on",
  "rollout.held": (b) => `held it${because(at(b, "reason"))}`,
  "rollout.resumed": () => "resumed it",
  "rollout.gates-closed": () => "gates closed: no step forward",
  "rollout.gates-opened": () => "gates opened",
  "rollout.skipped": () => "skipped the steps that were left",
  "rollout.promoted": () => "promoted it",
  "rollout.point-of-no-return": () => "a database is about to lose what earlier versions need: nothing goes back any more",
  "rollout.leg-promoted": () => "a component has all its traffic",
  "rollout.returning": () => "goes back",
  "rollout.paced": () => "changed how long going back takes",
  "rollout.share-lowered": () => "lowered the candidate's share",
  "rollout.leg-returned": () => "a component is back",
  "rollout.fault-seen": (b) => (at(b, "fault") === "" ? "a fault has passed" : `a fault: ${at(b, "fault")}`),
  "rollout.alarmed": (b) => `asks for a person${because(at(b, "reason"))}`,
  "rollout.succeeded": () => "succeeded",
  "rollout.rolled-back": () => "is rolled back",
  "rollout.cancelled": () => "was cancelled before it began",
  "slot.claimed": () => "a rollout took this place",
  "slot.queued": () => "a rollout waits for this place",
  "slot.unqueued": () => "a rollout no longer waits for this place",
  "slot.promoted": (b) => `${at(b, "stable", "artifact", "version")} stands here now`,
  "slot.returned": () => "what stood here before stands here again",
  "slot.adjusted": () => "instances or route follow the configuration",
  "slot.seen": () => "looked at instances and route",
  "calendar.set": (b) => `set the ${at(b, "entry", "kind")} ${at(b, "name")}${because(at(b, "entry", "reason"))}`,
  "calendar.removed": (b) => `removed ${at(b, "name")} from the calendar`,
  "secret.set": (b) => `set the secret ${at(b, "name")} of ${at(b, "environment")}`,
  "secret.removed": (b) => `removed the secret ${at(b, "name")} of ${at(b, "environment")}`,
  "secret.resealed": (b) => `sealed ${at(b, "name")} of ${at(b, "environment")} under another key`,
  "flag.created": (b) => `made the flag ${at(b, "key")} (${at(b, "life", "kind")})`,
  "flag.described": () => "described it anew",
  "flag.configured": (b) => `defined it in ${at(b, "environment")}, edition ${at(b, "edition", "number")}${because(at(b, "edition", "said", "reason"))}`,
  "flag.switched": (b) => `switched it ${b["on"] === true ? "on" : "off"} in ${at(b, "environment")}${because(at(b, "said", "reason"))}`,
  "flag.reverted": (b) => `went back to edition ${at(b, "to")} in ${at(b, "environment")}${because(at(b, "edition", "said", "reason"))}`,
  "flag.claimed": (b) => `${at(b, "rollout")} shows it in ${at(b, "environment")} from now on`,
  "flag.shown": (b) => `shows it in ${at(b, "environment")}, edition ${at(b, "edition", "number")}`,
  "flag.taken-back": (b) => `took it back in ${at(b, "environment")}, edition ${at(b, "edition", "number")}`,
  "flag.released": (b) => `${at(b, "rollout")} shows it in ${at(b, "environment")} no more`,
  "flag.archived": (b) => `archived it${because(at(b, "reason"))}`,
  "flag.restored": () => "brought it back",
  "flag.change-proposed": (b) => `proposed change ${at(b, "id")} in ${at(b, "proposal", "environment")}${because(at(b, "proposal", "said", "reason"))}`,
  "flag.change-approved": (b) => `approved change ${at(b, "id")}${because(at(b, "said", "reason"))}`,
  "flag.change-rejected": (b) => `rejected change ${at(b, "id")}${because(at(b, "said", "reason"))}`,
  "flag.change-withdrawn": (b) => `withdrew change ${at(b, "id")}`,
  "flag-keys.issued": (b) => `made a flag key of ${at(b, "key", "environment")}: ${at(b, "key", "label")}`,
  "flag-keys.revoked": (b) => `revoked the flag key ${at(b, "id")}`,
  "plan.written": (b) => `wrote the plan of ${at(b, "version")}${because(at(b, "said", "note"))}`,
  "plan.moved": (b) => `brought the plan to ${at(b, "to")}${at(b, "candidate", "release") && `: rc.${at(b, "candidate", "number")} is ${at(b, "candidate", "release")}`}${because(at(b, "said", "note"))}`,
  "plan.followed": (b) => `${at(b, "rollout")} in ${at(b, "environment")} brought the plan to ${at(b, "to")}${because(at(b, "said", "note"))}`,
  "plan.held": (b) => `put the plan on hold${because(at(b, "said", "note"))}`,
  "plan.resumed": (b) => `let the plan go on${because(at(b, "said", "note"))}`,
  "plan.triaged": (b) => `triaged ${at(b, "item")}: ${at(b, "decision")}${b["late"] === true ? ", after the freeze" : ""}${because(at(b, "said", "note"))}`,
  "plan.adopted": (b) => `took up ${at(b, "item", "id")}: ${at(b, "item", "title")}`,
  "plan.marked": (b) => `${mark(object(b["mark"]))}${because(at(b, "said", "note"))}`,
  "plan.voted": (b) => `voted ${at(b, "choice")} for the role ${at(b, "role")}${because(at(b, "said", "note"))}`,
  "plan.looked-back": (b) => `said what was learnt${because(at(b, "said", "note"))}`,
  "plan-book.template-written": (b) => `kept edition ${at(b, "template", "version")} of the template ${at(b, "template", "name")}`,
  "plan-book.template-removed": (b) => `removed the template ${at(b, "name")}`,
  "plan-book.rotation-written": (b) => `said who takes turns as ${at(b, "rotation", "role")}`,
  "plan.called": (b) => `made the final call on rc.${at(b, "candidate")}: ${at(b, "choice")}${because(at(b, "said", "note"))}`,
  "announcements.channel-set": (b) => `set the channel ${at(b, "name")}`,
  "announcements.channel-removed": (b) => `removed the channel ${at(b, "name")}`,
  "announcements.audience-set": (b) => `set the audience ${at(b, "name")}`,
  "announcements.audience-removed": (b) => `removed the audience ${at(b, "name")}`,
  "announcements.template-set": (b) => `${b["template"] === null ? "reset" : "set"} the words for ${at(b, "occasion")}`,
  "announcement.planned": (b) => `planned to tell ${at(b, "plan", "audience")} of ${at(b, "plan", "release")} (${at(b, "plan", "occasion")})`,
  "announcement.told": (b) => `told: ${at(b, "subject")}`,
  "announcement.cancelled": (b) => `cancelled it${because(at(b, "reason"))}`,
  "inbound.added": (b) => `takes deliveries from ${at(b, "name")} (${at(b, "source", "kind")})`,
  "inbound.removed": (b) => `takes no more deliveries from ${at(b, "name")}`,
  "inbound.secret-rotated": (b) => `gave ${at(b, "name")} a new secret`,
  "inbound.received": (b) => `${at(b, "name")} told: ${at(b, "delivery", "says") || "something"}`,
  "bundle.key-trusted": (b) => `takes the bundles that ${at(b, "name")} signed`,
  "bundle.key-distrusted": (b) => `takes the bundles that ${at(b, "name")} signed no more`,
  "bundle.taken": (b) => `took the bundle ${at(b, "record", "name")} ${at(b, "record", "version")}`,
  "bundle.removed": () => "removed a bundle",
  "bundle.released": (b) => `made the release ${at(b, "release")} of a bundle`,
  "scope-source.set": (b) => `set the source of scope ${at(b, "name")}${at(b, "definition", "project") && `: ${at(b, "definition", "project")}`}`,
  "scope-source.asked": () => "asked for it to be read now",
  "scope-source.imported": (b) => `read ${Array.isArray(b["items"]) ? b["items"].length : 0} issues and pull requests${b["whole"] === true ? "; that was all" : ""}`,
  "scope-source.paused": (b) => `waits: ${at(b, "pause", "why")}`,
  "scope-source.stopped": (b) => `stopped: ${at(b, "stop", "why")}`,
  "scope-source.told": (b) => `was told of ${at(b, "item", "key")}`,
  "scope-source.removed": () => "removed the source of scope",
  "incident.opened": (b) => `told of an incident: ${at(b, "about", "title")}`,
  "incident.linked": (b) => `linked it to ${at(b, "rollout")}`,
  "incident.unlinked": (b) => `said that ${at(b, "rollout")} has nothing to do with it`,
  "incident.resolved": () => "it is over",
  "incident.reopened": () => "it was not over",
  "incident.noted": (b) => `noted: ${at(b, "note", "text")}`,
  "webhook.added": (b) => `tells ${at(b, "name")} from now on`,
  "webhook.removed": (b) => `tells ${at(b, "name")} no more`,
  "webhook.enabled": (b) => `switched ${at(b, "name")} on`,
  "webhook.disabled": (b) => `switched ${at(b, "name")} off${because(at(b, "why"))}`,
  "webhook.secret-rotated": (b) => `gave ${at(b, "name")} a new secret`,
  "person.added": (b) => `added ${at(b, "name")} (${at(b, "kind").toLowerCase()})`,
  "person.granted": (b) => `granted ${grants(b["grants"])}`,
  "person.groups-set": (b) => `put into the groups ${Array.isArray(b["groups"]) && b["groups"].length > 0 ? b["groups"].join(", ") : "(none)"}`,
  "person.linked": (b) => `linked to an identity at ${at(b, "issuer")}`,
  "person.unlinked": (b) => `no longer linked to ${at(b, "issuer")}`,
  "person.password-set": () => "set a password",
  "person.token-issued": (b) => `made a token: ${at(b, "token", "label")}`,
  "person.token-revoked": (b) => `revoked the token ${at(b, "id")}`,
  "person.disabled": (b) => `disabled${because(at(b, "reason"))}`,
  "person.enabled": () => "enabled again",
  "person.signed-in": (b) => `signed in by ${at(b, "how")}`,
  "person.sessions-ended": () => "signed out everywhere",
  "groups.granted": (b) => `granted the group ${at(b, "group")} ${grants(b["grants"])}`,
  "projects.added": (b) => `added the project ${at(b, "name")}`,
  "retention.set": (b) => (at(b, "origin_days") === "" ? "origins are kept for ever" : `origins are forgotten after ${at(b, "origin_days")} days`),
  "retention.origins-forgotten": (b) => `forgot ${at(b, "origins")} origins from before ${exact(Number(b["before_ms"]))}`,
};

export const EVENT_KINDS = Object.keys(WORDS);

export function eventInWords({ kind, body }: Pick<TidegateEvent, "kind" | "body">): string {
  return WORDS[kind]?.(fields(body)) ?? kind.replace(/^[^.]*\./, "").replaceAll("-", " ");
}
