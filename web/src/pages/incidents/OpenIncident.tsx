// The form that opens an incident: what is wrong, where, since when, and which release it speaks against.
import { Autocomplete, NativeSelect, SimpleGrid, TextInput } from "@mantine/core";
import { IconAlertOctagon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, got } from "@/api/client";
import { useOld } from "@/api/keeping";
import { useMay } from "@/api/may";
import { catalog, releases } from "@/api/queries";
import { FormModal } from "@/parts/FormModal";
import { instant, localNow } from "./moments";

export function OpenIncident() {
  const go = useNavigate();
  const old = useOld();
  const may = useMay();
  const [title, setTitle] = useState("");
  const [severity, setSeverity] = useState("");
  const [environment, setEnvironment] = useState("");
  const [component, setComponent] = useState("");
  const [since, setSince] = useState("");
  const [release, setRelease] = useState("");
  const house = useQuery(catalog()).data;
  const versions = useQuery(releases()).data?.items.map(({ version }) => version) ?? [];
  const places = house?.environments.map(({ name }) => name).filter((name) => may("stop", name)) ?? [];
  return (
    <FormModal
      label="Open an incident" title="Open an incident" send="Open it" icon={<IconAlertOctagon size={16} aria-hidden />} size="lg" button={{ variant: "filled" }} danger
      begin={() => {
        setTitle("");
        setSeverity("");
        setEnvironment(places.length === 1 ? (places[0] ?? "") : "");
        setComponent("");
        setSince(localNow());
        setRelease("");
      }}
      act={async () => {
        const body = {
          title: title.trim(), severity: severity.trim() || null, environment: environment || null, component: environment === "" ? null : component || null,
          // The minute in which it was opened is now.
          detected_ms: since === "" || since === localNow() ? null : instant(since), release: release.trim() || null,
        };
        const made = await got(api.POST("/api/v1/incidents", { body }));
        await old(["incidents"], ["measures"], ["measure-rows"]);
        void go({ to: "/incidents/$incident", params: { incident: made.id } });
      }}
    >
      <TextInput label="What is wrong" required placeholder="Orders fail" maxLength={300} value={title} onChange={(event) => setTitle(event.currentTarget.value)} data-autofocus />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <NativeSelect label="Environment" data={[{ value: "", label: "not known" }, ...places]} value={environment} onChange={(event) => setEnvironment(event.currentTarget.value)} />
        <NativeSelect label="Component" disabled={environment === ""} data={[{ value: "", label: "not known" }, ...Object.keys(house?.components ?? {})]} value={component} onChange={(event) => setComponent(event.currentTarget.value)} />
        <Autocomplete label="Severity" placeholder="critical" data={["critical", "major", "minor"]} value={severity} onChange={setSeverity} maxLength={40} />
        <TextInput type="datetime-local" label="Since" value={since} onChange={(event) => setSince(event.currentTarget.value)} />
      </SimpleGrid>
      <Autocomplete label="Speaks against the release" description="Its newest rollout there counts as failed" placeholder="none" data={versions} limit={20} value={release} onChange={setRelease} />
    </FormModal>
  );
}
