// What whoever is signed in may do, as the server says it; buttons that would only be refused are not offered.
import { useSuspenseQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { session } from "./queries";
import type { Named } from "./types";

export type Right = Named<"May">["right"];

/** What only counts over more than an environment; anything else counts where it is done, or is asked for somewhere. */
const REACH: Partial<Record<Right, "project" | "installation">> = {
  "read-audit": "project",
  "create-release": "project",
  "add-evidence": "project",
  "edit-calendar": "project",
  "edit-webhooks": "project",
  configure: "project",
  waive: "project",
  administer: "installation",
};

export function allows(may: readonly Named<"May">[], right: Right, environment?: string): boolean {
  // The keys of programs belong to an environment, and whoever configures it keeps them.
  const reach = right === "configure" && environment !== undefined ? undefined : REACH[right];
  return may.some((one) => {
    if (one.right !== right) return false;
    if (reach === "installation") return one.installation;
    if (reach === "project") return one.environment == null;
    return environment === undefined || one.environment == null || one.environment === environment;
  });
}

/** Somewhere, where no environment is named. */
export function useMay(): (right: Right, environment?: string) => boolean {
  const { may } = useSuspenseQuery(session()).data;
  return useCallback((right, environment) => allows(may, right, environment), [may]);
}

/** In every environment: for what they all share. */
export function useMayEverywhere(): (right: Right) => boolean {
  const { may } = useSuspenseQuery(session()).data;
  return useCallback((right) => may.some((one) => one.right === right && one.environment == null), [may]);
}
