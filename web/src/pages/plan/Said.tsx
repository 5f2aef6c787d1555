// Who said something about an entry, when, and in which words.
import { Text } from "@mantine/core";
import type { PlanSaid } from "@/api/types";
import { When } from "@/parts/When";

export function Said({ said, prefix = "" }: { said: PlanSaid | null | undefined; prefix?: string }) {
  if (!said) return null;
  return (
    <Text size="xs" c="dimmed" component="div" className="tg-break">
      {prefix}{said.by}, <When ms={said.at_ms} />{said.note ? `: ${said.note}` : ""}
    </Text>
  );
}
