// What every page has: a heading that is focused when one comes to it, a title in the tab, its own problems.
import { Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useEffect, useRef, type ReactNode } from "react";
import { ProblemView } from "./ProblemView";

interface PageProps {
  title: string;
  /** Beside the title: marks. */
  marks?: ReactNode;
  /** At the end of the line: buttons. */
  actions?: ReactNode;
  lead?: ReactNode;
  children: ReactNode;
}

export function Page({ title, marks, actions, lead, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Tidegate`;
  }, [title]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start" gap="sm">
        <Stack gap={4} miw={0} flex="1 1 22rem">
          <Group gap="sm">
            <Title order={1} size="h3" ref={heading} tabIndex={-1} style={{ outline: "none" }} className="tg-break">
              {title}
            </Title>
            {marks}
          </Group>
          {lead && (
            <Text component="div" size="sm" c="dimmed" className="tg-break tg-lead">
              {lead}
            </Text>
          )}
        </Stack>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

/** A part of a page with a heading of its own. */
export function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <Stack gap="xs" component="section" aria-label={title}>
      <Group justify="space-between">
        <Title order={2} size="h5">
          {title}
        </Title>
        {aside}
      </Group>
      {children}
    </Stack>
  );
}

/** Grey lines while it is read, the problem when it cannot be, and then what it is. */
export function Read<Data>({ of, children }: { of: UseQueryResult<Data>; children: (data: Data) => ReactNode }) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error) return <ProblemView error={of.error} />;
  return (
    <Stack gap="xs" role="status" aria-label="Loading">
      <Skeleton h={18} w="40%" />
      <Skeleton h={18} />
      <Skeleton h={18} w="80%" />
    </Stack>
  );
}
