// What whoever is signed in may do, as the server says it; buttons that would only be refused are not offered.
import { useSuspenseQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { session } from "./queries";
import type { Named } from "./types";

export type Right = Named<"May">["right"];

/** Somewhere, where no environment is named. */
export function useMay(): (right: Right, environment?: string) => boolean {
  const { may } = useSuspenseQuery(session()).data;
  return useCallback(
    (right, environment) =>
      may.some((one) => one.right === right && (environment === undefined || one.environment == null || one.environment === environment)),
    [may],
  );
}
