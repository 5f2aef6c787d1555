// Everything that users are told around a rollout, arranged at once: schedule, progress, confirmation, rollback.
import { Autocomplete, NativeSelect, NumberInput, SimpleGrid, Text, Textarea, TextInput } from "@mantine/core";
import { IconCalendarEvent } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { audiences } from "@/api/announcements";
import { api } from "@/api/client";
import { useOld } from "@/api/keeping";
import { useMay } from "@/api/may";
import { catalog, releases } from "@/api/queries";
import { instant } from "@/pages/incidents/moments";
import { FormModal } from "@/parts/FormModal";

export function Arrange() {
  const old = useOld();
  const keeps = useMay()("edit-webhooks");
  const versions = useQuery(releases()).data?.items.map(({ version }) => version) ?? [];
  const known = useQuery({ ...audiences(), enabled: keeps }).data?.items.map(({ name }) => name) ?? [];
  const places = useQuery(catalog()).data?.environments.map(({ name }) => name) ?? [];
  const [release, setRelease] = useState("");
  const [audience, setAudience] = useState("");
  const [environment, setEnvironment] = useState("");
  const [at, setAt] = useState("");
  const [starts, setStarts] = useState("");
  const [downtime, setDowntime] = useState<number | "">("");
  const [note, setNote] = useState("");
  return (
    <FormModal
      label="Arrange a rollout" title="Tell people of a rollout" send="Arrange it" done="It is arranged." icon={<IconCalendarEvent size={16} aria-hidden />} size="lg"
      begin={() => {
        setRelease(versions[0] ?? "");
        setAudience(known[0] ?? "");
        setEnvironment(places.at(-1) ?? "");
        setAt("");
        setStarts("");
        setDowntime("");
        setNote("");
      }}
      act={async () => {
        await api.POST("/api/v1/announcement-schedules", {
          body: {
            release: release.trim(), audience: audience.trim(), environment, note: note.trim(), at_ms: instant(at), starts_ms: instant(starts),
            downtime_minutes: downtime === "" ? null : downtime,
          },
        });
        await old(["announcements"]);
      }}
    >
      <Text size="sm">Four announcements: when it is expected and for how long nothing answers, that it is on its way, that it is out, and that it went back, should it. What is not said here is taken from the plan of the release.</Text>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <Autocomplete label="Release" required data={versions} limit={20} value={release} onChange={setRelease} data-autofocus />
        <Autocomplete label="To the audience" required data={known} value={audience} onChange={setAudience} />
        <NativeSelect label="Rollouts in" required data={places} value={environment} onChange={(event) => setEnvironment(event.currentTarget.value)} />
        <TextInput type="datetime-local" label="The schedule is told" description="Now where empty" value={at} onChange={(event) => setAt(event.currentTarget.value)} />
        <TextInput type="datetime-local" label="The change is expected" description="As the plan says where empty" value={starts} onChange={(event) => setStarts(event.currentTarget.value)} />
        <NumberInput label="Minutes without an answer" description="As the plan says where empty" min={0} max={129_600} allowDecimal={false} value={downtime} onChange={(value) => setDowntime(value === "" ? "" : Number(value))} />
      </SimpleGrid>
      <Textarea label="A note of yours" autosize minRows={2} maxRows={8} maxLength={4000} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
    </FormModal>
  );
}
