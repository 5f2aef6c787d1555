// What can be read of plans, and the one way in which something is said about a plan.
import { queryOptions } from "@tanstack/react-query";
import { useCallback } from "react";
import { api, got } from "./client";
import { useOld } from "./keeping";
import type { PlanAct } from "./types";

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

/** Where a plan stands in the API, for what is changed only as it was read. */
export const planAt = (version: string): string => `/api/v1/plans/${encodeURIComponent(version)}`;

/** Says something about a plan; what follows from it is read again. */
export function useAct(version: string): (act: PlanAct) => Promise<void> {
  const old = useOld();
  return useCallback(
    async (act) => {
      await api.POST("/api/v1/plans/{version}/acts", { params: { path: { version } }, body: act });
      await old(["plan", version], ["plans"], ["plan-schedule", version], ["plan-readiness", version], ["plan-risk", version], ["plan-capacity", version], ["go-no-go", version]);
    },
    [old, version],
  );
}
