// Telling people, on a real server with a real mail server beside it: a release manager makes a channel, an audience and words,
// announces and sees it arrive; somebody on the public page says how it is, and the release's page shows it beside its figures.
import { createServer, type Socket } from "node:net";
import { accessible, browserOf, expect, openShop, planDocument, signIn, test, type Scene } from "./test";

interface Letter {
  to: string;
  body: string;
}

/** A mail server that takes letters by RFC 5321 and refuses one mailbox. */
class Mailbox {
  letters: Letter[] = [];
  port = 0;
  refused = "gone@example.org";
  private readonly server = createServer((socket) => this.serve(socket));

  async open(): Promise<this> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
    this.port = (this.server.address() as { port: number }).port;
    return this;
  }

  close(): void {
    this.server.close();
  }

  private serve(socket: Socket): void {
    let [buffer, to, inLetter] = ["", "", false];
    socket.on("error", () => socket.destroy());
    socket.write("220 mailbox.example\r\n");
    socket.on("data", (piece) => {
      buffer += piece.toString("latin1");
      for (;;) {
        const end = buffer.indexOf(inLetter ? "\r\n.\r\n" : "\r\n");
        if (end < 0) return;
        const text = buffer.slice(0, end);
        buffer = buffer.slice(end + (inLetter ? 5 : 2));
        if (inLetter) {
          this.letters.push({ to, body: text });
          inLetter = false;
          socket.write("250 taken\r\n");
          continue;
        }
        const word = text.slice(0, 4).toUpperCase();
        if (word === "RCPT") {
          to = /<(.*)>/.exec(text)?.[1] ?? "";
          socket.write(to === this.refused ? "550 5.1.1 nobody here\r\n" : "250 ok\r\n");
        } else if (word === "DATA") {
          inLetter = true;
          socket.write("354 go ahead\r\n");
        } else if (word === "QUIT") {
          socket.end("221 bye\r\n");
        } else socket.write("250 ok\r\n");
      }
    });
  }
}

let scene: Scene;
let mailbox: Mailbox;
test.beforeAll(async () => {
  test.setTimeout(240_000);
  mailbox = await new Mailbox().open();
  scene = await openShop();
  await scene.release("ann", "1.1.0", { notes: ["Refunds without paper"] });
  await scene.api("cy", "PUT", "/plans/1.1.0", { document: planDocument("1.1.0") });
});
test.afterAll(async () => {
  await scene.close();
  mailbox.close();
});

