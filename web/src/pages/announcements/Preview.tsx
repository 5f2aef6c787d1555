// How words would read, filled in from a release: asked of the server shortly after somebody stops typing. What it refuses, a
// name that stands for nothing among others, is shown in its place.
import { Card, Code, Group, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { announcementPreview } from "@/api/announcements";
import type { Occasion } from "@/api/types";
import { ProblemView } from "@/parts/ProblemView";

interface PreviewProps {
  occasion: Occasion;
  /** Of an example where empty. */
  release: string;
  subject: string;
  text: string;
  /** Whether to say what words may name. */
  names?: boolean;
}

export function Preview({ occasion, release, subject, text, names = false }: PreviewProps) {
  const [settled] = useDebouncedValue({ occasion, release, subject, text }, 300);
  const read = useQuery({ ...announcementPreview(settled), placeholderData: keepPreviousData });
  return (
    <Card component="section" aria-label="How it reads" padding="sm">
      <Stack gap="xs" aria-live="polite">
        <Text size="xs" c="dimmed">How it reads{release === "" ? ", of an example" : `, of ${release}`}</Text>
        {read.error ? <ProblemView error={read.error} title="These words cannot be told" /> : read.data && (
          <>
            <Text fw={600} className="tg-break">{read.data.subject}</Text>
            <Text size="sm" className="tg-break" style={{ whiteSpace: "pre-wrap" }}>{read.data.text}</Text>
          </>
        )}
        {names && read.data && (
          <Group gap={4}>
            <Text size="xs" c="dimmed">Words may name:</Text>
            {read.data.names.map((name) => <Code key={name}>{`{{ ${name} }}`}</Code>)}
          </Group>
        )}
      </Stack>
    </Card>
  );
}
