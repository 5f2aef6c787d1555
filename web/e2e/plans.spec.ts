// Plans: begun and written part by part, refused where they do not fit; decided item by item, frozen, tested, voted on, and let go
// by the one named person before the eyes of who looks; by keys alone, on a narrow screen and on a wide one.
import { readFile } from "node:fs/promises";
import { accessible, browserOf, expect, openEmpty, planDocument, signIn, test, type Scene } from "./test";

let scene: Scene;
test.beforeAll(async () => {
  test.setTimeout(240_000);
  scene = await openEmpty();
});
test.afterAll(() => scene.close());

const write = (version: string) => scene.api("cy", "PUT", `/plans/${version}`, { document: planDocument(version) });
const act = (who: string, version: string, said: object) => scene.api(who, "POST", `/plans/${version}/acts`, said);

const MARKDOWN = `# Release Plan for EduLibra

## Objectives
- Ensure a smooth transition from development to production.

## Roles and Responsibilities

| Role | Responsibilities |
|---|---|
| Release Manager | Oversee the release process. |
| Quality Assurance Team | Conduct final testing. |

## Key Activities and Timeline

| Activity | Start Date | End Date |
|---|---|---|
| Final QA and Sign-off | 2031-03-03 | 2031-03-07 |
| Production Deployment | MM/DD/YYYY | MM/DD/YYYY |
`;

test("a plan is begun and written part by part, and what does not fit is said", async ({ browser }) => {
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Plans" }).click();
  await expect(page.getByText("No plan yet")).toBeVisible();
  await page.getByRole("button", { name: "New plan" }).click();
  const form = page.getByRole("dialog");
  await form.getByRole("button", { name: "Begin it" }).click();
  await expect(form.getByText("A plan is for a release.")).toBeVisible();
  await form.getByRole("textbox", { name: "Release" }).fill("3.0.0");
  await form.getByRole("textbox", { name: "Title" }).fill("A shop for guests");
  await form.getByRole("button", { name: "Begin it" }).click();
  await expect(page.getByRole("heading", { name: "Plan of 3.0.0", level: 1 })).toBeVisible();
  await expect(page.getByText("It is draft: it is being written.")).toBeVisible();

  // A zone that there is not is refused, and nothing that was typed is lost.
  await page.getByRole("button", { name: "Describe" }).click();
  await form.getByRole("textbox", { name: "Time zone" }).fill("Mars/Olympus");
  await form.getByRole("textbox", { name: "Overview" }).fill("Guests pay without an account.");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form.getByRole("alert")).toContainText("Mars/Olympus");
  await form.getByRole("textbox", { name: "Time zone" }).fill("Europe/Berlin");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toBeHidden();
  await expect(page.getByText("Guests pay without an account.")).toBeVisible();

  const roles = page.getByRole("region", { name: "Roles", exact: true });
  await roles.getByRole("button", { name: "Add a role" }).click();
  await form.getByRole("textbox", { name: "Role" }).fill("Release Manager");
  await form.getByRole("textbox", { name: "Person" }).fill("cy");
  await form.getByRole("checkbox", { name: /Makes the final call/ }).check();
  await form.getByRole("button", { name: "Add it" }).click();
  await expect(form).toBeHidden();
  await expect(roles.getByRole("row", { name: /Release Manager/ })).toContainText("decides");

  // Two activities, the second after the first; then the first after the second, which is a circle.
  await page.getByRole("tab", { name: "Schedule" }).click();
  const activity = async (name: string, from: string, until: string, after?: string) => {
    await page.getByRole("button", { name: "Add an activity" }).click();
    await form.getByRole("textbox", { name: "Activity" }).fill(name);
    await form.getByLabel("First day").fill(from);
    await form.getByLabel("Last day").fill(until);
    if (after !== undefined) await choose(after);
    await form.getByRole("button", { name: "Add it" }).click();
    await expect(form).toBeHidden();
  };
  const choose = async (name: string) => {
    await form.getByRole("combobox", { name: "After" }).click();
    await page.getByRole("option", { name }).click();
    await page.keyboard.press("Tab");
  };
  await activity("Build it", "2031-03-03", "2031-03-07");
  await activity("Try it", "2031-03-08", "2031-03-12", "Build it");
  const chart = page.getByRole("table", { name: "Activities over time" });
  await expect(chart.getByRole("row", { name: /Try it/ })).toContainText("after Build it");
  await expect(page.getByText("What decides the end: Build it, then Try it.")).toBeVisible();
  await chart.getByRole("row", { name: /Build it/ }).first().getByRole("button", { name: "Change" }).click();
  await choose("Try it");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form.getByRole("alert")).toContainText(/circle|cycle|after/i);
  await form.getByRole("button", { name: "Cancel" }).click();
  await expect(form).toBeHidden();
  await chart.getByRole("row", { name: /Try it/ }).last().getByRole("button", { name: "Remove" }).click();
  await form.getByRole("button", { name: "Remove" }).click();
  await expect(form).toBeHidden();
  await expect(chart.getByRole("row", { name: /Try it/ })).toHaveCount(0);
  expect(faults).toEqual([]);
  await close();
});

