// What plans have in common: templates, whose turn it is to manage a release, what retrospectives asked for.
import { queryOptions } from "@tanstack/react-query";
import { api, got } from "./client";

export const planTemplates = () =>
  queryOptions({ queryKey: ["plan-templates"], queryFn: () => got(api.GET("/api/v1/plan-templates")) });

export const templateAt = (name: string): string => `/api/v1/plan-templates/${encodeURIComponent(name)}`;

/** The newest edition where none is named. */
export const planTemplate = (name: string, edition?: number) =>
  queryOptions({
    queryKey: ["plan-template", name, edition ?? 0],
    queryFn: () => got(api.GET("/api/v1/plan-templates/{name}", { params: { path: { name }, query: { edition } } })),
  });

/** What an edition says otherwise than the one before it. */
export const templateDifference = (name: string, edition: number) =>
  queryOptions({
    queryKey: ["plan-template", name, edition, "difference"],
    queryFn: () => got(api.GET("/api/v1/plan-templates/{name}/difference", { params: { path: { name }, query: { to: edition } } })),
  });

export const ROTATION_AT = "/api/v1/plan-rotation";

/** For the time of a plan; for today where none is named. */
export const planRotation = (plan?: string) =>
  queryOptions({
    queryKey: ["plan-rotation", plan ?? ""],
    queryFn: () => got(api.GET("/api/v1/plan-rotation", { params: { query: { plan } } })),
  });

export const openActions = () =>
  queryOptions({ queryKey: ["plan-actions"], queryFn: () => got(api.GET("/api/v1/plan-actions")) });
