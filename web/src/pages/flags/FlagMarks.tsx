// The marks of a flag: what it is for, how it stands somewhere, that nobody seems to need it any more.
import { Badge, Tooltip } from "@mantine/core";
import { IconArchive, IconCircleDashed, IconHourglassEmpty, IconToggleLeft, IconToggleRightFilled, IconUserQuestion } from "@tabler/icons-react";
import type { Flag, FlagEnvironment, FlagKind } from "@/api/types";
import { count } from "@/parts/figures";
import { Mark } from "@/parts/Mark";

const COLOURS: Record<FlagKind, string> = { release: "blue", experiment: "grape", operations: "orange", permission: "gray" };

export function KindBadge({ kind }: { kind: FlagKind }) {
  return <Badge size="sm" color={COLOURS[kind]}>{kind}</Badge>;
}

export function OnMark({ stands }: { stands: Pick<FlagEnvironment, "on"> | undefined }) {
  if (!stands) return <Mark sign={IconCircleDashed} word="not defined" tone="quiet" />;
  return stands.on ? <Mark sign={IconToggleRightFilled} word="on" tone="good" /> : <Mark sign={IconToggleLeft} word="off" tone="quiet" />;
}

export function LifeMarks({ flag: { archived, stale, waiting } }: { flag: Pick<Flag, "archived" | "stale" | "waiting"> }) {
  return (
    <>
      {archived && <Mark sign={IconArchive} word="archived" tone="quiet" />}
      {stale != null && (
        <Tooltip label={stale} multiline maw={320}>
          <span tabIndex={0} aria-label={`stale: ${stale}`} role="note">
            <Mark sign={IconHourglassEmpty} word="stale" tone="warn" />
          </span>
        </Tooltip>
      )}
      {waiting > 0 && <Mark sign={IconUserQuestion} word={`${count(waiting, "change")} waiting`} tone="moving" />}
    </>
  );
}