test("items are decided, the scope is frozen, tests are run, and the named person lets it go on what everybody sees", async ({ browser }) => {
  await write("2.1.0");
  await act("cy", "2.1.0", { act: "move", to: "planned" });
  await scene.release("ann", "2.1.0");
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  await page.goto("/plans/2.1.0?tab=scope");
  const question = page.getByRole("dialog");
  // It is not frozen while somebody has to decide.
  await page.getByRole("button", { name: "Freeze it" }).click();
  await question.getByRole("button", { name: "Freeze it" }).click();
  await expect(question.getByRole("alert")).toContainText("SHOP-31");
  await question.getByRole("button", { name: "Cancel" }).click();
  const items = page.getByRole("list", { name: "Items" }).getByRole("listitem");
  await expect(items.first()).toContainText("SHOP-31");
  const decide = async (item: string, word: RegExp, why: string) => {
    await page.getByRole("article", { name: new RegExp(`^${item}:`) }).getByRole("button", { name: /Decide/ }).click();
    // The dialog takes the focus once it stands; a list that was opened before would close again.
    await expect(question.locator(":focus")).toHaveCount(1);
    await question.getByRole("combobox", { name: "Decision" }).click();
    await page.getByRole("option", { name: word }).click();
    await question.getByRole("textbox", { name: "Why" }).fill(why);
    await question.getByRole("button", { name: /Decide/ }).click();
    await expect(question).toBeHidden();
  };
  await decide("SHOP-31", /^fix now/, "money is lost");
  await decide("SHOP-33", /^fix next/, "nobody sees it");
  await expect(page.getByRole("article", { name: /^SHOP-31:/ })).toContainText("fix now, said cy");
  // What is built is ticked in its place.
  const built = page.getByRole("checkbox", { name: "SHOP-31 is done", exact: true });
  const counted = page.getByText(/ in, \d+ of them done/);
  const before = (await counted.textContent()) ?? "";
  await built.check();
  await expect(counted).not.toHaveText(before);
  await built.uncheck();
  await expect(counted).toHaveText(before);
  await page.getByText("Out", { exact: true }).click();
  await expect(page).toHaveURL(/group=out/);
  await expect(items).toHaveCount(1);
  await page.getByRole("button", { name: "Freeze it" }).click();
  await question.getByRole("button", { name: "Freeze it" }).click();
  await expect(question).toBeHidden();
  await expect(page.getByText(/It is frozen:/)).toBeVisible();
  // Frozen: nothing comes in by writing it, and a decision takes a reason.
  await expect(page.getByRole("button", { name: "Add an item" })).toHaveCount(0);
  await page.getByRole("button", { name: "Name a candidate" }).click();
  await question.getByRole("button", { name: "Name a candidate" }).click();
  await expect(question).toBeHidden();

  // Ann looks at what changes, and runs the tests.
  const ann = await browserOf(browser, scene);
  await signIn(ann.page, "ann");
  await ann.page.goto("/plans/2.1.0?tab=tests");
  const refund = ann.page.getByRole("article", { name: "Refund a sale" });
  await refund.getByRole("button", { name: "Failed" }).click();
  await ann.page.getByRole("dialog").getByRole("textbox", { name: "What was seen" }).fill("the card got nothing");
  await ann.page.getByRole("dialog").getByRole("button", { name: "Failed" }).click();
  await expect(refund).toContainText("the card got nothing");
  // What she saw stands beside it, to be saved and not to be shown.
  await refund.getByLabel("A file of the run of Refund a sale").setInputFiles({ name: "receipt.html", mimeType: "text/html", buffer: Buffer.from("<script>document.title = 'run'</script>") });
  const receipt = refund.getByRole("link", { name: "receipt.html" });
  await expect(receipt).toBeVisible();
  const [saved] = await Promise.all([ann.page.waitForEvent("download"), receipt.click()]);
  expect(saved.suggestedFilename()).toBe("receipt.html");
  await page.getByRole("tab", { name: "Go or no-go" }).click();
  await expect(page.getByText("0 of 2 test cases passed on this candidate")).toBeVisible();
  const digest = await page.getByText("Digest of what is seen here:").getByRole("code").textContent();
  await refund.getByRole("button", { name: "Refund a sale: passed" }).click();
  await ann.page.getByRole("article", { name: "Close the till" }).getByRole("button", { name: "Close the till: passed" }).click();
  await expect(ann.page.getByText("2 of 2 passed on rc.1.")).toBeVisible();
  // The first one sees it happen, and another digest of it.
  await expect(page.getByText("2 of 2 test cases passed on this candidate")).toBeVisible();
  await expect(page.getByText("Digest of what is seen here:").getByRole("code")).not.toHaveText(digest ?? "");

  await ann.page.getByRole("tab", { name: "Readiness" }).click();
  await ann.page.getByRole("checkbox", { name: "The load test is passed" }).click();
  await expect(ann.page.getByRole("article", { name: "Final testing" })).toContainText("2 of 2");
  await ann.page.getByRole("tab", { name: "Go or no-go" }).click();
  const votes = ann.page.getByRole("table", { name: "Votes by role" });
  await expect(votes.getByRole("row", { name: /Operations/ }).getByText("not yours")).toBeVisible();
  await votes.getByRole("row", { name: /Quality Assurance/ }).getByRole("button", { name: "Vote go" }).click();
  await ann.page.getByRole("dialog").getByRole("button", { name: "Vote go" }).click();
  await expect(ann.page.getByRole("dialog")).toBeHidden();
  // The final call is not hers.
  await expect(ann.page.getByRole("button", { name: "Go", exact: true })).toHaveCount(0);
  await act("bo", "2.1.0", { act: "vote", role: "operations", choice: "no-go", note: "the backup was not restored" });
  await expect(page.getByText("the backup was not restored")).toBeVisible();

  // Somebody changes what was seen while the question is open: the call is refused and says what changed.
  await page.getByRole("button", { name: "Go", exact: true }).click();
  await expect(question.getByText("Against it: Operations.")).toBeVisible();
  await question.getByRole("textbox", { name: "Why" }).fill("we can restore it by hand");
  await act("bo", "2.1.0", { act: "vote", role: "operations", choice: "go" });
  await question.getByRole("button", { name: "Go", exact: true }).click();
  await expect(question.getByRole("alert")).toContainText("the votes");
  await expect(question.getByRole("textbox", { name: "Why" })).toHaveValue("we can restore it by hand");
  await question.getByRole("button", { name: "Cancel" }).click();
  await expect(question).toBeHidden();
  await page.getByRole("button", { name: "Go", exact: true }).click();
  await expect(question.getByText("Nobody voted against it.")).toBeVisible();
  await question.getByRole("button", { name: "Go", exact: true }).click();
  await expect(question).toBeHidden();
  await expect(page.getByText("Go for rc.1", { exact: true })).toBeVisible();
  await expect(page.getByText(/^What was seen then:/)).toBeVisible();
  await expect(ann.page.getByText("Go for rc.1", { exact: true })).toBeVisible();
  const { items: told } = await scene.api<{ items: { kind: string; actor: string }[] }>("root", "GET", "/audit/events?kind=plan.called");
  expect(told.map(({ actor }) => actor)).toEqual(["cy"]);
  expect([...faults, ...ann.faults]).toEqual([]);
  await ann.close();
  await close();
});

