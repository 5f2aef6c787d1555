// One chart over time. All charts of a page share their cursor and their time axis; colours follow the scheme; what it
// shows is said in a sentence for whoever does not see it.
import "uplot/dist/uPlot.min.css";
import "./chart.css";
import { Card, Group, Text, useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef, useState, type ReactNode, type RefObject } from "react";
import uPlot from "uplot";
import type { VariantColour } from "@/pages/flag/colours";
import type { Tone } from "@/parts/Mark";
import { clock, day } from "@/parts/time";
import type { Marker } from "./told";

export interface Line {
  label: string;
  /** A variable of theme/base.css, without `--tg-`. */
  colour: "stable" | "candidate" | "good" | "bad" | "quiet" | VariantColour;
  dash?: number[];
  width?: number;
  stepped?: boolean;
  filled?: boolean;
  /** Each value has a dot, so that one that stands alone is seen. */
  dots?: boolean;
}

export interface Threshold {
  value: number;
  label: string;
  tone: Tone;
}

export interface ChartProps {
  title: string;
  aside?: ReactNode;
  /** Kept by whoever asks: another array makes another chart. */
  lines: readonly Line[];
  data: uPlot.AlignedData;
  /** In seconds. */
  range: readonly [number, number];
  format: (value: number) => string;
  /** What the axis reaches at least. */
  least?: number;
  most?: number;
  logarithmic?: boolean;
  thresholds?: readonly Threshold[];
  markers: readonly Marker[];
  /** Whether the markers are named on this one. */
  named?: boolean;
  sync: string;
  /** What is seen, in a sentence. */
  summary: string;
}

