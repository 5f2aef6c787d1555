// The log of one instance as it is written: followed, or held still to be read.
import { Button, Card, Group, Text } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconX } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { count } from "@/parts/figures";
import { ProblemView } from "@/parts/ProblemView";
import { LINES_MAX, useLog, type Whose } from "./useLog";

const NEAR_PX = 24;

export function LogView({ whose, name, close }: { whose: Whose; name: string; close: () => void }) {
  const [paused, setPaused] = useState(false);
  const log = useLog(whose, paused);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (element && !paused) element.scrollTop = element.scrollHeight;
  }, [log.lines, paused]);
  return (
    <Card padding="sm">
      <Group justify="space-between" mb="xs">
        <Text fw={600} size="sm">
          {name}
          <Text span size="xs" c="dimmed">
            {" "}
            {count(log.count, "line")}
            {log.count > LINES_MAX && `, the newest ${LINES_MAX} here`}
            {log.state === "following" ? (paused ? ", held still" : ", following") : log.state === "ended" ? ", ended" : ""}
          </Text>
        </Text>
        <Group gap="xs">
          <Button size="compact-sm" variant="default" leftSection={paused ? <IconPlayerPlay size={14} aria-hidden /> : <IconPlayerPause size={14} aria-hidden />} onClick={() => setPaused(!paused)}>
            {paused ? "Follow" : "Pause"}
          </Button>
          <Button size="compact-sm" variant="default" leftSection={<IconX size={14} aria-hidden />} onClick={close}>Close</Button>
        </Group>
      </Group>
      {log.failure && <ProblemView error={log.failure} />}
      <div
        ref={box}
        role="log"
        aria-label={`Log of ${name}`}
        aria-live="off"
        tabIndex={0}
        className="tg-log"
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          // Whoever scrolls back reads; whoever is at the end follows.
          if (!paused && scrollHeight - scrollTop - clientHeight > NEAR_PX * 4) setPaused(true);
        }}
      >
        {log.lines.map(({ key, text }) => <div key={key}>{text === "" ? " " : text}</div>)}
        {log.lines.length === 0 && !log.failure && <Text size="sm" c="dimmed">{log.state === "reading" ? "Reading…" : "It has written nothing yet."}</Text>}
      </div>
    </Card>
  );
}

/** `api-1.2.0-0`: component, version, ordinal. */
export function whoseLog(environment: string, components: readonly string[], name: string): Whose | null {
  const component = components.filter((one) => name.startsWith(`${one}-`)).sort((a, b) => b.length - a.length)[0];
  const cut = name.lastIndexOf("-");
  if (component === undefined || cut <= component.length) return null;
  return { environment, component, version: name.slice(component.length + 1, cut), ordinal: name.slice(cut + 1) };
}
