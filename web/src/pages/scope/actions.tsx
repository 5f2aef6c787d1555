// What is done to a source: read now, brought a table, removed.
import { Alert, Stack, Text } from "@mantine/core";
import { IconFileImport, IconRefresh, IconTrash } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, got } from "@/api/client";
import { useOld } from "@/api/keeping";
import type { Named, ScopeSource } from "@/api/types";
import { touched } from "@/live/touched";
import { Confirm } from "@/parts/Confirm";
import { count } from "@/parts/figures";
import { FormModal } from "@/parts/FormModal";
import { Press } from "@/parts/Press";
import { FileOrText } from "@/parts/TextImport";

export function ReadNow({ source: { name, state }, size = "compact-sm" }: { source: ScopeSource; size?: string }) {
  const old = useOld();
  // What is being read, or waits for a limit, goes on by itself.
  if (state === "reading" || state === "waiting") return null;
  return (
    <Press
      label={`Read ${name} now`} icon={<IconRefresh size={14} aria-hidden />} button={{ size }} done={`${name} is read.`}
      act={async () => {
        await api.POST("/api/v1/scope/sources/{source}/refresh", { params: { path: { source: name } }, body: {} });
        await old(...touched(`scope-source/${name}`));
      }}
    >
      {state === "stopped" ? "Go on from there" : "Read now"}
    </Press>
  );
}

export function BringTable({ name, size = "compact-sm" }: { name: string; size?: string }) {
  const old = useOld();
  const [text, setText] = useState("");
  const [read, setRead] = useState<Named<"ScopeImported"> | null>(null);
  return (
    <FormModal
      label="Bring a table" title={`Bring a table to ${name}`} send="Bring it" size="lg" icon={<IconFileImport size={14} aria-hidden />} button={{ size }}
      begin={() => {
        setText("");
        setRead(null);
      }}
      act={async () => {
        const asked = { params: { path: { source: name } }, body: text, headers: { "Content-Type": "text/csv" }, bodySerializer: (body: string) => body };
        setRead(await got(api.POST("/api/v1/scope/sources/{source}/import", asked)));
        await old(...touched(`scope-source/${name}`));
      }}
      after={read && <Brought read={read} />}
    >
      <Text size="sm" c="dimmed">
        CSV with a line of headers, as GitHub, GitLab and Jira write it: a key and a title at least. What changed since the last table is taken over, and nothing goes.
      </Text>
      <FileOrText label="Table" accept=".csv,text/csv,text/plain" text={text} change={setText} focus placeholder={"key,title,state,labels,milestone\nPAY-7,Refunds twice,open,bug,2.1.0"} />
    </FormModal>
  );
}

function Brought({ read: { rows, left_out: left, troubles, source } }: { read: Named<"ScopeImported"> }) {
  return (
    <Alert role="status" color={left > 0 ? "yellow" : "green"} title={`${count(rows, "row")} read; ${count(source.count, "item")} in all`}>
      {left === 0 ? (
        <Text size="sm">Every row was understood.</Text>
      ) : (
        <>
          <Text size="sm">{count(left, "row says", "rows say")} nothing that can be kept:</Text>
          <Stack component="ul" gap={2} m={0} pl="lg" mah={220} style={{ overflow: "auto" }} tabIndex={0} aria-label="Rows that were left out">
            {troubles.map(({ line, message }) => <li key={line}><Text size="sm" className="tg-break">Line {line}: {message}</Text></li>)}
          </Stack>
        </>
      )}
    </Alert>
  );
}

export function RemoveSource({ source: { name, count: items } }: { source: ScopeSource }) {
  const old = useOld();
  const go = useNavigate();
  return (
    <Confirm
      label="Remove" danger icon={<IconTrash size={14} aria-hidden />} title={`Remove the source ${name}`} done={`${name} is read no more.`} button={{ size: "compact-sm" }}
      consequences={[`${count(items, "item that was read goes", "items that were read go")} with it.`, "What plans took in of it stays in them.", "What waits beside plans because of it waits no more."]}
      act={async () => {
        await api.DELETE("/api/v1/scope/sources/{source}", { params: { path: { source: name } } });
        await go({ to: "/plans", search: { tab: "sources" } });
        await old(["scope-sources"], ["plan-untriaged"], ["plan-comparison"]);
      }}
    />
  );
}
