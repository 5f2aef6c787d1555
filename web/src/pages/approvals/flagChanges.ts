// Changes of flags that wait for a second person, of all flags; and whose word they wait for.
import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { flag, flags } from "@/api/flags";
import type { Right } from "@/api/may";
import type { Flag, FlagProposal, Whoami } from "@/api/types";
import { whyNotMine } from "@/pages/flag/whose";

export interface FlagChangeWaiting {
  flag: Flag;
  proposal: FlagProposal;
}

/** The list says how many wait at a flag, and only the flag itself which. */
const FLAGS_MAX = 50;
/** What was read a moment ago is not read again, unless an event made it old. */
const FRESH_MS = 60_000;

export const flagChanges = (client: QueryClient) =>
  queryOptions({
    queryKey: ["flag-changes"],
    queryFn: async (): Promise<FlagChangeWaiting[]> => {
      const { items } = await client.fetchQuery({ ...flags(), staleTime: FRESH_MS });
      const waiting = items.filter((one) => one.waiting > 0).slice(0, FLAGS_MAX);
      const whole = await Promise.all(waiting.map(({ key }) => client.fetchQuery({ ...flag(key), staleTime: FRESH_MS })));
      return whole.flatMap((one) => (one.proposals ?? []).map((proposal) => ({ flag: one, proposal }))).sort((one, other) => one.proposal.at_ms - other.proposal.at_ms);
    },
  });

/** What one cannot approve any more waits for whoever proposed it. */
export function mineOf(all: readonly FlagChangeWaiting[], me: Whoami, may: (right: Right, environment?: string) => boolean): FlagChangeWaiting[] {
  return all.filter(({ proposal }) => !proposal.stale && whyNotMine(proposal, me, may) === "");
}
