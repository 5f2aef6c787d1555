// Every change of a flag, the newest first: who, when, why, what became another, and going back with one click.
import { ActionIcon, Card, Checkbox, Group, Stack, Text } from "@mantine/core";
import { IconArrowBackUp, IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { ifMatch } from "@/api/editions";
import { flagAt, flagHistory } from "@/api/flags";
import { useOld } from "@/api/keeping";
import type { Flag, FlagChange, FlagEnvironment } from "@/api/types";
import { Confirm } from "@/parts/Confirm";
import { Empty } from "@/parts/Empty";
import { count } from "@/parts/figures";
import { Read } from "@/parts/Page";
import { When } from "@/parts/When";
import { Differences } from "./Differences";
import { definitionAt } from "./editions";
import { differences, type Json } from "./json";
import { changeInWords } from "./told";

interface HistoryProps {
  flag: Flag;
  environment: string;
  stands: FlagEnvironment | undefined;
  /** Whether one may change it there. */
  changes: boolean;
  isProtected: boolean;
}

/** The server keeps so many to go back to, beside what stands. */
const KEPT = 50;
const SHOWN = 50;

export function History({ flag, environment, stands, changes, isProtected }: HistoryProps) {
  const [everywhere, setEverywhere] = useState(false);
  const [shown, setShown] = useState(SHOWN);
  const here = useQuery(flagHistory(flag.key, environment));
  const all = useQuery({ ...flagHistory(flag.key), enabled: everywhere });
  return (
    <Stack gap="sm">
      <Checkbox label="Of all environments, and of the flag itself" checked={everywhere} onChange={(event) => setEverywhere(event.currentTarget.checked)} />
      <Read of={everywhere ? all : here}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={`Nothing happened in ${environment} yet`}>The first definition there begins its history.</Empty>
          ) : (
            <Stack gap="xs" component="ol" m={0} p={0} style={{ listStyle: "none" }} aria-label="Changes">
              {items.slice(0, shown).map((change) => (
                <li key={change.position}>
                  <Entry flag={flag} change={change} everywhere={everywhere} history={items} back={changes && change.environment === environment ? { stands, isProtected } : null} />
                </li>
              ))}
              {items.length > shown && (
                <li>
                  <Text size="sm" component="button" type="button" className="tg-link" c="var(--mantine-color-anchor)" bg="none" bd={0} p={0} style={{ cursor: "pointer" }} onClick={() => setShown(shown + SHOWN)}>
                    Show {count(Math.min(SHOWN, items.length - shown), "change")} more
                  </Text>
                </li>
              )}
            </Stack>
          )
        }
      </Read>
    </Stack>
  );
}

interface EntryProps {
  flag: Flag;
  change: FlagChange;
  everywhere: boolean;
  history: FlagChange[];
  back: { stands: FlagEnvironment | undefined; isProtected: boolean } | null;
}

function Entry({ flag, change, everywhere, history, back }: EntryProps) {
  const { by, approved_by: approvedBy, at_ms: at, reason, environment, edition, differences: made } = change;
  const [open, setOpen] = useState(false);
  const stands = back?.stands;
  const goesBack = stands !== undefined && edition != null && edition < stands.edition && edition >= stands.edition - KEPT;
  const live = stands !== undefined && edition === stands.edition;
  return (
    <Card padding="sm">
      <Group justify="space-between" gap="xs" align="flex-start">
        <Group gap={6} wrap="nowrap" align="flex-start" flex="1 1 230px" miw={0}>
          {made.length > 0 ? (
            <ActionIcon variant="subtle" size="sm" color="gray" aria-label={`What became another in ${edition == null ? "this change" : `edition ${edition}`}`} aria-expanded={open} onClick={() => setOpen(!open)}>
              {open ? <IconChevronDown size={15} /> : <IconChevronRight size={15} />}
            </ActionIcon>
          ) : (
            <span style={{ width: 22, flex: "none" }} />
          )}
          <div style={{ minWidth: 0 }}>
            <Text size="sm" fw={600} className="tg-break">
              {changeInWords(change)}
              {everywhere && environment && <Text span inherit fw={400} c="dimmed"> in {environment}</Text>}
              {live && <Text span inherit fw={400} c="var(--tg-good)"> · stands now</Text>}
            </Text>
            <Text size="xs" c="dimmed" className="tg-break">
              {by}{approvedBy && <>, approved by {approvedBy}</>}, <When ms={at} />{made.length > 0 && <>, {count(made.length, "place")}</>}
            </Text>
            {reason && <Text size="sm" className="tg-break">{reason}</Text>}
          </div>
        </Group>
        {goesBack && stands && back && <Back flag={flag} environment={environment ?? ""} edition={edition} stands={stands} history={history} isProtected={back.isProtected} />}
      </Group>
      {open && (
        <Stack mt="xs" pl={28}>
          <Differences of={made} />
        </Stack>
      )}
    </Card>
  );
}

interface BackProps {
  flag: Flag;
  environment: string;
  edition: number;
  stands: FlagEnvironment;
  history: FlagChange[];
  isProtected: boolean;
}

function Back({ flag: { key }, environment, edition, stands, history, isProtected }: BackProps) {
  const old = useOld();
  const now = stands.definition as Json;
  const then = definitionAt(history, environment, { definition: now, edition: stands.edition }, edition);
  const act = async (reason: string) => {
    const params = { path: { key, environment } };
    const body = { edition, reason: reason || null };
    const headers = ifMatch(flagAt(key));
    if (isProtected) await api.POST("/api/v1/flags/{key}/environments/{environment}/proposals", { params, body, headers });
    else await api.POST("/api/v1/flags/{key}/environments/{environment}/revert", { params, body, headers });
    await old(["flag", key], ["flags"], ["flag-history", key], ["flag-changes"]);
  };
  return (
    <Confirm
      label={isProtected ? "Propose to go back" : "Go back to this"} icon={<IconArrowBackUp size={14} aria-hidden />} title={`Back to edition ${edition} of ${key} in ${environment}`} button={{ size: "compact-sm", style: { flex: "none" } }}
      consequences={isProtected ? [`${environment} is protected: somebody else approves it first.`] : [`What stood at edition ${edition} becomes edition ${stands.edition + 1}, at once.`]}
      reason={{ label: "Why", needed: isProtected }} act={act} done={isProtected ? "It is proposed." : `${key} is back at edition ${edition} in ${environment}.`}
    >
      {then !== null && (
        <Card padding="sm" mah={280} style={{ overflow: "auto" }} tabIndex={0} role="group" aria-label="What becomes another">
          <Differences of={differences(now, then)} />
        </Card>
      )}
    </Confirm>
  );
}
