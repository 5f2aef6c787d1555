// What stands behind the `?` of an address, as words, and changing some of them without leaving the page.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

export type Words = Record<string, string | undefined>;

/** Changing a filter replaces the address, so that going back leaves the page. */
export function useAddress(): [Words, (change: Words) => void] {
  const words = useSearch({ strict: false }) as Words;
  const go = useNavigate();
  const put = useCallback(
    (change: Words) => void go({ to: ".", search: (before: Words) => ({ ...before, ...change }), replace: true, resetScroll: false } as never),
    [go],
  );
  return [words, put];
}