test("a release is announced by mail and on the public page, and what users say stands beside its figures", async ({ browser }) => {
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Announcements" }).click();
  await expect(page.getByText("Nothing is announced yet")).toBeVisible();

  // A way out, which is tried; and the public page with subscriptions by it.
  await page.getByRole("tab", { name: "Channels" }).click();
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "Add a channel" }).click();
  await expect(dialog.getByRole("textbox", { name: "Name", exact: true })).toBeFocused();
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("post");
  await dialog.getByLabel("Host").fill("127.0.0.1");
  await dialog.getByLabel("Port").fill(String(mailbox.port));
  await dialog.getByLabel("Encryption").selectOption("plain-to-loopback");
  await dialog.getByLabel("From").fill("not an address");
  await dialog.getByRole("button", { name: "Add it" }).click();
  // The browser itself looks at an address first.
  await expect(dialog.getByLabel("From")).toBeFocused();
  await dialog.getByLabel("From").fill("shop@example.org");
  await dialog.getByRole("button", { name: "Add it" }).click();
  await dialog.getByRole("button", { name: "Done" }).click();
  const post = page.getByRole("region", { name: "post" });
  await expect(post).toContainText(`127.0.0.1:${mailbox.port}, from shop@example.org`);
  await post.getByRole("button", { name: "Try it" }).click();
  await expect(post.getByText(/^It works, after/)).toBeVisible();
  await post.getByRole("button", { name: "Send a letter" }).click();
  await expect(dialog.getByLabel("To")).toBeFocused();
  await dialog.getByLabel("To").fill("cy@example.org");
  await dialog.getByRole("button", { name: "Send it" }).click();
  await expect(dialog).toBeHidden();
  await expect.poll(() => mailbox.letters.map(({ to }) => to)).toEqual(["cy@example.org"]);
  expect(mailbox.letters.pop()?.body).toContain("only a test");
  await page.getByRole("button", { name: "Add a channel" }).click();
  await expect(dialog.getByRole("textbox", { name: "Name", exact: true })).toBeFocused();
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("news");
  await dialog.getByLabel("Kind").selectOption("page");
  await dialog.getByLabel("Title").fill("News of the shop");
  await dialog.getByRole("combobox", { name: "Subscriptions by" }).click();
  await page.getByRole("option", { name: "post" }).click();
  await dialog.getByRole("button", { name: "Add it" }).click();
  await dialog.getByRole("button", { name: "Done" }).click();
  const news = page.getByRole("region", { name: "news" });
  await expect(news.getByText("0 subscribers by post.")).toBeVisible();
  await expect(news.getByRole("link", { name: /^Atom/ })).toHaveAttribute("href", /\/public\/announcements\.atom$/);
  // A room's address is typed like a password, and never comes back.
  await page.getByRole("button", { name: "Add a channel" }).click();
  await expect(dialog.getByRole("textbox", { name: "Name", exact: true })).toBeFocused();
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("room");
  await dialog.getByLabel("Kind").selectOption("slack");
  await dialog.getByRole("textbox", { name: "Address" }).fill(`http://127.0.0.1:${mailbox.port}/s3cret-path`);
  await dialog.getByRole("button", { name: "Add it" }).click();
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.reload();
  await expect(page.getByRole("region", { name: "room" })).toContainText("127.0.0.1");
  expect(await page.content()).not.toContain("s3cret-path");
  await page.getByRole("region", { name: "room" }).getByRole("button", { name: "Remove" }).click();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await expect(page.getByRole("region", { name: "room" })).toHaveCount(0);

  // Whom it is for; one of the mailboxes does not exist.
  await page.getByRole("tab", { name: "Audiences" }).click();
  await page.getByRole("button", { name: "Add an audience" }).click();
  await expect(dialog.getByRole("textbox", { name: "Name", exact: true })).toBeFocused();
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("users");
  const reached = dialog.getByRole("combobox", { name: "Reached by" });
  // What comes in live while the list opens may close it again; a person clicks once more.
  await expect(async () => {
    await reached.click();
    await expect(page.getByRole("option", { name: "news" })).toBeVisible({ timeout: 3000 });
  }).toPass();
  await page.getByRole("option", { name: "news" }).click();
  await page.getByRole("option", { name: "post" }).click();
  await page.keyboard.press("Escape");
  await dialog.getByLabel("Addresses").fill("ada@example.org, gone@example.org");
  await dialog.getByRole("button", { name: "Add it" }).click();
  await expect(page.getByRole("table", { name: "Audiences" }).getByRole("row", { name: /users/ })).toContainText("2 addresses");

  // Words are tried on the release while they are typed; what stands for nothing is named.
  await page.getByRole("tab", { name: "Words" }).click();
  const reads = page.getByRole("region", { name: "How it reads" });
  await page.getByRole("combobox", { name: "Tried on the release" }).fill("1.1.0");
  await page.keyboard.press("Escape");
  await expect(reads).toContainText("Release 1.1.0 of shop is planned for");
  await expect(reads).toContainText("It will not answer for about 2 minutes.");
  const text = page.getByRole("textbox", { name: "Text" });
  await text.fill("{{ relaese }} comes.");
  await expect(reads.getByRole("alert")).toContainText("relaese");
  await page.getByRole("button", { name: "Keep these words" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "template-name-unknown" }).last()).toBeVisible();
  await text.fill("{{ release }} comes {{ starts }}{% if ends %}, until {{ ends }}{% endif %}. {% for change in changes %}{{ change }}!{% endfor %}");
  await expect(reads).toContainText(/1\.1\.0 comes \d{4}-\d\d-\d\d 05:00 CES?T, until .* 06:30 CES?T\. Refunds without paper!/);
  await page.getByRole("button", { name: "Keep these words" }).click();
  await expect(page.getByRole("button", { name: "As they came" })).toBeVisible();

  // Everything around a rollout is arranged at once; what waits is told when a real rollout comes so far.
  await page.getByRole("tab", { name: "Announcements" }).click();
  await page.getByRole("button", { name: "Arrange a rollout" }).click();
  await dialog.getByRole("combobox", { name: "Release" }).fill("1.1.0");
  await page.keyboard.press("Escape");
  await dialog.getByRole("button", { name: "Arrange it" }).click();
  const table = page.getByRole("table", { name: "Announcements" });
  await expect(table.getByRole("row")).toHaveCount(5);
  await expect(table.getByRole("row", { name: /Schedule of 1\.1\.0/ })).toContainText("1 given up");
  await expect(table.getByRole("row", { name: /Confirmation of 1\.1\.0/ })).toContainText("when a rollout in production succeeds");

  // Its page: the words as they went out, each delivery, and the one that was given up is sent again once its mailbox is there.
  await table.getByRole("row", { name: /Schedule of 1\.1\.0/ }).getByRole("link").first().click();
  await expect(page.getByRole("region", { name: "As it went out" })).toContainText("Refunds without paper!");
  const deliveries = page.getByRole("table", { name: "Deliveries" });
  await expect(deliveries.getByRole("row", { name: /gone@example\.org/ })).toContainText("nobody here");
  await expect(deliveries.getByRole("row", { name: /ada@example\.org/ })).toContainText("delivered");
  mailbox.refused = "";
  await page.getByRole("button", { name: "Send all given up again" }).click();
  await dialog.getByRole("button", { name: "Send all given up again" }).click();
  await expect(deliveries.getByRole("row", { name: /gone@example\.org/ })).toContainText("delivered");
  expect(mailbox.letters.map(({ to }) => to).sort()).toEqual(["ada@example.org", "gone@example.org"]);

  // A reader of the public page, who has no account here and no script.
  const reader = await browserOf(browser, scene, { javaScriptEnabled: false });
  await reader.page.goto("/public/announcements");
  await reader.page.getByRole("link", { name: /1\.1\.0/ }).first().click();
  await expect(reader.page.getByText("Refunds without paper!")).toBeVisible();
  await reader.page.getByRole("link", { name: /how|feedback/i }).first().click();
  await reader.page.getByRole("radio").last().check();
  await reader.page.getByRole("textbox").fill("<img src=x onerror=alert(1)> quick & fine");
  await reader.page.getByRole("button").last().click();
  await expect(reader.page.getByText(/thank/i).first()).toBeVisible();
  await reader.close();

  // The rollout tells the rest, before the eyes of who watches.
  await page.goto("/announcements?release=1.1.0");
  await scene.deploy("cy", "1.1.0", "production", "recreate");
  await expect(table.getByRole("row", { name: /Progress of 1\.1\.0/ })).toContainText("2 of 2 deliveries");
  await expect(table.getByRole("row", { name: /Confirmation of 1\.1\.0/ })).toContainText("2 of 2 deliveries");
  await expect(table.getByRole("row", { name: /Rollback of 1\.1\.0/ })).toContainText("planned");
  await table.getByRole("row", { name: /Rollback of 1\.1\.0/ }).getByRole("link").first().click();
  await page.getByRole("button", { name: "Cancel it" }).click();
  await dialog.getByLabel("Why").fill("it stays");
  await dialog.getByRole("button", { name: "Cancel it" }).click();
  await expect(page.getByText("it stays").first()).toBeVisible();

  // What was said stands on the release's page beside its figures, as text.
  await page.goto("/releases/1.1.0");
  const went = page.getByRole("region", { name: "How it went" });
  await expect(went.getByRole("article", { name: "Failed" })).toContainText("0 of 1");
  const said = page.getByRole("region", { name: "What users say" });
  await expect(said).toContainText("of 5, from 1 answer");
  await expect(said).toContainText("<img src=x onerror=alert(1)> quick & fine");
  await expect(said.locator("img")).toHaveCount(0);
  await said.getByRole("button", { name: "Bring an answer" }).click();
  await expect(dialog.getByLabel("Rating")).toBeFocused();
  await dialog.getByLabel("Rating").fill("2");
  await dialog.getByLabel("In their words").fill("The help desk heard that it is slow.");
  await dialog.getByRole("button", { name: "Bring it" }).click();
  await expect(said).toContainText("from 2 answers");
  await said.getByRole("link", { name: "All of it" }).click();
  await expect(page).toHaveURL(/tab=feedback.*release=1\.1\.0/);
  const answers = page.getByRole("list", { name: "Answers, newest first" });
  await expect(answers.getByRole("listitem")).toHaveCount(2);
  await page.getByRole("combobox", { name: "Rating" }).click();
  await page.getByRole("option", { name: /^2 of 5/ }).click();
  await expect(answers.getByRole("listitem")).toHaveCount(1);
  await expect(answers).toContainText("brought by a program");
  expect([...faults, ...reader.faults]).toEqual([]);
  await close();
});

