// Figures as people read them. Shares come in basis points, error rates as parts of one, odds against chance as numbers.

export function share(basisPoints: number): string {
  const percent = basisPoints / 100;
  return `${Number.isInteger(percent) ? percent : percent.toFixed(percent < 1 ? 2 : 1)} %`;
}

export function rate(part: number | null | undefined): string {
  if (part === null || part === undefined) return "–";
  const percent = part * 100;
  return `${percent === 0 ? "0" : percent < 1 ? percent.toFixed(2) : percent.toFixed(1)} %`;
}

export function odds(evidence: number): string {
  if (evidence < 0.01) return "< 0.01 : 1";
  if (evidence < 10) return `${evidence.toFixed(evidence < 1 ? 2 : 1)} : 1`;
  if (evidence < 1e6) return `${Math.round(evidence).toLocaleString()} : 1`;
  return "over a million : 1";
}

export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString()} ${number === 1 ? noun : plural}`;
}

export function milliseconds(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return "–";
  return ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** `812 bytes`, `14 KiB`, `2.1 MiB`. */
export function bytes(size: number): string {
  if (size < 1024) return `${size} bytes`;
  const kib = size / 1024;
  return kib < 1024 ? `${Math.round(kib)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
}