const HEIGHT = 190;
const LOWEST = 0.01;
const DAYS_SECONDS = 36 * 3600;

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--tg-${name}`).trim() || "#888";

export function Chart(props: ChartProps) {
  const { title, aside, lines, data, range, sync, summary, logarithmic = false, markers, thresholds } = props;
  const scheme = useComputedColorScheme("light");
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const sized = width > 0;

  useEffect(() => {
    const element = box.current;
    if (!element || !sized) return;
    const made = new uPlot(options(lines, sync, logarithmic, element.clientWidth, latest), latest.current.data, element);
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [scheme, lines, sync, logarithmic, sized, box]);

  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height: HEIGHT });
  }, [width]);
  useEffect(() => {
    plot.current?.setData(data);
    if (plot.current) tellNewest(plot.current);
  }, [data, range, markers, thresholds]);

  return (
    <Card padding="sm" component="figure" m={0}>
      <Group justify="space-between" mb={4} gap="xs">
        <Text component="figcaption" size="sm" fw={600}>{title}</Text>
        {aside}
      </Group>
      <div ref={box} role="img" aria-label={`${title}. ${summary}`} style={{ minHeight: HEIGHT }} className="tg-chart" />
    </Card>
  );
}

function useWidth(box: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [box]);
  return width;
}

function options(lines: readonly Line[], sync: string, logarithmic: boolean, width: number, latest: { current: ChartProps }): uPlot.Options {
  const quiet = colour("quiet");
  const grid = { stroke: colour("line"), width: 1 };
  const axis = { stroke: quiet, grid, ticks: { ...grid, size: 4 }, font: "11px system-ui", gap: 4 };
  const format = (value: number | null) => (value === null || value === undefined ? "–" : latest.current.format(value));
  // Hours of a day mean nothing without the day, over more than one.
  const days = () => latest.current.range[1] - latest.current.range[0] > DAYS_SECONDS;
  const time = (seconds: number) => (days() ? day(seconds * 1000) : clock(seconds * 1000));
  return {
    width,
    height: HEIGHT,
    padding: [8, 34, 0, 0],
    cursor: { sync: { key: sync }, drag: { x: false, y: false }, points: { size: 6 } },
    legend: { live: true },
    scales: {
      x: { time: true, range: () => [latest.current.range[0], latest.current.range[1]] },
      y: logarithmic
        ? { distr: 3, log: 10, range: (_, __, high) => [LOWEST, Math.max(latest.current.most ?? 1, 10 ** Math.ceil(Math.log10(Math.max(1, high ?? 1))))] }
        : { range: (_, __, high) => [0, Math.min(latest.current.most ?? Infinity, Math.max(latest.current.least ?? 0, (high ?? 0) * 1.1)) || 1] },
    },
    axes: [
      { ...axis, space: () => (days() ? 116 : 74), size: 24, values: (_, splits) => splits.map(time) },
      {
        ...axis, size: 52, space: 32,
        ...(logarithmic ? { grid: { ...grid, filter: decades }, ticks: { ...grid, size: 4, filter: decades }, filter: decades } : {}),
        values: (_, splits) => splits.map((value) => (value === null ? null : logarithmic ? decade(value) : latest.current.format(value))),
      },
    ],
    series: [
      { label: "Time", value: (_, seconds) => (seconds == null ? "–" : time(seconds)) },
      ...lines.map((line): uPlot.Series => ({
        label: line.label,
        stroke: colour(line.colour),
        width: line.width ?? 2,
        ...(line.dash ? { dash: line.dash } : {}),
        ...(line.filled ? { fill: `${colour(line.colour)}22` } : {}),
        ...(line.stepped && uPlot.paths.stepped ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
        points: line.dots ? { show: true, size: 4 } : { show: false },
        value: (_, value) => format(value),
      })),
    ],
    hooks: { ready: [tellNewest], setCursor: [tellNewest], draw: [(made) => drawBeside(made, latest.current)] },
  };
}

/** Where no cursor is, the legend says the newest. */
function tellNewest(made: uPlot): void {
  const newest = (made.data[0]?.length ?? 0) - 1;
  if (made.cursor.idx == null && newest >= 0) made.setLegend({ idx: newest }, false);
}

const isDecade = (value: number) => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;

const decades = (_: uPlot, splits: number[]) => splits.map((value) => (isDecade(value) ? value : null));

function decade(value: number): string {
  return value >= 1e6 ? `10^${Math.round(Math.log10(value))}` : value.toLocaleString();
}

/** Thresholds across, markers upright; names only where they do not run into each other. */
function drawBeside(made: uPlot, { thresholds = [], markers, named, range }: ChartProps): void {
  const { ctx, bbox } = made;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = `${11 * ratio}px system-ui`;
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  ctx.lineWidth = ratio;
  for (const { value, label, tone } of thresholds) {
    const y = made.valToPos(value, "y", true);
    line(ctx, colour(tone), [6 * ratio, 4 * ratio], [bbox.left, y], [bbox.left + bbox.width, y]);
    ctx.fillText(label, bbox.left + 6 * ratio, tone === "warn" ? y + 12 * ratio : y - 4 * ratio);
  }
  let free = -Infinity;
  for (const { atMs, label, tone } of markers) {
    if (atMs / 1000 < range[0] || atMs / 1000 > range[1]) continue;
    const x = made.valToPos(atMs / 1000, "x", true);
    line(ctx, colour(tone), tone === "bad" || tone === "warn" ? [] : [2 * ratio, 4 * ratio], [x, bbox.top], [x, bbox.top + bbox.height]);
    if (!named || x < free) continue;
    const wide = ctx.measureText(label).width;
    const left = Math.min(x + 4 * ratio, bbox.left + bbox.width - wide - 2 * ratio);
    ctx.fillText(label, left, bbox.top + 12 * ratio);
    free = left + wide + 8 * ratio;
  }
  ctx.restore();
}

function line(ctx: CanvasRenderingContext2D, tone: string, dash: number[], from: [number, number], to: [number, number]): void {
  ctx.strokeStyle = tone;
  ctx.fillStyle = tone;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
}
