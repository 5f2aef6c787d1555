// What came of a test message.
import { Alert, Code, Stack, Text } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import type { Named } from "@/api/types";
import { milliseconds } from "@/parts/figures";
import { ProblemView } from "@/parts/ProblemView";

export function Tried({ result, error }: { result: Named<"WebhookTested"> | undefined; error: unknown }) {
  return (
    <div aria-live="polite">
      {error ? <ProblemView error={error} /> : null}
      {result && (
        <Alert color={result.ok ? "green" : "red"} variant="light" icon={result.ok ? <IconCheck aria-hidden /> : <IconX aria-hidden />} title={result.status != null ? `It answered ${result.status} after ${milliseconds(result.duration_ms)}` : "It did not answer"}>
          <Stack gap={6}>
            {result.failure && <Text size="sm">{result.failure}</Text>}
            {result.said && <Code block>{result.said}</Code>}
            {!result.ok && <Text size="sm">Anything but 2xx is tried again, ten times over three days; a redirect, too.</Text>}
          </Stack>
        </Alert>
      )}
    </div>
  );
}
