// What is wider than a narrow screen scrolls by itself, by keyboard too, and not the page with it.
import type { ReactNode } from "react";

export function Scroll({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="tg-scroll" role="group" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
