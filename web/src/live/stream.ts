// The server's stream of events, once for all tabs of a browser: browsers open few connections to one server, so one tab
// listens and tells the others. Goes on from the last event's id after a break, and says whether it is live.
import { placed } from "@/api/place";
import type { TidegateEvent } from "@/api/types";

export type Told =
  | { what: "event"; event: TidegateEvent }
  | { what: "changed"; position: string; stream: string }
  | { what: "measured"; rollout: string }
  | { what: "alive"; serverMs: number };

export type Standing = { state: "connecting" | "live" | "lost"; sinceMs: number; heardMs: number | null };

type Message = { told: Told } | { standing: Standing } | { ask: true };

/** The server says something every ten seconds. */
const SILENCE_MS_MAX = 25_000;
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 10_000;

export class Stream {
  readonly #told = new Set<(told: Told) => void>();
  readonly #standings = new Set<() => void>();
  readonly #others: BroadcastChannel | null;
  readonly #leaves = new AbortController();
  #standing: Standing = { state: "connecting", sinceMs: Date.now(), heardMs: null };
  #position: string | null = null;
  #source: EventSource | null = null;
  #leads = false;
  #silence: number | undefined;
  #retry: number | undefined;
  #tries = 0;
  #closed = false;

  constructor() {
    const name = `tidegate:${placed("/api/v1/events/stream")}`;
    this.#others = "BroadcastChannel" in window ? new BroadcastChannel(name) : null;
    this.#others?.addEventListener("message", (message: MessageEvent<Message>) => this.#heardFromTab(message.data));
    // Locks exist in secure contexts; without them every tab listens for itself.
    if (this.#others && navigator.locks) {
      this.#others.postMessage({ ask: true } satisfies Message);
      void navigator.locks
        .request(name, { signal: this.#leaves.signal }, () => {
          if (this.#closed) return;
          this.#leads = true;
          this.#open();
          return new Promise<void>((resolve) => this.#leaves.signal.addEventListener("abort", () => resolve()));
        })
        .catch(() => {});
    } else {
      this.#leads = true;
      this.#open();
    }
    window.addEventListener("online", this.#atOnce);
  }

  close(): void {
    this.#closed = true;
    this.#leaves.abort();
    this.#source?.close();
    window.clearTimeout(this.#silence);
    window.clearTimeout(this.#retry);
    window.removeEventListener("online", this.#atOnce);
    this.#others?.close();
  }

  onTold(then: (told: Told) => void): () => void {
    this.#told.add(then);
    return () => this.#told.delete(then);
  }

  readonly subscribe = (then: () => void): (() => void) => {
    this.#standings.add(then);
    return () => this.#standings.delete(then);
  };

  readonly standing = (): Standing => this.#standing;

  readonly #atOnce = (): void => {
    if (this.#leads && this.#standing.state !== "live") this.#open();
  };

  #open(): void {
    if (this.#closed) return;
    this.#source?.close();
    window.clearTimeout(this.#retry);
    const at = placed("/api/v1/events/stream");
    const source = new EventSource(this.#position === null ? at : `${at}?after=${this.#position}`);
    this.#source = source;
    this.#listenForSilence();
    source.onopen = () => {
      this.#tries = 0;
      this.#stand("live");
    };
    source.onmessage = (message: MessageEvent<string>) => {
      if (message.lastEventId !== "") this.#position = message.lastEventId;
      // The first message only says where the stream begins.
      if (message.data === "") this.#heard();
      else this.#tell({ what: "event", event: JSON.parse(message.data) as TidegateEvent });
    };
    // Who may read in some environments only is told of the rest that it changed.
    source.addEventListener("changed", (message: MessageEvent<string>) => {
      this.#position = message.lastEventId;
      this.#tell({ what: "changed", position: message.lastEventId, stream: (JSON.parse(message.data) as { stream: string }).stream });
    });
    source.addEventListener("measured", (message: MessageEvent<string>) => {
      this.#tell({ what: "measured", rollout: (JSON.parse(message.data) as { rollout: string }).rollout });
    });
    source.addEventListener("alive", (message: MessageEvent<string>) => {
      this.#tell({ what: "alive", serverMs: (JSON.parse(message.data) as { at_ms: number }).at_ms });
    });
    source.onerror = () => {
      this.#stand("lost");
      // A browser tries again by itself after a broken connection, but not after a refusal.
      if (source.readyState === EventSource.CLOSED) this.#later();
    };
  }

  #later(): void {
    window.clearTimeout(this.#retry);
    this.#retry = window.setTimeout(() => this.#open(), Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** this.#tries));
    this.#tries += 1;
  }

  #listenForSilence(): void {
    window.clearTimeout(this.#silence);
    this.#silence = window.setTimeout(() => {
      this.#stand("lost");
      this.#open();
    }, SILENCE_MS_MAX);
  }

  #heard(): void {
    this.#listenForSilence();
    this.#standing = { ...this.#standing, heardMs: Date.now() };
    if (this.#standing.state !== "live") this.#stand("live");
  }

  #tell(told: Told): void {
    this.#heard();
    this.#others?.postMessage({ told } satisfies Message);
    for (const then of this.#told) then(told);
  }

  #stand(state: Standing["state"]): void {
    if (this.#standing.state !== state) {
      this.#standing = { ...this.#standing, state, sinceMs: Date.now() };
      for (const then of this.#standings) then();
    }
    this.#others?.postMessage({ standing: this.#standing } satisfies Message);
  }

  #heardFromTab(message: Message): void {
    if ("ask" in message) {
      if (this.#leads) this.#others?.postMessage({ standing: this.#standing } satisfies Message);
      return;
    }
    if (this.#leads) return;
    if ("standing" in message) {
      const changed = this.#standing.state !== message.standing.state;
      this.#standing = message.standing;
      if (changed) for (const then of this.#standings) then();
      return;
    }
    if (message.told.what === "event") this.#position = String(message.told.event.position);
    if (message.told.what === "changed") this.#position = message.told.position;
    this.#standing = { ...this.#standing, heardMs: Date.now() };
    for (const then of this.#told) then(message.told);
  }
}
