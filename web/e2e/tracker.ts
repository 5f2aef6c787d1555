// A tracker that speaks as GitHub does, and below /api/v4 as GitLab, on this machine: it holds issues, and refuses or limits when it
// is told to.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Issue {
  number: number;
  title: string;
  labels?: string[];
  milestone?: string;
  /** A pull request that was merged then. */
  merged?: string;
}

export async function openTracker() {
  const issues = new Map<number, object>();
  const gitlab: { request: boolean; item: object }[] = [];
  let mood: "answers" | "expired" | "limited" = "answers";
  const server = createServer((asked, answer) => {
    asked.resume();
    const say = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      answer.writeHead(status, { "Content-Type": "application/json", ...headers });
      answer.end(JSON.stringify(body));
    };
    if (mood === "expired") say(401, { message: "Bad credentials" });
    else if (mood === "limited") {
      mood = "answers";
      say(429, { message: "API rate limit exceeded" }, { "Retry-After": "8" });
    } else if (asked.url?.startsWith("/api/v4/projects/group%2Fweb/")) {
      const requests = asked.url.includes("/merge_requests");
      say(200, gitlab.filter(({ request }) => request === requests).map(({ item }) => item));
    } else say(200, [...issues.values()]);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  let changes = 0;
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    feels(now: typeof mood) {
      mood = now;
    },
    hold({ number, title, labels = [], milestone, merged }: Issue) {
      // Each change is newer than the one before, and none is in the future of the one that asks.
      const updated = new Date(Date.now() - 3_600_000 + (changes += 1) * 1000).toISOString();
      issues.set(number, {
        number, title, state: merged ? "closed" : "open", html_url: `https://github.com/acme/shop/issues/${number}`, labels: labels.map((name) => ({ name })), milestone: milestone ? { title: milestone } : null,
        user: { login: "ana" }, created_at: "2026-01-02T00:00:00Z", updated_at: updated, closed_at: merged ?? null, body: "",
        ...(merged ? { pull_request: { merged_at: merged } } : {}),
      });
    },
    /** As GitLab has it: an issue, or a merge request that was merged. */
    holdAtGitLab({ number, title, labels = [], milestone, merged }: Issue) {
      const updated_at = new Date(Date.now() - 3_600_000 + (changes += 1) * 1000).toISOString();
      const sign = merged ? "!" : "#";
      gitlab.push({
        request: merged !== undefined,
        item: {
          iid: number, title, state: merged ? "merged" : "opened", web_url: `https://gitlab.example/group/web/-/${merged ? "merge_requests" : "issues"}/${number}`, references: { full: `group/web${sign}${number}` },
          labels, milestone: milestone ? { title: milestone } : null, author: { username: "ana" }, created_at: "2026-01-02T00:00:00.000Z", updated_at, closed_at: null, merged_at: merged ?? null,
          description: merged ? "Closes #1" : "", time_stats: { time_estimate: 7200 },
        },
      });
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
