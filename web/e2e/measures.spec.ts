// Measures and incidents on real deployments: each number with its definition and the rows it comes from, filters in the address,
// the same as CSV; an incident opened, linked, resolved and reopened before the eyes of who looks; by keys alone.
import { readFile } from "node:fs/promises";
import { accessible, browserOf, expect, openShop, signIn, test, type Scene } from "./test";

let scene: Scene;
test.beforeAll(async () => {
  test.setTimeout(240_000);
  scene = await openShop();
  // A planned deployment with two commits, and a hotfix after it.
  const path = scene.artifact("1.1.0");
  const commits = [{ id: "9fceb02", authored_ms: Date.now() - 3_600_000, pull_request: "#12" }, { id: "1d0a4c7", authored_ms: Date.now() - 7_200_000, pull_request: "#12" }];
  await scene.api("ann", "POST", "/releases", { version: "1.1.0", kind: "planned", notes: [], commits, components: { api: { path }, web: { path } } });
  await scene.release("ann", "1.1.1", { kind: "hotfix" });
  for (const version of ["1.1.0", "1.1.1"]) {
    await scene.deploy("cy", version, "production", "recreate");
    await scene.stands(version, "production", "live");
  }
});
test.afterAll(() => scene.close());

test("each measure says what it counts, filters stand in the address, and the rows are a click away", async ({ browser }) => {
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "vi");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Measures" }).click();
  const fails = page.getByRole("article", { name: "Change fail rate" });
  // The hotfix undid nothing, but one followed 1.1.0: one of three failed.
  await expect(fails.getByText("1 failed of 3")).toBeVisible();
  await expect(fails.getByText("33.3 %", { exact: true }).first()).toBeVisible();
  await expect(page.getByRole("article", { name: "Deployment frequency" }).getByText("3 deployments on 1 day")).toBeVisible();
  await expect(page.getByRole("article", { name: "Deployment rework rate" }).getByText("1 unplanned of 3")).toBeVisible();
  const lead = page.getByRole("article", { name: "Change lead time" });
  await expect(lead.getByText(/^Commits: median 1\.5 h.* of 2$/)).toBeVisible();
  await expect(lead.getByText(/^Pull requests: median/)).toBeVisible();
  await expect(lead.getByRole("img", { name: /^By week\. Change lead time\. 12 periods, 1 with a value/ })).toBeVisible();
  for (const name of ["Deployment frequency", "Change lead time", "Change fail rate", "Failed deployment recovery time", "Deployment rework rate"]) {
    // What is counted stands beside the number, in a sentence.
    await expect(page.getByRole("article", { name }).getByText(/[a-z]{4,}.*\.$/).first()).toBeVisible();
  }

  await fails.getByRole("button", { name: "The rows of: Change fail rate" }).click();
  await expect(page).toHaveURL(/rows=change-fail-rate/);
  const rows = page.getByRole("table", { name: "Rows of: Change fail rate" });
  await expect(rows.getByRole("row")).toHaveCount(2);
  await expect(rows.getByRole("row", { name: /1\.1\.0 in production/ })).toContainText("failed: a hotfix followed");
  await lead.getByRole("button", { name: "The rows of: Change lead time" }).click();
  await expect(page.getByRole("table", { name: "Rows of: Change lead time" }).getByRole("row", { name: /1\.1\.0 in production/ })).toContainText("2 commits: 1 h to 2 h");
  await page.getByRole("table", { name: "Rows of: Change lead time" }).getByRole("link", { name: "1.1.0 in production" }).click();
  await expect(page).toHaveURL(/\/rollouts\/rol_/);
  await page.goBack();

  // Every filter has an address, which shows the same to somebody else.
  await page.getByRole("combobox", { name: "Components" }).click();
  await page.getByRole("option", { name: "api" }).click();
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/components=api/);
  await page.getByText("month", { exact: true }).click();
  await expect(page).toHaveURL(/period=month/);
  await expect(lead.getByRole("img", { name: /^By month\./ })).toBeVisible();
  const other = await browserOf(browser, scene);
  await signIn(other.page, "ann");
  await other.page.goto(page.url());
  await expect(other.page.getByRole("article", { name: "Change fail rate" }).getByText("1 failed of 3")).toBeVisible();
  await expect(other.page.getByRole("img", { name: /^By month\. Change lead time/ })).toBeVisible();
  // What nobody knows is refused and no figure is shown, since one of nothing would look like a good one.
  await other.page.goto("/measures?components=nobody");
  await expect(other.page.getByRole("alert")).toContainText("nobody");
  await other.page.goto("/measures?from=2031-01-01&to=2030-01-01");
  await expect(other.page.getByRole("alert")).toBeVisible();

  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "CSV" }).click()]);
  expect(download.suggestedFilename()).toBe("measures.csv");
  const lines = (await readFile(await download.path(), "utf8")).trim().split(/\r?\n/);
  // The names, twelve months, and all together.
  expect(lines).toHaveLength(14);
  expect(lines[0]).toContain("deployments");
  expect([...faults, ...other.faults]).toEqual([]);
  await other.close();
  await close();
});

