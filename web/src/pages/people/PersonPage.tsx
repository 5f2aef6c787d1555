// One person or service account: what they may do and by what, how they prove who they are, their tokens.
import { Group, List, Stack, Text } from "@mantine/core";
import { IconBan, IconCheck, IconLogout, IconUserCheck } from "@tabler/icons-react";
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { api } from "@/api/client";
import { person as personQuery, useOld } from "@/api/keeping";
import { useMay } from "@/api/may";
import { session } from "@/api/queries";
import type { Person } from "@/api/types";
import { Confirm } from "@/parts/Confirm";
import { Mark } from "@/parts/Mark";
import { Page, Read, Section } from "@/parts/Page";
import { PasswordForm } from "@/parts/PasswordForm";
import { grantInWords, ROLES } from "@/parts/roles";
import { Tokens } from "@/parts/Tokens";
import { When } from "@/parts/When";
import { GrantsForm, GroupsForm } from "./MayForms";
import { Links } from "./Links";
import { signsIn } from "./People";

export function PersonPage() {
  const { person: name } = useParams({ from: "/known/people/$person" });
  const one = useQuery(personQuery(name));
  const may = useMay();
  const { data: me } = useSuspenseQuery(session());
  const administers = may("administer");
  const data = one.data;
  return (
    <Page
      title={data?.display ?? name}
      marks={data && (data.disabled == null ? <Mark sign={IconCheck} word="active" tone="good" /> : <Mark sign={IconBan} word="disabled" tone="bad" />)}
      lead={
        data && (
          <>
            {data.name}, {data.kind === "service" ? "a service account" : "a person"}, added <When ms={data.added_ms} />
            {data.disabled != null && <>; disabled: {data.disabled}</>}.{" "}
            {may("read-audit") && (
              <Link className="tg-link" to="/audit" search={{ person: name }}>
                What they did
              </Link>
            )}
          </>
        )
      }
      actions={data && administers && <Switch person={data} />}
    >
      <Read of={one}>
        {(person) => (
          <Stack gap="xl">
            <May person={person} grantsToo={may("grant")} groupsToo={administers} />
            {person.kind === "person" && (
              <Section
                title="Signing in"
                aside={
                  administers && (
                    <Group gap="xs">
                      <PasswordForm person={name} own={name === me.name} has={person.has_password} />
                      <SignOut name={name} />
                    </Group>
                  )
                }
              >
                <Text size="sm">Signs in: {signsIn(person)}.</Text>
                <Links person={person} edits={administers} />
              </Section>
            )}
            {(administers || name === me.name) && <Tokens person={name} issue={person.disabled == null} />}
          </Stack>
        )}
      </Read>
    </Page>
  );
}

function May({ person, grantsToo, groupsToo }: { person: Person; grantsToo: boolean; groupsToo: boolean }) {
  const { effective, grants, groups, disabled } = person;
  const own = new Set(grants.map(grantInWords));
  // Held by a role of one's own and by a group, it is there twice.
  const held = [...new Map(effective.map((grant) => [grantInWords(grant), grant])).values()];
  return (
    <Section
      title="May"
      aside={
        <Group gap="xs">
          {groupsToo && <GroupsForm person={person} />}
          {grantsToo && <GrantsForm person={person} />}
        </Group>
      }
    >
      {disabled != null ? (
        <Text size="sm">Nothing, while disabled.</Text>
      ) : effective.length === 0 ? (
        <Text size="sm">Nothing: no role was granted.</Text>
      ) : (
        <List size="sm" spacing={4}>
          {held.map((grant) => (
            <List.Item key={grantInWords(grant)}>
              <b>{grantInWords(grant)}</b>
              {!own.has(grantInWords(grant)) && " (by a group)"}: {ROLES.find(({ value }) => value === grant.role)?.may}
            </List.Item>
          ))}
        </List>
      )}
      <Text size="sm" c="dimmed">
        {groups.length === 0 ? "In no group." : `In the groups ${groups.join(", ")}.`}
      </Text>
    </Section>
  );
}

function Switch({ person: { name, disabled, kind } }: { person: Person }) {
  const old = useOld();
  const stale = () => old(["people"], ["person", name], ["tokens", name], ["groups"]);
  return disabled == null ? (
    <Confirm
      label="Disable" danger icon={<IconBan size={15} aria-hidden />} title={`Disable ${name}`} done={`${name} is disabled.`} reason={{ label: "Why", needed: true }}
      consequences={[
        kind === "service" ? "Its tokens stop at once." : "Every session ends and every token stops at once.",
        "What they said at gates that are still open does not count any more.",
        "Nothing is deleted: the history names them, and they can be enabled again.",
      ]}
      act={async (reason) => {
        await api.POST("/api/v1/people/{person}/disable", { params: { path: { person: name } }, body: { reason } });
        await stale();
      }}
    />
  ) : (
    <Confirm
      label="Enable again" icon={<IconUserCheck size={15} aria-hidden />} title={`Enable ${name} again`} done={`${name} is enabled.`}
      consequences={["They may again what their roles and groups give them.", "Tokens that have not expired and were not revoked work again."]}
      act={async () => {
        await api.POST("/api/v1/people/{person}/enable", { params: { path: { person: name } }, body: {} });
        await stale();
      }}
    />
  );
}

export function SignOut({ name }: { name: string }) {
  return (
    <Confirm
      label="Sign out everywhere" icon={<IconLogout size={14} aria-hidden />} title={`Sign ${name} out everywhere`} done={`${name} is signed out.`} button={{ size: "xs" }}
      consequences={["Every session of theirs ends, in every browser and terminal. Tokens go on."]}
      act={() => api.DELETE("/api/v1/people/{person}/sessions", { params: { path: { person: name } } })}
    />
  );
}
