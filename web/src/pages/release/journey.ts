// How far a release came: each environment of its pipeline, stage by stage, and what it says of the release. Pure.
import type { Catalog, Environment, Release, Why } from "@/api/types";

type Stage = Catalog["stages"][number];

export interface Halt {
  environment: string;
  /** `gone-back`: it was taken back, and nothing keeps it from coming again. */
  stands: Why["stands"] | "gone-back";
  rollout: string | null;
  reason: string | null;
}

export interface Station {
  stage: Stage;
  /** Counted from 1. */
  number: number;
  halts: Halt[];
  /** In how many of them it has to succeed. */
  needed: number;
}

export function stagesFor(catalog: Catalog, kind: Release["kind"]): Stage[] {
  const hotfix = catalog.hotfix_stages ?? [];
  return kind === "hotfix" && hotfix.length > 0 ? hotfix : catalog.stages;
}

export function environmentsOf(stage: Stage): string[] {
  return [stage.environment, ...(stage.beside ?? [])];
}

/** Every version that serves: `production/api` → `1.2.0`. */
export function serving(environments: readonly Environment[]): Map<string, string> {
  const versions = new Map<string, string>();
  for (const { name, slots } of environments)
    for (const { component, version } of slots) if (version != null) versions.set(`${name}/${component}`, version);
  return versions;
}

export function journey(catalog: Catalog, release: Release, versions: ReadonlyMap<string, string>): Station[] {
  return stagesFor(catalog, release.kind).map((stage, index) => {
    const names = environmentsOf(stage);
    return {
      stage,
      number: index + 1,
      needed: stage.needed ?? names.length,
      halts: names.map((environment) => halt(release, environment, versions)),
    };
  });
}

/** Where it was sent although its pipeline does not lead there. */
export function beside(stations: readonly Station[], release: Release, versions: ReadonlyMap<string, string>): Halt[] {
  const known = new Set(stations.flatMap(({ halts }) => halts.map(({ environment }) => environment)));
  return Object.keys(release.standings).filter((name) => !known.has(name)).map((name) => halt(release, name, versions));
}

function halt(release: Release, environment: string, versions: ReadonlyMap<string, string>): Halt {
  const standing = release.standings[environment];
  if (!standing) return { environment, stands: "not-yet", rollout: null, reason: null };
  return { environment, stands: stands(release, environment, versions), rollout: standing.rollout, reason: standing.reason ?? null };
}

function stands(release: Release, environment: string, versions: ReadonlyMap<string, string>): Halt["stands"] {
  const standing = release.standings[environment];
  switch (standing?.state) {
    case "underway":
      return "under-way";
    case "verified":
      return serves(release, environment, versions) ? "live" : "verified";
    case "gone-back":
      return standing.barred ? "barred" : "gone-back";
    default:
      return "not-yet";
  }
}

function serves(release: Release, environment: string, versions: ReadonlyMap<string, string>): boolean {
  const placed = Object.entries(release.components).filter(([component]) => versions.has(`${environment}/${component}`));
  return placed.length > 0 && placed.every(([component, { version }]) => versions.get(`${environment}/${component}`) === version);
}

/** A station is behind the release once it has succeeded in as many of its environments as are needed. */
export function isPassed({ halts, needed }: Station): boolean {
  return halts.filter(({ stands: state }) => state === "live" || state === "verified").length >= needed;
}
