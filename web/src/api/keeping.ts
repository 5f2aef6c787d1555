// What can be read of those who keep the installation: reviews, secrets, differences, the audit trail, webhooks, people.
import { queryOptions, useQueryClient, type QueryKey } from "@tanstack/react-query";
import { api, got } from "./client";

export const reviews = (state?: "due" | "overdue" | "done") =>
  queryOptions({
    queryKey: ["reviews", state ?? "all"],
    queryFn: () => got(api.GET("/api/v1/reviews", { params: { query: { state } } })),
  });

export const configuration = () =>
  queryOptions({ queryKey: ["configuration"], queryFn: () => got(api.GET("/api/v1/configuration")) });

export const secrets = (environment: string) =>
  queryOptions({
    queryKey: ["secrets", environment],
    queryFn: () => got(api.GET("/api/v1/environments/{environment}/secrets", { params: { path: { environment } } })),
  });

export const diff = (environment: string, other: string) =>
  queryOptions({
    queryKey: ["diff", environment, other],
    queryFn: () =>
      got(
        api.GET("/api/v1/environments/{environment}/diff", {
          params: { path: { environment }, query: { with: other } },
        }),
      ),
  });

export const drift = (environment: string) =>
  queryOptions({
    queryKey: ["drift", environment],
    queryFn: () => got(api.GET("/api/v1/environments/{environment}/drift", { params: { path: { environment } } })),
  });

export interface AuditFilter {
  person?: string;
  release?: string;
  environment?: string;
  kind?: string;
  since_ms?: number;
  until_ms?: number;
  before?: number;
}

export const AUDIT_PAGE = 50;

export const auditEvents = (filter: AuditFilter) =>
  queryOptions({
    queryKey: ["audit-events", filter],
    queryFn: () => got(api.GET("/api/v1/audit/events", { params: { query: { ...filter, limit: AUDIT_PAGE } } })),
    placeholderData: (before) => before,
  });

/** The whole log is worked out again for this, so only when it is asked for. */
export const audit = () =>
  queryOptions({ queryKey: ["verified"], queryFn: () => got(api.GET("/api/v1/audit")), enabled: false, gcTime: 0 });

export const checkpoint = () =>
  queryOptions({ queryKey: ["checkpoint"], queryFn: () => got(api.GET("/api/v1/audit/checkpoint")) });

export const retention = () =>
  queryOptions({ queryKey: ["retention"], queryFn: () => got(api.GET("/api/v1/audit/retention")) });

export const webhooks = () =>
  queryOptions({ queryKey: ["webhooks"], queryFn: () => got(api.GET("/api/v1/webhooks")) });

export const webhook = (name: string) =>
  queryOptions({
    queryKey: ["webhook", name],
    queryFn: () => got(api.GET("/api/v1/webhooks/{name}", { params: { path: { name } } })),
  });

export const deliveries = (name: string, state?: "waiting" | "delivered" | "dead") =>
  queryOptions({
    queryKey: ["deliveries", name, state ?? "all"],
    queryFn: () =>
      got(api.GET("/api/v1/webhooks/{name}/deliveries", { params: { path: { name }, query: { state } } })),
  });

export const inbound = () =>
  queryOptions({ queryKey: ["inbound"], queryFn: () => got(api.GET("/api/v1/inbound")) });

export const people = () => queryOptions({ queryKey: ["people"], queryFn: () => got(api.GET("/api/v1/people")) });

export const person = (name: string) =>
  queryOptions({
    queryKey: ["person", name],
    queryFn: () => got(api.GET("/api/v1/people/{person}", { params: { path: { person: name } } })),
  });

export const groups = () => queryOptions({ queryKey: ["groups"], queryFn: () => got(api.GET("/api/v1/groups")) });

export const tokens = (name: string) =>
  queryOptions({
    queryKey: ["tokens", name],
    queryFn: () => got(api.GET("/api/v1/people/{person}/tokens", { params: { path: { person: name } } })),
  });

export const providers = () =>
  queryOptions({ queryKey: ["providers"], queryFn: () => got(api.GET("/api/v1/session/oidc")) });

/** After a change of one's own: read again at once, whether the stream is there or not. */
export function useOld(): (...keys: QueryKey[]) => Promise<void> {
  const client = useQueryClient();
  return async (...keys) => {
    await Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey })));
  };
}
