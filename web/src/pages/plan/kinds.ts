// What can be written into each list of a plan: the fields of its form. Pure.
import type { ListName } from "./document";
import type { Field } from "./fields";

export interface EntryKind {
  list: ListName;
  /** Of one entry: “a risk”. */
  what: string;
  /** The field whose words a new id is made of; `id` where people give it. */
  idFrom: string;
  fields: readonly Field[];
}

const options = (...words: string[]) => words.map((value) => ({ value, label: value.replaceAll("-", " ") }));
const maybe = (...words: string[]) => [{ value: "", label: "–" }, ...options(...words)];

const owner: Field = { name: "owner", label: "Owner", kind: "choice", from: "owners", about: "A role or a person of the plan" };
const done: Field = { name: "done", label: "Done", kind: "check" };

export const AREAS = ["final-testing", "release-candidate", "environment-and-data"] as const;

export const CHANNELS = "such as mail, slack, teams, feed; separated by commas";

const checklist: readonly Field[] = [
  { name: "text", label: "What has to be so", kind: "line", needed: true },
  { name: "area", label: "Area", kind: "line", needed: true, from: "areas", first: AREAS[0] },
  { name: "audience", label: "For whom", kind: "choice", from: "audiences" },
  owner,
];

export const KINDS: Record<ListName, EntryKind> = {
  objectives: { list: "objectives", what: "objective", idFrom: "text", fields: [{ name: "text", label: "Objective", kind: "line", needed: true }] },
  components: {
    list: "components", what: "component", idFrom: "id",
    fields: [{ name: "id", label: "Component", kind: "line", needed: true, about: "As the configuration names it" }, { name: "change", label: "What changes", kind: "text" }],
  },
  roles: {
    list: "roles", what: "role", idFrom: "name",
    fields: [
      { name: "name", label: "Role", kind: "line", needed: true },
      { name: "person", label: "Person", kind: "line", about: "The name by which they sign in; they vote for this role" },
      { name: "responsibilities", label: "Responsibilities", kind: "text" },
      { name: "decides", label: "Makes the final call; one role at most", kind: "check" },
    ],
  },
  people: {
    list: "people", what: "person", idFrom: "id",
    fields: [
      { name: "id", label: "Name", kind: "line", needed: true },
      { name: "hours_per_week", label: "Hours a week", kind: "number", needed: true, least: 0, most: 168, first: "40" },
      { name: "skills", label: "Skills", kind: "words", about: "Separated by commas" },
      { name: "zone", label: "Time zone", kind: "line", about: "Such as Europe/Berlin; the plan's where empty" },
    ],
  },
  scope: {
    list: "scope", what: "item", idFrom: "id",
    fields: [
      { name: "id", label: "Key", kind: "line", needed: true, about: "As commits and trackers name it: PAY-7, shop#12" },
      { name: "title", label: "Title", kind: "line", needed: true },
      { name: "state", label: "State", kind: "choice", needed: true, options: options("new", "in", "done", "out"), first: "new" },
      { name: "severity", label: "Severity of the bug", kind: "choice", options: maybe("trivial", "minor", "major", "critical") },
      { name: "fix_risk", label: "Risk of the fix", kind: "choice", options: maybe("low", "medium", "high") },
      { name: "feature", label: "A new feature, for which tests are required", kind: "check" },
      { name: "tests", label: "Tests that it needs", kind: "words", about: "Of unit, end-to-end, manual; unit and end-to-end where a feature names none" },
      { name: "suites", label: "Suites that test it", kind: "words", about: "Beside those whose name holds its id; separated by commas" },
      { name: "component", label: "Component", kind: "line" },
      { name: "estimates", label: "Estimates", kind: "estimates", about: "On each line a skill and its hours: design 8" },
      { name: "priority", label: "Priority", kind: "number", least: 0, most: 255, about: "The higher, the sooner it is kept when something has to be dropped" },
      { name: "url", label: "Address", kind: "line" },
      { name: "labels", label: "Labels", kind: "words" },
    ],
  },
  activities: {
    list: "activities", what: "activity", idFrom: "name",
    fields: [
      { name: "name", label: "Activity", kind: "line", needed: true },
      { name: "start", label: "First day", kind: "date" },
      { name: "end", label: "Last day", kind: "date" },
      owner,
      { name: "after", label: "After", kind: "choices", from: "activities", about: "What has to be over before it begins" },
      { name: "state", label: "State", kind: "choice", needed: true, options: options("open", "under-way", "done", "cancelled"), first: "open" },
    ],
  },
  readiness: { list: "readiness", what: "item", idFrom: "text", fields: checklist },
  afterwards: { list: "afterwards", what: "item", idFrom: "text", fields: checklist },
  test_cases: {
    list: "test_cases", what: "test case", idFrom: "title",
    fields: [
      { name: "title", label: "Title", kind: "line", needed: true },
      { name: "steps", label: "Steps", kind: "lines", about: "One on each line" },
      { name: "expected", label: "What is expected", kind: "text" },
      { name: "assignee", label: "Who runs it", kind: "choice", from: "owners" },
      { name: "feature", label: "For the item", kind: "choice", from: "scope" },
      { name: "sets", label: "Sets", kind: "words", about: "The team's own, which a gate may ask for; separated by commas" },
      { name: "regression", label: "Run for each release, whatever is new in it", kind: "check" },
      { name: "acceptance", label: "Users sign it off", kind: "check" },
    ],
  },
  risks: {
    list: "risks", what: "risk", idFrom: "description",
    fields: [
      { name: "description", label: "What may happen", kind: "line", needed: true },
      { name: "probability", label: "Probability", kind: "number", needed: true, least: 1, most: 5, first: "3", about: "1 hardly, 5 almost surely" },
      { name: "impact", label: "Impact", kind: "number", needed: true, least: 1, most: 5, first: "3", about: "1 nobody notices, 5 the business stands still" },
      { name: "state", label: "State", kind: "choice", needed: true, options: options("open", "occurred", "closed"), first: "open" },
      owner,
      { name: "mitigation", label: "Mitigation", kind: "text" },
      { name: "bound.kind", label: "Executed by", kind: "choice", options: maybe("flag", "rollback-rule", "gate") },
      { name: "bound.name", label: "Its name", kind: "line", about: "The flag's key, the rule's metric, or the gate's name" },
      { name: "trigger", label: "Trigger", kind: "line", about: "What is seen when it has happened" },
      { name: "contingency", label: "Contingency", kind: "steps", about: "A step on each line; `$ command` on the line after it, where something is run" },
    ],
  },
  audiences: {
    list: "audiences", what: "audience", idFrom: "name",
    fields: [{ name: "name", label: "Who", kind: "line", needed: true }, { name: "channels", label: "Channels", kind: "words", about: CHANNELS }],
  },
  announcements: {
    list: "announcements", what: "announcement", idFrom: "title",
    fields: [
      { name: "title", label: "Title", kind: "line", needed: true },
      { name: "audience", label: "To whom", kind: "choice", needed: true, from: "audiences" },
      { name: "when.moment", label: "When", kind: "choice", needed: true, options: options("window-start", "window-end", "started", "step", "succeeded", "rolled-back"), first: "window-start" },
      { name: "when.minutes", label: "Minutes after it", kind: "number", about: "Negative: before it", first: "0" },
      { name: "channels", label: "Channels", kind: "words", about: `${CHANNELS}; the audience's where empty` },
      { name: "template", label: "Template", kind: "line" },
    ],
  },
  materials: {
    list: "materials", what: "material", idFrom: "title",
    fields: [
      { name: "title", label: "Title", kind: "line", needed: true },
      { name: "kind", label: "Kind", kind: "choice", needed: true, options: options("release-notes", "documentation", "training", "support"), first: "documentation" },
      { name: "audience", label: "For whom", kind: "choice", from: "audiences" },
      owner,
      { name: "location", label: "Where it is read", kind: "line" },
      done,
    ],
  },
  meetings: {
    list: "meetings", what: "meeting", idFrom: "title",
    fields: [
      { name: "title", label: "Title", kind: "line", needed: true },
      { name: "kind", label: "Kind", kind: "choice", needed: true, options: options("planning", "refinement", "go-no-go", "retrospective", "other"), first: "planning" },
      { name: "at", label: "When", kind: "moment", about: "In the plan's time zone" },
      { name: "minutes", label: "Minutes", kind: "number", least: 1, most: 100_000 },
      { name: "agenda", label: "Agenda", kind: "lines", about: "One item on each line" },
    ],
  },
  actions: {
    list: "actions", what: "action", idFrom: "text",
    fields: [
      { name: "text", label: "What is to be done", kind: "line", needed: true },
      owner,
      { name: "due", label: "Due", kind: "date" },
      { name: "from", label: "From the retrospective of", kind: "line", about: "A release" },
    ],
  },
};

