// What two editions say otherwise, place by place, and who changed each.
import { Code, Group, Stack, Text } from "@mantine/core";
import { IconMinus, IconPencil, IconPlus, type Icon } from "@tabler/icons-react";
import type { PlanDifference } from "@/api/types";
import { Empty } from "@/parts/Empty";
import { Mark, type Tone } from "@/parts/Mark";
import { Said } from "./Said";

const HOW: Record<string, { sign: Icon; tone: Tone }> = {
  added: { sign: IconPlus, tone: "good" },
  removed: { sign: IconMinus, tone: "bad" },
  changed: { sign: IconPencil, tone: "quiet" },
};

export function Changes({ found }: { found: PlanDifference }) {
  if (found.changes.length === 0) return <Empty title="They say the same">From {found.from} to {found.to}.</Empty>;
  return (
    <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: "none" }} aria-label={`From ${found.from} to ${found.to}`}>
      {found.changes.map((change) => {
        const { sign, tone } = HOW[change.how] ?? HOW["changed"]!;
        return (
          <li key={change.path}>
            <Group gap="xs"><Mark sign={sign} word={change.how} tone={tone} /><Code className="tg-break">{change.path}</Code></Group>
            {change.before !== undefined && change.before !== null && <Text size="xs" className="tg-break">before: {told(change.before)}</Text>}
            {change.after !== undefined && change.after !== null && <Text size="xs" className="tg-break">after: {told(change.after)}</Text>}
            <Said said={change.said} />
          </li>
        );
      })}
    </Stack>
  );
}

const told = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
