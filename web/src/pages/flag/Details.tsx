// What people say about a flag, its end, and its way back.
import { Autocomplete, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { IconArchive, IconArchiveOff, IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { api } from "@/api/client";
import { ifMatch } from "@/api/editions";
import { flagAt, flags } from "@/api/flags";
import { useOld } from "@/api/keeping";
import { useMay, useMayEverywhere } from "@/api/may";
import { releases } from "@/api/queries";
import type { Flag, FlagKind } from "@/api/types";
import { dayEndMs, dayOf } from "@/pages/flags/days";
import { KINDS, owners } from "@/pages/flags/listed";
import { Confirm } from "@/parts/Confirm";
import { FormModal } from "@/parts/FormModal";

export function DetailActions({ flag }: { flag: Flag }) {
  const may = useMay();
  const everywhere = useMayEverywhere();
  return (
    <>
      {may("deploy") && <Describe flag={flag} />}
      {everywhere("deploy") && (flag.archived ? <Restore flag={flag} /> : <Archive flag={flag} />)}
    </>
  );
}

function Describe({ flag }: { flag: Flag }) {
  const { key } = flag;
  const old = useOld();
  const [kind, setKind] = useState<FlagKind>(flag.kind);
  const [owner, setOwner] = useState("");
  const [description, setDescription] = useState("");
  const [removeBy, setRemoveBy] = useState("");
  const [release, setRelease] = useState("");
  const known = useQuery(flags()).data?.items;
  const who = useMemo(() => owners(known ?? []), [known]);
  const versions = useQuery(releases()).data?.items.map(({ version }) => version) ?? [];
  // A day that nobody changed stays the instant that it was.
  const removeMs = removeBy === "" ? null : flag.remove_by_ms != null && dayOf(flag.remove_by_ms) === removeBy ? flag.remove_by_ms : dayEndMs(removeBy);
  return (
    <FormModal
      label="Describe" title={`Describe ${key}`} icon={<IconPencil size={15} aria-hidden />} send="Save" done={`${key} is described.`} of={flagAt(key)}
      begin={() => {
        setKind(flag.kind);
        setOwner(flag.owner ?? "");
        setDescription(flag.description ?? "");
        setRemoveBy(flag.remove_by_ms == null ? "" : dayOf(flag.remove_by_ms));
        setRelease(flag.release ?? "");
      }}
      act={async (headers) => {
        const body = { kind, owner: owner.trim() || null, description: description.trim() || null, release: release.trim() || null, remove_by_ms: removeMs };
        await api.PUT("/api/v1/flags/{key}", { params: { path: { key } }, body, headers });
        await old(["flag", key], ["flags"], ["flag-history", key]);
      }}
    >
      <Textarea label="Description" value={description} onChange={(event) => setDescription(event.currentTarget.value)} autosize minRows={2} maxLength={2000} data-autofocus />
      <NativeSelect label="Kind" data={KINDS.map(({ value, label, about }) => ({ value, label: `${label}: ${about}` }))} value={kind} onChange={(event) => setKind(event.currentTarget.value as FlagKind)} />
      <Autocomplete label="Owner" description="Whom to ask" data={who} value={owner} onChange={setOwner} maxLength={200} />
      <TextInput type="date" label="Remove by" description="When it should be gone from the code" value={removeBy} onChange={(event) => setRemoveBy(event.currentTarget.value)} />
      <Autocomplete label="Release" description="The release that it belongs to" data={versions} limit={20} value={release} onChange={setRelease} />
    </FormModal>
  );
}

function Archive({ flag: { key, environments } }: { flag: Flag }) {
  const old = useOld();
  const on = environments.filter((one) => one.on).map(({ environment }) => environment);
  return (
    <Confirm
      label="Archive" danger icon={<IconArchive size={15} aria-hidden />} title={`Archive ${key}`} done={`${key} is archived.`} reason={{ label: "Why", needed: false }}
      consequences={[
        "It is served nowhere any more: programs that still ask get their own default.",
        ...(on.length > 0 ? [`It is on in ${on.join(", ")}. Where that is protected, it must be switched off first.`] : []),
        "It stays in the log, and can be brought back as it stood.",
      ]}
      act={async (reason) => {
        await api.POST("/api/v1/flags/{key}/archive", { params: { path: { key } }, body: { reason: reason || null }, headers: ifMatch(flagAt(key)) });
        await old(["flag", key], ["flags"], ["flag-history", key]);
      }}
    />
  );
}

function Restore({ flag: { key } }: { flag: Flag }) {
  const old = useOld();
  return (
    <Confirm
      label="Bring back" icon={<IconArchiveOff size={15} aria-hidden />} title={`Bring ${key} back`} done={`${key} is back.`} reason={{ label: "Why", needed: false }}
      consequences={["It is served again as it stood, at once, in every environment."]}
      act={async (reason) => {
        await api.POST("/api/v1/flags/{key}/restore", { params: { path: { key } }, body: { reason: reason || null }, headers: ifMatch(flagAt(key)) });
        await old(["flag", key], ["flags"], ["flag-history", key]);
      }}
    />
  );
}
