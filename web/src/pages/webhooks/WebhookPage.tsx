// One receiver: what it is told, whether messages arrive, and everything that can be done about it.
import { Button, Group, Text } from "@mantine/core";
import { IconKey, IconPlayerPause, IconPlayerPlay, IconSend, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, got } from "@/api/client";
import { useOld, webhook as webhookQuery } from "@/api/keeping";
import type { Webhook } from "@/api/types";
import { Confirm } from "@/parts/Confirm";
import { count } from "@/parts/figures";
import { FormModal } from "@/parts/FormModal";
import { Page, Read } from "@/parts/Page";
import { SecretOnce } from "@/parts/SecretOnce";
import { Deliveries } from "./Deliveries";
import { Tried } from "./Tried";
import { Patterns, WebhookMark } from "./WebhookList";

export function WebhookPage() {
  const { name } = useParams({ from: "/known/webhooks/$name" });
  const search = useSearch({ from: "/known/webhooks/$name" });
  const one = useQuery(webhookQuery(name));
  const old = useOld();
  const trying = useMutation({
    mutationFn: () => got(api.POST("/api/v1/webhooks/{name}/test", { params: { path: { name } }, body: {} })),
    onSettled: () => old(["deliveries", name], ["webhook", name]),
  });
  return (
    <Page
      title={name}
      marks={one.data && <WebhookMark webhook={one.data} />}
      lead={one.data && <Group gap="xs">{one.data.host}, told in the form {one.data.format} of <Patterns of={one.data} /></Group>}
      actions={
        one.data && (
          <>
            <Button variant="filled" leftSection={<IconSend size={15} aria-hidden />} loading={trying.isPending} onClick={() => trying.mutate()}>
              Send a test
            </Button>
            <Rotate name={name} />
            <Switch webhook={one.data} />
            <Remove webhook={one.data} />
          </>
        )
      }
    >
      <Tried result={trying.data} error={trying.error} />
      <Read of={one}>{(webhook) => <Deliveries webhook={webhook} state={search.state} />}</Read>
    </Page>
  );
}

function Rotate({ name }: { name: string }) {
  const [secret, setSecret] = useState("");
  return (
    <FormModal
      label="New secret" title={`Make a new secret for ${name}`} icon={<IconKey size={15} aria-hidden />} send="Make it"
      act={async () => setSecret((await got(api.POST("/api/v1/webhooks/{name}/rotate", { params: { path: { name } }, body: {} }))).secret)}
      after={<SecretOnce label="Signing secret" secret={secret} />}
    >
      <Text size="sm">For a day messages carry signatures by both secrets; give the receiver the new one within it.</Text>
    </FormModal>
  );
}

function Switch({ webhook: { name, disabled, waiting } }: { webhook: Webhook }) {
  const old = useOld();
  const stale = () => old(["webhooks"], ["webhook", name], ["deliveries", name]);
  if (disabled != null) {
    return (
      <Confirm
        label="Switch on" icon={<IconPlayerPlay size={15} aria-hidden />} title={`Switch ${name} on`} done={`${name} is told again.`}
        consequences={["It is told of what happens from now on.", ...(waiting > 0 ? [`${count(waiting, "message")} that waited are sent.`] : [])]}
        act={async () => {
          await api.POST("/api/v1/webhooks/{name}/enable", { params: { path: { name } }, body: {} });
          await stale();
        }}
      />
    );
  }
  return (
    <Confirm
      label="Switch off" icon={<IconPlayerPause size={15} aria-hidden />} title={`Switch ${name} off`} done={`${name} is told nothing for now.`} reason={{ label: "Why", needed: false }}
      consequences={["Nothing is sent to it until it is switched on again.", "The receiver learns nothing of what happens meanwhile, unless it asks."]}
      act={async (reason) => {
        await api.POST("/api/v1/webhooks/{name}/disable", { params: { path: { name } }, body: { reason: reason || null } });
        await stale();
      }}
    />
  );
}

function Remove({ webhook: { name, waiting } }: { webhook: Webhook }) {
  const old = useOld();
  const go = useNavigate();
  return (
    <Confirm
      label="Remove" danger icon={<IconTrash size={15} aria-hidden />} title={`Remove ${name}`} done={`${name} is removed.`}
      consequences={["It is told no more, and its secret is gone.", `Its deliveries are forgotten${waiting > 0 ? `, ${count(waiting, "message")} that wait among them` : ""}.`]}
      act={async () => {
        await api.DELETE("/api/v1/webhooks/{name}", { params: { path: { name } } });
        await go({ to: "/webhooks" });
        await old(["webhooks"]);
      }}
    />
  );
}

