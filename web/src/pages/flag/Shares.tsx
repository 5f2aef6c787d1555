// Shares as a bar, and in words beside it.
import { Group, Text } from "@mantine/core";
import { colourOf } from "./colours";
import { percentInWords } from "./words";

export interface Part {
  variant: string;
  percent: number;
  /** In the place of the percentage. */
  words?: string;
}

export function Shares({ of, variants, label }: { of: readonly Part[]; variants: readonly string[]; label: string }) {
  const said = of.map(({ variant, percent, words }) => `${words ?? percentInWords(percent)} ${variant}`).join(", ");
  return (
    <div>
      <div className="tg-shares" role="img" aria-label={`${label}: ${said}`}>
        {of.map(({ variant, percent }) => (
          <span key={variant} style={{ width: `${percent}%`, background: `var(--tg-${colourOf(variants, variant)})` }} />
        ))}
      </div>
      <Group gap="sm" mt={3} aria-hidden style={{ rowGap: 0 }}>
        {of.map(({ variant, percent, words }) => (
          <Group key={variant} gap={5} wrap="nowrap" maw="100%">
            <span className="tg-dot" style={{ background: `var(--tg-${colourOf(variants, variant)})` }} />
            <Text size="xs" className="tg-break">
              {variant} <Text span inherit c="dimmed">{words ?? percentInWords(percent)}</Text>
            </Text>
          </Group>
        ))}
      </Group>
    </div>
  );
}