test("a plan in Markdown is read first, then written, and taken out again", async ({ browser }) => {
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  await page.goto("/plans");
  await page.getByRole("button", { name: "Import Markdown" }).click();
  const form = page.getByRole("dialog");
  await form.getByRole("textbox", { name: "Release" }).fill("4.0.0");
  await form.getByRole("textbox", { name: "Markdown" }).fill(MARKDOWN);
  await form.getByRole("button", { name: "Read it first" }).click();
  await expect(form.getByRole("status")).toContainText("Read as “Release Plan for EduLibra”");
  await expect(form.getByRole("status")).toContainText("2 roles, 2 activities");
  // A date that is none yet is said by its line.
  await expect(form.getByRole("list", { name: "What to look at" })).toContainText(/Line \d+:/);
  expect(await scene.api<{ items: { version: string }[] }>("cy", "GET", "/plans").then(({ items }) => items.map(({ version }) => version))).not.toContain("4.0.0");
  await accessible(page, "the import");
  await form.getByRole("button", { name: "Write it" }).click();
  await expect(page.getByRole("heading", { name: "Plan of 4.0.0", level: 1 })).toBeVisible();
  await expect(page.getByRole("table", { name: "Roles" })).toContainText("Quality Assurance Team");
  await page.getByRole("button", { name: "Export" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: "Markdown" }).click()]);
  expect(download.suggestedFilename()).toBe("4.0.0.md");
  const text = await readFile(await download.path(), "utf8");
  expect(text).toContain("Quality Assurance Team");
  await page.getByRole("button", { name: "Export" }).click();
  const [printed] = await Promise.all([page.waitForEvent("popup"), page.getByRole("menuitem", { name: "A page to print" }).click()]);
  await expect(printed.getByRole("heading", { name: "Release Plan for EduLibra" })).toBeVisible();
  await printed.close();

  // The quietest hour of a week in which only Sunday from two to three is quiet.
  await page.getByRole("tab", { name: "Deployment" }).click();
  const quiet = page.getByRole("region", { name: "When it is quiet" });
  await quiet.getByRole("textbox", { name: "The table" }).fill(Array.from({ length: 168 }, (_, hour) => `${hour},${hour === 146 ? 1 : 1000}`).join("\n"));
  await quiet.getByRole("button", { name: "Advise" }).click();
  await expect(quiet.getByRole("table", { name: "Advised windows" }).getByRole("row").nth(1)).toContainText("02:00");
  await quiet.getByRole("textbox", { name: "The table" }).fill("hour,count\n500,1");
  await quiet.getByRole("button", { name: "Advise" }).click();
  await expect(quiet.getByRole("alert")).toContainText("500");
  expect(faults).toEqual([]);
  await close();
});

