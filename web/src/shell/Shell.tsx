// The frame of every page: navigation, who is signed in, whether what is shown is live.
import {
  ActionIcon, AppShell, Badge, Burger, Button, Group, Kbd, Menu, NavLink, Text, Tooltip, useComputedColorScheme,
  useMantineColorScheme,
  VisuallyHidden,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconKeyboard, IconLogout, IconMoon, IconSearch, IconSun, IconUser } from "@tabler/icons-react";
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { spotlight } from "@mantine/spotlight";
import { useEffect } from "react";
import { api } from "@/api/client";
import { useMay } from "@/api/may";
import { project } from "@/api/place";
import { projects, session } from "@/api/queries";
import { useMineCount } from "@/pages/approvals/useWaiting";
import { LiveBanner } from "./LiveBanner";
import { Palette } from "./Palette";
import { places } from "./places";
import { Shortcuts } from "./Shortcuts";

export function Shell() {
  const [opened, { toggle, close }] = useDisclosure(false);
  const [shortcuts, { open: showShortcuts, close: hideShortcuts }] = useDisclosure(false);
  const at = useLocation({ select: (location) => location.pathname });
  useEffect(close, [at, close]);
  return (
    <AppShell header={{ height: 52 }} navbar={{ width: 212, breakpoint: "sm", collapsed: { mobile: !opened } }} padding="md">
      <a className="tg-skip" href="#main">
        Skip to the page
      </a>
      <AppShell.Header>
        <Group h="100%" px="sm" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" aria-expanded={opened} />
            <Link to="/" className="tg-link" style={{ color: "inherit" }} aria-label="Tidegate, overview">
              <Group gap={8} wrap="nowrap">
                <img src="/favicon.svg" width={26} height={26} alt="" />
                <Text fw={700} visibleFrom="xs">
                  Tidegate
                </Text>
              </Group>
            </Link>
            <ProjectMenu />
          </Group>
          <Group gap={6} wrap="nowrap">
            <Button variant="default" size="xs" onClick={spotlight.open} leftSection={<IconSearch size={14} aria-hidden />} rightSection={<Kbd size="xs">⌘K</Kbd>} visibleFrom="sm" c="dimmed">
              Go to or do…
            </Button>
            <ActionIcon variant="default" hiddenFrom="sm" onClick={spotlight.open} aria-label="Go to or do">
              <IconSearch size={16} />
            </ActionIcon>
            <Tooltip label="Keyboard shortcuts (?)">
              <ActionIcon variant="default" onClick={showShortcuts} aria-label="Keyboard shortcuts" visibleFrom="sm">
                <IconKeyboard size={16} />
              </ActionIcon>
            </Tooltip>
            <SchemeSwitch />
            <Me />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages">
        <Navigation at={at} />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} style={{ outline: "none" }}>
        <LiveBanner />
        <Outlet />
      </AppShell.Main>
      <Palette showShortcuts={showShortcuts} />
      <Shortcuts opened={shortcuts} open={showShortcuts} close={hideShortcuts} />
    </AppShell>
  );
}

function Navigation({ at }: { at: string }) {
  const may = useMay();
  const waits = useMineCount();
  return places
    .filter((place) => place.needs === undefined || may(place.needs))
    .map(({ to, label, icon: Sign }) => {
      const here = to === "/" ? at === "/" : at === to || at.startsWith(`${to}/`);
      return (
        <NavLink key={to} component={Link} to={to} label={label} active={here} aria-current={here ? "page" : undefined} leftSection={<Sign size={17} aria-hidden />} rightSection={to === "/approvals" && waits > 0 ? <Badge size="sm" circle={waits < 10} variant="filled">{waits}<VisuallyHidden> waiting for you</VisuallyHidden></Badge> : undefined} style={{ borderRadius: 6 }} />
      );
    });
}

function ProjectMenu() {
  const { data } = useQuery(projects());
  if (!data || data.items.length < 2) return null;
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button variant="subtle" size="compact-sm">
          {project ?? "default"} ▾
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Projects</Menu.Label>
        {data.items.map(({ name }) => (
          <Menu.Item key={name} component="a" href={name === "default" ? "/" : `/projects/${name}`}>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function SchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme("light") === "dark";
  return (
    <Tooltip label={dark ? "Light" : "Dark"}>
      <ActionIcon variant="default" onClick={() => setColorScheme(dark ? "light" : "dark")} aria-label={dark ? "Use light colours" : "Use dark colours"}>
        {dark ? <IconSun size={16} /> : <IconMoon size={16} />}
      </ActionIcon>
    </Tooltip>
  );
}

function Me() {
  const { data } = useSuspenseQuery(session());
  const signOut = async () => {
    await api.DELETE("/api/v1/session");
    window.location.assign("/sign-in");
  };
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Tooltip label={data.open ? "Nobody has to sign in yet" : data.display}>
          <ActionIcon variant="default" aria-label={`You: ${data.open ? "anybody" : data.display}`}>
            <IconUser size={16} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{data.open ? "Nobody has to sign in yet" : `${data.display} (${data.name})`}</Menu.Label>
        {data.open ? (
          <Menu.Item component={Link} to="/setup">
            Make the first administrator
          </Menu.Item>
        ) : (
          <>
            <Menu.Item component={Link} to="/settings">
              Your account and tokens
            </Menu.Item>
            <Menu.Item leftSection={<IconLogout size={14} />} onClick={() => void signOut()}>
              Sign out
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