test("an incident is opened, linked, and resolved, and the measures follow before the eyes of who looks", async ({ browser }) => {
  const watcher = await browserOf(browser, scene);
  await signIn(watcher.page, "vi");
  await watcher.page.goto("/measures");
  const fails = watcher.page.getByRole("article", { name: "Change fail rate" });
  await expect(fails.getByText("1 failed of 3")).toBeVisible();

  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  await page.goto("/incidents");
  await expect(page.getByText("No incident yet")).toBeVisible();
  await page.getByRole("button", { name: "Open an incident" }).click();
  const form = page.getByRole("dialog");
  await form.getByRole("textbox", { name: "What is wrong" }).fill("Orders fail");
  await form.getByRole("combobox", { name: "Environment" }).selectOption("production");
  await form.getByRole("combobox", { name: "Severity" }).fill("critical");
  await page.keyboard.press("Tab");
  await form.getByRole("combobox", { name: "Speaks against the release" }).fill("9.9.9");
  await form.getByRole("button", { name: "Open it" }).click();
  // No such release: refused, and nothing that was typed is lost.
  await expect(form.getByRole("alert")).toContainText("9.9.9");
  await form.getByRole("combobox", { name: "Speaks against the release" }).fill("");
  await form.getByRole("button", { name: "Open it" }).click();
  await expect(page.getByRole("heading", { name: "Orders fail", level: 1 })).toBeVisible();
  await expect(page.getByText("It is linked to no rollout")).toBeVisible();
  await expect(fails.getByText("1 failed of 3")).toBeVisible();
  await page.getByRole("button", { name: "Link", exact: true }).click();
  await form.getByRole("combobox", { name: "Or a release" }).fill("1.1.1");
  await page.keyboard.press("Tab");
  await form.getByRole("button", { name: "Link it" }).click();
  await expect(page.getByRole("list", { name: "Linked rollouts" }).getByRole("listitem")).toHaveCount(1);
  await expect(fails.getByText("2 failed of 3")).toBeVisible();
  const recovery = watcher.page.getByRole("article", { name: "Failed deployment recovery time" });
  await expect(recovery.getByText("1 not restored yet", { exact: true })).toBeVisible();

  await page.getByRole("textbox", { name: "A note" }).fill("The pool of connections is empty.");
  await page.getByRole("button", { name: "Note it" }).click();
  await expect(page.getByRole("list", { name: "Notes" })).toContainText("The pool of connections is empty.");
  await page.getByRole("button", { name: "Resolve", exact: true }).click();
  await form.getByRole("button", { name: "Resolve it" }).click();
  await expect(form).toBeHidden();
  await expect(page.getByText("resolved", { exact: true })).toBeVisible();
  await expect(recovery.getByText("1 not restored yet", { exact: true })).toHaveCount(0);
  await page.getByRole("button", { name: "Reopen" }).click();
  await form.getByRole("button", { name: "Reopen" }).click();
  await expect(page.getByRole("button", { name: "Resolve", exact: true })).toBeVisible();
  await page.getByRole("button", { name: /^Unlink/ }).click();
  await expect(page.getByText("It is linked to no rollout")).toBeVisible();
  await expect(fails.getByText("1 failed of 3")).toBeVisible();
  await page.goto("/incidents?state=resolved");
  await expect(page.getByText("No incident is like that")).toBeVisible();
  await page.goto("/incidents?state=open");
  await expect(page.getByRole("table", { name: "Incidents" }).getByRole("row", { name: /Orders fail/ })).toContainText("critical");
  // Who only looks is offered nothing.
  await watcher.page.goto("/incidents");
  await watcher.page.getByRole("link", { name: "Orders fail" }).click();
  await expect(watcher.page.getByRole("heading", { name: "Orders fail", level: 1 })).toBeVisible();
  await expect(watcher.page.getByRole("button", { name: /Resolve|Link|Note it/ })).toHaveCount(0);
  expect([...faults, ...watcher.faults]).toEqual([]);
  await watcher.close();
  await close();
});

