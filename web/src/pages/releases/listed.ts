// A release as the list shows it, and whether a filter wants it. Pure.
import type { Catalog, Release } from "@/api/types";
import { beside, journey, type Halt, type Station } from "@/pages/release/journey";

export interface Row {
  release: Release;
  stations: Station[];
  others: Halt[];
  haystack: string;
}

export const STATES = [
  { value: "", label: "All" },
  { value: "live", label: "Live somewhere" },
  { value: "under-way", label: "Under way" },
  { value: "barred", label: "Went back" },
  { value: "nowhere", label: "Sent nowhere yet" },
  { value: "hotfix", label: "Hotfixes" },
  { value: "emergency", label: "Emergencies" },
];

const known = new WeakMap<Release, { catalog: Catalog; versions: ReadonlyMap<string, string>; row: Row }>();

/** The same row for the same release, so that only rows that changed are drawn again. */
export function listed(catalog: Catalog, release: Release, versions: ReadonlyMap<string, string>): Row {
  const before = known.get(release);
  if (before && before.catalog === catalog && before.versions === versions) return before.row;
  const stations = journey(catalog, release, versions);
  const components = Object.entries(release.components).map(([name, { version }]) => `${name} ${version}`);
  const row = {
    release,
    stations,
    others: beside(stations, release, versions),
    haystack: [release.version, release.author, release.kind, release.change, ...components, ...release.notes].join(" ").toLowerCase(),
  };
  known.set(release, { catalog, versions, row });
  return row;
}

export function isWanted({ release, stations, others, haystack }: Row, text: string, state: string): boolean {
  if (!text.toLowerCase().split(/\s+/).every((word) => haystack.includes(word))) return false;
  const halts = [...stations.flatMap((station) => station.halts), ...others];
  switch (state) {
    case "":
      return true;
    case "hotfix":
      return release.kind === "hotfix";
    case "barred":
      return halts.some(({ stands }) => stands === "barred" || stands === "gone-back");
    case "emergency":
      return release.change === "emergency";
    case "nowhere":
      return halts.every(({ stands }) => stands === "not-yet");
    default:
      return halts.some(({ stands }) => stands === state);
  }
}
