// Where what is written of a document goes: into a plan, and inside of a template's page into the edition that is being made.
import { createContext, use, useMemo } from "react";
import { api } from "@/api/client";
import { useOld } from "@/api/keeping";
import { planAt } from "@/api/plans";
import { touched } from "@/live/touched";
import { sent, type ListName, type PlanDocument } from "./document";
import type { Field } from "./fields";
import { KINDS } from "./kinds";

export interface Writer {
  /** The path of the API at which it stands. */
  at: string;
  /** `plan` or `template`. */
  what: string;
  fields: (list: ListName) => readonly Field[];
  write: (document: PlanDocument, headers: Record<string, string>, note?: string) => Promise<void>;
}

/** Null where plans are written. */
export const Elsewhere = createContext<Writer | null>(null);

export function useWriter(version: string): Writer {
  const elsewhere = use(Elsewhere);
  const old = useOld();
  return useMemo(
    () =>
      elsewhere ?? {
        at: planAt(version),
        what: "plan",
        fields: (list) => KINDS[list].fields,
        write: async (document, headers, note) => {
          const body = { document: sent(document) as never, note: note || null };
          await api.PUT("/api/v1/plans/{version}", { params: { path: { version } }, body, headers });
          await old(...touched(`plan/${version}`));
        },
      },
    [elsewhere, old, version],
  );
}
