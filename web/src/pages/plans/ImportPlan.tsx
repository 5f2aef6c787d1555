// A plan in Markdown brought in by pasting it or as a file: first read, with every line that was not understood, then written.
import { Alert, Button, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconFileImport } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, got } from "@/api/client";
import { useOld } from "@/api/keeping";
import type { Named } from "@/api/types";
import { touched } from "@/live/touched";
import { documentOf } from "@/pages/plan/document";
import { count } from "@/parts/figures";
import { FileOrText, ReadFirst } from "@/parts/TextImport";

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
  const [typed, setTyped] = useState("");
  const [text, setText] = useState("");
  const version = typed.trim();
  const ask = (dryRun: boolean) =>
    got(
      api.POST("/api/v1/plans/{version}/import", {
        params: { path: { version }, query: { dry_run: dryRun } },
        body: text,
        headers: { "Content-Type": "text/markdown" },
        bodySerializer: (body: string) => body,
      }),
    );
  return (
    <ReadFirst
      ask={ask} of={`${version}/${text}`} empty={version === "" || text.trim() === ""} close={close} show={(imported) => <WhatWasRead imported={imported} />}
      written={async () => {
        notifications.show({ message: `The plan of ${version} is imported.`, color: "green" });
        await old(...touched(`plan/${version}`));
        void go({ to: "/plans/$version", params: { version } });
      }}
    >
      <Text size="sm" c="dimmed">
        Headings, lists and tables are read as the parts of a plan; what is not understood is kept in its notes. A plan that stands for this release
        already is replaced.
      </Text>
      <TextInput label="Release" required data-autofocus description="The version that it is for" placeholder="2.1.0" value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
      <FileOrText label="Markdown" accept=".md,.markdown,.txt,text/markdown,text/plain" text={text} change={setText} rows={8} />
    </ReadFirst>
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
