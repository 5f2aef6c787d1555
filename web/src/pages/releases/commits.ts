// Commits as `git log --format='%H %aI%x09%s'` writes them, a line each: the commit, when it was authored, perhaps its pull request;
// after a tab, its message. Pure; the command line reads the same lines.
import type { Named } from "@/api/types";

export const COMMITS_MAX = 5_000;

export interface ReadCommits {
  commits: Named<"NewCommit">[];
  /** What is wrong with the first line that says no commit. */
  wrong?: string;
}

export function readCommits(text: string): ReadCommits {
  const commits: Named<"NewCommit">[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const [head = "", ...rest] = line.split("\t");
    const [id, at, request, more] = head.trim().split(/\s+/);
    const authored = at === undefined ? Number.NaN : Date.parse(at);
    if (id === undefined || more !== undefined || !/^\d{4}-\d\d-\d\dT/.test(at ?? "") || !(authored >= 0)) {
      return { commits, wrong: `Line ${index + 1}: a commit and when it was authored are expected, such as “a1b2c3d 2026-11-22T10:00:00Z”.` };
    }
    const message = rest.join("\t").trim();
    commits.push({ id, authored_ms: authored, ...(request === undefined ? {} : { pull_request: request }), ...(message === "" ? {} : { message }) });
  }
  return commits.length > COMMITS_MAX ? { commits, wrong: `These are ${commits.length} commits; a release takes at most ${COMMITS_MAX}.` } : { commits };
}
