// Applying a configuration: written or read from a file, looked at without changing anything, then applied as it was shown.
import { Alert, Button, FileButton, Group, List, Stack, Text, Textarea } from "@mantine/core";
import { IconCheck, IconEye, IconFileUpload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, got } from "@/api/client";
import { useOld } from "@/api/keeping";
import { Confirm } from "@/parts/Confirm";
import { count } from "@/parts/figures";
import { Section } from "@/parts/Page";
import { ProblemView } from "@/parts/ProblemView";

const ROWS_MIN = 14;
const ROWS_MAX = 30;

export function Apply({ standing, fileName, close }: { standing: string; fileName: string; close: () => void }) {
  const [text, setText] = useState(standing);
  const [file, setFile] = useState(fileName);
  /** What was looked at last: only that can be applied. */
  const [seen, setSeen] = useState<string | null>(null);
  const old = useOld();
  const ask = (dry_run: boolean) => got(api.POST("/api/v1/apply", { body: { text, file_name: file, dry_run } }));
  const looking = useMutation({ mutationFn: () => ask(true), onSuccess: () => setSeen(text) });
  const current = looking.data && seen === text ? looking.data : null;
  return (
    <Section title="Apply another one">
      <Text size="sm" c="dimmed">
        Rollouts that are under way keep what they began with. What stands in an environment keeps its configuration until the next
        version, except how many instances there are and how they are reached.
      </Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          looking.mutate();
        }}
      >
        <Stack gap="xs">
          <Textarea
            label={file} value={text} onChange={(event) => setText(event.currentTarget.value)} autosize minRows={ROWS_MIN} maxRows={ROWS_MAX} required spellCheck={false}
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "var(--mantine-font-size-xs)", whiteSpace: "pre", overflowX: "auto" } }}
          />
          <Group gap="xs">
            <FileButton
              accept=".yaml,.yml,.json"
              onChange={(chosen) => {
                if (!chosen) return;
                setFile(chosen.name);
                void chosen.text().then(setText);
              }}
            >
              {(props) => (
                <Button {...props} variant="default" leftSection={<IconFileUpload size={15} aria-hidden />}>
                  From a file
                </Button>
              )}
            </FileButton>
            <Button type="submit" variant={current ? "default" : "filled"} leftSection={<IconEye size={15} aria-hidden />} loading={looking.isPending}>
              Show what would change
            </Button>
            {current && current.changes.length > 0 && (
              <Confirm
                label="Apply it" icon={<IconCheck size={15} aria-hidden />} title={`Apply ${file}`} done="It is applied." button={{ variant: "filled" }}
                consequences={current.changes.map((change) => <code key={change}>{change}</code>)}
                act={async () => {
                  await ask(false);
                  await old(["configuration"], ["catalog"], ["environments"], ["environment"], ["why"]);
                  close();
                }}
              />
            )}
            <Button variant="subtle" onClick={close}>
              Leave it
            </Button>
          </Group>
        </Stack>
      </form>
      <div aria-live="polite">
        {looking.error && <ProblemView error={looking.error} />}
        {current && (
          <Alert color={current.changes.length === 0 ? "gray" : "blue"} variant="light" title={current.changes.length === 0 ? "Everything stands already: nothing would change" : `It would change ${count(current.changes.length, "thing")}`}>
            <List size="sm">
              {current.changes.map((change) => (
                <List.Item key={change}>
                  <code>{change}</code>
                </List.Item>
              ))}
            </List>
          </Alert>
        )}
      </div>
    </Section>
  );
}
