// Puts the stream to work: answers that events made old are read again, clocks follow the server's.
import { useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useState, useSyncExternalStore, type ReactNode } from "react";
import { setServerNow } from "./clock";
import { Refresher } from "./refresher";
import { Stream, type Standing, type Told } from "./stream";
import { touched, touchedByAll } from "./touched";

const Live = createContext<Stream | null>(null);

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [stream, setStream] = useState<Stream | null>(null);
  useEffect(() => {
    const opened = new Stream();
    const refresher = new Refresher(client);
    opened.onTold((told) => {
      if (told.what === "event") refresher.want([...touched(told.event.stream), ...touchedByAll]);
      else if (told.what === "changed") refresher.want(touched(told.stream));
      else if (told.what === "measured") refresher.want([["samples", told.rollout], ["rollout", told.rollout]]);
      else setServerNow(told.serverMs);
    });
    setStream(opened);
    return () => opened.close();
  }, [client]);
  return <Live value={stream}>{children}</Live>;
}

const NOT_YET: Standing = { state: "connecting", sinceMs: Date.now(), heardMs: null };
const nothing = () => () => {};
const notYet = () => NOT_YET;

export function useStanding(): Standing {
  const stream = use(Live);
  return useSyncExternalStore(stream?.subscribe ?? nothing, stream?.standing ?? notYet);
}

/** Calls `then` with everything that is told while the component is there. */
export function useTold(then: (told: Told) => void): void {
  const stream = use(Live);
  useEffect(() => stream?.onTold(then), [stream, then]);
}
