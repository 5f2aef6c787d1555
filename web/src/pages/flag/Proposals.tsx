// Changes of a flag that wait for a second person: what each would do, and the word of whoever may give it.
import { Card, Group, Stack, Text } from "@mantine/core";
import { IconArrowBackUp, IconCheck, IconClockOff, IconUserQuestion, IconX } from "@tabler/icons-react";
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api } from "@/api/client";
import { flagHistory } from "@/api/flags";
import { useOld } from "@/api/keeping";
import { useMay } from "@/api/may";
import { session } from "@/api/queries";
import type { Flag, FlagProposal } from "@/api/types";
import { Confirm } from "@/parts/Confirm";
import { Mark } from "@/parts/Mark";
import { When } from "@/parts/When";
import { Differences } from "./Differences";
import { definitionAt } from "./editions";
import { differences, isMembers, type Json } from "./json";
import { WordsView } from "./WordsView";
import { whyNotMine } from "./whose";

export function ProposalCard({ flag, proposal, named }: { flag: Flag; proposal: FlagProposal; named?: boolean }) {
  const { id, environment, by, at_ms: at, reason, stale } = proposal;
  return (
    <Card component="article" aria-label={`Change ${id} of ${flag.key} in ${environment}`}>
      <Stack gap="sm" h="100%">
        <Group justify="space-between" gap="xs">
          <Text fw={600} className="tg-break">
            {named ? (
              <>
                <Link className="tg-link" to="/flags/$key" params={{ key: flag.key }} search={{ env: environment }}>
                  {flag.key}
                </Link>{" "}
                <Text span c="dimmed" fw={400}>
                  in
                </Text>{" "}
                {environment}
              </>
            ) : (
              <>Change {id}</>
            )}
          </Text>
          {stale ? <Mark sign={IconClockOff} word="overtaken" tone="quiet" /> : <Mark sign={IconUserQuestion} word="waits for a second person" tone="warn" />}
        </Group>
        <Text size="sm" c="dimmed" className="tg-break">
          Proposed by {by} <When ms={at} />{reason ? <>: {reason}</> : "."}
        </Text>
        {stale && <Text size="sm">The flag was changed there since, so this can no longer be approved. Withdraw it and propose it anew.</Text>}
        <Would flag={flag} proposal={proposal} />
        <Group gap="xs" mt="auto">
          <Words flag={flag} proposal={proposal} />
        </Group>
      </Stack>
    </Card>
  );
}

/** What it would do; against what stands now, not against what stood when it was proposed. */
function Would({ flag, proposal: { environment, definition, on, edition } }: { flag: Flag; proposal: FlagProposal }) {
  const stands = flag.environments.find((one) => one.environment === environment);
  const history = useQuery({ ...flagHistory(flag.key, environment), enabled: edition != null });
  const now = (stands?.definition ?? undefined) as Json | undefined;
  const then = ((): Json | null => {
    if (definition != null) return definition as Json;
    if (on != null) return isMembers(now) ? { ...now, state: on ? "ENABLED" : "DISABLED" } : null;
    return edition != null && stands && now !== undefined && history.data ? definitionAt(history.data.items, environment, { definition: now, edition: stands.edition }, edition) : null;
  })();
  const what = on != null ? `It would be switched ${on ? "on" : "off"}.` : edition != null ? `It would go back to edition ${edition}.` : now === undefined ? "It would be defined there for the first time." : "It would become:";
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>{what}</Text>
      {then !== null && <WordsView definition={then} />}
      {then !== null && now !== undefined && (
        <details>
          <summary style={{ cursor: "pointer", fontSize: "var(--mantine-font-size-sm)" }}>Every place that becomes another</summary>
          <Stack mt="xs">
            <Differences of={differences(now, then)} />
          </Stack>
        </details>
      )}
    </Stack>
  );
}

function Words({ flag: { key }, proposal }: { flag: Flag; proposal: FlagProposal }) {
  const may = useMay();
  const old = useOld();
  const { data: me } = useSuspenseQuery(session());
  const { id, environment, by, stale } = proposal;
  const whyNot = whyNotMine(proposal, me, may);
  const say = (word: "approve" | "reject" | "withdraw") => async (reason: string) => {
    const asked = { params: { path: { key, environment, proposal: id } }, body: { reason: reason || null } };
    if (word === "approve") await api.POST("/api/v1/flags/{key}/environments/{environment}/proposals/{proposal}/approve", asked);
    else if (word === "reject") await api.POST("/api/v1/flags/{key}/environments/{environment}/proposals/{proposal}/reject", asked);
    else await api.POST("/api/v1/flags/{key}/environments/{environment}/proposals/{proposal}/withdraw", asked);
    await old(["flag", key], ["flags"], ["flag-history", key], ["flag-changes"], ["mine"]);
  };
  const what = `change ${id} of ${key} in ${environment}`;
  return (
    <>
      {whyNot === "" && !stale && (
        <Confirm
          label="Approve" icon={<IconCheck size={15} aria-hidden />} title={`Approve ${what}`} button={{ variant: "filled", size: "xs" }} done={`Approved: ${what}.`}
          consequences={["It happens at once: every program that asks there gets it from now on.", `Your name stands beside ${by}'s in the audit trail.`]}
          reason={{ label: "Why you agree", needed: false }} act={say("approve")}
        />
      )}
      {whyNot === "" && (
        <Confirm
          label="Reject" danger icon={<IconX size={15} aria-hidden />} title={`Reject ${what}`} button={{ size: "xs" }} done={`Rejected: ${what}.`}
          consequences={["It does not happen; it can be proposed anew."]} reason={{ label: "Why not", needed: true }} act={say("reject")}
        />
      )}
      {(by === me.name || me.open) && (
        <Confirm
          label="Withdraw" icon={<IconArrowBackUp size={15} aria-hidden />} title={`Withdraw ${what}`} button={{ size: "xs" }} done={`Withdrawn: ${what}.`}
          consequences={["It waits for nobody any more."]} act={say("withdraw")}
        />
      )}
      {whyNot !== "" && <Text size="xs" c="dimmed">Not yours to approve: {whyNot}.</Text>}
    </>
  );
}
