// The form that announces: what, to whom, when, and how it will read; the words follow what is typed.
import { Autocomplete, Checkbox, NativeSelect, NumberInput, SimpleGrid, Textarea, TextInput } from "@mantine/core";
import { IconSpeakerphone } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { announcementTemplates, audiences } from "@/api/announcements";
import { api, got } from "@/api/client";
import { useOld } from "@/api/keeping";
import { useMay } from "@/api/may";
import { catalog, releases } from "@/api/queries";
import { FormModal } from "@/parts/FormModal";
import { Preview } from "./Preview";
import { MOMENTS, nothingWritten, OCCASIONS, requestOf, type Moment, type Written } from "./words";

export function Write() {
  const go = useNavigate();
  const old = useOld();
  const keeps = useMay()("edit-webhooks");
  const versions = useQuery(releases()).data?.items.map(({ version }) => version) ?? [];
  const known = useQuery({ ...audiences(), enabled: keeps }).data?.items.map(({ name }) => name) ?? [];
  const places = useQuery(catalog()).data?.environments.map(({ name }) => name) ?? [];
  const templates = useQuery(announcementTemplates()).data?.items ?? [];
  const [written, setWritten] = useState<Written>(nothingWritten("", ""));
  const put = (change: Partial<Written>) => setWritten((before) => ({ ...before, ...change }));
  const { occasion, moment, own } = written;
  const template = templates.find((one) => one.occasion === occasion);
  const waits = moment !== "now" && moment !== "at";
  return (
    <FormModal
      label="Write one" title="Announce" send={moment === "now" ? "Tell them now" : "Plan it"} icon={<IconSpeakerphone size={16} aria-hidden />} size="xl" button={{ variant: "filled" }}
      begin={() => setWritten(nothingWritten(versions[0] ?? "", known[0] ?? ""))}
      act={async () => {
        const made = await got(api.POST("/api/v1/announcements", { body: requestOf(written) }));
        await old(["announcements"]);
        void go({ to: "/announcements/$announcement", params: { announcement: made.id } });
      }}
    >
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <Autocomplete label="Release" required data={versions} limit={20} value={written.release} onChange={(release) => put({ release })} data-autofocus />
        <Autocomplete label="To the audience" required data={known} value={written.audience} onChange={(audience) => put({ audience })} />
        <NativeSelect label="Occasion" data={OCCASIONS.map(({ value, label, about }) => ({ value, label: `${label}: ${about}` }))} value={occasion} onChange={(event) => put({ occasion: event.currentTarget.value as Written["occasion"], own: false })} />
        <NativeSelect label="When it is told" data={MOMENTS} value={moment} onChange={(event) => put({ moment: event.currentTarget.value as Moment, environment: written.environment || (places.at(-1) ?? "") })} />
        {moment === "at" && <TextInput type="datetime-local" label="Told at" required value={written.at} onChange={(event) => put({ at: event.currentTarget.value })} />}
        <NativeSelect label={waits ? "Of rollouts in" : "It tells of"} required={waits} data={waits ? places : [{ value: "", label: "no environment" }, ...places]} value={written.environment} onChange={(event) => put({ environment: event.currentTarget.value })} />
        {moment === "step" && <NumberInput label="Step" description="The first is 1" required min={1} max={1000} allowDecimal={false} value={written.step} onChange={(step) => put({ step: Number(step) || 1 })} />}
        <TextInput type="datetime-local" label="The change is expected" description="As the plan of the release says where empty" value={written.starts} onChange={(event) => put({ starts: event.currentTarget.value })} />
        <NumberInput label="Minutes without an answer" description="As the plan says where empty" min={0} max={129_600} allowDecimal={false} value={written.downtime} onChange={(downtime) => put({ downtime: downtime === "" ? "" : Number(downtime) })} />
      </SimpleGrid>
      <Textarea label="A note of yours" autosize minRows={2} maxRows={8} maxLength={4000} value={written.note} onChange={(event) => put({ note: event.currentTarget.value })} />
      <Checkbox label="In words of its own, instead of the template" checked={own} onChange={(event) => put({ own: event.currentTarget.checked, subject: template?.subject ?? "", text: template?.text ?? "" })} />
      {own && <TextInput label="Subject" required maxLength={250} value={written.subject} onChange={(event) => put({ subject: event.currentTarget.value })} />}
      {own && <Textarea label="Text" required autosize minRows={4} maxRows={14} value={written.text} onChange={(event) => put({ text: event.currentTarget.value })} />}
      <Preview occasion={occasion} release={written.release.trim()} subject={own ? written.subject : (template?.subject ?? "")} text={own ? written.text : (template?.text ?? "")} />
    </FormModal>
  );
}
