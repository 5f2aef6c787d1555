// Every flag, and how it stands in each environment; filters in the address, a form for a new one.
import { Button, Checkbox, Group, Select, TextInput } from "@mantine/core";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { flags as flagsQuery, STALE_DAYS } from "@/api/flags";
import { useMay } from "@/api/may";
import { catalog } from "@/api/queries";
import { useAddress } from "@/parts/address";
import { Empty } from "@/parts/Empty";
import { count } from "@/parts/figures";
import { Page, Read } from "@/parts/Page";
import { FlagTable } from "./FlagTable";
import { KINDS, ORDERS, owners, STANDS, wantedOf } from "./listed";
import { NewFlag } from "./NewFlag";

const DAYS = [7, 14, 30, 60, 90, 180];

export function Flags() {
  const [words, put] = useAddress();
  const may = useMay();
  const { text = "", kind = "", owner = "", environment = "", stands = "", order = "" } = words;
  const archived = words["archived"] === "yes";
  const stale = words["stale"] === "yes";
  const days = DAYS.find((each) => String(each) === words["days"]) ?? STALE_DAYS;
  const all = useQuery({ ...flagsQuery(archived, days), placeholderData: (before) => before });
  const house = useQuery(catalog()).data;
  const places = useMemo(() => house?.environments.map(({ name }) => name) ?? [], [house]);
  const items = all.data?.items;
  const wanted = useMemo(() => wantedOf(items ?? [], { text, kind, owner, environment, stands, stale, order }), [items, text, kind, owner, environment, stands, stale, order]);
  const who = useMemo(() => owners(items ?? []), [items]);
  const filtered = [text, kind, owner, environment, stands].some((word) => word !== "") || stale;
  const clear = { text: "", kind: "", owner: "", environment: "", stands: "", stale: undefined, days: undefined };
  return (
    <Page
      title="Flags"
      lead={items ? `${count(wanted.length, archived ? "archived flag" : "flag")}${filtered ? ` of ${items.length}` : ""}` : undefined}
      actions={
        may("deploy") && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => put({ new: "yes" })}>
            New flag
          </Button>
        )
      }
    >
      <Group gap="sm" align="flex-end">
        <TextInput label="Find" placeholder="Key, owner, description, release" leftSection={<IconSearch size={14} aria-hidden />} value={text} onChange={(event) => put({ text: event.currentTarget.value })} miw={220} style={{ flex: "1 1 220px" }} maw={420} />
        <Select label="Kind" data={[{ value: "", label: "All" }, ...KINDS.map(({ value, label }) => ({ value: value as string, label }))]} value={kind} onChange={(value) => put({ kind: value ?? "" })} allowDeselect={false} flex="1 1 120px" maw={160} />
        <Select label="Owner" data={[{ value: "", label: "All" }, ...who]} value={owner} onChange={(value) => put({ owner: value ?? "" })} allowDeselect={false} searchable={who.length > 10} flex="1 1 130px" maw={190} />
        <Select label="Environment" data={[{ value: "", label: "All" }, ...places]} value={environment} onChange={(value) => put({ environment: value ?? "" })} allowDeselect={false} flex="1 1 130px" maw={190} />
        <Select label="Stands" data={STANDS} value={stands} onChange={(value) => put({ stands: value ?? "" })} allowDeselect={false} flex="1 1 120px" maw={160} />
      </Group>
      <Group gap="md">
        <Checkbox label="Stale only" checked={stale} onChange={(event) => put({ stale: event.currentTarget.checked ? "yes" : undefined })} />
        {stale && <Select aria-label="What counts as long enough" data={DAYS.map((each) => ({ value: String(each), label: `for ${each} days` }))} value={String(days)} onChange={(value) => put({ days: value ?? undefined })} allowDeselect={false} w={130} size="xs" />}
        <Checkbox label="Archived" checked={archived} onChange={(event) => put({ archived: event.currentTarget.checked ? "yes" : undefined })} />
        <Select aria-label="Order" size="xs" data={ORDERS} value={order} onChange={(value) => put({ order: value ?? "" })} allowDeselect={false} w={190} ml={{ sm: "auto" }} />
      </Group>
      <Read of={all}>
        {({ items: every }) =>
          every.length === 0 && archived ? (
            <Empty title="No flag is archived">What is archived is served nowhere any more, and can be brought back as it stood.</Empty>
          ) : every.length === 0 ? (
            <Empty title="No flag yet" command="tidegate flag create new-checkout --env staging">
              A flag lets code that is deployed already be turned on for some, for more, for everybody, and off in an instant. Programs
              ask for it through any OpenFeature client. Flags of flagd, Unleash and LaunchDarkly come in with <code>tidegate flag import</code>.
            </Empty>
          ) : wanted.length === 0 ? (
            <Empty title={stale && !filtered ? "No flag is stale" : "No flag is like that"}>
              <Button variant="default" size="xs" mt={4} onClick={() => put(clear)}>
                Show all of them
              </Button>
            </Empty>
          ) : (
            <FlagTable flags={wanted} environments={places} />
          )
        }
      </Read>
      <NewFlag opened={words["new"] === "yes"} close={() => put({ new: undefined })} />
    </Page>
  );
}
