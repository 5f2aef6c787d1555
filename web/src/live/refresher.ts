// Reads again what events made old. One request for a key at a time; what changes while it is under way is read once more
// after it, so that neither a storm of events nor a slow answer starves the page.
import { hashKey, type QueryClient, type QueryKey } from "@tanstack/react-query";

/** Long enough to gather the events of one commit, short enough not to be seen. */
const GATHER_MS = 40;
/** Between two readings of the same answer while events keep coming. */
const PAUSE_MS = 150;
/** The same, for what the server works out for every release in every environment. */
const PAUSE_OF_ALL_MS = 2000;

const pause = (key: QueryKey): number => (key.length === 1 && key[0] === "why" ? PAUSE_OF_ALL_MS : PAUSE_MS);

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
    for (const wanted of this.#wanted.values()) {
      if (wanted.running || !wanted.again) continue;
      if (wanted.notBefore > now) {
        soonest = Math.min(soonest, wanted.notBefore - now);
        continue;
      }
      void this.#read(wanted);
    }
    if (soonest < Infinity) this.timer ??= window.setTimeout(() => this.#flush(), soonest);
  }

  async #read(wanted: Wanted): Promise<void> {
    wanted.running = true;
    wanted.again = false;
    // What is on no screen is only marked, and read when somebody looks.
    await this.#client.invalidateQueries({ queryKey: wanted.key }, { cancelRefetch: false }).catch(() => {});
    wanted.running = false;
    wanted.notBefore = performance.now() + pause(wanted.key);
    if (wanted.again) this.timer ??= window.setTimeout(() => this.#flush(), pause(wanted.key));
  }
}
