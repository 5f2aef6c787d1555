// Test cases brought in from a table or a list: first read, with what would change, then written. A wrong line is named and nothing is kept.
import { Alert, Button, FileInput, Group, Modal, SegmentedControl, Stack, Text, Textarea } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconEye, IconFileImport } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, got } from "@/api/client";
import { useOld } from "@/api/keeping";
import type { Named } from "@/api/types";
import { count } from "@/parts/figures";
import { ProblemView } from "@/parts/ProblemView";

type Format = "csv" | "markdown";

const FORMATS: { value: Format; label: string }[] = [{ value: "csv", label: "CSV" }, { value: "markdown", label: "Markdown" }];

export function ImportCases({ version }: { version: string }) {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button size="xs" variant="default" leftSection={<IconFileImport size={14} aria-hidden />} onClick={open}>Import cases</Button>
      <Modal opened={opened} onClose={close} title="Import test cases" size="lg">
        {opened && <Form version={version} close={close} />}
      </Modal>
    </>
  );
}

function Form({ version, close }: { version: string; close: () => void }) {
  const old = useOld();
  const [text, setText] = useState("");
  const [format, setFormat] = useState<Format>("csv");
  const ask = (dryRun: boolean) =>
    got(
      api.POST("/api/v1/plans/{version}/cases/import", {
        params: { path: { version }, query: { format, dry_run: dryRun } },
        body: text,
        headers: { "Content-Type": format === "csv" ? "text/csv" : "text/markdown" },
        bodySerializer: (body: string) => body,
      }),
    );
  const reading = useMutation({ mutationFn: () => ask(true) });
  const writing = useMutation({
    mutationFn: () => ask(false),
    onSuccess: async ({ added, changed }) => {
      notifications.show({ message: `${count(added.length, "case")} added, ${changed.length} changed.`, color: "green" });
      await old(["plan", version], ["plans"], ["plan-readiness", version], ["go-no-go", version]);
      close();
    },
  });
  /** Another text is read anew before it is written. */
  const other = (then: () => void) => {
    reading.reset();
    writing.reset();
    then();
  };
  const chosen = async (file: File) => {
    const read = await file.text();
    other(() => {
      setText(read);
      setFormat(/\.(md|markdown)$/i.test(file.name) ? "markdown" : "csv");
    });
  };
  const empty = text.trim() === "";
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!empty && reading.data) writing.mutate();
        else if (!empty) reading.mutate();
      }}
    >
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          A table with the columns title, id, steps, expected, assignee, sets, regression, acceptance and feature, of which only title has to be there; or, in
          Markdown, a list with the steps below each case. A case that is there already is changed, and none goes.
        </Text>
        <SegmentedControl aria-label="Format" data={FORMATS} value={format} onChange={(value) => other(() => setFormat(value as Format))} size="xs" style={{ alignSelf: "flex-start" }} />
        <FileInput label="File" placeholder="Choose a file, or paste below" accept=".csv,.md,.markdown,.txt,text/csv,text/markdown,text/plain" onChange={(file) => { if (file) void chosen(file); }} clearable clearButtonProps={{ "aria-label": "No file" }} />
        <Textarea label="Cases" required data-autofocus autosize minRows={6} maxRows={16} spellCheck={false} value={text} onChange={(event) => { const { value } = event.currentTarget; other(() => setText(value)); }} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "var(--mantine-font-size-xs)" } }} />
        {reading.data && <WouldBe found={reading.data} />}
        {(reading.error ?? writing.error) && <ProblemView error={reading.error ?? writing.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>Cancel</Button>
          {reading.data ? (
            <Button type="submit" loading={writing.isPending} leftSection={<IconFileImport size={15} aria-hidden />}>Write them</Button>
          ) : (
            <Button type="submit" loading={reading.isPending} disabled={empty} leftSection={<IconEye size={15} aria-hidden />}>Read them first</Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

function WouldBe({ found: { added, changed, same } }: { found: Named<"PlanCasesImported"> }) {
  const lines: [string, string[]][] = [["New", added], ["Changed", changed], ["As they are", same]];
  return (
    <Alert role="status" title="Every line was understood">
      {lines.filter(([, ids]) => ids.length > 0).map(([word, ids]) => <Text key={word} size="sm" className="tg-break">{word}: {ids.join(", ")}</Text>)}
    </Alert>
  );
}
