// Test cases brought in from a table or a list: first read, with what would change, then written. A wrong line is named and nothing is kept.
import { Alert, Button, Modal, SegmentedControl, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconFileImport } from "@tabler/icons-react";
import { useState } from "react";
import { api, got } from "@/api/client";
import { useOld } from "@/api/keeping";
import type { Named } from "@/api/types";
import { touched } from "@/live/touched";
import { count } from "@/parts/figures";
import { FileOrText, ReadFirst } from "@/parts/TextImport";

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
  return (
    <ReadFirst
      ask={ask} of={`${format}/${text}`} empty={text.trim() === ""} close={close} whom="them" show={(found) => <WouldBe found={found} />}
      written={async ({ added, changed }) => {
        notifications.show({ message: `${count(added.length, "case")} added, ${changed.length} changed.`, color: "green" });
        await old(...touched(`plan/${version}`));
        close();
      }}
    >
      <Text size="sm" c="dimmed">
        A table with the columns title, id, steps, expected, assignee, sets, regression, acceptance and feature, of which only title has to be there; or, in
        Markdown, a list with the steps below each case. A case that is there already is changed, and none goes.
      </Text>
      <SegmentedControl aria-label="Format" data={FORMATS} value={format} onChange={(value) => setFormat(value as Format)} size="xs" style={{ alignSelf: "flex-start" }} />
      <FileOrText
        label="Cases" accept=".csv,.md,.markdown,.txt,text/csv,text/markdown,text/plain" text={text} focus
        change={(read, file) => {
          setText(read);
          if (file !== undefined) setFormat(/\.(md|markdown)$/i.test(file) ? "markdown" : "csv");
        }}
      />
    </ReadFirst>
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
