// A plan in Markdown brought in by pasting it or as a file: first read, with every line that was not understood, then written.
import { Alert, Button, FileInput, Group, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconEye, IconFileImport } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, got } from "@/api/client";
import { useOld } from "@/api/keeping";
import type { Named } from "@/api/types";
import { documentOf } from "@/pages/plan/document";
import { count } from "@/parts/figures";
import { ProblemView } from "@/parts/ProblemView";

export function ImportPlan() {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button variant="default" leftSection={<IconFileImport size={16} aria-hidden />} onClick={open}>Import Markdown</Button>
      <Modal opened={opened} onClose={close} title="Import a plan from Markdown" size="xl">
        {opened && <Form close={close} />}
      </Modal>
    </>
  );
}

function Form({ close }: { close: () => void }) {
  const go = useNavigate();
  const old = useOld();
  const [version, setVersion] = useState("");
  const [text, setText] = useState("");
  const ask = (dryRun: boolean) =>
    got(
      api.POST("/api/v1/plans/{version}/import", {
        params: { path: { version: version.trim() }, query: { dry_run: dryRun } },
        body: text,
        headers: { "Content-Type": "text/markdown" },
        bodySerializer: (body: string) => body,
      }),
    );
  const reading = useMutation({ mutationFn: () => ask(true) });
  const writing = useMutation({
    mutationFn: () => ask(false),
    onSuccess: async () => {
      notifications.show({ message: `The plan of ${version.trim()} is imported.`, color: "green" });
      await old(["plans"], ["plan", version.trim()]);
      void go({ to: "/plans/$version", params: { version: version.trim() } });
    },
  });
  const empty = version.trim() === "" || text.trim() === "";
  /** Another text is read anew before it is written. */
  const other = (then: () => void) => {
    reading.reset();
    writing.reset();
    then();
  };
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
          Headings, lists and tables are read as the parts of a plan; what is not understood is kept in its notes. A plan that stands for this release
          already is replaced.
        </Text>
        <TextInput label="Release" required data-autofocus description="The version that it is for" placeholder="2.1.0" value={version} onChange={(event) => { const { value } = event.currentTarget; other(() => setVersion(value)); }} />
        <FileInput label="File" placeholder="Choose a file, or paste below" accept=".md,.markdown,.txt,text/markdown,text/plain" onChange={(file) => { if (file) void file.text().then((read) => other(() => setText(read))); }} clearable clearButtonProps={{ "aria-label": "No file" }} />
        <Textarea label="Markdown" required autosize minRows={8} maxRows={18} spellCheck={false} value={text} onChange={(event) => { const { value } = event.currentTarget; other(() => setText(value)); }} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "var(--mantine-font-size-xs)" } }} />
        {reading.data && <WhatWasRead imported={reading.data} />}
        {(reading.error ?? writing.error) && <ProblemView error={reading.error ?? writing.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>Cancel</Button>
          {reading.data ? (
            <Button type="submit" loading={writing.isPending} leftSection={<IconFileImport size={15} aria-hidden />}>Write it</Button>
          ) : (
            <Button type="submit" loading={reading.isPending} disabled={empty} leftSection={<IconEye size={15} aria-hidden />}>Read it first</Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

function WhatWasRead({ imported }: { imported: Named<"PlanImported"> }) {
  const { title, objectives, scope, roles, activities, readiness, test_cases: cases, risks, meetings, notes } = documentOf({ document: imported.document });
  const parts = [count(objectives.length, "objective"), count(scope.length, "item"), count(roles.length, "role"), count(activities.length, "activity", "activities"), count(readiness.length, "check"), count(cases.length, "test case"), count(risks.length, "risk"), count(meetings.length, "meeting"), count(notes.length, "note")];
  return (
    <Alert role="status" title={`Read as “${title}”`}>
      <Text size="sm">{parts.join(", ")}.</Text>
      {imported.remarks.length === 0 ? (
        <Text size="sm">Every line was understood.</Text>
      ) : (
        <>
          <Text size="sm" fw={600} mt="xs">To look at ({imported.remarks.length})</Text>
          <Stack component="ul" gap={2} m={0} pl="lg" mah={220} style={{ overflow: "auto" }} tabIndex={0} aria-label="What to look at">
            {imported.remarks.map(({ line, code, says }, index) => <li key={`${line}/${code}/${index}`}><Text size="sm" className="tg-break">Line {line}: {says}</Text></li>)}
          </Stack>
        </>
      )}
    </Alert>
  );
}
