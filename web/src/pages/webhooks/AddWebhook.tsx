// Adds a receiver; the secret with which its messages are signed is shown here and never again.
import { NativeSelect, TagsInput, Text, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { api, got } from "@/api/client";
import { useOld } from "@/api/keeping";
import { EVENT_KINDS } from "@/parts/eventWords";
import { FormModal } from "@/parts/FormModal";
import { SecretOnce } from "@/parts/SecretOnce";

const UNTOLD = ["person", "groups", "projects"];
const PATTERNS = [...new Set(EVENT_KINDS.filter((kind) => !UNTOLD.includes(kind.split(".", 1)[0] ?? "")).flatMap((kind) => [`${kind.split(".", 1)[0]}.*`, kind]))];

export function AddWebhook() {
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const [events, setEvents] = useState<string[]>([]);
  const [format, setFormat] = useState<"tidegate" | "cdevents">("tidegate");
  const [secret, setSecret] = useState("");
  const old = useOld();
  return (
    <FormModal
      label="Add a webhook" title="Tell a receiver what happens" icon={<IconPlus size={15} aria-hidden />} button={{ variant: "filled" }} send="Add it" size="lg"
      begin={() => {
        setName("");
        setUrl("");
        setEvents([]);
      }}
      act={async () => {
        const added = await got(api.POST("/api/v1/webhooks", { body: { name: name.trim(), url: url.trim(), events, format } }));
        setSecret(added.secret);
        await old(["webhooks"]);
      }}
      after={
        <SecretOnce label="Signing secret" secret={secret}>
          <Text size="sm">
            {name} is told from now on. Its receiver verifies <code>webhook-id</code>, <code>webhook-timestamp</code> and{" "}
            <code>webhook-signature</code> with it, by any library of Standard Webhooks.
          </Text>
        </SecretOnce>
      }
    >
      <TextInput label="Name" required description="Small letters, digits and -" value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
      <TextInput label="URL" required type="url" description="Only public addresses are reached; others when the server was started with --allow-host. Only its host is shown afterwards." placeholder="https://ci.example.com/tidegate" value={url} onChange={(event) => setUrl(event.currentTarget.value)} />
      <TagsInput label="Events" description="Kinds, with * at the end; all where none is given" placeholder={events.length === 0 ? "rollout.*" : undefined} data={PATTERNS} maxDropdownHeight={220} value={events} onChange={setEvents} acceptValueOnBlur />
      <NativeSelect label="Form" value={format} onChange={(event) => setFormat(event.currentTarget.value === "cdevents" ? "cdevents" : "tidegate")} data={[{ value: "tidegate", label: "tidegate: the event as it is in the log" }, { value: "cdevents", label: "cdevents: CDEvents, as CloudEvents" }]} />
    </FormModal>
  );
}
