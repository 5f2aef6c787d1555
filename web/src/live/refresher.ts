// Reads again what events made old. One request for a key at a time; what changes while it is under way is read once more
// after it, so that neither a storm of events nor a slow answer starves the page.
import { hashKey, type QueryClient, type QueryKey } from "@tanstack/react-query";

/** Long enough to gather the events of one commit, short enough not to be seen. */
const GATHER_MS = 20;
/** Between two readings of the same answer while events keep coming. */
const PAUSE_MS = 100;
/** The same, for what the server works out for every release in every environment, for all flags, for gates and measures, for all that trackers have. */
const PAUSE_OF_ALL_MS = 2000;

/** Of all answers together; with fifty rollouts live the server's limit for one caller would be reached otherwise. */
const READS_MAX = 20;
const READS_WITHIN_MS = 1000;

const OF_ALL = new Set<unknown>(["why", "flags", "flag-changes", "go-no-go", "plan-risk", "measures", "measure-rows", "plan-untriaged", "plan-comparison"]);
const pause = (key: QueryKey): number => (key.length === 1 && OF_ALL.has(key[0]) ? PAUSE_OF_ALL_MS : PAUSE_MS);

interface Wanted {
  key: QueryKey;
  running: boolean;
  again: boolean;
  notBefore: number;
}

export class Refresher {
  readonly #client: QueryClient;
  readonly #wanted = new Map<string, Wanted>();
  private timer: number | undefined;
  /** When the last readings began. */
  #begun: number[] = [];

  constructor(client: QueryClient) {
    this.#client = client;
  }

  want(keys: readonly QueryKey[]): void {
    for (const key of keys) {
      const hash = hashKey(key);
      const known = this.#wanted.get(hash);
      if (known) known.again = true;
      else this.#wanted.set(hash, { key, running: false, again: true, notBefore: 0 });
    }
    this.timer ??= window.setTimeout(() => this.#flush(), GATHER_MS);
  }

  #flush(): void {
    this.timer = undefined;
    const now = performance.now();
    let soonest = Infinity;
    const read: [string, Wanted][] = [];
    for (const [hash, wanted] of this.#wanted) {
      if (wanted.running || !wanted.again) continue;
      if (wanted.notBefore > now) {
        soonest = Math.min(soonest, wanted.notBefore - now);
        continue;
      }
      const wait = this.#full(now);
      if (wait > 0) {
        soonest = Math.min(soonest, wait);
        break;
      }
      // What is on no screen is only marked, and read when somebody looks.
      const shown = this.#client.getQueryCache().findAll({ queryKey: wanted.key, type: "active" });
      this.#begun.push(...shown.map(() => now));
      void this.#read(wanted);
      read.push([hash, wanted]);
    }
    // Whoever was read comes last the next time.
    for (const [hash, wanted] of read) {
      this.#wanted.delete(hash);
      this.#wanted.set(hash, wanted);
    }
    if (soonest < Infinity) this.timer ??= window.setTimeout(() => this.#flush(), soonest);
  }

  /** How long until another reading may begin; 0 where one may now. */
  #full(now: number): number {
    this.#begun = this.#begun.filter((at) => at > now - READS_WITHIN_MS);
    const first = this.#begun[0];
    return first !== undefined && this.#begun.length >= READS_MAX ? first + READS_WITHIN_MS - now : 0;
  }

  async #read(wanted: Wanted): Promise<void> {
    wanted.running = true;
    wanted.again = false;
    await this.#client.invalidateQueries({ queryKey: wanted.key }, { cancelRefetch: false }).catch(() => {});
    wanted.running = false;
    wanted.notBefore = performance.now() + pause(wanted.key);
    if (wanted.again) this.timer ??= window.setTimeout(() => this.#flush(), pause(wanted.key));
  }
}
