// What waits for somebody's word, and whether it is the reader's. Only a first sorting: the server decides who may sign.
import type { Right } from "@/api/may";
import { project } from "@/api/place";
import type { Gate, Release, Whoami, Why } from "@/api/types";

export interface Waiting {
  key: string;
  release: string;
  environment: string;
  gate: Gate;
  /** Of the release, where it is known here. */
  of: Release | undefined;
  mine: boolean;
  /** What the reader said already, and what still counts. */
  said: "yes" | "no" | null;
  /** Why it is not the reader's, in words; empty where it is. */
  whyNot: string;
}

interface Reader {
  me: Whoami;
  may: (right: Right, environment?: string) => boolean;
}

const SIGNED = new Set(["approval", "manual-test", "uat"]);
const CALENDAR = new Set(["freeze", "window"]);

export const isSigned = (gate: Gate) => SIGNED.has(gate.kind);
export const isCalendar = (gate: Gate) => CALENDAR.has(gate.kind);

export function waiting(whys: Why[], releases: Release[], reader: Reader): Waiting[] {
  const known = new Map(releases.map((release) => [release.version, release]));
  return whys.flatMap(({ release, environment, gates }) =>
    gates
      .filter((gate) => isSigned(gate) || (isCalendar(gate) && reader.may("override-freeze", environment)))
      .map((gate) => {
        const of = known.get(release);
        const said = word(gate, reader.me.name);
        const whyNot = isCalendar(gate) ? "" : notMine(gate, environment, of, reader);
        return { key: `${release} ${environment} ${gate.name}`, release, environment, gate, of, said, whyNot, mine: whyNot === "" && said === null };
      }),
  );
}

/** Signatures come first; a freeze that one may override is an exception, not a task. */
export function mine(all: Waiting[]): Waiting[] {
  return all.filter((one) => one.mine && isSigned(one.gate));
}

function word({ signing }: Gate, name: string): "yes" | "no" | null {
  if (signing?.no === name) return "no";
  return signing?.yes.includes(name) === true ? "yes" : null;
}

function notMine(gate: Gate, environment: string, of: Release | undefined, { me, may }: Reader): string {
  if (me.open) return "";
  if (me.kind === "service") return "a program signs nothing";
  if (!may("sign", environment)) return `you may not sign in ${environment}`;
  if (gate.signing?.author_counts === false && of?.author === me.name) return "you made this release";
  if (gate.signing?.no != null && gate.signing.no !== me.name) return `${gate.signing.no} said no, and only they can take it back`;
  return wanted(gate, environment, me) ? "" : `it asks for ${gate.who}`;
}

const here = project ?? "default";

/** Whether the reader holds one of the roles or groups that the gate names. */
function wanted({ signing }: Gate, environment: string, me: Whoami): boolean {
  if (signing == null || (signing.roles.length === 0 && signing.groups.length === 0)) return true;
  const holds = me.grants.some(
    ({ role, environment: where, project: of }) => signing.roles.includes(role) && (where ?? environment) === environment && (of ?? here) === here,
  );
  return holds || signing.groups.some((group) => me.groups.includes(group));
}
