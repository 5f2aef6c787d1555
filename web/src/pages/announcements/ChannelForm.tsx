// Sets a channel: what belongs to its kind, and nothing else. A password or the address of a room is typed here and never shown
// again; one that is left empty stays what it was.
import { NativeSelect, NumberInput, PasswordInput, Select, SimpleGrid, Text, TextInput } from "@mantine/core";
import { IconPencil, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { channels } from "@/api/announcements";
import { api, got } from "@/api/client";
import { useOld } from "@/api/keeping";
import type { Channel, ChannelKind, Named } from "@/api/types";
import { FormModal } from "@/parts/FormModal";
import { SecretOnce } from "@/parts/SecretOnce";
import { KINDS, SECURITY } from "./words";

interface Fields {
  name: string;
  kind: ChannelKind;
  host: string;
  port: number;
  security: Named<"MailSecurity">;
  from: string;
  fromName: string;
  user: string;
  password: string;
  url: string;
  title: string;
  mail: string;
  pageUrl: string;
}

const fieldsOf = (of?: Channel): Fields => ({
  name: of?.name ?? "", kind: of?.kind ?? "mail", host: of?.mail?.host ?? "", port: of?.mail?.port ?? 587, security: of?.mail?.security ?? "start-tls",
  from: of?.mail?.from ?? "", fromName: of?.mail?.from_name ?? "", user: of?.mail?.user ?? "", password: "", url: "",
  title: of?.page?.title ?? "", mail: of?.page?.mail ?? "", pageUrl: of?.page?.url ?? "",
});

function requestOf({ kind, host, port, security, from, fromName, user, password, url, title, mail, pageUrl }: Fields): Named<"SetChannelRequest"> {
  if (kind === "mail") {
    const settings = { host: host.trim(), port, security, from: from.trim(), from_name: fromName.trim() || null, user: user.trim() || null };
    return { kind, mail: settings, password: password === "" || user.trim() === "" ? null : password };
  }
  if (kind === "page") return { kind, page: { title: title.trim(), mail: mail || null, url: pageUrl.trim() || null } };
  return { kind, url: url.trim() || null };
}

/** Of one that is there, or a new one. */
export function ChannelForm({ of }: { of?: Channel }) {
  const old = useOld();
  const mails = useQuery(channels()).data?.items.filter(({ kind }) => kind === "mail").map(({ name }) => name) ?? [];
  const [fields, setFields] = useState(fieldsOf(of));
  const [secret, setSecret] = useState<string | null>(null);
  const put = (change: Partial<Fields>) => setFields((before) => ({ ...before, ...change }));
  const { kind } = fields;
  const kept = of ? "Kept as it is where empty" : undefined;
  return (
    <FormModal
      label={of ? "Change" : "Add a channel"} title={of ? `Change ${of.name}` : "Add a channel"} send={of ? "Change it" : "Add it"} size="lg"
      icon={of ? <IconPencil size={14} aria-hidden /> : <IconPlus size={15} aria-hidden />} button={of ? { size: "xs" } : { variant: "filled" }}
      begin={() => {
        setFields(fieldsOf(of));
        setSecret(null);
      }}
      act={async () => {
        const name = of?.name ?? fields.name.trim();
        const made = await got(api.PUT("/api/v1/channels/{channel}", { params: { path: { channel: name } }, body: requestOf(fields) }));
        setSecret(made.secret ?? null);
        await old(["channels"]);
      }}
      after={
        secret === null ? (
          <Text size="sm">The channel is set. See whether it works: Try it.</Text>
        ) : (
          <SecretOnce label="Signing secret" secret={secret}>
            <Text size="sm">The receiver verifies its messages with it, by any library of Standard Webhooks.</Text>
          </SecretOnce>
        )
      }
    >
      {!of && (
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <TextInput label="Name" required description="Small letters, digits and -" value={fields.name} onChange={(event) => put({ name: event.currentTarget.value })} data-autofocus />
          <NativeSelect label="Kind" description={KINDS[kind].about} data={Object.entries(KINDS).map(([value, { label }]) => ({ value, label }))} value={kind} onChange={(event) => put({ kind: event.currentTarget.value as ChannelKind })} />
        </SimpleGrid>
      )}
      {kind === "mail" && (
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <TextInput label="Host" required placeholder="mail.example.org" value={fields.host} onChange={(event) => put({ host: event.currentTarget.value })} />
          <NumberInput label="Port" required min={1} max={65535} allowDecimal={false} hideControls value={fields.port} onChange={(port) => put({ port: Number(port) || 0 })} />
          <NativeSelect label="Encryption" data={SECURITY} value={fields.security} onChange={(event) => put({ security: event.currentTarget.value as Fields["security"] })} />
          <TextInput label="From" required type="email" placeholder="shop@example.org" value={fields.from} onChange={(event) => put({ from: event.currentTarget.value })} />
          <TextInput label="Sender’s name" maxLength={100} value={fields.fromName} onChange={(event) => put({ fromName: event.currentTarget.value })} />
          <TextInput label="User" description="Empty where the server asks for none" autoComplete="off" value={fields.user} onChange={(event) => put({ user: event.currentTarget.value })} />
          {fields.user !== "" && <PasswordInput label="Password" description={kept} autoComplete="new-password" value={fields.password} onChange={(event) => put({ password: event.currentTarget.value })} />}
        </SimpleGrid>
      )}
      {kind === "page" && (
        <>
          <TextInput label="Title" required maxLength={100} placeholder="News of the shop" value={fields.title} onChange={(event) => put({ title: event.currentTarget.value })} />
          <Select label="Subscriptions by" description="The mail server by which readers may subscribe; nobody can without one" placeholder="nobody can subscribe" clearable clearButtonProps={{ "aria-label": "Nobody can subscribe" }} data={mails} value={fields.mail || null} onChange={(mail) => put({ mail: mail ?? "" })} />
          <TextInput label="Where readers reach this server" type="url" description="Where that is not its own address: behind a proxy" placeholder="https://news.example.org" value={fields.pageUrl} onChange={(event) => put({ pageUrl: event.currentTarget.value })} />
        </>
      )}
      {kind !== "mail" && kind !== "page" && (
        <PasswordInput label="Address" required={!of} description={kept ?? "Where messages go. It is sealed, and only its host is shown afterwards."} placeholder="https://hooks.slack.com/services/…" autoComplete="off" value={fields.url} onChange={(event) => put({ url: event.currentTarget.value })} />
      )}
    </FormModal>
  );
}
