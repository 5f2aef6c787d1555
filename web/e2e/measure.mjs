// Measures the web interface in a real browser on a real server: what is fetched first, when it can be used, how long an
// event takes to the screen, and whether it stays smooth with 200 environments, 2 000 releases and 50 rollouts live at once.
// Prints one line a figure, beside what was aimed at, and the same as JSON at the end.
//
//   TIDEGATE=target/ci/tidegate SHOP=target/ci/shop node web/e2e/measure.mjs
import { chromium } from "@playwright/test";
import { freePort, PASSWORD, Scene, until } from "./scene.mjs";

const ENVIRONMENTS = 200;
const RELEASES = 2000;
const LIVE = 50;
const UPDATES = 20;
const figures = {};

function tell(name, value, unit, aim) {
  figures[name] = { value, unit, aim };
  console.log(`${name.padEnd(52)} ${String(value).padStart(9)} ${unit.padEnd(6)} aim ${aim}`);
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** So many environments, all in one pipeline; a canary that waits for a person in the first ones, which run. */
function manifest(ports) {
  const environments = Array.from({ length: ENVIRONMENTS }, (_, index) => {
    const name = `place-${String(index + 1).padStart(3, "0")}`;
    const route = index < LIVE ? `, route: {listen: "127.0.0.1:${ports[index]}"}` : "";
    return `  - name: ${name}\n    components:\n      api: {replicas: 1${route}}\n`;
  });
  const stages = environments.map((_, index) => {
    const name = `place-${String(index + 1).padStart(3, "0")}`;
    const strategy = index < LIVE ? "{canary: {steps: [shift: 20%, wait: 20m], soak: 1s}}" : "{recreate: {soak: 1s}}";
    return `    - environment: ${name}\n      strategy: ${strategy}\n`;
  });
  return `project: many
components:
  api: {run: ["./shop", "api"], readiness: {http: /healthz}}
environments:
${environments.join("")}pipeline:
  stages:
${stages.join("")}`;
}

async function inBatches(count, size, act) {
  for (let from = 0; from < count; from += size) {
    await Promise.all(Array.from({ length: Math.min(size, count - from) }, (_, index) => act(from + index)));
  }
}

/** The longest tasks of the page since it was last asked. */
const longTasks = (page) =>
  page.evaluate(() => {
    const seen = window.longTasks ?? [];
    window.longTasks = [];
    return seen;
  });

const scene = await Scene.open({ options: ["--rate-limit", "off", "--rate-limit-address", "off"] });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  await scene.people();
  const ports = [];
  while (ports.length < LIVE) {
    const port = await freePort();
    // A port that was given back may be given again.
    if (!ports.includes(port)) ports.push(port);
  }
  await scene.apply("cy", manifest(ports));
  const path = scene.artifact("shop");
  await inBatches(RELEASES, 20, (index) =>
    scene.api("ann", "POST", "/releases", { version: `1.${index}.0`, kind: "planned", notes: [], components: { api: { path } } }),
  );
  console.log(`${RELEASES} releases are made`);
  const place = (index) => `place-${String(index + 1).padStart(3, "0")}`;
  await inBatches(LIVE, 10, (index) => scene.deploy("cy", "1.0.0", place(index), "recreate"));
  await inBatches(LIVE, 10, (index) => scene.stands("1.0.0", place(index), "live"));
  for (const port of ports) scene.visitors(port, 50 / 10);

  const context = await browser.newContext({ baseURL: scene.url, viewport: { width: 1280, height: 900 } });
  await context.addInitScript(() => {
    window.longTasks = [];
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map(({ duration }) => Math.round(duration)))).observe({ type: "longtask", buffered: true });
  });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  const scripts = new Map();
  let bytes = 0;
  session.on("Network.responseReceived", ({ requestId, type }) => type === "Script" && scripts.set(requestId, true));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  await page.goto("/sign-in");
  await page.getByLabel("Name").fill("cy");
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Pages" }).waitFor();

  const ready = [];
  for (let round = 0; round < 5; round += 1) {
    await session.send("Network.clearBrowserCache");
    bytes = 0;
    const before = Date.now();
    await page.goto("/", { waitUntil: "commit" });
    await page.getByRole("rowheader", { name: place(0) }).waitFor();
    ready.push(Date.now() - before);
  }
  tell("first load of the overview, compressed JavaScript", Math.round(bytes / 1000), "kB", "≤ 300");
  tell("overview of 200 environments to be used, empty cache", median(ready), "ms", "≤ 1500");
  tell("longest task while that loads", Math.max(0, ...(await longTasks(page))), "ms", "≤ 100");

  await page.goto("/releases");
  await page.getByRole("rowheader").first().waitFor();
  await longTasks(page);
  for (let step = 0; step < 30; step += 1) {
    await page.mouse.wheel(0, 1500);
    await page.waitForTimeout(50);
  }
  tell("longest task while 2 000 releases are scrolled", Math.max(0, ...(await longTasks(page))), "ms", "≤ 100");

  const shown = [];
  for (let round = 0; round < UPDATES; round += 1) {
    const version = `2.${round}.0`;
    await page.goto("/releases");
    await page.getByRole("rowheader").first().waitFor();
    const appeared = page.evaluate(
      (text) =>
        new Promise((done) => {
          const look = () => document.body.innerText.includes(text) && done(Date.now());
          new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
        }),
      version,
    );
    await scene.api("ann", "POST", "/releases", { version, kind: "planned", notes: [], components: { api: { path } } });
    const { items } = await scene.api("root", "GET", `/audit/events?release=${version}&limit=1`);
    shown.push((await appeared) - items[0].at_ms);
  }
  tell("an event to the screen, median of 20", median(shown), "ms", "≤ 250");
  tell("an event to the screen, longest of 20", Math.max(...shown), "ms", "≤ 250");

  await inBatches(LIVE, 10, (index) => scene.deploy("cy", "1.1.0", place(index)));
  await until("50 rollouts are live", async () => {
    const { items } = await scene.api("root", "GET", "/rollouts?state=advancing&limit=100");
    return items.length >= LIVE && items.every(({ legs }) => legs[0].weight === 2000);
  });
  for (const at of ["/", "/rollouts"]) {
    await page.goto(at);
    await page.getByText("20 %").first().waitFor();
    await page.waitForTimeout(2000);
    await longTasks(page);
    await page.waitForTimeout(15_000);
    tell(`longest task in 15 s of ${at} with 50 rollouts live`, Math.max(0, ...(await longTasks(page))), "ms", "≤ 100");
  }
  console.log(JSON.stringify(figures));
} finally {
  await browser.close();
  await scene.close();
}