test("test cases come from a table whole or not at all, and what stands in the way of a window is named", async ({ browser }) => {
  const window = { from: "2099-03-01T10:00:00", until: "2099-03-01T12:00:00", zone: "UTC" };
  for (const version of ["6.1.0", "6.2.0"]) await scene.api("cy", "PUT", `/plans/${version}`, { document: { title: "Tills", deployment: { window } } });
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  await page.goto("/plans/6.1.0?tab=tests");
  await page.getByRole("button", { name: "Import cases" }).click();
  const form = page.getByRole("dialog", { name: "Import test cases" });
  const cases = form.getByRole("textbox", { name: "Cases" });
  await expect(cases).toBeFocused();
  await cases.fill('title,steps\nRefund a sale,"never closed');
  await form.getByRole("button", { name: "Read them first" }).click();
  await expect(form.getByRole("alert")).toContainText("line 2: the quote that opens here is never closed");
  await cases.fill("title,steps,sets\nRefund a sale,Scan it,regression");
  await form.getByRole("button", { name: "Read them first" }).click();
  await expect(form.getByText("New: refund-a-sale")).toBeVisible();
  await accessible(page, "test cases to be imported");
  await form.getByRole("button", { name: "Write them" }).click();
  await expect(page.getByRole("article", { name: "Refund a sale" })).toContainText("regression");
  await page.getByRole("tab", { name: "Schedule" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "the plan of 6.2.0" })).toBeVisible();
  await expect(page.getByText("The window is free from 2099-03-01 12:00:00 on")).toBeVisible();
  expect(faults).toEqual([]);
  await close();
});

