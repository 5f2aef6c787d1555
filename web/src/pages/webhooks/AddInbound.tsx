// Adds a system outside that may tell what happened there; its secret is shown here and never again.
import { NativeSelect, Text, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { api, got } from "@/api/client";
import { useOld } from "@/api/keeping";
import type { Inbound, Named } from "@/api/types";
import { FormModal } from "@/parts/FormModal";
import { SecretOnce } from "@/parts/SecretOnce";

type Kind = Inbound["kind"];
type OnAlert = Named<"OnAlert">;

export const PROVES: Record<Kind, string> = {
  github: "signs each delivery (X-Hub-Signature-256)",
  gitlab: "sends the secret along (X-Gitlab-Token)",
  alertmanager: "sends the secret along (Authorization: Bearer), so let it come by TLS",
  cdevents: "signs each delivery by Standard Webhooks",
  generic: "signs each delivery by Standard Webhooks",
};

const KINDS = (Object.keys(PROVES) as Kind[]).map((value) => ({ value, label: value }));

export function AddInbound() {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Kind>("github");
  const [onAlert, setOnAlert] = useState<OnAlert>("record");
  const [added, setAdded] = useState<Named<"InboundSecret"> | null>(null);
  const old = useOld();
  return (
    <FormModal
      label="Add a source" title="Take deliveries from another system" icon={<IconPlus size={15} aria-hidden />} button={{ variant: "filled" }} send="Add it" size="lg"
      begin={() => setName("")}
      act={async () => {
        setAdded(await got(api.POST("/api/v1/inbound", { body: { name: name.trim(), kind, ...(kind === "alertmanager" ? { on_alert: onAlert } : {}) } })));
        await old(["inbound"]);
      }}
      after={
        added && (
          <>
            <TextInput label="Send deliveries to" readOnly value={added.inbound.url} onFocus={(event) => event.currentTarget.select()} />
            <SecretOnce label="Secret" secret={added.secret}>
              <Text size="sm">Give it to the other system: it {PROVES[added.inbound.kind]}. Content type application/json.</Text>
            </SecretOnce>
          </>
        )
      }
    >
      <TextInput label="Name" required description="Small letters, digits and -" value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
      <NativeSelect label="What it is" description={`It ${PROVES[kind]}`} value={kind} onChange={(event) => setKind(event.currentTarget.value as Kind)} data={KINDS} />
      {kind === "alertmanager" && (
        <NativeSelect
          label="When an alert begins to fire" value={onAlert} onChange={(event) => setOnAlert(event.currentTarget.value as OnAlert)}
          description="Where it fires: its labels environment and component. A resolved alert lets nothing go on by itself."
          data={[{ value: "record", label: "only record it" }, { value: "hold", label: "hold rollouts there until a person resumes" }, { value: "abort", label: "abort rollouts there: they go back" }]}
        />
      )}
    </FormModal>
  );
}
