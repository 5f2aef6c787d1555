// What every test of the pages has: a scene of its own, people at browsers of their own, and an eye on what no page may do:
// break the content security policy, ask another site, fail without saying so.
import { AxeBuilder } from "@axe-core/playwright";
import { expect, test as base, type Browser, type Page } from "@playwright/test";
// @ts-expect-error A script for plain node, without types.
import * as scenes from "./scene.mjs";

/** What the tests use of `scene.mjs`. */
export interface Scene {
  url: string;
  port: number;
  data: string;
  ports: number[];
  bearers: Record<string, string>;
  setupSecret(): string;
  start(): Promise<void>;
  kill(): Promise<void>;
  close(): Promise<void>;
  people(): Promise<void>;
  api<Answer = unknown>(who: string, method: string, path: string, body?: unknown): Promise<Answer>;
  apply(who: string, text: string): Promise<unknown>;
  release(who: string, version: string, more?: object): Promise<unknown>;
  deploy(who: string, version: string, environment: string, strategy?: string): Promise<{ rollouts: string[] }>;
  stands(version: string, environment: string, ...states: string[]): Promise<unknown>;
  /** Where one version of the shop lies. */
  artifact(version: string, behaviour?: object): string;
  visitors(port: number, perSecond: number): { asked: number; failed: number };
}

export const { PASSWORD, freePort, shopManifest, fill, fillFlags, askFlag, planDocument, CHECKOUT, evidence, BAD_SCAN } = scenes as {
  PASSWORD: string;
  freePort(): Promise<number>;
  shopManifest(wanted: object): string;
  fill(scene: Scene): Promise<Scene>;
  fillFlags(scene: Scene): Promise<void>;
  askFlag(scene: Scene, key: string, flag: string, context: object): Promise<{ status: number; variant?: string; value?: unknown }>;
  planDocument(version: string): object;
  CHECKOUT: object;
  evidence(scene: Scene, version: string, scanned?: string): Promise<void>;
  BAD_SCAN: string;
};

export const open = (options: string[] = []): Promise<Scene> => scenes.Scene.open({ options });

/** People and environments, and nothing released. */
export async function openEmpty(): Promise<Scene> {
  const scene = await open(["--require-login"]);
  await scene.people();
  scene.ports = [await freePort(), await freePort(), await freePort()];
  await scene.apply("cy", shopManifest({ ports: scene.ports, gates: false }));
  return scene;
}

/** The shop with people, 1.0.0 live everywhere, visitors in production. */
export async function openShop({ gates = false, waitSeconds = 6 } = {}): Promise<Scene> {
  const scene = await open(["--require-login"]);
  await scene.people();
  scene.ports = [await freePort(), await freePort(), await freePort()];
  await scene.apply("cy", shopManifest({ ports: scene.ports, waitSeconds, gates }));
  await scene.release("ann", "1.0.0");
  if (gates) {
    await evidence(scene, "1.0.0");
    await scene.api("bo", "POST", "/environments/production/gates/votes", { release: "1.0.0", choice: "yes", reason: "the first one" });
  }
  for (const environment of ["development", "staging", "production"]) {
    await scene.deploy("cy", "1.0.0", environment, "recreate").catch(() => {});
    await scene.stands("1.0.0", environment, "live");
  }
  scene.visitors(scene.ports[2] ?? 0, 200);
  return scene;
}

/** A browser of somebody's own; `faults` is what no page may do, and is empty at the end. */
export async function browserOf(browser: Browser, scene: Scene, more: Parameters<Browser["newContext"]>[0] = {}) {
  const context = await browser.newContext({ baseURL: scene.url, ...more });
  const faults: string[] = [];
  const page = await context.newPage();
  page.on("pageerror", (error) => faults.push(`thrown: ${error.message}`));
  page.on("console", (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) faults.push(message.text());
  });
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && hostname !== "127.0.0.1") faults.push(`asked ${request.url()}`);
  });
  return { page, faults, close: () => context.close() };
}

export async function signIn(page: Page, name: string): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("Name").fill(name);
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("navigation", { name: "Pages" })).toBeVisible();
}

/** Nothing that axe finds serious or critical. */
export async function accessible(page: Page, where = page.url()): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const said = grave.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map(({ html }) => html).join("\n  ")}`);
  expect.soft(said, `${where}: ${said.join("\n")}`).toEqual([]);
}

export { expect };
export const test = base;