test("a risk occurs, and its steps are started from the page; who only looks is offered nothing", async ({ browser }) => {
  await write("2.2.0");
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "bo");
  await page.goto("/plans/2.2.0?tab=risks");
  const risk = page.getByRole("article", { name: "A refund is paid twice" });
  await expect(risk).toContainText("probability 2 × impact 5 = 10");
  await expect(page.getByRole("article", { name: "The till is slow on old tablets" })).toContainText("Not said yet: owner, mitigation, trigger, contingency.");
  await risk.getByRole("button", { name: /What became of/ }).click();
  await page.getByRole("menuitem", { name: "has occurred" }).click();
  await expect(risk.getByText("It has happened: work through these steps")).toBeVisible();
  await risk.getByRole("button", { name: "Start: Switch refunds off" }).click();
  await expect(risk.getByRole("listitem").first()).toContainText("Last by bo");
  await page.getByRole("tab", { name: "Meetings" }).click();
  const meeting = page.getByRole("article", { name: "Looking back" });
  await meeting.getByRole("button", { name: "What came of it" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "What came of it" }).fill("Alarms came late.");
  await page.getByRole("dialog").getByRole("button", { name: "Keep it" }).click();
  await page.getByRole("tab", { name: "Retrospective" }).click();
  await expect(page.getByRole("article", { name: "Looking back" })).toContainText("Alarms came late.");
  await page.getByRole("checkbox", { name: "Alarms name the release" }).click();
  await expect(page.getByRole("list", { name: "Actions", exact: true })).toContainText("bo, ");

  const vi = await browserOf(browser, scene);
  await signIn(vi.page, "vi");
  await vi.page.goto("/plans/2.2.0?tab=risks");
  await expect(vi.page.getByRole("article", { name: "A refund is paid twice" })).toContainText("has occurred");
  await expect(vi.page.getByRole("button", { name: /Add|Change|Remove|What became|Start|Done|Hold|Make it|Cancel it/ })).toHaveCount(0);
  expect([...faults, ...vi.faults]).toEqual([]);
  await vi.close();
  await close();
});

test("a plan is found, ticked and held by keys alone", async ({ browser }) => {
  await write("2.3.0");
  const { page, faults, close } = await browserOf(browser, scene);
  const keys = page.keyboard;
  await signIn(page, "cy");
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await keys.press("g");
  await keys.press("n");
  await expect(page.getByRole("heading", { name: "Plans", level: 1 })).toBeFocused();
  const tabTo = async (target: ReturnType<typeof page.getByRole>) => {
    await expect(target).toBeVisible();
    for (let step = 0; step < 120; step += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await keys.press("Tab");
    }
    throw new Error("Tab does not lead there");
  };
  await tabTo(page.getByRole("link", { name: "2.3.0" }));
  await keys.press("Enter");
  await expect(page.getByRole("heading", { name: "Plan of 2.3.0", level: 1 })).toBeFocused();
  await tabTo(page.getByRole("tab", { name: "Overview" }));
  for (const name of ["Scope", "Planned and shipped", "Schedule", "Readiness"]) {
    await keys.press("ArrowRight");
    await expect(page.getByRole("tab", { name })).toBeFocused();
  }
  await expect(page.getByRole("tab", { name: "Readiness" })).toHaveAttribute("aria-selected", "true");
  const check = page.getByRole("checkbox", { name: "The notes are written" });
  await tabTo(check);
  await keys.press("Space");
  await expect(check).toBeChecked();
  await expect(page.getByRole("list", { name: "Release candidate" })).toContainText("cy, ");
  await page.getByRole("heading", { level: 1 }).focus();
  await tabTo(page.getByRole("button", { name: "Hold" }));
  await keys.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await keys.type("the office is closed");
  await tabTo(page.getByRole("dialog").getByRole("button", { name: "Hold" }));
  await keys.press("Enter");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page.getByText("On hold by cy")).toBeVisible();
  expect(faults).toEqual([]);
  await close();
});

