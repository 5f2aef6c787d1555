// Where issues come from: a source that is refused, limited and then whole before the eyes of who looks; what it holds is taken in or
// left out beside a plan, by keys too; what came after the freeze is marked; and what is really in stands against what was planned.
import { accessible, browserOf, expect, openEmpty, signIn, test, type Scene } from "./test";
import { openTracker } from "./tracker";

let scene: Scene;
let tracker: Awaited<ReturnType<typeof openTracker>>;
test.beforeAll(async () => {
  test.setTimeout(240_000);
  tracker = await openTracker();
  scene = await openEmpty();
});
test.afterAll(async () => {
  await scene.close();
  await tracker.close();
});

const MINUTE_MS = 60_000;

test("a source is refused, limited, then whole; its items are decided beside a plan and compared with what is in", async ({ browser }) => {
  tracker.hold({ number: 1, title: "The till crashes", labels: ["crash"], milestone: "7.1.0" });
  tracker.hold({ number: 2, title: "A blurred logo", labels: ["bug"], milestone: "Release 7.1.0" });
  tracker.hold({ number: 3, title: "Another release's", milestone: "9.9.9" });
  tracker.feels("expired");
  await scene.api("cy", "PUT", "/plans/7.1.0", { document: { title: "Tills", scope: [{ id: "SHOP-1", title: "Refunds", state: "in" }] } });
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  await page.goto("/plans?tab=sources");
  await expect(page.getByText("No tracker is read yet")).toBeVisible();
  await page.getByRole("button", { name: "Add a source" }).click();
  const form = page.getByRole("dialog");
  await expect(form.getByRole("textbox", { name: "Name" })).toBeFocused();
  await form.getByRole("textbox", { name: "Name" }).fill("shop");
  await form.getByRole("textbox", { name: "Project" }).fill("acme");
  await form.getByRole("textbox", { name: "Address of its API" }).fill(tracker.base);
  await form.getByRole("button", { name: "Add a rule" }).click();
  const rule = form.getByRole("group", { name: "Rule 1" });
  await rule.getByRole("textbox", { name: "Label" }).fill("crash");
  await rule.getByRole("combobox", { name: "Severity" }).selectOption("major");
  await rule.getByRole("combobox", { name: "Risk of the fix" }).selectOption("low");
  // What is no project is refused by the server, and nothing that was typed is lost.
  await form.getByRole("button", { name: "Add it" }).click();
  await expect(form.getByRole("alert")).toContainText("scope-query-malformed");
  await form.getByRole("textbox", { name: "Project" }).fill("acme/shop");
  await form.getByRole("button", { name: "Add it" }).click();
  await expect(form).toBeHidden();

  // Refused, with what to do; limited, with until when; and then it goes on by itself.
  const source = page.getByRole("article", { name: "Source shop" });
  await expect(source).toContainText("stopped");
  await expect(source.getByRole("alert")).toContainText("make a new token there");
  await accessible(page, "a source that stopped");
  tracker.feels("limited");
  await source.getByRole("button", { name: "Read shop now" }).click();
  await expect(source).toContainText("waiting for a limit");
  await expect(source).toContainText("It goes on by itself");
  await expect(source).toContainText("up to date");
  await expect(source).toContainText("3 items");
  await source.getByRole("link", { name: "shop", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Source shop", level: 1 })).toBeVisible();
  await expect(page.getByText("label crash → severity major, a fix of low risk")).toBeVisible();
  await expect(page.getByRole("table", { name: "What shop holds" }).getByRole("row")).toHaveCount(4);

  // A viewer sees all of it, and no button that would be refused.
  const vi = await browserOf(browser, scene);
  await signIn(vi.page, "vi");
  await vi.page.goto("/plans/sources/shop");
  await expect(vi.page.getByRole("table", { name: "What shop holds" })).toBeVisible();
  for (const name of ["Read shop now", "Change", "Remove"]) await expect(vi.page.getByRole("button", { name })).toHaveCount(0);
  await vi.page.goto("/plans/7.1.0?tab=scope");
  const crash = (of: typeof page) => of.getByRole("article", { name: /^acme\/shop#1:/ });
  await expect(crash(vi.page)).toContainText("advised: fix now");
  await expect(crash(vi.page).getByRole("button", { name: "Decide" })).toHaveCount(0);

  // Decided where it stands: one by keys alone and as advised, one left out.
  await page.goto("/plans/7.1.0?tab=scope");
  const waiting = page.getByRole("list", { name: "Untriaged items" }).getByRole("listitem");
  await expect(waiting).toHaveCount(2);
  await expect(crash(page)).toContainText("Severity major against a fix of low risk");
  await crash(page).getByRole("button", { name: "Decide" }).focus();
  await page.keyboard.press("Enter");
  await expect(form.getByText("The matrix advises “fix now”")).toBeVisible();
  await expect(form.getByRole("textbox", { name: "Why" })).toBeFocused();
  await page.keyboard.type("money is lost");
  const decide = form.getByRole("button", { name: "Decide" });
  for (let step = 0; step < 6 && !(await decide.evaluate((element) => element === document.activeElement)); step += 1) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(form).toBeHidden();
  await expect(page.getByRole("list", { name: "Items", exact: true })).toContainText("fix now, said cy");
  await expect(waiting).toHaveCount(1);
  await page.getByRole("article", { name: /^acme\/shop#2:/ }).getByRole("button", { name: "Decide" }).click();
  await expect(form.locator(":focus")).toHaveCount(1);
  // How bad it is and what its fix could break is said with the decision; the matrix advises at once.
  await expect(form.getByText("With both of them known, the matrix says what to do.")).toBeVisible();
  for (const [label, word] of [["Severity", "critical"], ["Risk of the fix", "high"]] as const) {
    await form.getByRole("combobox", { name: label }).click();
    await page.getByRole("option", { name: word, exact: true }).click();
  }
  await expect(form.getByText("The matrix advises “stop the release”")).toBeVisible();
  await expect(form.getByRole("combobox", { name: "Decision" })).toHaveValue(/^stop the release/);
  await form.getByRole("combobox", { name: "Risk of the fix" }).click();
  await page.getByRole("option", { name: "medium", exact: true }).click();
  await form.getByRole("combobox", { name: "Decision" }).click();
  await page.getByRole("option", { name: /^fix next/ }).click();
  await form.getByRole("button", { name: "Decide" }).click();
  await expect(form).toBeHidden();
  await expect(page.getByRole("article", { name: /^acme\/shop#2:/ })).toContainText("severity critical · fix of medium risk");
  await expect(page.getByText(/^Nothing waits:/)).toBeVisible();
  // The one who only looks sees it happen.
  await expect(vi.page.getByText(/^Nothing waits:/)).toBeVisible();

  // After the freeze: what was merged then is marked, and deciding on it takes a reason.
  for (const to of ["planned", "frozen"]) await scene.api("cy", "POST", "/plans/7.1.0/acts", { act: "move", to });
  tracker.hold({ number: 4, title: "One more thing", milestone: "7.1.0", merged: new Date(Date.now() + MINUTE_MS).toISOString() });
  await scene.api("ann", "POST", "/scope/sources/shop/refresh", {});
  const late = page.getByRole("article", { name: /^acme\/shop#4:/ });
  await expect(late).toContainText("after the freeze");
  await late.getByRole("button", { name: "Decide" }).click();
  await expect(form.locator(":focus")).toHaveCount(1);
  await expect(form.getByRole("button", { name: "Decide" })).toBeDisabled();
  await form.getByRole("textbox", { name: "Why" }).fill("it is in already");
  await form.getByRole("button", { name: "Decide" }).click();
  await expect(form).toBeHidden();
  await expect(page.getByRole("list", { name: "Items", exact: true }).getByRole("article", { name: /^acme\/shop#4:/ })).toContainText("after the freeze");

  // Planned and in, planned and not in, in and not planned, by commits between two points.
  await page.getByRole("tab", { name: "Planned and shipped" }).click();
  await expect(page.getByText("There is no release 7.1.0 yet")).toBeVisible();
  const path = scene.artifact("7.1.0");
  const commits = ["Mend the till (acme/shop#1)", "Sharpen the logo\n\nFixes acme/shop#2", "Merge pull request acme/shop#4", "Tidy up"].map((message, index) => ({ id: String(index + 1).repeat(40), authored_ms: Date.now(), message }));
  await scene.api("ann", "POST", "/releases", { version: "7.1.0", kind: "planned", notes: [], components: { api: { path }, web: { path } }, commits });
  await expect(page.getByRole("status").filter({ hasText: "brings 4 commits" })).toContainText("2 planned and in, 1 planned and not in, 1 in and not planned");
  await expect(page.getByRole("list", { name: "Planned, not in", exact: true })).toContainText("SHOP-1");
  await expect(page.getByRole("list", { name: "In, not planned", exact: true })).toContainText("left out by triage");
  await expect(page.getByRole("list", { name: "Planned and in", exact: true })).toContainText("after the freeze");
  await expect(page.getByRole("list", { name: "Commits that name nothing known" })).toContainText("Tidy up");
  expect([...faults, ...vi.faults]).toEqual([]);
  await vi.close();
  await close();
});

test("a table is brought with its bad rows named, and a source is removed with what it held", async ({ browser }) => {
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  await page.goto("/plans?tab=sources");
  await page.getByRole("button", { name: "Add a source" }).click();
  const form = page.getByRole("dialog");
  await expect(form.getByRole("textbox", { name: "Name" })).toBeFocused();
  await form.getByRole("textbox", { name: "Name" }).fill("sheet");
  await form.getByRole("combobox", { name: "Kind" }).first().selectOption("csv");
  await form.getByRole("button", { name: "Add it" }).click();
  await expect(form).toBeHidden();
  const source = page.getByRole("article", { name: "Source sheet" });
  await expect(source).toContainText("no table yet");
  await source.getByRole("button", { name: "Bring a table" }).click();
  await expect(form.getByRole("textbox", { name: "Table" })).toBeFocused();
  await form.getByRole("textbox", { name: "Table" }).fill("key,title\nPAY-7,Refunds twice\n,No key at all\n");
  await form.getByRole("button", { name: "Bring it" }).click();
  await expect(form.getByRole("status")).toContainText("1 row read");
  await expect(form.getByRole("list", { name: "Rows that were left out" })).toContainText("Line 3");
  await form.getByRole("button", { name: "Done" }).click();
  await expect(source).toContainText("1 item");
  await source.getByRole("link", { name: "sheet", exact: true }).click();
  await page.getByRole("button", { name: "Remove" }).click();
  await expect(form.getByText("1 item that was read goes with it.")).toBeVisible();
  await form.getByRole("button", { name: "Remove" }).click();
  await expect(page).toHaveURL(/tab=sources/);
  await expect(source).toHaveCount(0);
  expect(faults).toEqual([]);
  await close();
});

test("a project at GitLab is read, and a release made in the browser brings the commits that are pasted", async ({ browser }) => {
  tracker.holdAtGitLab({ number: 1, title: "A blank page", labels: ["severity::major"], milestone: "8.0.0" });
  tracker.holdAtGitLab({ number: 7, title: "Fill the page", milestone: "8.0.0", merged: "2026-02-03T00:00:00.000Z" });
  await scene.api("cy", "PUT", "/plans/8.0.0", { document: { title: "Pages" } });
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  await page.goto("/plans?tab=sources");
  await page.getByRole("button", { name: "Add a source" }).click();
  const form = page.getByRole("dialog");
  await expect(form.getByRole("textbox", { name: "Name" })).toBeFocused();
  await form.getByRole("textbox", { name: "Name" }).fill("web");
  await form.getByRole("combobox", { name: "Kind" }).first().selectOption("gitlab");
  await form.getByRole("textbox", { name: "Project" }).fill("group/web");
  await form.getByRole("textbox", { name: "Address of its API" }).fill(`${tracker.base}/api/v4`);
  await form.getByRole("button", { name: "Add it" }).click();
  await expect(form).toBeHidden();
  await expect(page.getByRole("article", { name: "Source web" })).toContainText("2 items");
  await page.goto("/plans/8.0.0?tab=scope");
  await expect(page.getByRole("article", { name: /^group\/web#1:/ })).toContainText("Severity major");
  await expect(page.getByRole("article", { name: /^group\/web!7:/ })).toBeVisible();
  await scene.api("cy", "POST", "/plans/8.0.0/acts", { act: "triage", item: "group/web#1", decision: "fix-now" });

  // The team's own matrix, written on the same page, is what is advised from then on.
  await page.getByRole("button", { name: "Change the matrix" }).click();
  await expect(form.getByRole("checkbox", { name: /the team.s own/ })).toBeFocused();
  await form.getByRole("combobox", { name: "major, low risk" }).selectOption("stop-release");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toBeHidden();
  const matrix = page.getByRole("region", { name: "Triage matrix" });
  await expect(matrix).toContainText("The team's own table");
  await expect(matrix.getByRole("row", { name: /^major/ })).toContainText("stop the release");
  await accessible(page, "the scope of a plan, with its matrix");

  await page.goto("/releases");
  await page.getByRole("button", { name: "New release" }).click();
  await expect(form.getByRole("textbox", { name: "Version", exact: true })).toBeFocused();
  await form.getByRole("textbox", { name: "Version", exact: true }).fill("8.0.0");
  await form.getByRole("textbox", { name: "Commits" }).fill("what is this");
  for (const name of ["api", "web"]) {
    await form.getByRole("checkbox", { name }).check();
    await form.getByRole("textbox", { name: `Artifact of ${name}` }).fill(scene.artifact("8.0.0"));
  }
  await form.getByRole("button", { name: "Create the release" }).click();
  await expect(form.getByText(/^Line 1: a commit and when it was authored are expected/)).toBeVisible();
  await form.getByRole("textbox", { name: "Commits" }).fill(`${"1".repeat(40)} 2026-02-03T10:00:00Z\tFill the page (!7)\n${"2".repeat(40)} 2026-02-03T11:00:00+01:00\tTidy up\n`);
  await form.getByRole("button", { name: "Create the release" }).click();
  await expect(page).toHaveURL(/\/releases\/8\.0\.0$/);
  await page.goto("/plans/8.0.0?tab=shipped");
  await expect(page.getByRole("status").filter({ hasText: "brings 2 commits" })).toContainText("1 planned and in");
  await expect(page.getByRole("list", { name: "Planned and in", exact: true })).toContainText("group/web#1");
  expect(faults).toEqual([]);
  await close();
});
