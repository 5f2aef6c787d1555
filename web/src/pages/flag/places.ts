// Where things stand in a JSON text: reads it as JSON.parse does, and says of each place its line, or where the text is no
// JSON. Pure.
import type { Json, Members } from "./json";

export interface Place {
  /** From 1. */
  line: number;
  column: number;
  /** Into the text. */
  start: number;
  end: number;
}

export interface Wrong {
  message: string;
  /** A JSON pointer, where the server said one. */
  pointer?: string;
  /** Absent where it is about the whole. */
  at?: Place;
}

export type Parsed = { value: Json; places: ReadonlyMap<string, Place> } | { wrong: Wrong };

/** Deeper than any rule may be. */
const DEPTH_MAX = 200;

class Unreadable extends Error {
  constructor(message: string, readonly start: number) {
    super(message);
  }
}

export function parsed(text: string): Parsed {
  const reader = new Reader(text);
  try {
    return { value: reader.whole(), places: reader.places };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { wrong: { message: error.message, at: place(text, error.start, Math.min(text.length, error.start + 1)) } };
  }
}

export function place(text: string, start: number, end: number): Place {
  const before = text.slice(0, start);
  return { line: before.split("\n").length, column: start - before.lastIndexOf("\n"), start, end };
}

/** Of a pointer that leads nowhere, such as a member that is missing: the nearest thing around it. */
export function nearest(places: ReadonlyMap<string, Place>, pointer: string): Place | undefined {
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf("/"))) {
    const found = places.get(at);
    if (found || at === "") return found;
  }
}

/** `the definition of … cannot be served: /targeting/if/0: there is no operator` → pointer and message. */
export function placed(detail: string): { pointer?: string; message: string } {
  const after = detail.split("cannot be served: ")[1] ?? detail;
  const found = /^(\/[^\s:]*(?::[^\s:]+)*): ([\s\S]*)$/.exec(after);
  return found ? { pointer: found[1] ?? "", message: found[2] ?? "" } : { message: after };
}

class Reader {
  readonly places = new Map<string, Place>();
  private at = 0;
  /** Where the line of `lineAt` begins, and its number: places are asked for in the order of the text. */
  private line = 1;
  private lineStart = 0;
  private seen = 0;

  constructor(private readonly text: string) {}

  whole(): Json {
    const value = this.value("", 0);
    this.space();
    if (this.at < this.text.length) throw new Unreadable("Something stands behind the end of the JSON.", this.at);
    return value;
  }

  private value(pointer: string, depth: number): Json {
    this.space();
    if (depth > DEPTH_MAX) throw new Unreadable("It goes too deep.", this.at);
    const [start, line, column] = [this.at, ...this.where()] as const;
    const value = this.bare(pointer, depth);
    this.places.set(pointer, { line, column, start, end: this.at });
    return value;
  }

  private bare(pointer: string, depth: number): Json {
    const first = this.text[this.at];
    if (first === "{") return this.members(pointer, depth);
    if (first === "[") return this.items(pointer, depth);
    if (first === '"') return this.string();
    const word = /^[-+.\w]+/.exec(this.text.slice(this.at, this.at + 400))?.[0] ?? "";
    if (word === "") throw new Unreadable(first === undefined ? "The text ends too early." : `A value was expected, not ${first}.`, this.at);
    try {
      const value = JSON.parse(word) as Json;
      this.at += word.length;
      return value;
    } catch {
      throw new Unreadable(`${word} is no JSON: texts stand in double quotes.`, this.at);
    }
  }

  private members(pointer: string, depth: number): Members {
    const value: Members = {};
    this.at += 1;
    this.space();
    if (this.text[this.at] === "}") {
      this.at += 1;
      return value;
    }
    for (;;) {
      this.space();
      if (this.text[this.at] !== '"') throw new Unreadable("A member's name in double quotes was expected.", this.at);
      const start = this.at;
      const name = this.string();
      if (Object.hasOwn(value, name)) throw new Unreadable(`The member ${name} stands here twice.`, start);
      this.space();
      this.expect(":", `A colon was expected behind "${name}".`);
      const read = this.value(`${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, depth + 1);
      Object.defineProperty(value, name, { value: read, enumerable: true, writable: true, configurable: true });
      if (this.end("}")) return value;
    }
  }

  private items(pointer: string, depth: number): Json[] {
    const value: Json[] = [];
    this.at += 1;
    this.space();
    if (this.text[this.at] === "]") {
      this.at += 1;
      return value;
    }
    for (;;) {
      value.push(this.value(`${pointer}/${value.length}`, depth + 1));
      if (this.end("]")) return value;
    }
  }

  private end(close: string): boolean {
    this.space();
    if (this.text[this.at] === close) {
      this.at += 1;
      return true;
    }
    this.expect(",", `A comma or ${close} was expected.`);
    this.space();
    if (this.text[this.at] === close) throw new Unreadable(`A comma stands before ${close} with nothing behind it.`, this.at);
    return false;
  }

  private string(): string {
    const found = /^"(?:[^"\\\n]|\\.)*"/.exec(this.text.slice(this.at));
    if (!found) throw new Unreadable("This text has no end.", this.at);
    try {
      const value = JSON.parse(found[0]) as string;
      this.at += found[0].length;
      return value;
    } catch {
      throw new Unreadable("This text has characters that must be escaped.", this.at);
    }
  }

  private expect(sign: string, message: string): void {
    if (this.text[this.at] !== sign) throw new Unreadable(message, this.at);
    this.at += 1;
  }

  private space(): void {
    while (" \t\n\r".includes(this.text[this.at] ?? "x")) this.at += 1;
  }

  private where(): [number, number] {
    for (; this.seen < this.at; this.seen += 1) {
      if (this.text[this.seen] === "\n") {
        this.line += 1;
        this.lineStart = this.seen + 1;
      }
    }
    return [this.line, this.at - this.lineStart + 1];
  }
}
