// A finished rollout played again: a slider over its time, at one, ten or sixty times its pace.
import { ActionIcon, Card, Group, SegmentedControl, Slider, Stack, Text } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconPlayerSkipBack } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { clock, exact, span } from "@/parts/time";

const SPEEDS = ["1x", "10x", "60x"] as const;
const FRAME_MS = 100;

interface ReplayProps {
  fromMs: number;
  toMs: number;
  atMs: number;
  put: (atMs: number) => void;
}

export function Replay({ fromMs, toMs, atMs, put }: ReplayProps) {
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<string>(toMs - fromMs > 120_000 ? "10x" : "1x");
  const at = useRef(atMs);
  at.current = atMs;
  useEffect(() => {
    if (!playing) return;
    const timer = window.setInterval(() => {
      const next = Math.min(toMs, at.current + FRAME_MS * Number.parseInt(speed, 10));
      put(next);
      if (next >= toMs) setPlaying(false);
    }, FRAME_MS);
    return () => window.clearInterval(timer);
  }, [playing, speed, toMs, put]);
  const toggle = () => {
    if (!playing && atMs >= toMs) put(fromMs);
    setPlaying(!playing);
  };
  return (
    <Card padding="sm" component="section" aria-label="Replay">
      <Stack gap={6}>
        <Group justify="space-between" gap="xs">
          <Group gap="xs">
            <ActionIcon variant="default" aria-label="To the beginning" onClick={() => put(fromMs)}>
              <IconPlayerSkipBack size={16} />
            </ActionIcon>
            <ActionIcon variant="filled" aria-label={playing ? "Pause the replay" : "Play it again"} onClick={toggle}>
              {playing ? <IconPlayerPause size={16} /> : <IconPlayerPlay size={16} />}
            </ActionIcon>
            <SegmentedControl size="xs" aria-label="Speed of the replay" value={speed} onChange={setSpeed} data={[...SPEEDS]} />
          </Group>
          <Text size="sm" title={exact(atMs)}>
            <b>{clock(atMs)}</b>, {span(atMs - fromMs)} of {span(toMs - fromMs)}
          </Text>
        </Group>
        <Slider
          min={fromMs}
          max={toMs}
          step={Math.max(100, Math.round((toMs - fromMs) / 1000))}
          value={atMs}
          onChange={(value) => {
            setPlaying(false);
            put(value);
          }}
          label={(value) => clock(value)}
          thumbLabel="Instant of the replay"
        />
      </Stack>
    </Card>
  );
}
