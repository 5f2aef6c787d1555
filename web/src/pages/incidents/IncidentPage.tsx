// One incident: what it was, how long, which rollouts it speaks against, what was said meanwhile, and its end.
import { Autocomplete, Button, Card, Group, NativeSelect, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { IconArrowBackUp, IconCheck, IconLink, IconLinkOff, IconMessage } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { api } from "@/api/client";
import { useOld } from "@/api/keeping";
import { useMay } from "@/api/may";
import { incident as incidentQuery } from "@/api/measures";
import { releases, rollouts as rolloutsQuery } from "@/api/queries";
import type { Incident } from "@/api/types";
import { titleOf } from "@/pages/rollout/consequences";
import { Confirm } from "@/parts/Confirm";
import { Facts } from "@/parts/Facts";
import { FormModal } from "@/parts/FormModal";
import { Page, Read, Section } from "@/parts/Page";
import { ProblemView } from "@/parts/ProblemView";
import { span } from "@/parts/time";
import { When } from "@/parts/When";
import { IncidentMark } from "./Incidents";
import { instant, localNow } from "./moments";

export function IncidentPage() {
  const { incident: id } = useParams({ from: "/known/incidents/$incident" });
  const one = useQuery(incidentQuery(id));
  const may = useMay();
  const incident = one.data;
  const acts = incident !== undefined && may("stop", incident.environment ?? undefined);
  return (
    <Page
      title={incident?.title ?? "Incident"}
      marks={incident && <IncidentMark state={incident.state} />}
      lead={incident && <>Began <When ms={incident.detected_ms} />, told by {incident.by}.</>}
      actions={incident && acts && <>{incident.state === "open" ? <Resolve incident={incident} /> : <Reopen incident={incident} />}</>}
    >
      <Read of={one}>
        {(known) => (
          <Stack gap="xl">
            <Facts
              of={[
                ["Id", <code key="id">{known.id}</code>],
                ["Severity", known.severity ?? "not said"],
                ["Environment", known.environment ? <Link key="place" className="tg-link" to="/environments/$environment" params={{ environment: known.environment }}>{known.environment}</Link> : "not known"],
                ["Component", known.component ?? "not known"],
                ["Ended", known.resolved_ms == null ? "not yet" : <span key="end"><When ms={known.resolved_ms} />, after {span(known.resolved_ms - known.detected_ms)}</span>],
              ]}
            />
            <Rollouts incident={known} acts={acts} />
            <Notes incident={known} acts={acts} />
          </Stack>
        )}
      </Read>
    </Page>
  );
}

function useStale(id: string): () => Promise<void> {
  const old = useOld();
  return useCallback(() => old(["incident", id], ["incidents"], ["measures"], ["measure-rows"]), [old, id]);
}

function Resolve({ incident: { id } }: { incident: Incident }) {
  const stale = useStale(id);
  const [since, setSince] = useState("");
  return (
    <FormModal
      label="Resolve" title="Service is as it should be" send="Resolve it" done="The incident is resolved." icon={<IconCheck size={15} aria-hidden />} button={{ variant: "filled" }} begin={() => setSince(localNow())}
      act={async () => {
        await api.POST("/api/v1/incidents/{incident}/resolve", { params: { path: { incident: id } }, body: { at_ms: since === "" || since === localNow() ? null : instant(since) } });
        await stale();
      }}
    >
      <TextInput type="datetime-local" label="Since" description="When users were served again; the recovery time ends there" value={since} onChange={(event) => setSince(event.currentTarget.value)} data-autofocus />
    </FormModal>
  );
}

function Reopen({ incident: { id } }: { incident: Incident }) {
  const stale = useStale(id);
  return (
    <Confirm
      label="Reopen" icon={<IconArrowBackUp size={15} aria-hidden />} title="It was not over" done="The incident is open again." consequences={["It is open again, and its end is forgotten.", "What failed by it is not restored yet, in the measures."]}
      act={async () => {
        await api.POST("/api/v1/incidents/{incident}/reopen", { params: { path: { incident: id } }, body: {} });
        await stale();
      }}
    />
  );
}

function Rollouts({ incident, acts }: { incident: Incident; acts: boolean }) {
  const { id, rollouts } = incident;
  const stale = useStale(id);
  const known = useQuery(rolloutsQuery({ limit: 200 })).data?.items ?? [];
  const unlinking = useMutation({
    mutationFn: async (rollout: string) => {
      await api.POST("/api/v1/incidents/{incident}/unlink", { params: { path: { incident: id } }, body: { rollout } });
      await stale();
    },
  });
  return (
    <Section title="Rollouts that it speaks against" aside={acts && <LinkTo incident={incident} />}>
      {rollouts.length === 0 ? (
        <Text size="sm" c="dimmed">It is linked to no rollout, so no deployment counts as failed by it.</Text>
      ) : (
        <Stack component="ul" gap={4} m={0} p={0} style={{ listStyle: "none" }} aria-label="Linked rollouts">
          {rollouts.map((rollout) => {
            const one = known.find((each) => each.id === rollout);
            return (
              <li key={rollout}>
                <Group gap="sm">
                  <Link className="tg-link" to="/rollouts/$id" params={{ id: rollout }}>{one ? titleOf(one) : rollout}</Link>
                  {acts && <Button size="compact-xs" variant="subtle" leftSection={<IconLinkOff size={13} aria-hidden />} loading={unlinking.isPending && unlinking.variables === rollout} aria-label={`Unlink ${one ? titleOf(one) : rollout}`} onClick={() => unlinking.mutate(rollout)}>Unlink</Button>}
                </Group>
              </li>
            );
          })}
        </Stack>
      )}
      {unlinking.error && <ProblemView error={unlinking.error} />}
    </Section>
  );
}

function LinkTo({ incident: { id, environment, rollouts } }: { incident: Incident }) {
  const stale = useStale(id);
  const [release, setRelease] = useState("");
  const [rollout, setRollout] = useState("");
  const versions = useQuery(releases()).data?.items.map(({ version }) => version) ?? [];
  const known = useQuery(rolloutsQuery({ limit: 200, ...(environment == null ? {} : { environment }) })).data?.items ?? [];
  const choices = known.filter((one) => !rollouts.includes(one.id)).map((one) => ({ value: one.id, label: `${titleOf(one)} (${one.state})` }));
  return (
    <FormModal
      label="Link" title="Link it to what it speaks against" send="Link it" done="It is linked: that rollout counts as failed." icon={<IconLink size={14} aria-hidden />} button={{ size: "xs" }}
      begin={() => {
        setRelease("");
        setRollout("");
      }}
      act={async () => {
        const body = rollout !== "" ? { rollout } : { release: release.trim() };
        await api.POST("/api/v1/incidents/{incident}/link", { params: { path: { incident: id } }, body });
        await stale();
      }}
    >
      <NativeSelect label="Rollout" data={[{ value: "", label: "choose one, or name a release" }, ...choices]} value={rollout} onChange={(event) => setRollout(event.currentTarget.value)} data-autofocus />
      <Autocomplete label="Or a release" description={`Its newest rollout ${environment == null ? "in each environment that counts as production" : `in ${environment}`}`} disabled={rollout !== ""} data={versions} limit={20} value={release} onChange={setRelease} />
    </FormModal>
  );
}

function Notes({ incident: { id, notes }, acts }: { incident: Incident; acts: boolean }) {
  const stale = useStale(id);
  const [text, setText] = useState("");
  const noting = useMutation({
    mutationFn: async () => {
      await api.POST("/api/v1/incidents/{incident}/notes", { params: { path: { incident: id } }, body: { text: text.trim() } });
      await stale();
    },
    onSuccess: () => setText(""),
  });
  return (
    <Section title="What was said">
      {notes.length === 0 ? (
        <Text size="sm" c="dimmed">Nothing yet.</Text>
      ) : (
        <Stack component="ol" gap="xs" m={0} p={0} style={{ listStyle: "none" }} aria-label="Notes">
          {notes.map(({ by, at_ms: at, text: said }, index) => (
            <li key={index}>
              <Card padding="sm">
                <Text size="xs" c="dimmed">{by}, <When ms={at} /></Text>
                <Text size="sm" className="tg-break" style={{ whiteSpace: "pre-wrap" }}>{said}</Text>
              </Card>
            </li>
          ))}
        </Stack>
      )}
      {acts && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim() !== "") noting.mutate();
          }}
        >
          <Stack gap="xs" align="flex-start">
            <Textarea label="A note" w="100%" maw={640} autosize minRows={2} maxLength={2000} value={text} onChange={(event) => setText(event.currentTarget.value)} />
            {noting.error && <ProblemView error={noting.error} />}
            <Button type="submit" size="xs" variant="default" leftSection={<IconMessage size={14} aria-hidden />} loading={noting.isPending} disabled={text.trim() === ""}>Note it</Button>
          </Stack>
        </form>
      )}
    </Section>
  );
}
