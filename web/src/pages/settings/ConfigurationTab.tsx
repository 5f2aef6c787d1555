// The configuration as it was written, and applying another one: first only looked at, then done.
import { Button, Code, Stack, Text } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { configuration } from "@/api/keeping";
import { useMay } from "@/api/may";
import { Empty } from "@/parts/Empty";
import { Read, Section } from "@/parts/Page";
import { Apply } from "./Apply";

export function ConfigurationTab() {
  const written = useQuery(configuration());
  const applies = useMay()("configure");
  const [editing, setEditing] = useState(false);
  return (
    <Read of={written}>
      {({ text, file_name: file }) => (
        <Stack gap="xl">
          {applies && editing && <Apply standing={text} fileName={file || "tidegate.yaml"} close={() => setEditing(false)} />}
          <Section
            title="What is applied"
            aside={
              applies && !editing ? (
                <Button size="xs" leftSection={<IconPencil size={14} aria-hidden />} onClick={() => setEditing(true)}>
                  Apply another one
                </Button>
              ) : undefined
            }
          >
            {text === "" ? (
              <Empty title="Nothing was applied yet" command="tidegate apply">
                A <code>tidegate.yaml</code> says which components there are, in which environments they run, and on which way a
                release goes through them.
              </Empty>
            ) : (
              <>
                <Text size="sm" c="dimmed">
                  {file}, as it was written. Keep it in your version control: <code>tidegate apply {file}</code>
                </Text>
                <Code block tabIndex={0} aria-label="The configuration" role="region" style={{ maxHeight: 560, overflow: "auto" }}>
                  {text}
                </Code>
              </>
            )}
          </Section>
        </Stack>
      )}
    </Read>
  );
}
