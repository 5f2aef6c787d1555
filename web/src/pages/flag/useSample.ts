// What made-up subjects get of a definition, and how many of them get another variant than now. Begins anew whenever the
// definition changes; what stands is asked once for each edition.
import { useEffect, useMemo, useRef, useState } from "react";
import { evaluateEach } from "./evaluate";
import { written, type Json } from "./json";
import { counted, groups, movedOf, type Counted, type Given, type Group } from "./sample";

export interface SampledGroup {
  label: string;
  size: number;
  given: Counted[];
  /** Absent where nothing stands to be compared with. */
  moved: number | null;
}

export interface Sampled {
  groups: SampledGroup[];
  /** Of how many it is asked. */
  all: number;
  /** Whether the answer is on its way. */
  asking: boolean;
  error: unknown;
}

/** A definition that is still being typed is not asked about. */
const SETTLE_MS = 500;
const NOTHING: Sampled = { groups: [], all: 0, asking: false, error: null };

interface Of {
  environment: string;
  key: string;
  definition: Json | null;
  /** What stands there, with its edition; null where nothing does. */
  stands: { definition: Json; edition: number } | null;
  active: boolean;
}

export function useSample({ environment, key, definition, stands, active }: Of): Sampled {
  const [sampled, setSampled] = useState<Sampled>(NOTHING);
  const now = useRef<{ edition: number; given: Map<string, Given> }>({ edition: -1, given: new Map() });
  const text = definition === null ? null : written(definition);
  const standsText = stands === null ? null : written(stands.definition);
  const edition = stands?.edition ?? 0;
  const asked = useMemo<Group[]>(() => (text === null ? [] : groups(JSON.parse(text) as Json)), [text]);
  useEffect(() => {
    if (text === null) setSampled(NOTHING);
    if (!active || text === null) return;
    const aborts = new AbortController();
    const run = async () => {
      const contexts = asked.flatMap(({ subjects }) => subjects);
      const changed = text !== standsText;
      const asking = { environment, key, ...(changed ? { definition: JSON.parse(text) as Json } : {}) };
      setSampled((before) => ({ ...before, all: contexts.length, asking: true, error: null }));
      const given = await evaluateEach(asking, contexts, aborts.signal);
      if (now.current.edition !== edition) now.current = { edition, given: new Map() };
      const known = now.current.given;
      if (!changed) contexts.forEach((one, at) => known.set(written(one), given[at]!));
      const unknown = standsText === null ? [] : contexts.filter((one) => !known.has(written(one)));
      (await evaluateEach({ environment, key }, unknown, aborts.signal)).forEach((one, at) => known.set(written(unknown[at]), one));
      let from = 0;
      const result = asked.map(({ label, subjects }): SampledGroup => {
        const part = given.slice(from, (from += subjects.length));
        const before = subjects.flatMap((one) => known.get(written(one)) ?? []);
        return { label, size: subjects.length, given: counted(part), moved: standsText === null ? null : movedOf(part, before) };
      });
      setSampled({ groups: result, all: contexts.length, asking: false, error: null });
    };
    const timer = window.setTimeout(() => {
      run().catch((error: unknown) => {
        if (!aborts.signal.aborted) setSampled({ ...NOTHING, error });
      });
    }, SETTLE_MS);
    return () => {
      window.clearTimeout(timer);
      aborts.abort();
    };
  }, [active, text, standsText, edition, asked, environment, key]);
  return sampled;
}
