// Lets so many through at once and then so many a second, whoever asks: a sample of subjects must not use up what the
// server lets one caller ask.

export class Pacer {
  #free: number;
  #at: number;

  constructor(private readonly burst: number, private readonly perSecond: number, private readonly now: () => number = () => performance.now()) {
    this.#free = burst;
    this.#at = now();
  }

  /** How long to wait before the next one; it counts as let through. */
  take(): number {
    const now = this.now();
    this.#free = Math.min(this.burst, this.#free + ((now - this.#at) / 1000) * this.perSecond);
    this.#at = now;
    this.#free -= 1;
    return this.#free >= 0 ? 0 : (-this.#free / this.perSecond) * 1000;
  }
}
