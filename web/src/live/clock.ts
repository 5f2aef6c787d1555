// What time it is where the rollouts run: this machine's clock may be off by minutes, and clocks count down to the second.
import { useEffect, useState } from "react";

let aheadMs = 0;

export function setServerNow(serverMs: number): void {
  aheadMs = serverMs - Date.now();
}

export function serverNow(): number {
  return Date.now() + aheadMs;
}

/** The server's time, read again every `everyMs`. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = window.setInterval(() => setNow(serverNow()), everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs]);
  return now;
}
