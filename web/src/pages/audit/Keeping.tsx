// Taking the log away, and for how long it remembers from where somebody asked.
import { Button, Group, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { IconDownload, IconHistoryOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { retention, useOld } from "@/api/keeping";
import { useMay } from "@/api/may";
import { placed } from "@/api/place";
import { Confirm } from "@/parts/Confirm";
import { count } from "@/parts/figures";
import { Read, Section } from "@/parts/Page";

export function Keeping() {
  return (
    <Stack gap="xl">
      <Export />
      <Origins />
    </Stack>
  );
}

function Export() {
  const [after, setAfter] = useState("");
  const [until, setUntil] = useState("");
  const query = new URLSearchParams([["after", after], ["until", until]].filter(([, value]) => /^\d+$/.test(value ?? "")) as [string, string][]).toString();
  return (
    <Section title="Export">
      <Text size="sm" c="dimmed">
        The log as lines of JSON, each event with everything that its hash is made of: any part of it proves itself, without server
        or database. Verify it with <code>tidegate audit verify --export log.jsonl</code>.
      </Text>
      <Group align="flex-end" gap="xs">
        <TextInput label="After event" placeholder="the beginning" inputMode="numeric" w={150} value={after} onChange={(event) => setAfter(event.currentTarget.value)} />
        <TextInput label="Up to event" placeholder="the newest" inputMode="numeric" w={150} value={until} onChange={(event) => setUntil(event.currentTarget.value)} />
        <Button component="a" href={`${placed("/api/v1/audit/export")}${query === "" ? "" : `?${query}`}`} download="log.jsonl" leftSection={<IconDownload size={15} aria-hidden />}>
          Download
        </Button>
      </Group>
    </Section>
  );
}

function Origins() {
  const held = useQuery(retention());
  const sets = useMay()("administer");
  return (
    <Section title="From where somebody asked">
      <Read of={held}>
        {({ origin_days: days, forgotten_through: through }) => (
          <Stack gap="xs" align="flex-start">
            <Text size="sm">
              {days == null ? "The address and the way somebody asked (127.0.0.1 cli) are kept for ever." : `The address and the way somebody asked are forgotten after ${count(days, "day")}.`}
              {through > 0 && ` Of events up to ${through} they are forgotten.`} Events themselves are never forgotten.
            </Text>
            {sets && <SetDays days={days ?? null} />}
          </Stack>
        )}
      </Read>
    </Section>
  );
}

function SetDays({ days }: { days: number | null }) {
  const [wanted, setWanted] = useState<number | string>(days ?? 90);
  const old = useOld();
  const put = async (origin_days: number) => {
    await api.PUT("/api/v1/audit/retention", { body: { origin_days } });
    await old(["retention"], ["audit-events"]);
  };
  return (
    <Group align="flex-end" gap="xs">
      <NumberInput label="Days" w={120} min={1} max={36525} allowDecimal={false} value={wanted} onChange={setWanted} />
      <Confirm
        label="Forget after these days" danger icon={<IconHistoryOff size={15} aria-hidden />} title={`Forget origins after ${wanted} days`} done="It is set."
        consequences={[
          `Each day, and at once, the origin of every event that is ${wanted} days old is overwritten; nobody can bring it back.`,
          "The hashes stay: every checkpoint still proves the log, and that origins were forgotten is itself an event.",
          "Backups, exports and what was sent to webhooks before are not reached.",
        ]}
        act={() => put(Number(wanted))}
      />
      {days != null && (
        <Confirm label="Keep them for ever" title="Keep origins for ever" done="Origins are kept from now on." consequences={["What is there from now on stays. What is forgotten already does not come back."]} act={() => put(0)} />
      )}
    </Group>
  );
}