test("rows are opened and an incident is opened by keys alone", async ({ browser }) => {
  const { page, faults, close } = await browserOf(browser, scene);
  const keys = page.keyboard;
  await signIn(page, "cy");
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  const tabTo = async (target: ReturnType<typeof page.getByRole>) => {
    await expect(target).toBeVisible();
    for (let step = 0; step < 120; step += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await keys.press("Tab");
    }
    throw new Error("Tab does not lead there");
  };
  await keys.press("g");
  await keys.press("m");
  await expect(page.getByRole("heading", { name: "Measures", level: 1 })).toBeFocused();
  await tabTo(page.getByRole("button", { name: "The rows of: Deployment frequency" }));
  await keys.press("Enter");
  await expect(page.getByRole("table", { name: "Rows of: Deployment frequency" }).getByRole("row")).toHaveCount(4);
  await page.getByRole("heading", { level: 1 }).focus();
  await keys.press("g");
  await keys.press("i");
  await expect(page.getByRole("heading", { name: "Incidents", level: 1 })).toBeFocused();
  await tabTo(page.getByRole("button", { name: "Open an incident" }));
  await keys.press("Enter");
  await expect(page.getByRole("dialog").getByRole("textbox", { name: "What is wrong" })).toBeFocused();
  await keys.type("The till is slow");
  await tabTo(page.getByRole("dialog").getByRole("button", { name: "Open it" }));
  await keys.press("Enter");
  await expect(page.getByRole("heading", { name: "The till is slow", level: 1 })).toBeVisible();
  expect(faults).toEqual([]);
  await close();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`measures and incidents are accessible and fit their window, ${colorScheme}`, async ({ browser }) => {
    const { page, faults, close } = await browserOf(browser, scene, { colorScheme });
    const { id } = await scene.api<{ id: string }>("cy", "POST", "/incidents", { title: "Refunds are slow", severity: "minor", environment: "production", component: "api", release: "1.1.0" });
    await scene.api("cy", "POST", `/incidents/${id}/notes`, { text: "Only on old tablets." });
    await signIn(page, "cy");
    const addresses = { measures: "/measures", "measure-rows": "/measures?rows=change-fail-rate", incidents: "/incidents", incident: `/incidents/${id}` };
    for (const [name, address] of Object.entries(addresses)) {
      await page.goto(address);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
      for (const [width, height] of [[390, 844], [1440, 900]] as const) {
        await page.setViewportSize({ width, height });
        const over = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        await expect.soft.poll(over, { message: `${name} at ${width} is wider than its window`, timeout: 20_000 }).toBeLessThanOrEqual(0);
        if (process.env["SCREENSHOTS"]) await page.screenshot({ path: `../docs/screens/${name}-${width}-${colorScheme}.png` });
      }
      await accessible(page, `${name}, ${colorScheme}`);
    }
    expect(faults).toEqual([]);
    await close();
  });
}
