// What is being written of a flag in one environment, as a form or as a text, beside what stood there when it was begun.
import { useCallback, useMemo, useState } from "react";
import { ifMatch } from "@/api/editions";
import { flagAt } from "@/api/flags";
import type { FlagEnvironment } from "@/api/types";
import { definitionOf, faults, formOf, SWITCH, type Form } from "./form";
import { pretty, same, type Json } from "./json";
import { parsed, type Place, type Wrong } from "./places";

/** `source` is what the form was read from: what nobody touches is written back as it stands there. */
type Written = { as: "form"; form: Form; source: Json } | { as: "text"; text: string };

interface State {
  written: Written;
  /** What it was begun from; nothing where nothing stood. */
  base: Json | undefined;
  edition: number;
  unchanged: Record<string, string>;
}

function begin(key: string, stands: FlagEnvironment | undefined, as: Written["as"]): State {
  const base = stands?.definition as Json | undefined;
  return { ...at(base ?? SWITCH, as), base, edition: stands?.edition ?? 0, unchanged: ifMatch(flagAt(key)) };
}

/** In the way that was wanted, or as a text where there is no form of it. */
function at(definition: Json, as: Written["as"]): { written: Written } {
  const form = as === "form" ? formOf(definition) : null;
  return { written: form ? { as: "form", form, source: definition } : { as: "text", text: pretty(definition) } };
}

export function useDraft(key: string, stands: FlagEnvironment | undefined) {
  const [state, setState] = useState<State>(() => begin(key, stands, "form"));
  const { written, base, edition } = state;
  const read = useMemo((): { definition: Json | null; wrong: Wrong | null; places: ReadonlyMap<string, Place>; found: string[] } => {
    if (written.as === "form") {
      const found = faults(written.form);
      return { definition: found.length === 0 ? definitionOf(written.form, written.source) : null, wrong: null, places: new Map(), found };
    }
    const result = parsed(written.text);
    return "wrong" in result ? { definition: null, wrong: result.wrong, places: new Map(), found: [] } : { definition: result.value, wrong: null, places: result.places, found: [] };
  }, [written]);
  const { definition } = read;
  const put = useCallback((next: Written) => setState((before) => ({ ...before, written: next })), []);
  return {
    written,
    ...read,
    base,
    put,
    /** Whether anything would be lost. */
    changed: base === undefined ? definition === null || !same(definition, SWITCH) : definition === null || !same(definition, base),
    /** Whether somebody else changed it there since it was begun. */
    overtaken: (stands?.edition ?? 0) !== edition,
    /** For the change: only while it stands as it was seen. Elsewhere it may have been changed meanwhile. */
    unchanged: () => ((stands?.edition ?? 0) === edition ? ifMatch(flagAt(key)) : state.unchanged),
    begin: useCallback(() => setState((before) => begin(key, stands, before.written.as)), [key, stands]),
    /** What is written stays, and is compared with what stands now. */
    rebase: useCallback(() => setState((before) => ({ ...before, base: stands?.definition as Json | undefined, edition: stands?.edition ?? 0, unchanged: ifMatch(flagAt(key)) })), [key, stands]),
    take: useCallback((taken: Json) => setState((before) => ({ ...before, ...at(taken, before.written.as) })), []),
    show: useCallback((as: Written["as"]) => setState((before) => {
      if (before.written.as === as) return before;
      if (before.written.as === "form") {
        const { form, source } = before.written;
        return { ...before, written: { as: "text", text: pretty(faults(form).length === 0 ? definitionOf(form, source) : source) } };
      }
      const result = parsed(before.written.text);
      return "value" in result ? { ...before, ...at(result.value, "form") } : before;
    }), []),
  };
}

export type Draft = ReturnType<typeof useDraft>;
