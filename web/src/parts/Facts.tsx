// A few facts, each with its name: a list of terms for programs that read aloud, two columns for eyes.
import type { ReactNode } from "react";
import "./facts.css";

export function Facts({ of }: { of: [string, ReactNode][] }) {
  return (
    <dl className="tg-facts">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
