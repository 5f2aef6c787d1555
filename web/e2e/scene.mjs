// A real Tidegate with something to look at: people, releases of the sample shop on real processes, visitors, evidence,
// freezes, a receiver of messages. The tests play on it; run by itself it prints where it is and stays until it is ended.
//
//   TIDEGATE=target/debug/tidegate SHOP=target/debug/shop node web/e2e/scene.mjs
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, Agent, request as httpRequest } from "node:http";
import { createServer as createSocketServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const PASSWORD = "a sentence nobody guesses";
const DEADLINE_MS = 120_000;

export async function freePort() {
  const server = createSocketServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Waits until `look` answers something true, and answers that. */
export async function until(what, look, deadlineMs = DEADLINE_MS) {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`not seen in ${deadlineMs / 1000} s: ${what}`);
    await pause(100);
  }
}

/** A server in a directory of its own, which can be killed and started again. */
export class Scene {
  static async open({ tidegate = process.env.TIDEGATE, shop = process.env.SHOP, options = [] } = {}) {
    const scene = new Scene();
    scene.program = resolve(tidegate);
    scene.shop = resolve(shop);
    scene.root = mkdtempSync(join(tmpdir(), "tidegate-web-"));
    scene.options = options;
    scene.port = await freePort();
    scene.url = `http://127.0.0.1:${scene.port}`;
    scene.bearers = {};
    scene.closers = [];
    await scene.start();
    return scene;
  }

  get data() {
    return join(this.root, "data");
  }

  async start() {
    const log = openSync(join(this.root, "server.log"), "a");
    const words = ["up", "--data", this.data, "--listen", `127.0.0.1:${this.port}`, "--stop-services-on-exit"];
    this.server = spawn(this.program, [...words, "--allow-host", "127.0.0.1", ...this.options], {
      stdio: ["ignore", log, log],
      env: { ...process.env, TIDEGATE_TOKEN: "", TIDEGATE_SERVER: "" },
    });
    await until("the server answers", async () => {
      if (this.server.exitCode !== null) throw new Error(this.log());
      return fetch(`${this.url}/api/v1/health`).then((answer) => answer.ok, () => false);
    });
  }

  log() {
    return readFileSync(join(this.root, "server.log"), "utf8").slice(-4000);
  }

  /** As a power cut ends it; services go on. */
  async kill() {
    this.server.kill("SIGKILL");
    await once(this.server, "exit");
  }

  async close() {
    for (const closer of this.closers.reverse()) await closer();
    if (this.server.exitCode === null && this.server.signalCode === null) {
      this.server.kill("SIGTERM");
      await once(this.server, "exit");
    }
    rmSync(this.root, { recursive: true, force: true });
  }

  setupSecret() {
    return readFileSync(join(this.data, "setup"), "utf8").trim();
  }

