// The ways out: what each is, whether messages arrive, and trying it. Of addresses and passwords nothing is shown but the host.
import { Alert, Button, Card, Group, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconClock, IconMail, IconRss, IconSend, IconTrash, IconX } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { channels, subscribers } from "@/api/announcements";
import { api, got } from "@/api/client";
import { useOld } from "@/api/keeping";
import type { Channel } from "@/api/types";
import { Away } from "@/parts/Away";
import { Confirm } from "@/parts/Confirm";
import { Empty } from "@/parts/Empty";
import { count, milliseconds } from "@/parts/figures";
import { FormModal } from "@/parts/FormModal";
import { Mark } from "@/parts/Mark";
import { Read } from "@/parts/Page";
import { ProblemView } from "@/parts/ProblemView";
import { ChannelForm } from "./ChannelForm";
import { channelPlace, KINDS } from "./words";

export function Channels() {
  const all = useQuery(channels());
  return (
    <Read of={all}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="No way out yet" command="tidegate channel mail post --host mail.example.org --from shop@example.org">
            A mail server, a room of Slack or Teams, any receiver, or a public page with feeds that needs no account anywhere.
          </Empty>
        ) : (
          <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="sm">
            {items.map((channel) => <One key={channel.name} channel={channel} />)}
          </SimpleGrid>
        )
      }
    </Read>
  );
}

function Stands({ channel: { waiting, dead } }: { channel: Channel }) {
  if (dead > 0) return <Mark sign={IconAlertTriangle} word={`${dead} given up`} tone="bad" />;
  if (waiting > 0) return <Mark sign={IconClock} word={`${waiting} waiting`} tone="warn" />;
  return <Mark sign={IconCheck} word="nothing waits" tone="good" />;
}

function One({ channel }: { channel: Channel }) {
  const { name, kind, url, failure, page } = channel;
  const old = useOld();
  const trying = useMutation({
    /** To whom a letter goes; nobody where empty. */
    mutationFn: (to: string) => got(api.POST("/api/v1/channels/{channel}/test", { params: { path: { channel: name } }, body: { address: to || null } })),
    onSettled: () => old(["channels"]),
  });
  return (
    <Card component="section" aria-label={name}>
      <Stack gap="xs">
        <Group justify="space-between">
          <Group gap="xs">
            <Title order={2} size="h5">{name}</Title>
            <Text c="dimmed">{KINDS[kind].label}</Text>
          </Group>
          <Stands channel={channel} />
        </Group>
        <Text size="sm" className="tg-break">{channelPlace(channel)}</Text>
        {kind === "page" && url && <PublicPage url={url} mail={page?.mail ?? null} />}
        {failure && <Text size="sm" c="dimmed" className="tg-break">The last that did not arrive: {failure}</Text>}
        <div aria-live="polite">
          {trying.error && <ProblemView error={trying.error} />}
          {trying.data && (
            <Alert variant="light" color={trying.data.ok ? "green" : "red"} icon={trying.data.ok ? <IconCheck aria-hidden /> : <IconX aria-hidden />} title={`${trying.data.ok ? "It works" : "It does not work"}, after ${milliseconds(trying.data.duration_ms)}`}>
              <Text size="sm" className="tg-break">{trying.data.said}</Text>
            </Alert>
          )}
        </div>
        <Group gap="xs">
          <Button size="xs" variant="default" leftSection={<IconSend size={14} aria-hidden />} loading={trying.isPending} onClick={() => trying.mutate("")}>Try it</Button>
          {kind === "mail" && <TrialLetter name={name} send={(to) => trying.mutateAsync(to)} />}
          <ChannelForm of={channel} />
          <Remove channel={channel} />
        </Group>
      </Stack>
    </Card>
  );
}

/** A letter to somebody; what came of it stands on the card. */
function TrialLetter({ name, send }: { name: string; send: (to: string) => Promise<unknown> }) {
  const [to, setTo] = useState("");
  return (
    <FormModal label="Send a letter" title={`Send a trial letter by ${name}`} send="Send it" icon={<IconMail size={14} aria-hidden />} button={{ size: "xs" }} begin={() => setTo("")} act={() => send(to.trim())}>
      <TextInput label="To" required type="email" placeholder="you@example.org" value={to} onChange={(event) => setTo(event.currentTarget.value)} data-autofocus />
    </FormModal>
  );
}

/** Where anybody reads it, and how many do by mail. */
function PublicPage({ url, mail }: { url: string; mail: string | null }) {
  const all = useQuery(subscribers()).data?.items ?? [];
  const confirmed = all.filter(({ state }) => state === "confirmed").length;
  const asked = all.length - confirmed;
  return (
    <Stack gap={4}>
      <Group gap="md" style={{ rowGap: 0 }}>
        <Text size="sm"><Away href={url}>The public page</Away></Text>
        <Text size="sm"><IconRss size={14} aria-hidden /> <Away href={`${url}.atom`}>Atom</Away></Text>
        <Text size="sm"><IconRss size={14} aria-hidden /> <Away href={`${url}.rss`}>RSS</Away></Text>
      </Group>
      <Text size="sm" c="dimmed">
        {mail === null ? "Nobody can subscribe by mail." : `${count(confirmed, "subscriber")} by ${mail}${asked > 0 ? `, ${asked} asked and did not confirm yet` : ""}.`}
      </Text>
    </Stack>
  );
}

function Remove({ channel: { name, waiting } }: { channel: Channel }) {
  const old = useOld();
  return (
    <Confirm
      label="Remove" danger icon={<IconTrash size={14} aria-hidden />} title={`Remove ${name}`} done={`${name} is removed.`} button={{ size: "xs" }}
      consequences={["Its address or password is forgotten. An audience that uses it keeps it from being removed.", ...(waiting > 0 ? [`${count(waiting, "letter")} that wait do not go out.`] : [])]}
      act={async () => {
        await api.DELETE("/api/v1/channels/{channel}", { params: { path: { channel: name } } });
        await old(["channels"]);
      }}
    />
  );
}
