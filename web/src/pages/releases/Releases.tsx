// Every release, newest change first, and how far each came; a filter in the address, a form for a new one.
import { Button, Group, Select, Text, TextInput } from "@mantine/core";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { useMay } from "@/api/may";
import { catalog, environments } from "@/api/queries";
import { serving } from "@/pages/release/journey";
import { useAddress } from "@/parts/address";
import { Empty } from "@/parts/Empty";
import { count } from "@/parts/figures";
import { Page, Read } from "@/parts/Page";
import { isWanted, listed, STATES } from "./listed";
import { NewRelease } from "./NewRelease";
import { ReleaseTable } from "./ReleaseTable";
import { useReleases } from "./useReleases";

export function Releases() {
  const [words, put] = useAddress();
  const may = useMay();
  const { query, more, isReading } = useReleases();
  const house = useQuery(catalog());
  const standing = useQuery(environments());
  const versions = useMemo(() => serving(standing.data?.items ?? []), [standing.data]);
  const rows = useMemo(
    () => (house.data ? (query.data?.items ?? []).map((release) => listed(house.data, release, versions)) : []),
    [house.data, query.data, versions],
  );
  const { text = "", state = "" } = words;
  const wanted = useMemo(() => rows.filter((row) => isWanted(row, text, state)), [rows, text, state]);
  const filtered = text !== "" || state !== "";
  const rest = query.data?.next !== null && query.data !== undefined;
  // Whoever looks for one looks through all of them.
  useEffect(() => {
    if (filtered && rest && !isReading) void more();
  }, [filtered, rest, isReading, more, rows]);
  return (
    <Page
      title="Releases"
      lead={query.data ? `${count(wanted.length, "release")}${filtered ? ` of ${rows.length}${rest ? " read so far" : ""}` : rest ? ", and more below" : ""}, newest change first` : undefined}
      actions={
        may("create-release") && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => put({ new: "yes" })}>
            New release
          </Button>
        )
      }
    >
      <Group gap="sm" align="flex-end">
        <TextInput label="Find" placeholder="Version, author, component, note" leftSection={<IconSearch size={14} aria-hidden />} value={text} onChange={(event) => put({ text: event.currentTarget.value })} miw={220} style={{ flex: "1 1 220px" }} maw={420} />
        <Select label="How far" data={STATES} value={state} onChange={(value) => put({ state: value ?? "" })} allowDeselect={false} w={190} />
      </Group>
      <Read of={house}>
        {() => (
          <Read of={query}>
            {() =>
              rows.length === 0 ? (
                <Empty title="No release yet" command="tidegate release create 1.0.0 --component api=./build/api">
                  A release is a named, frozen set of artifacts. It is made by this command, by a build server, or by the button above.
                </Empty>
              ) : wanted.length === 0 && !rest ? (
                <Empty title="No release is like that">
                  <Button variant="default" size="xs" mt={4} onClick={() => put({ text: "", state: "" })}>
                    Show all of them
                  </Button>
                </Empty>
              ) : (
                <>
                  <ReleaseTable rows={wanted} rest={rest} more={more} />
                  {isReading && <Text size="sm" c="dimmed" role="status">Reading older releases…</Text>}
                </>
              )
            }
          </Read>
        )}
      </Read>
      {house.data && <NewRelease opened={words.new === "yes"} close={() => put({ new: undefined })} catalog={house.data} />}
    </Page>
  );
}
