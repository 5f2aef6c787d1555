// What stands in the way of a plan's times, who holds it, and the next free time.
import { Alert, Stack, Text } from "@mantine/core";
import { IconCalendarX } from "@tabler/icons-react";
import type { Named } from "@/api/types";
import { When } from "@/parts/When";

export function Conflicts({ conflicts: { found, next_free, next_free_ms } }: { conflicts: Named<"PlanConflicts"> }) {
  if (found.length === 0) return null;
  return (
    <Alert role="status" color="yellow" icon={<IconCalendarX size={18} aria-hidden />} title={found.length === 1 ? "One conflict of times" : `${found.length} conflicts of times`}>
      <Stack component="ul" gap={4} m={0} pl="lg" aria-label="Conflicts">
        {found.map(({ activity, kind, who, environment, from_ms, until_ms, says }) => (
          <li key={`${activity ?? ""}/${kind}/${who}/${environment ?? ""}/${from_ms}`}>
            <Text size="sm" className="tg-break">{activity ? "Activity" : "Deployment window"}: {says}.</Text>
            {kind !== "rollout" && <Text size="xs"><When ms={from_ms} /> to <When ms={until_ms} /></Text>}
          </li>
        ))}
      </Stack>
      {next_free && next_free_ms != null && <Text size="sm" mt="xs">The window is free from {next_free.replace("T", " ")} on, on its own clock.</Text>}
    </Alert>
  );
}
