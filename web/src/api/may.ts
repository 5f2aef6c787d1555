// What whoever is signed in may do, as the server says it; buttons that would only be refused are not offered.
import { useSuspenseQuery } from "@tanstack/react-query";
import { session } from "./queries";

export type Right =
  | "read" | "read-logs" | "read-audit" | "create-release" | "add-evidence" | "deploy" | "deploy-protected" | "stop"
  | "sign" | "waive" | "override-freeze" | "edit-calendar" | "configure" | "write-secrets" | "edit-webhooks" | "grant"
  | "administer";

export function useMay(): (right: Right, environment?: string) => boolean {
  const { data } = useSuspenseQuery(session());
  const may = (data as { may?: { right: string; environment?: string | null }[] }).may;
  return (right, environment) =>
    data.open || may === undefined ||
    may.some((one) => one.right === right && (one.environment == null || one.environment === environment || environment === undefined));
}
