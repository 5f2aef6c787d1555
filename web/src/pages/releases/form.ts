// What the form for a new release holds, what is wrong with it, and the request it becomes. Pure.
import type { Catalog, Named } from "@/api/types";
import { readCommits } from "./commits";

export interface ComponentForm {
  name: string;
  run: string;
  included: boolean;
  from: "path" | "command";
  path: string;
  version: string;
}

export interface ReleaseForm {
  version: string;
  hotfix: boolean;
  notes: string;
  /** A line each, as git writes them. */
  commits: string;
  components: ComponentForm[];
}

export function emptyForm(catalog: Catalog): ReleaseForm {
  const components = Object.entries(catalog.components).map(([name, { run }]) => ({
    name, run: run.join(" "), included: Object.keys(catalog.components).length === 1, from: "path" as const, path: "", version: "",
  }));
  return { version: "", hotfix: false, notes: "", commits: "", components };
}

/** By the field's name; empty when it can be sent. */
export function wrongWith({ version, commits, components }: ReleaseForm): Record<string, string> {
  const wrong: Record<string, string> = {};
  if (version.trim() === "") wrong["version"] = "A release needs a version.";
  const lines = readCommits(commits);
  if (lines.wrong !== undefined) wrong["commits"] = lines.wrong;
  const included = components.filter((one) => one.included);
  if (included.length === 0) wrong["components"] = "A release needs one component at least.";
  for (const one of included) {
    if (one.from !== "path") continue;
    if (one.path.trim() === "") wrong[one.name] = "Where is it?";
    else if (!one.path.trim().startsWith("/")) wrong[one.name] = "The path must be absolute: begin with /.";
  }
  return wrong;
}

export function requestOf({ version, hotfix, notes, commits, components }: ReleaseForm): Named<"CreateReleaseRequest"> {
  const included = components.filter((one) => one.included);
  return {
    version: version.trim(),
    kind: hotfix ? "hotfix" : "planned",
    notes: notes.split("\n").map((line) => line.trim()).filter((line) => line !== ""),
    commits: readCommits(commits).commits,
    components: Object.fromEntries(
      included.map((one) => {
        const own = one.version.trim() === "" ? {} : { version: one.version.trim() };
        return [one.name, one.from === "path" ? { path: one.path.trim(), ...own } : { command: true, ...own }];
      }),
    ),
  };
}
