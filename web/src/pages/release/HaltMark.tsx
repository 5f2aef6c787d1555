// How a release stands somewhere: the words of `why`, and one for where it went back without being barred.
import { IconArrowBackUp } from "@tabler/icons-react";
import { Mark, StandsMark } from "@/parts/Mark";
import type { Halt } from "./journey";

export function HaltMark({ stands }: { stands: Halt["stands"] }) {
  return stands === "gone-back" ? <Mark sign={IconArrowBackUp} word="went back" tone="warn" /> : <StandsMark stands={stands} />;
}
