// What can be read of trackers: the sources, what they hold, what of it waits beside a plan, and what a release really holds.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, got } from "./client";

export const SCOPE_PAGE = 50;

export const scopeSources = () =>
  queryOptions({ queryKey: ["scope-sources"], queryFn: () => got(api.GET("/api/v1/scope/sources")) });

export const scopeSource = (source: string) =>
  queryOptions({
    queryKey: ["scope-source", source],
    queryFn: () => got(api.GET("/api/v1/scope/sources/{source}", { params: { path: { source } } })),
  });

export const trackedItems = (source: string, after?: string) =>
  queryOptions({
    queryKey: ["tracked-items", source, after ?? ""],
    queryFn: () => got(api.GET("/api/v1/scope/sources/{source}/items", { params: { path: { source }, query: { after, limit: SCOPE_PAGE } } })),
    placeholderData: keepPreviousData,
  });

export const untriaged = (version: string, after?: string) =>
  queryOptions({
    queryKey: ["plan-untriaged", version, after ?? ""],
    queryFn: () => got(api.GET("/api/v1/plans/{version}/untriaged", { params: { path: { version }, query: { after, limit: SCOPE_PAGE } } })),
    placeholderData: keepPreviousData,
  });

export const comparison = (version: string, release: string) =>
  queryOptions({
    queryKey: ["plan-comparison", version, release],
    queryFn: () => got(api.GET("/api/v1/plans/{version}/comparison", { params: { path: { version }, query: { release } } })),
  });
