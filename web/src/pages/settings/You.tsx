// Who is signed in, what they may do, their password and tokens, and how it looks to them.
import { Group, List, SegmentedControl, Stack, Text, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { person } from "@/api/keeping";
import type { Right } from "@/api/may";
import { session } from "@/api/queries";
import { Empty } from "@/parts/Empty";
import { Section } from "@/parts/Page";
import { PasswordForm } from "@/parts/PasswordForm";
import { grantInWords, RIGHTS, ROLES } from "@/parts/roles";
import { zone } from "@/parts/time";
import { Tokens } from "@/parts/Tokens";
import { SignOut } from "@/pages/people/PersonPage";

export function You() {
  const { data: me } = useSuspenseQuery(session());
  return (
    <Stack gap="xl">
      {me.open ? (
        <Empty title="Nobody has to sign in yet" command="tidegate user create NAME --admin">
          Names are taken at their word, and everybody on this machine may do everything.{" "}
          <Link className="tg-link" to="/setup">
            Make the first administrator
          </Link>
          : from then on everybody signs in.
        </Empty>
      ) : (
        <Known name={me.name} />
      )}
      <Looks />
      {!me.open && <Tokens person={me.name} />}
    </Stack>
  );
}

function Known({ name }: { name: string }) {
  const { data: me } = useSuspenseQuery(session());
  const one = useQuery(person(name));
  return (
    <Section
      title={me.display}
      aside={
        me.kind === "person" && one.data ? (
          <Group gap="xs">
            <PasswordForm person={name} own has={one.data.has_password} />
            <SignOut name={name} />
          </Group>
        ) : undefined
      }
    >
      <Text size="sm">
        Signed in as <b>{name}</b>
        {me.groups.length > 0 && <>, in the groups {me.groups.join(", ")}</>}. You may:
      </Text>
      {me.grants.length === 0 ? (
        <Text size="sm">nothing yet; an administrator grants roles: <code>tidegate user grant {name} --role ROLE</code></Text>
      ) : (
        <List size="sm" spacing={4}>
          {me.grants.map((grant) => (
            <List.Item key={grantInWords(grant)}>
              <b>{grantInWords(grant)}</b>: {ROLES.find(({ value }) => value === grant.role)?.may}
            </List.Item>
          ))}
        </List>
      )}
      <Rights />
    </Section>
  );
}

/** The server's own word, once it says it. */
function Rights() {
  const { data } = useSuspenseQuery(session());
  const may = (data as { may?: { right: Right; environment?: string | null }[] }).may;
  if (!may || may.length === 0) return null;
  const by = new Map<string, Right[]>();
  for (const { right, environment } of may) {
    const where = environment ?? "everywhere here";
    by.set(where, [...(by.get(where) ?? []), right]);
  }
  return (
    <details>
      <summary>
        <Text span size="sm">
          All of it, right by right
        </Text>
      </summary>
      <List size="sm" mt="xs">
        {[...by].map(([where, rights]) => (
          <List.Item key={where}>
            <b>{where}</b>: {rights.map((right) => RIGHTS[right]).join(", ")}
          </List.Item>
        ))}
      </List>
    </details>
  );
}

function Looks() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Section title="Appearance">
      <Group gap="md">
        <SegmentedControl
          aria-label="Colours" value={colorScheme} onChange={(value) => setColorScheme(value as MantineColorScheme)}
          data={[{ value: "auto", label: "As the system" }, { value: "light", label: "Light" }, { value: "dark", label: "Dark" }]}
        />
        <Text size="sm" c="dimmed">
          Kept in this browser. Times are shown in {zone}, the zone of this machine; the exact instant stands behind each.
        </Text>
      </Group>
    </Section>
  );
}
