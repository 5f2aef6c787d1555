// The rows of a long table that are seen, whatever the number of all; empty rows keep the place of the others.
import { useWindowVirtualizer, type VirtualItem } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef, useState, type RefObject } from "react";

/** So few are all drawn: a browser's own search then finds every one of them. */
const ALL_MAX = 40;
const AROUND = 4;

interface RowsSeen {
  /** For the element that the table is in. */
  box: RefObject<HTMLDivElement | null>;
  seen: VirtualItem[];
  /** Pixels of the rows that are not drawn. */
  above: number;
  below: number;
  /** For each row, which also has its `data-index`. */
  measure: (element: HTMLElement | null) => void;
}

export function useRowsSeen(count: number, rowPx: number, keyOf: (index: number) => string | number): RowsSeen {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop((box.current?.getBoundingClientRect().top ?? 0) + window.scrollY), [count]);
  const virtual = useWindowVirtualizer({
    count,
    estimateSize: () => rowPx,
    overscan: count <= ALL_MAX ? ALL_MAX : AROUND,
    scrollMargin: top,
    getItemKey: keyOf,
  });
  const seen = virtual.getVirtualItems();
  const above = (seen[0]?.start ?? top) - top;
  const below = virtual.getTotalSize() - ((seen.at(-1)?.end ?? top) - top);
  return { box, seen, above, below, measure: virtual.measureElement };
}

export function Spacer({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden>
      <td colSpan={columns} style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}