/** Of the plan itself. */
export const PLAN_FIELDS: readonly Field[] = [
  { name: "title", label: "Title", kind: "line", needed: true },
  { name: "kind", label: "Kind", kind: "choice", needed: true, options: options("planned", "hotfix", "rollback"), first: "planned" },
  { name: "zone", label: "Time zone", kind: "line", needed: true, about: "Such as Europe/Berlin; dates and times of the plan are told in it", first: "UTC" },
  { name: "freeze_on", label: "Code freeze", kind: "date", about: "From this day on, what comes into the scope is late" },
  { name: "ready_on", label: "Ready by", kind: "date", about: "The risk score counts the days to it" },
  { name: "overview", label: "Overview", kind: "text" },
];

/** Of its deployment. */
export const DEPLOYMENT_FIELDS: readonly Field[] = [
  { name: "window.from", label: "Window from", kind: "moment" },
  { name: "window.until", label: "Window until", kind: "moment" },
  { name: "window.zone", label: "Time zone of the window", kind: "line", about: "Such as Europe/Berlin" },
  { name: "expected_downtime_seconds", label: "Expected downtime, in seconds", kind: "number", least: 0 },
  { name: "strategy", label: "Strategy", kind: "line", about: "By the name that the configuration gives it" },
  { name: "steps", label: "Steps", kind: "steps", about: "A step on each line; `$ command` on the line after it, where something is run" },
  { name: "database_steps", label: "Steps of the database", kind: "steps" },
  { name: "rollback", label: "The way back", kind: "steps" },
  { name: "contingency", label: "When even the way back does not work", kind: "steps" },
];
