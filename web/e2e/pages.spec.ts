// Every page with real data, in light and dark: nothing that axe finds serious, no page wider than its window at 390, 1280
// and 1920 pixels. With SCREENSHOTS=1 it writes what docs/screens shows.
import { accessible, browserOf, expect, fill, open, signIn, test, type Scene } from "./test";

let scene: Scene;
let addresses: Record<string, string>;
test.beforeAll(async () => {
  test.setTimeout(480_000);
  scene = await fill(await open(["--require-login"]));
  await scene.stands("1.2.0", "production", "barred");
  const { items } = await scene.api<{ items: { id: string }[] }>("root", "GET", "/rollouts?state=rolled-back&limit=1");
  addresses = {
    overview: "/", releases: "/releases", release: "/releases/1.3.0", rollouts: "/rollouts", rollout: `/rollouts/${items[0]?.id}`,
    flags: "/flags", flag: "/flags/new-checkout?env=production", "flag-editor": "/flags/new-checkout?env=staging&tab=edit", "flag-history": "/flags/new-checkout?env=staging&tab=history",
    "flag-exposure": "/flags/new-checkout?env=production&tab=exposure", "flag-keys": "/environments/production?tab=flag-keys",
    plans: "/plans", plan: "/plans/2.0.0", "plan-schedule": "/plans/2.0.0?tab=schedule", "plan-risks": "/plans/2.0.0?tab=risks", "plan-go-no-go": "/plans/2.0.0?tab=go-no-go",
    "plan-scope": "/plans/2.0.0?tab=scope", "plan-templates": "/plans?tab=templates", "plan-template": "/plans/templates/planned", "plan-turns": "/plans?tab=turns",
    "plan-actions": "/plans?tab=actions", "scope-sources": "/plans?tab=sources", "plan-shipped": "/plans/2.0.0?tab=shipped",
    announcements: "/announcements", feedback: "/announcements?tab=feedback", "announcement-words": "/announcements?tab=words", channels: "/announcements?tab=channels",
    measures: "/measures?rows=deployment-frequency", incidents: "/incidents",
    approvals: "/approvals", calendar: "/calendar", environments: "/environments", environment: "/environments/production",
    audit: "/audit", webhooks: "/webhooks", webhook: "/webhooks/ledger", people: "/people", person: "/people/ann",
    settings: "/settings", "first-run": "/first-run",
  };
});
test.afterAll(() => scene.close());

const SIZES: [number, number][] = [[390, 844], [1280, 800], [1920, 1080]];

for (const colorScheme of ["light", "dark"] as const) {
  test(`every page is accessible and fits its window, ${colorScheme}`, async ({ browser }) => {
    test.setTimeout(480_000);
    const { page, faults, close } = await browserOf(browser, scene, { colorScheme });
    await page.goto("/sign-in");
    await accessible(page);
    await signIn(page, "cy");
    for (const [name, address] of Object.entries(addresses)) {
      await page.goto(address);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
      for (const [width, height] of SIZES) {
        await page.setViewportSize({ width, height });
        // Some pages draw themselves anew at another width.
        const over = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        await expect.soft.poll(over, { message: `${name} at ${width} is wider than its window`, timeout: 20_000 }).toBeLessThanOrEqual(0);
        if (process.env["SCREENSHOTS"]) {
          // Charts draw themselves anew at a new width.
          await page.waitForTimeout(500);
          await page.screenshot({ path: `../docs/screens/${name}-${width}-${colorScheme}.png` });
        }
      }
      await page.setViewportSize({ width: 1280, height: 800 });
      await accessible(page, `${name}, ${colorScheme}`);
    }
    expect(faults).toEqual([]);
    await close();
  });
}
