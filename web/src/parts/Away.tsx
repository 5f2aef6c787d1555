// A link out of Tidegate, marked as one; what is there learns nothing of where it was followed.
import { IconExternalLink } from "@tabler/icons-react";
import type { ReactNode } from "react";

export function Away({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a className="tg-link" href={href} target="_blank" rel="noopener noreferrer external">
      {children} <IconExternalLink size={14} aria-label="(opens another site)" />
    </a>
  );
}