test("somebody who only looks is offered nothing, and everything is reached by keys", async ({ browser }) => {
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "vi");
  await page.goto("/announcements");
  await expect(page.getByRole("heading", { name: "Announcements", level: 1 })).toBeFocused();
  await expect(page.getByRole("button", { name: /Write one|Arrange/ })).toHaveCount(0);
  await expect(page.getByRole("tab", { name: "Channels" })).toHaveCount(0);
  await page.goto("/releases/1.1.0");
  await expect(page.getByRole("region", { name: "What users say" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Bring an answer" })).toHaveCount(0);
  await close();

  const own = await browserOf(browser, scene);
  const keys = own.page.keyboard;
  await signIn(own.page, "cy");
  await expect(own.page.getByRole("heading", { level: 1 })).toBeFocused();
  await keys.press("g");
  await keys.press("t");
  await expect(own.page.getByRole("heading", { name: "Announcements", level: 1 })).toBeFocused();
  const tabTo = async (target: ReturnType<typeof own.page.getByRole>) => {
    await expect(target).toBeVisible();
    for (let step = 0; step < 80; step += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await keys.press("Tab");
    }
    throw new Error("Tab does not lead there");
  };
  await tabTo(own.page.getByRole("button", { name: "Write one" }));
  await keys.press("Enter");
  const dialog = own.page.getByRole("dialog");
  await expect(dialog.getByRole("combobox", { name: "Release" })).toBeFocused();
  await tabTo(dialog.getByLabel("A note of yours"));
  await keys.type("Written by keys alone.");
  await tabTo(dialog.getByRole("button", { name: "Tell them now" }));
  await keys.press("Enter");
  await expect(own.page.getByRole("region", { name: "As it went out" })).toBeVisible();
  expect([...faults, ...own.faults]).toEqual([]);
  await own.close();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`announcements are accessible and fit their window, ${colorScheme}`, async ({ browser }) => {
    const { page, faults, close } = await browserOf(browser, scene, { colorScheme });
    await signIn(page, "cy");
    const { items } = await scene.api<{ items: { id: string }[] }>("cy", "GET", "/announcements");
    const addresses = {
      announcements: "/announcements", feedback: "/announcements?tab=feedback", "announcement-words": "/announcements?tab=words", audiences: "/announcements?tab=audiences",
      channels: "/announcements?tab=channels", announcement: `/announcements/${items.at(-1)?.id}`, "release-outcome": "/releases/1.1.0",
    };
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
    for (const [tab, button] of [["told", "Write one"], ["told", "Arrange a rollout"], ["channels", "Add a channel"], ["audiences", "Add an audience"]] as const) {
      await page.goto(`/announcements?tab=${tab}`);
      await page.getByRole("button", { name: button }).click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await accessible(page, `${button}, ${colorScheme}`);
    }
    expect(faults).toEqual([]);
    await close();
  });
}
