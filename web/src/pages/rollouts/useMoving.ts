// Which rollouts move now. The list is read again only when one begins, ends or changes its state; each rollout is kept up
// to date by itself, so that one that moves draws one row.
import { useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { api, got } from "@/api/client";
import type { Rollout } from "@/api/types";
import { useTold } from "@/live/live";
import type { Told } from "@/live/stream";

export const MOVING = ["advancing", "held", "returning", "waiting"] as const;
const LIMIT = 500;
const GATHER_MS = 250;
const KEY = ["moving"] as const;

/** Everything else that happens to a rollout changes its row and not which rows there are. */
const CHANGES = new Set(["started", "began", "returning", "succeeded", "rolled-back", "cancelled"].map((word) => `rollout.${word}`));

export interface Where {
  id: string;
  environment: string;
}

export function isMoving({ state }: Pick<Rollout, "state">): boolean {
  return (MOVING as readonly string[]).includes(state);
}

async function read(client: QueryClient): Promise<Where[]> {
  const pages = await Promise.all(
    MOVING.map((state) => got(api.GET("/api/v1/rollouts", { params: { query: { state, limit: LIMIT } } }))),
  );
  const found = new Map(pages.flatMap(({ items }) => items).map((rollout) => [rollout.id, rollout]));
  for (const rollout of found.values()) client.setQueryData(["rollout", rollout.id], rollout);
  const newestFirst = [...found.values()].sort((a, b) => b.started_ms - a.started_ms);
  return newestFirst.map(({ id, environment }) => ({ id, environment }));
}

export function useMoving() {
  const client = useQueryClient();
  const timer = useRef<number>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  useTold(
    useCallback(
      (told: Told) => {
        if (told.what !== "event" || !CHANGES.has(told.event.kind)) return;
        window.clearTimeout(timer.current);
        timer.current = window.setTimeout(() => void client.invalidateQueries({ queryKey: KEY }), GATHER_MS);
      },
      [client],
    ),
  );
  return useQuery({ queryKey: KEY, queryFn: () => read(client), refetchOnMount: "always" });
}
