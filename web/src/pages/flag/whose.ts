// Whose word a proposed change waits for. Only a first sorting: the server decides who may. Pure.
import type { Right } from "@/api/may";
import type { FlagProposal, Whoami } from "@/api/types";

/** Why it is not the reader's, in words; empty where it is. */
export function whyNotMine({ by, environment }: Pick<FlagProposal, "by" | "environment">, me: Pick<Whoami, "name" | "kind" | "open">, may: (right: Right, environment?: string) => boolean): string {
  if (by.toLowerCase() === me.name.toLowerCase()) return "you proposed it";
  if (me.kind === "service") return "a program approves nothing";
  return may("sign", environment) ? "" : `you may not sign in ${environment}`;
}
