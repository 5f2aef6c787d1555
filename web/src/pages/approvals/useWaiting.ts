// What waits, put together of what the server says about every release; and how much of it is the reader's, for the
// navigation, read seldom enough to cost little on every page.
import { useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { useMay } from "@/api/may";
import { releases, session, why } from "@/api/queries";
import { useTold } from "@/live/live";
import type { Told } from "@/live/stream";
import { flagChanges, mineOf } from "./flagChanges";
import { mine, waiting } from "./waiting";

/** Between two countings while events keep coming. */
const PAUSE_MS = 2_000;
const CHANGES = /^(release|catalog|calendar|rollout|flag|person|groups)(\/|$)/;

export function useWaiting() {
  const may = useMay();
  const { data: me } = useSuspenseQuery(session());
  const known = useQuery(releases());
  return useQuery({
    ...why(),
    // Who made a release decides whose it is to sign.
    enabled: !known.isPending,
    select: ({ items }) => waiting(items, known.data?.items ?? [], { me, may }),
  });
}

/** Changes of flags, those that are the reader's to decide on first. */
export function useFlagChanges() {
  const client = useQueryClient();
  const may = useMay();
  const { data: me } = useSuspenseQuery(session());
  return useQuery({
    ...flagChanges(client),
    select: (all) => {
      const yours = mineOf(all, me, may);
      return { yours, others: all.filter((one) => !yours.includes(one)) };
    },
  });
}

export function useMineCount(): number {
  const client = useQueryClient();
  const may = useMay();
  const { data: me } = useSuspenseQuery(session());
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const heard = useCallback(
    (told: Told) => {
      const stream = told.what === "event" ? told.event.stream : told.what === "changed" ? told.stream : "";
      if (!CHANGES.test(stream)) return;
      timer.current ??= window.setTimeout(() => {
        timer.current = undefined;
        void client.invalidateQueries({ queryKey: ["mine"] });
      }, PAUSE_MS);
    },
    [client],
  );
  useTold(heard);
  const counted = useQuery({
    queryKey: ["mine", me.name],
    enabled: may("sign"),
    staleTime: Infinity,
    queryFn: async () => {
      // What a page shows already is not asked again.
      const [whys, known, changes] = await Promise.all([
        client.fetchQuery({ ...why(), staleTime: PAUSE_MS }), client.fetchQuery(releases()), client.fetchQuery({ ...flagChanges(client), staleTime: PAUSE_MS }),
      ]);
      return mine(waiting(whys.items, known.items, { me, may })).length + mineOf(changes, me, may).length;
    },
  });
  return counted.data ?? 0;
}
