// Why something was not done: what happened, what to do next, and the code under which the docs explain it.
import { Alert, Code, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { asFailure } from "@/api/failure";

export function ProblemView({ error, title }: { error: unknown; title?: string }) {
  const failure = asFailure(error);
  return (
    <Alert role="alert" color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} title={title ?? failure.message}>
      <Stack gap={6}>
        {title && <Text size="sm">{failure.message}</Text>}
        <Text size="sm">{failure.help}</Text>
        {failure.diagnostics?.entries.map((entry) => (
          <Code block key={`${entry.line}:${entry.column}:${entry.code}`}>
            {`line ${entry.line}, column ${entry.column}: ${entry.message}\n${entry.source_line}\n${" ".repeat(Math.max(0, entry.column - entry.source_column))}${"^".repeat(Math.max(1, entry.length))}${entry.suggestion ? `\n${entry.suggestion}` : ""}`}
          </Code>
        ))}
        <Text size="xs" c="dimmed">
          <code>{failure.code}</code> · <code>tidegate explain {failure.code}</code>
          {failure.requestId && <> · request {failure.requestId}</>}
        </Text>
      </Stack>
    </Alert>
  );
}
