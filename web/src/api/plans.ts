// What can be read of plans, and the one way in which something is said about a plan.
import { queryOptions } from "@tanstack/react-query";
import { useCallback } from "react";
import { touched } from "@/live/touched";
import { api, got } from "./client";
import { useOld } from "./keeping";
import type { PlanAct, Retrospective, RetrospectiveWords } from "./types";

export const PLANS_PAGE = 50;

export const plans = (before?: number) =>
  queryOptions({
    queryKey: ["plans", before ?? 0],
    queryFn: () => got(api.GET("/api/v1/plans", { params: { query: { before, limit: PLANS_PAGE } } })),
  });

export const plan = (version: string) =>
  queryOptions({
    queryKey: ["plan", version],
    queryFn: () => got(api.GET("/api/v1/plans/{version}", { params: { path: { version } } })),
  });

export const planSchedule = (version: string) =>
  queryOptions({
    queryKey: ["plan-schedule", version],
    queryFn: () => got(api.GET("/api/v1/plans/{version}/schedule", { params: { path: { version } } })),
  });

export const planReadiness = (version: string) =>
  queryOptions({
    queryKey: ["plan-readiness", version],
    queryFn: () => got(api.GET("/api/v1/plans/{version}/readiness", { params: { path: { version } } })),
  });

export const planRisk = (version: string) =>
  queryOptions({
    queryKey: ["plan-risk", version],
    queryFn: () => got(api.GET("/api/v1/plans/{version}/risk", { params: { path: { version } } })),
  });

/** `on` is a wanted day; the plan's own where it is empty. */
export const planCapacity = (version: string, on: string) =>
  queryOptions({
    queryKey: ["plan-capacity", version, on],
    queryFn: () => got(api.GET("/api/v1/plans/{version}/capacity", { params: { path: { version }, query: { on: on || undefined } } })),
  });

export const goNoGo = (version: string) =>
  queryOptions({
    queryKey: ["go-no-go", version],
    queryFn: () => got(api.GET("/api/v1/plans/{version}/go-no-go", { params: { path: { version } } })),
  });

/** The record of a release with what people said; JSON, though the route can answer Markdown too. */
export const retrospective = (version: string) =>
  queryOptions({
    queryKey: ["retrospective", version],
    queryFn: async () => (await got(api.GET("/api/v1/plans/{version}/retrospective", { params: { path: { version } } }))) as Retrospective,
  });

export const retrospectiveAt = (version: string): string => `${planAt(version)}/retrospective`;

/** What people say, the whole of it. */
export function useLookBack(version: string): (words: RetrospectiveWords, headers: Record<string, string>) => Promise<void> {
  const old = useOld();
  return useCallback(
    async (words, headers) => {
      await api.PUT("/api/v1/plans/{version}/retrospective", { params: { path: { version } }, body: words, headers });
      await old(...touched(`plan/${version}`));
    },
    [old, version],
  );
}

export const planHistory = (version: string) =>
  queryOptions({
    queryKey: ["plan-history", version],
    queryFn: () => got(api.GET("/api/v1/plans/{version}/history", { params: { path: { version } } })),
  });

/** What an edition changed, or what the plan says otherwise than its template. */
export const planDifference = (version: string, edition: number | "template") =>
  queryOptions({
    queryKey: ["plan-difference", version, edition],
    queryFn: () => got(api.GET("/api/v1/plans/{version}/difference", { params: { path: { version }, query: edition === "template" ? { template: true } : { to: edition } } })),
  });

export const planProgress = (version: string) =>
  queryOptions({
    queryKey: ["plan-progress", version],
    queryFn: () => got(api.GET("/api/v1/plans/{version}/progress", { params: { path: { version } } })),
  });

/** Where a plan stands in the API, for what is changed only as it was read. */
export const planAt = (version: string): string => `/api/v1/plans/${encodeURIComponent(version)}`;

/** Says something about a plan; what follows from it is read again. */
export function useAct(version: string): (act: PlanAct) => Promise<void> {
  const old = useOld();
  return useCallback(
    async (act) => {
      await api.POST("/api/v1/plans/{version}/acts", { params: { path: { version } }, body: act });
      await old(...touched(`plan/${version}`));
    },
    [old, version],
  );
}

/** One action of a retrospective is done, or open again; what else stands there stays, as it is read now. */
export function useActionDone(version: string): (action: string, done: boolean) => Promise<void> {
  const write = useLookBack(version);
  return useCallback(
    async (id, done) => {
      const found = (await got(api.GET("/api/v1/plans/{version}/retrospective", { params: { path: { version } } }))) as Retrospective;
      const { summary, went_well, to_improve, edition } = found;
      const actions = found.actions.map((one) => (one.id === id ? { ...one, done } : one));
      await write({ summary, went_well, to_improve, actions }, { "If-Match": `"${edition}"` });
    },
    [write, version],
  );
}
