// Nothing here yet: what would be here, and what brings it.
import { Card, Code, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

export function Empty({ title, children, command }: { title: string; children?: ReactNode; command?: string }) {
  return (
    <Card>
      <Stack gap="xs" align="flex-start">
        <Text fw={600}>{title}</Text>
        {children && (
          <Text component="div" size="sm" c="dimmed" className="tg-lead">
            {children}
          </Text>
        )}
        {command && <Code>{command}</Code>}
      </Stack>
    </Card>
  );
}
