// The notes of a release: sent from git, edited by people, and kept as they wrote them when they are sent again.
import { accessible, browserOf, expect, openShop, signIn, test, type Scene } from "./test";

let scene: Scene;
test.beforeAll(async () => {
  test.setTimeout(240_000);
  scene = await openShop();
  await scene.release("ann", "1.1.0");
});
test.afterAll(async () => {
  await scene.close();
});

const told = (id: string, section: string, text: string) => ({ id, words: { section, text }, pull_requests: ["#7"], commit: `${id}0000` });

test("notes are edited in place, and what people wrote stays when git tells them again", async ({ browser }) => {
  await scene.api("cy", "POST", "/releases/1.1.0/notes/renew", { notes: [told("a1b2", "features", "feat: lend without a card"), told("c3d4", "fixes", "nights are dark")] });
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  await page.goto("/releases/1.1.0");
  const notes = page.getByRole("region", { name: "Notes" });
  const dialog = page.getByRole("dialog");
  await expect(notes.getByRole("list", { name: "New features" })).toContainText("feat: lend without a card (#7)");
  await notes.getByRole("button", { name: "Change: feat: lend without a card" }).click();
  await expect(dialog.getByRole("textbox", { name: "In one line" })).toBeFocused();
  await dialog.getByRole("textbox", { name: "In one line" }).fill("Everybody lends without a card");
  await dialog.getByRole("checkbox", { name: "operators" }).check();
  await dialog.getByRole("button", { name: "Keep it" }).click();
  await expect(notes.getByRole("list", { name: "New features" })).toContainText("Everybody lends without a card (#7)");
  await notes.getByRole("button", { name: "Leave out: nights are dark" }).click();
  await dialog.getByRole("button", { name: "Leave it out" }).click();
  await expect(notes).toContainText("1 left out.");
  await notes.getByRole("button", { name: "Add a note" }).click();
  await expect(dialog.getByRole("textbox", { name: "In one line" })).toBeFocused();
  await dialog.getByRole("textbox", { name: "In one line" }).fill("Printing takes a minute");
  await dialog.getByRole("button", { name: "Add it" }).click();
  await expect(notes.getByRole("list", { name: "Known issues" })).toContainText("Printing takes a minute");

  // Told again from git, before the eyes of who looks.
  await scene.api("cy", "POST", "/releases/1.1.0/notes/renew", { notes: [told("a1b2", "features", "feat: lend with nothing"), told("c3d4", "fixes", "nights are dark")] });
  await expect(notes).toContainText("its source says otherwise now");
  await expect(notes).toContainText("Its source: feat: lend with nothing");
  await expect(notes.getByRole("list", { name: "Fixes" })).toHaveCount(0);
  await notes.getByRole("button", { name: "Change: Everybody lends without a card" }).click();
  await dialog.getByRole("button", { name: "Take what the source says" }).click();
  await dialog.getByRole("button", { name: "Keep it" }).click();
  await expect(notes.getByRole("list", { name: "New features" })).toContainText("feat: lend with nothing (#7)");
  await expect(notes).not.toContainText("its source says otherwise now");
  await accessible(page, "notes of a release");
  expect(faults).toEqual([]);
  await close();

  const vi = await browserOf(browser, scene);
  await signIn(vi.page, "vi");
  await vi.page.goto("/releases/1.1.0");
  await expect(vi.page.getByRole("region", { name: "Notes" })).toContainText("Printing takes a minute");
  await expect(vi.page.getByRole("region", { name: "Notes" }).getByRole("button")).toHaveCount(0);
  await vi.close();
});
