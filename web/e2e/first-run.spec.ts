// From an empty installation, by the link that `tidegate up` prints, to a bad release that came back by itself.
import { accessible, browserOf, expect, open, PASSWORD, test, type Scene } from "./test";

let scene: Scene;
test.beforeAll(async () => {
  scene = await open(["--require-login"]);
});
test.afterAll(() => scene.close());

test("somebody new makes an account, brings the sample and releases it", async ({ browser }) => {
  test.setTimeout(480_000);
  const { page, faults, close } = await browserOf(browser, scene);
  await page.goto(`/setup#${scene.setupSecret()}`);
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("root");
  await page.getByRole("textbox", { name: "Password" }).fill("short");
  await page.getByRole("button", { name: /Make the account/ }).click();
  // What the server refuses is said with its help, and nothing that was typed is lost.
  await expect(page.getByRole("alert")).toContainText("password-too-short");
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await page.getByRole("button", { name: /Make the account/ }).click();
  await expect(page.getByRole("heading", { name: "First release" })).toBeVisible();
  expect(page.url()).not.toContain("#");
  await accessible(page);
  await page.getByRole("button", { name: "Be release manager, too" }).click();
  await page.getByRole("button", { name: "Bring the sample shop" }).click();
  for (const version of ["1.0.0", "1.2.0"]) {
    const release = page.locator(".mantine-Card-root", { has: page.getByRole("link", { name: version }) });
    await release.getByRole("button", { name: "Deploy to development" }).click();
    await release.getByRole("button", { name: "Promote to production" }).click({ timeout: 120_000 });
    const end = version === "1.0.0" ? "It went all the way." : /barred/;
    await expect(release.getByText(end).first()).toBeVisible({ timeout: 180_000 });
  }
  expect(faults).toEqual([]);
  await close();
});
