// What an environment is configured with, each value with the place where it is written: its own, a base it inherits from,
// or the component. Follows the rule of `tidegate.yaml`: the nearest one counts.

export interface Value {
  key: string;
  value: string;
  /** The environment or base it is written at; `component` where the component itself says it. */
  from: string;
}

export interface Part {
  /** Null: of every instance there. */
  component: string | null;
  values: Value[];
}

type Written = Record<string, unknown>;

const object = (value: unknown): Written => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Written) : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** The environment first, then what it inherits from, nearest first. */
function line(document: Written, name: string): Written[] {
  const all = new Map(list(document["environments"]).map((each) => [String(object(each)["name"]), object(each)]));
  const found: Written[] = [];
  for (let next = all.get(name); next !== undefined && !found.includes(next); next = all.get(String(next["inherits"]))) found.push(next);
  return found;
}

const PLAIN = ["tier", "owner", "protected", "target", "planned"];

export function effective(document: Written, name: string): Part[] {
  const places = line(document, name);
  const own: Value[] = PLAIN.flatMap((key) => {
    const at = places.find((place) => place[key] !== undefined);
    return at ? [{ key, value: words(at[key]), from: String(at["name"]) }] : [];
  });
  const everywhere = [...own, ...merged(places.map((place) => ({ from: String(place["name"]), written: object(place["variables"]) })))];
  const components = [...new Set(places.flatMap((place) => Object.keys(object(place["components"]))))].toSorted();
  const parts = components.map((component) => {
    const placed = places.map((place) => ({ from: String(place["name"]), written: object(object(place["components"])[component]) }));
    const described = object(object(document["components"])[component]);
    const knobs = ["replicas"].map((key) => ({ key, at: placed.find(({ written }) => written[key] !== undefined) }));
    return {
      component,
      values: [
        ...knobs.map(({ key, at }) => ({ key, value: at ? words(at.written[key]) : "1", from: at?.from ?? "a default" })),
        ...merged(placed.map(({ from, written }) => ({ from, written: object(written["route"]) })), "route."),
        ...merged([{ from: "component", written: object(described["variables"]) }]),
      ],
    };
  });
  return [{ component: null, values: everywhere }, ...parts];
}

function merged(places: { from: string; written: Written }[], before = ""): Value[] {
  const found = new Map<string, Value>();
  for (const { from, written } of places) {
    for (const [key, value] of Object.entries(written)) {
      if (!found.has(key)) found.set(key, { key: before + key, value: words(value), from });
    }
  }
  return [...found.values()].toSorted((a, b) => a.key.localeCompare(b.key));
}

function words(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
