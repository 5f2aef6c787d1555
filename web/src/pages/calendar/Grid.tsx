// A month or a week as a table of days, in the reader's zone; only a picture of the list below it.
import { Button, Group, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconPlayerPlay, IconSnowflake, IconWindow } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Why } from "@/api/types";
import { useNow } from "@/live/clock";
import { Read } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import "./calendar.css";
import { addDays, dayKey, fromKey, hours, monday, monthTitle, startOfDay, weekdays, weekTitle } from "./days";
import { occurrences, type Occurrence } from "./occurrences";

interface GridProps {
  view: "month" | "week";
  /** A day of what is shown, `2026-12-18`. */
  at: string | undefined;
  opens: Why[];
}

export function Grid({ view, at, opens }: GridProps) {
  const now = useNow(60_000);
  const known = useQuery(occurrences());
  const today = startOfDay(now);
  const shown = fromKey(at) ?? today;
  const first = monday(view === "month" ? new Date(shown.getFullYear(), shown.getMonth(), 1) : shown);
  const last = view === "month" ? new Date(shown.getFullYear(), shown.getMonth() + 1, 0) : addDays(first, 6);
  const weeks: Date[][] = [];
  for (let start = first; start <= last; start = addDays(start, 7)) weeks.push(Array.from({ length: 7 }, (_, index) => addDays(start, index)));
  const step = (by: number) => dayKey(view === "month" ? new Date(shown.getFullYear(), shown.getMonth() + by, 1) : addDays(shown, 7 * by));
  const title = view === "month" ? monthTitle(shown) : weekTitle(first);
  return (
    <div>
      <Group gap="xs" mb="xs">
        <Step to={step(-1)} label={`${view} before`}>
          <IconChevronLeft size={16} aria-hidden />
        </Step>
        <Button renderRoot={(props) => <Link to="/calendar" search={(before) => ({ ...before, at: undefined })} {...props} />} variant="default" size="xs">
          Today
        </Button>
        <Step to={step(1)} label={`${view} after`}>
          <IconChevronRight size={16} aria-hidden />
        </Step>
        <Text fw={600} aria-live="polite">
          {title}
        </Text>
      </Group>
      <Read of={known}>
        {(all) => (
          <Scroll label="Days, scrolls">
            <table className="tg-days" aria-label={`Freezes and windows: ${title}`}>
              <thead>
                <tr>
                  {weekdays.map((name) => (
                    <th key={name} scope="col">
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {weeks.map((days) => (
                  <tr key={dayKey(days[0] ?? first)}>
                    {days.map((day) => (
                      <Day key={dayKey(day)} day={day} today={today} outside={view === "month" && day.getMonth() !== shown.getMonth()} tall={view === "week"} occurrences={all} opens={opens} />
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
      </Read>
      <Text size="xs" c="dimmed" mt={4}>
        What is over is not drawn; ahead, it reaches 400 days.
      </Text>
    </div>
  );
}

function Step({ to, label, children }: { to: string; label: string; children: React.ReactNode }) {
  return (
    <Button renderRoot={(props) => <Link to="/calendar" search={(before) => ({ ...before, at: to })} {...props} />} variant="default" size="xs" aria-label={`The ${label}`}>
      {children}
    </Button>
  );
}

interface DayProps {
  day: Date;
  today: Date;
  outside: boolean;
  tall: boolean;
  occurrences: Occurrence[];
  opens: Why[];
}

function Day({ day, today, outside, tall, occurrences: all, opens }: DayProps) {
  const fromMs = day.getTime();
  const untilMs = addDays(day, 1).getTime();
  const here = all.filter((one) => one.fromMs < untilMs && one.untilMs > fromMs);
  const moves = opens.filter(({ opens_ms: at }) => at != null && at >= fromMs && at < untilMs);
  const isToday = fromMs === today.getTime();
  return (
    <td className={tall ? "tg-day-tall" : undefined} data-outside={outside || undefined} data-today={isToday || undefined} aria-current={isToday ? "date" : undefined}>
      <time dateTime={dayKey(day)}>{day.getDate()}</time>
      {here.map((one) => {
        const Sign = one.kind === "freeze" ? IconSnowflake : IconWindow;
        return (
          <div key={`${one.name} ${one.fromMs}`} className="tg-band" data-kind={one.kind} title={`${one.kind} ${one.name}: ${one.reason}`}>
            <Sign size={12} aria-label={one.kind} /> {one.name} <span className="tg-hours">{hours(one, fromMs, untilMs)}</span>
          </div>
        );
      })}
      {moves.map((why) => (
        <div key={`${why.release} ${why.environment}`} className="tg-band" data-kind="opens" title={why.why}>
          <IconPlayerPlay size={12} aria-label="opens" /> {why.release} → {why.environment}
        </div>
      ))}
    </td>
  );
}
