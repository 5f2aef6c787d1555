// What becomes another, place by place: what stood there and what stands there then.
import { Code, Stack, Text } from "@mantine/core";
import { pretty, type Difference, type Json } from "./json";

const SHOWN_MAX = 40;

export function Differences({ of }: { of: readonly Difference[] }) {
  if (of.length === 0) return <Text size="sm" c="dimmed">Nothing becomes another.</Text>;
  return (
    <Stack gap={8}>
      {of.slice(0, SHOWN_MAX).map(({ path, before, after }) => (
        <div key={path}>
          <Text size="xs" c="dimmed" className="tg-break">
            {inWords(path)} <Code fz="xs">{path || "/"}</Code>
          </Text>
          {before !== undefined && <pre className="tg-before">{`− ${shown(before)}`}</pre>}
          {after !== undefined && <pre className="tg-after">{`+ ${shown(after)}`}</pre>}
        </div>
      ))}
      {of.length > SHOWN_MAX && <Text size="xs" c="dimmed">And {of.length - SHOWN_MAX} places more.</Text>}
    </Stack>
  );
}

const shown = (value: unknown) => pretty(value as Json);

const NAMES: Record<string, string> = {
  state: "on or off", variants: "variants", defaultVariant: "default", offVariant: "while it is off", targeting: "who gets what", schedule: "planned changes", prerequisites: "flags needed first", metadata: "metadata",
};

function inWords(path: string): string {
  const [, first = "", ...rest] = path.split("/");
  return `${NAMES[first] ?? (first || "all of it")}${first === "variants" && rest[0] !== undefined ? ` ${rest[0]}` : ""}`;
}