  async api(who, method, path, body, headers = {}) {
    const raw = body instanceof Uint8Array;
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        ...(this.bearers[who] ? { Authorization: `Bearer ${this.bearers[who]}` } : {}),
        ...(body === undefined ? {} : { "Content-Type": raw ? "application/octet-stream" : "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const said = text && answer.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text;
    if (!answer.ok) throw Object.assign(new Error(`${method} ${path}: ${answer.status} ${text}`), { problem: said });
    return said;
  }

  async signIn(name) {
    const { bearer } = await this.api("nobody", "POST", "/session", { name, password: PASSWORD, bearer: true });
    this.bearers[name] = bearer;
  }

  /** Root keeps the installation, Cy releases, Ann develops, Bo approves for production, Vi looks; ci is a build server. */
  async people() {
    await this.api("nobody", "POST", "/setup", { secret: this.setupSecret(), name: "root", display: "Root", password: PASSWORD });
    await this.signIn("root");
    const everywhere = (role) => [{ role, project: null, environment: null }];
    const known = [
      ["cy", "Cy Ortega", [...everywhere("release-manager"), ...everywhere("admin")]],
      ["ann", "Ann Lee", everywhere("developer")],
      ["bo", "Bo Berg", [{ role: "approver", project: "default", environment: "production" }, ...everywhere("viewer")]],
      ["vi", "Vi Chen", everywhere("viewer")],
    ];
    for (const [name, display, grants] of known) {
      await this.api("root", "POST", "/people", { name, display, grants, kind: "person" });
      await this.api("root", "PUT", `/people/${name}/password`, { password: PASSWORD });
      await this.signIn(name);
    }
    await this.api("root", "POST", "/people", { name: "ci", display: "Build server", grants: everywhere("developer"), kind: "service" });
    const { secret } = await this.api("root", "POST", "/people/ci/tokens", { label: "build server", expires_seconds: 86_400 });
    this.bearers.ci = secret;
  }

  /** One version of the shop, which behaves as said. */
  artifact(version, behaviour = {}) {
    const directory = join(this.root, "artifacts", version);
    if (!existsSync(directory)) {
      mkdirSync(directory, { recursive: true });
      copyFileSync(this.shop, join(directory, "shop"));
      writeFileSync(
        join(directory, "behaviour.json"),
        JSON.stringify({ version, latency_ms_median: 6, latency_ms_p99: 30, ...behaviour }),
      );
    }
    return directory;
  }

  async apply(who, text) {
    return this.api(who, "POST", "/apply", { text, file_name: "tidegate.yaml", dry_run: false });
  }

  async release(who, version, { behaviour, notes = [], kind = "planned", components = ["api", "web"] } = {}) {
    const path = this.artifact(version, behaviour);
    const parts = Object.fromEntries(components.map((name) => [name, { path }]));
    return this.api(who, "POST", "/releases", { version, kind, notes, components: parts });
  }

  /** Waits until a release stands so in an environment. */
  async stands(version, environment, ...states) {
    return until(`${version} in ${environment}: ${states.join(" or ")}`, async () => {
      const { items } = await this.api("root", "GET", `/releases/${version}/why?environment=${environment}`);
      const [why] = items;
      return why && states.includes(why.stands) && why;
    });
  }

  async deploy(who, release, environment, strategy) {
    return this.api(who, "POST", `/environments/${environment}/rollouts`, { release, ...(strategy ? { strategy } : {}) });
  }

  /** Requests to the shop from outside, so many a second, until the scene is closed. */
  visitors(port, perSecond) {
    const agent = new Agent({ keepAlive: true, maxSockets: 32 });
    const seen = { asked: 0, failed: 0 };
    const ask = () => {
      seen.asked += 1;
      // Each part of the shop has visitors; a page asks the api for its products, too.
      const path = seen.asked % 3 === 0 ? "/" : "/api/products";
      const asked = httpRequest({ host: "127.0.0.1", port, path, agent }, (answer) => {
        if (answer.statusCode >= 500) seen.failed += 1;
        answer.resume();
      });
      asked.on("error", () => { seen.failed += 1; });
      asked.end();
    };
    const timer = setInterval(() => {
      for (let left = perSecond / 50; left > 0; left -= 1) ask();
    }, 20);
    this.closers.push(() => {
      clearInterval(timer);
      agent.destroy();
    });
    return seen;
  }

  /** Somebody outside who is told; `answers` is the status each message gets. */
  async receiver(answers = () => 204) {
    const server = createServer((asked, answer) => {
      asked.resume();
      asked.on("end", () => {
        answer.statusCode = answers();
        answer.end();
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    this.closers.push(() => new Promise((done) => { server.closeAllConnections(); server.close(done); }));
    return `http://127.0.0.1:${server.address().port}/tidegate`;
  }
}

/** The shop in three environments: approvals and evidence before production, a canary with short clocks. */
export function shopManifest({ ports, waitSeconds = 6, gates = true }) {
  const environment = (name, port, more, replicas) => `  - name: ${name}
    ${more}
    variables: {API_URL: "http://127.0.0.1:${port}/api", LOG: ${name === "production" ? "warn" : "debug"}}
    components:
      api: {replicas: ${replicas}, route: {listen: "127.0.0.1:${port}", path: /api, strip_path: true}}
      web: {replicas: ${replicas}, route: {listen: "127.0.0.1:${port}"}}
`;
  return `project: shop
components:
  api:
    run: ["./shop", "api"]
    readiness: {http: /healthz}
    stop: {drain: 5s, kill_after: 5s}
  web:
    run: ["./shop", "web"]
    readiness: {http: /healthz}
    stop: {drain: 5s, kill_after: 5s}
    depends_on: [api]
environments:
${environment("development", ports[0], "tier: development\n    owner: team-shop", 1)}${environment("staging", ports[1], "tier: staging\n    owner: team-shop", 1)}${environment("production", ports[2], "tier: production\n    owner: platform\n    protected: true", 2)}pipeline:
  name: Main Release Pipeline
  stages:
    - environment: development
      strategy: {recreate: {soak: 1s}}
    - environment: staging
      strategy: {rolling: {max_surge: 1, max_unavailable: 0, min_ready: 1s}}
      promotion: automatic
    - environment: production
${gates ? `      gates:
        - evidence: {kind: unit_tests}
        - evidence: {kind: security_scan, threshold: no critical}
        - approval: {from: [approver, release-manager], count: 1}
` : ""}      strategy:
        canary:
          steps:
            - shift: 20%
            - wait: ${waitSeconds}s
            - shift: 50%
            - wait: ${waitSeconds}s
          soak: 3s
      analysis:
        scrape_interval: 1s
        warm_up: 10s
        grace: 15s
`;
}

const TESTS = `<testsuites><testsuite name="till" tests="3" failures="0" errors="0" skipped="0"><testcase name="adds"/><testcase name="pays"/><testcase name="refunds"/></testsuite></testsuites>`;
const scan = (rules, results) =>
  JSON.stringify({ version: "2.1.0", runs: [{ tool: { driver: { name: "scanner", rules } }, artifacts: [{ location: { uri: "src/till.py" } }], results }] });
export const CLEAN_SCAN = scan([{ id: "weak-hash", properties: { "security-severity": "5.3" } }], [
  { ruleId: "weak-hash", message: { text: "MD5 names a cache entry" }, locations: [{ physicalLocation: { artifactLocation: { uri: "src/till.py" }, region: { startLine: 41 } } }] },
]);
export const BAD_SCAN = scan([{ id: "sql-injection", properties: { "security-severity": "9.8" } }], [
  { ruleId: "sql-injection", message: { text: "a query is built from what was typed" }, locations: [{ physicalLocation: { artifactLocation: { uri: "src/till.py" }, region: { startLine: 88 } } }] },
]);

export async function evidence(scene, version, scanned = CLEAN_SCAN) {
  for (const artifact of ["api", "web"]) {
    for (const [file, text] of [["tests.xml", TESTS], ["scan.sarif", scanned]]) {
      const query = new URLSearchParams({ artifact, file_name: file, name: `${artifact}-${file.split(".")[0]}` });
      await scene.api("ci", "POST", `/releases/${version}/evidence?${query}`, new TextEncoder().encode(text));
    }
  }
}

const DAY_MS = 86_400_000;
const SWITCH = { variants: { on: true, off: false }, defaultVariant: "off", offVariant: "off" };
export const CHECKOUT = {
  ...SWITCH, state: "ENABLED",
  targeting: { if: [{ ends_with: [{ var: "email" }, "@example.com"] }, "on", { in: [{ var: "country" }, ["AT", "CH"]] }, "on", { fractional: [["on", 25], ["off", 75]] }] },
};

/** Asks as a program does. */
export async function askFlag(scene, key, flag, context) {
  const answer = await fetch(`${scene.url}/ofrep/v1/evaluate/flags/${encodeURIComponent(flag)}`, {
    method: "POST", headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" }, body: JSON.stringify({ context }),
  });
  return { status: answer.status, ...(await answer.json()) };
}

/** Flags as a team has them: some that move, one that waits for a second person, some that nobody needs any more. */
export async function fillFlags(scene) {
  const now = Date.now();
  const make = (key, life, definition, environments) => scene.api("cy", "POST", "/flags", { key, ...life, definition: { ...SWITCH, state: "DISABLED", ...definition }, environments });
  await make("new-checkout", { kind: "release", owner: "Team Shop", description: "The till in one page instead of three", remove_by_ms: now + 120 * DAY_MS, release: "1.3.0" }, {}, ["development", "staging"]);
  await make("banner-colour", { kind: "experiment", owner: "Team Growth", description: "Which banner sells", remove_by_ms: now + 20 * DAY_MS }, { state: "ENABLED", variants: { blue: "#0b62b8", green: "#1a7f4b", orange: "#b4500b" }, defaultVariant: "blue", offVariant: "blue", targeting: { fractional: [["blue", 50], ["green", 25], ["orange", 25]] } }, ["development", "staging"]);
  await make("refund-limit", { kind: "operations", owner: "On call", description: "How much may be refunded without asking" }, { state: "ENABLED", variants: { low: 50, high: 500 }, defaultVariant: "low", offVariant: "low" }, ["staging"]);
  await make("team/wholesale", { kind: "permission", owner: "Sales" }, { state: "ENABLED", targeting: { if: [{ "==": [{ var: "plan" }, "wholesale"] }, "on"] } }, ["staging"]);
  await make("old-receipt", { kind: "release", owner: "Team Shop", description: "Receipts on paper", remove_by_ms: now - 9 * DAY_MS }, { state: "ENABLED", defaultVariant: "on" }, ["development"]);
  const at = (key, environment) => `/flags/${encodeURIComponent(key)}/environments/${environment}`;
  await scene.api("cy", "PUT", at("new-checkout", "staging"), { definition: { ...CHECKOUT, targeting: { if: CHECKOUT.targeting.if.slice(0, 2) } }, reason: "ourselves first" });
  await scene.api("cy", "PUT", at("new-checkout", "staging"), { definition: CHECKOUT, reason: "two countries, and a quarter of everybody else" });
  const agree = async (key, definition, reason) => {
    const { proposals } = await scene.api("cy", "POST", `${at(key, "production")}/proposals`, { definition, reason });
    await scene.api("bo", "POST", `${at(key, "production")}/proposals/${proposals.at(-1).id}/approve`, { reason: "seen in staging" });
  };
  await agree("new-checkout", { ...CHECKOUT, targeting: { if: [...CHECKOUT.targeting.if.slice(0, 2), { fractional: [["on", 5], ["off", 95]] }] } }, "staging was quiet for a week");
  await agree("refund-limit", { state: "ENABLED", variants: { low: 50, high: 500 }, defaultVariant: "low", offVariant: "low" }, "as in staging");
  await scene.api("cy", "POST", `${at("new-checkout", "production")}/proposals`, {
    definition: { ...CHECKOUT, schedule: [{ at: new Date(now + 3 * DAY_MS).toISOString(), targeting: { if: [...CHECKOUT.targeting.if.slice(0, 4), { fractional: [["on", 50], ["off", 50]] }] } }] }, reason: "no complaints; then half of everybody",
  });
  const { secret } = await scene.api("cy", "POST", "/environments/production/flag-keys", { kind: "server", label: "shop" });
  await scene.api("cy", "POST", "/environments/production/flag-keys", { kind: "client", label: "shop's pages" });
  for (let i = 0; i < 200; i += 1) await askFlag(scene, secret, "new-checkout", { targetingKey: `visitor-${i}`, country: i % 9 === 0 ? "AT" : "DE" });
  scene.flagKey = secret;
}

/** A plan as a team writes one: everything in it, an activity that is late, a risk with steps, and somebody who decides. */
export function planDocument(version) {
  const day = (from) => new Date(Date.now() + from * DAY_MS).toISOString().slice(0, 10);
  return {
    title: `The shop ${version}`, zone: "Europe/Berlin", ready_on: day(12), freeze_on: day(6),
    overview: "Refunds without paper, and a till that a guest can use.",
    objectives: [{ id: "refunds", text: "A refund takes a minute instead of a day" }],
    components: [{ id: "api", change: "Refunds" }, { id: "web", change: "A till for guests" }],
    roles: [
      { id: "release-manager", name: "Release Manager", person: "cy", decides: true, responsibilities: "Keeps the plan, makes the final call" },
      { id: "qa", name: "Quality Assurance", person: "ann", responsibilities: "Says whether it was tested" },
      { id: "operations", name: "Operations", person: "bo", responsibilities: "Says whether it can be run" },
    ],
    people: [{ id: "ann", skills: ["front end", "testing"], hours_per_week: 30 }, { id: "bo", skills: ["back end"], hours_per_week: 20, days_off: [{ from: day(2), until: day(3) }] }],
    scope: [
      { id: "SHOP-12", title: "Refunds without paper", state: "in", feature: true, tests: ["manual"], component: "api", estimates: [{ skill: "back end", hours: 24 }] },
      { id: "SHOP-31", title: "Prices are rounded down", state: "new", severity: "major", fix_risk: "low", component: "api", labels: ["till"] },
      { id: "SHOP-33", title: "A blurred logo", state: "new", severity: "trivial", fix_risk: "low", component: "web" },
      { id: "SHOP-9", title: "A till for guests", state: "done", component: "web" },
    ],
    activities: [
      { id: "planning", name: "Planning", start: day(-9), end: day(-8), state: "done", done_on: day(-8), owner: "release-manager" },
      { id: "build", name: "Build refunds", start: day(-7), end: day(-2), state: "under-way", owner: "ann", after: ["planning"] },
      { id: "final-qa", name: "Final QA", start: day(1), end: day(4), state: "open", owner: "qa", after: ["build"] },
      { id: "training", name: "Train the support team", start: day(1), end: day(2), state: "open", owner: "operations", after: ["planning"] },
      { id: "deploy", name: "Deploy", start: day(7), end: day(7), state: "open", owner: "operations", after: ["final-qa", "training"] },
    ],
    readiness: [
      { id: "load", text: "The load test is passed", area: "final-testing", owner: "qa" },
      { id: "notes", text: "The notes are written", area: "release-candidate", audience: "customers", owner: "release-manager" },
      { id: "backup", text: "The backup was restored once", area: "environment-and-data", owner: "operations" },
    ],
    test_cases: [
      { id: "refund", title: "Refund a sale", steps: ["Sell something", "Refund it"], expected: "The money is back on the card", assignee: "ann", feature: "SHOP-12" },
      { id: "close", title: "Close the till", regression: true, acceptance: true },
    ],
    risks: [
      { id: "double", description: "A refund is paid twice", probability: 2, impact: 5, owner: "operations", mitigation: "Refunds are behind a flag", bound: { kind: "flag", name: "new-checkout" }, trigger: "Two refunds with one number", contingency: [{ id: "off", text: "Switch refunds off", command: "tidegate flag off new-checkout --env production" }, { id: "tell", text: "Tell the bank" }] },
      { id: "slow", description: "The till is slow on old tablets", probability: 3, impact: 2 },
    ],
    deployment: { window: { from: `${day(7)}T05:00:00`, until: `${day(7)}T06:30:00`, zone: "Europe/Berlin" }, expected_downtime_seconds: 120, steps: [{ id: "go", text: "Promote it to production", command: `tidegate deploy ${version} --to production` }], rollback: [{ id: "back", text: "Roll back", command: "tidegate rollback" }] },
    audiences: [{ id: "customers", name: "Customers", channels: ["mail"] }],
    announcements: [{ id: "soon", title: "Refunds are coming", audience: "customers", when: { moment: "window-start", minutes: -1440 } }],
    materials: [{ id: "leaflet", title: "How to refund", kind: "training", audience: "customers", owner: "ann" }],
    meetings: [{ id: "go", kind: "go-no-go", title: "Go or no-go", at: `${day(6)}T10:00:00`, minutes: 30, agenda: ["Gates", "Votes"] }, { id: "retro", kind: "retrospective", title: "Looking back", at: `${day(14)}T10:00:00` }],
    afterwards: [{ id: "watch", text: "Refunds are watched for a day", area: "monitoring", owner: "operations" }],
    actions: [{ id: "alarms", text: "Alarms name the release", owner: "bo", from: "1.0.0", due: day(20) }],
  };
}

/** Everything at once: what pages show when a team has worked with it for a while. */
export async function fill(scene) {
  await scene.people();
  const ports = [await freePort(), await freePort(), await freePort()];
  scene.ports = ports;
  await scene.apply("cy", shopManifest({ ports }));
  await scene.release("ann", "1.0.0", { notes: ["The first shop"] });
  await evidence(scene, "1.0.0");
  await scene.deploy("ann", "1.0.0", "development");
  await scene.stands("1.0.0", "staging", "live");
  const vote = (who, release, reason) =>
    scene.api(who, "POST", "/environments/production/gates/votes", { release, choice: "yes", reason });
  await vote("bo", "1.0.0", "seen the scan");
  await scene.deploy("cy", "1.0.0", "production", "recreate");
  await scene.stands("1.0.0", "production", "live");
  scene.seen = scene.visitors(ports[2], 200);
  await scene.release("ann", "1.1.0", { notes: ["Refunds", "A faster till"] });
  await evidence(scene, "1.1.0");
  await scene.deploy("ann", "1.1.0", "development");
  await scene.stands("1.1.0", "staging", "live");
  await vote("bo", "1.1.0", "refunds were tried by hand");
  await scene.api("cy", "POST", "/releases/1.1.0/promotions", { to: "production" });
  await scene.stands("1.1.0", "production", "live");
  await scene.release("ann", "1.2.0", { behaviour: { fail_share: 0.05 }, notes: ["Gift cards"] });
  await evidence(scene, "1.2.0");
  await scene.deploy("ann", "1.2.0", "development");
  await scene.stands("1.2.0", "staging", "live");
  await vote("bo", "1.2.0", "the notes are complete");
  await scene.api("cy", "POST", "/releases/1.2.0/promotions", { to: "production" });
  await scene.release("ann", "1.3.0", { notes: ["Gift cards, mended", "Stock of each shop"] });
  await scene.release("ann", "2.0.0", { notes: ["A new till"], components: ["api"] });
  await evidence(scene, "1.3.0", BAD_SCAN);
  const told = await scene.receiver();
  const refuses = await scene.receiver(() => 500);
  await scene.api("root", "POST", "/webhooks", { name: "chat", url: told, events: ["rollout.*", "release.*"], format: "cdevents" });
  await scene.api("root", "POST", "/webhooks", { name: "ledger", url: refuses, events: [], format: "tidegate" });
  await scene.api("root", "POST", "/inbound", { name: "alerts", kind: "alertmanager", on_alert: "hold" });
  const entry = (name, body) => scene.api("cy", "PUT", `/calendar/${name}`, { zone: "Europe/Berlin", environments: ["production"], components: [], ...body });
  await entry("year-end", { kind: "freeze", from: "2026-12-18T18:00", until: "2027-01-04T08:00", reason: "Nobody is here to mend it" });
  await entry("stocktaking", { kind: "freeze", from: "2026-01-31T20:00", lasts_seconds: 6 * 3600, rule: "FREQ=MONTHLY;BYMONTHDAY=-1", reason: "The books are open" });
  await scene.api("root", "PUT", "/environments/production/secrets/DB_PASSWORD", { value: "correct horse battery" });
  await fillFlags(scene);
  await scene.api("cy", "PUT", "/plans/2.0.0", { document: planDocument("2.0.0") });
  await scene.api("root", "PUT", "/channels/news", { kind: "page", page: { title: "News of the shop" } });
  await scene.api("root", "PUT", "/channels/room", { kind: "slack", url: refuses });
  await scene.api("root", "PUT", "/audiences/users", { channels: ["news", "room"] });
  await scene.api("cy", "POST", "/announcements", { release: "1.1.0", occasion: "confirmation", audience: "users", environment: "production" });
  await scene.api("cy", "POST", "/announcement-schedules", { release: "2.0.0", audience: "users", environment: "production" });
  for (const [rating, text] of [[5, "Refunds in a minute!"], [4, ""], [2, "The till is slow on the old tablets, mornings above all."]]) {
    await scene.api("ci", "POST", "/releases/1.1.0/feedback", { rating, text });
  }
  await scene.api("cy", "POST", "/incidents", { title: "Gift cards are refused", severity: "major", environment: "production", component: "api", release: "1.1.0" });
  await scene.deploy("ann", "1.3.0", "development");
  await scene.stands("1.3.0", "staging", "live");
  return scene;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const scene = await Scene.open({ options: ["--require-login"] });
  const end = async () => {
    await scene.close();
    process.exit(0);
  };
  process.on("SIGINT", () => void end());
  process.on("SIGTERM", () => void end());
  try {
    await fill(scene);
    console.log(`${scene.url}\npid ${process.pid}; sign in as root, cy, ann, bo or vi with the password: ${PASSWORD}`);
  } catch (error) {
    console.error(error, scene.log());
    await scene.close();
    process.exit(1);
  }
}