test("a plan begins from a template, is looked back at, and its past says who changed what", async ({ browser }) => {
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  await page.goto("/plans");
  await page.getByRole("button", { name: "New plan" }).click();
  const form = page.getByRole("dialog");
  await form.getByRole("textbox", { name: "Release" }).fill("4.1.0");
  await form.getByRole("textbox", { name: "Title" }).fill("From the template");
  await form.getByRole("combobox", { name: "Begin with" }).selectOption("hotfix");
  await form.getByRole("button", { name: "Begin it" }).click();
  await expect(page.getByRole("heading", { name: "Plan of 4.1.0", level: 1 })).toBeVisible();
  await page.getByRole("tab", { name: "Retrospective" }).click();
  await page.getByRole("button", { name: "Say something" }).click();
  await expect(form.getByRole("textbox", { name: "In a few words" })).toBeFocused();
  await form.getByRole("textbox", { name: "What went well" }).fill("The tests\nThe way back");
  await form.getByRole("button", { name: "Keep it" }).click();
  await expect(form).toBeHidden();
  await expect(page.getByText("The way back", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Add something to do" }).click();
  await expect(form.getByRole("textbox", { name: "What", exact: true })).toBeFocused();
  await form.getByRole("textbox", { name: "What", exact: true }).fill("Soak a day");
  await form.getByRole("button", { name: "Add it" }).click();
  await expect(form.getByRole("textbox", { name: "Who owns it" })).toBeFocused();
  await form.getByRole("textbox", { name: "Who owns it" }).fill("cy");
  await form.getByRole("button", { name: "Add it" }).click();
  await expect(form).toBeHidden();
  await page.getByRole("button", { name: "Done: Soak a day" }).click();
  await expect(page.getByRole("button", { name: "Not done after all: Soak a day" })).toBeVisible();
  await page.getByRole("tab", { name: "History" }).click();
  await expect(page.getByRole("list", { name: "Editions, the newest first" }).getByRole("listitem")).toHaveCount(4);
  await page.getByRole("button", { name: "Show what is otherwise" }).click();
  await expect(page.getByText("They say the same")).toBeVisible();
  expect(faults).toEqual([]);
  await close();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`every part of a plan is accessible and fits its window, ${colorScheme}`, async ({ browser }) => {
    await write("2.4.0");
    const { page, faults, close } = await browserOf(browser, scene, { colorScheme });
    await signIn(page, "cy");
    for (const tab of ["", "scope", "shipped", "schedule", "readiness", "tests", "risks", "deployment", "meetings", "go-no-go", "retrospective", "history"]) {
      await page.goto(`/plans/2.4.0${tab === "" ? "" : `?tab=${tab}`}`);
      await expect(page.getByRole("tabpanel")).toBeVisible();
      await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
      for (const [width, height] of [[390, 844], [1440, 900]] as const) {
        await page.setViewportSize({ width, height });
        const over = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        await expect.soft.poll(over, { message: `${tab} at ${width} is wider than its window`, timeout: 20_000 }).toBeLessThanOrEqual(0);
        if (process.env["SCREENSHOTS"]) await page.screenshot({ path: `../docs/screens/plan-${tab || "overview"}-${width}-${colorScheme}.png` });
      }
      await accessible(page, `plan, ${tab}, ${colorScheme}`);
    }
    await page.goto("/plans");
    await expect(page.getByRole("table", { name: "Plans" })).toBeVisible();
    await accessible(page, `plans, ${colorScheme}`);
    expect(faults).toEqual([]);
    await close();
  });
}
