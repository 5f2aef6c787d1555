// How it looks: one accent, quiet greys, colours that carry a meaning only together with a word or a sign.
import { createTheme, Modal, Card, Badge, Button, FileInput, Notification, Table, Tooltip, type MantineColorsTuple } from "@mantine/core";

const tide: MantineColorsTuple = [
  "#e6f6f8", "#cfeaee", "#a1d5dd", "#6fbfcb", "#47acbb", "#2a9bac", "#14879a", "#0b6e7f", "#075a69", "#034552",
];

/** The greys of the dark scheme, a little towards the sea. */
const dark: MantineColorsTuple = [
  "#dbe2e7", "#b8c4cc", "#97a5af", "#6b7a86", "#3f4b54", "#36414a", "#2a333a", "#20282e", "#181e23", "#12171b",
];

/** The library's, but dark enough where it is written with or on. */
const red: MantineColorsTuple = [
  "#fff5f5", "#ffe3e3", "#ffc9c9", "#ffa8a8", "#ff8787", "#ff6b6b", "#e03131", "#c02b2b", "#a82424", "#8f1d1d",
];

export const theme = createTheme({
  primaryColor: "tide",
  primaryShade: 7,
  colors: { tide, dark, red },
  autoContrast: true,
  luminanceThreshold: 0.18,
  defaultRadius: "md",
  cursorType: "pointer",
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  headings: { fontWeight: "650" },
  respectReducedMotion: true,
  components: {
    Card: Card.extend({ defaultProps: { withBorder: true, radius: "md", padding: "md" } }),
    Badge: Badge.extend({ defaultProps: { variant: "light", radius: "sm", tt: "none" } }),
    Button: Button.extend({ defaultProps: { size: "sm" } }),
    // The library's placeholder is too faint to be read in the dark.
    FileInput: FileInput.extend({ styles: { placeholder: { color: "var(--mantine-color-dimmed)" } } }),
    Notification: Notification.extend({ defaultProps: { closeButtonProps: { "aria-label": "Close the message" } } }),
    Modal: Modal.extend({ defaultProps: { closeButtonProps: { "aria-label": "Close" } } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: "xs", horizontalSpacing: "sm" } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 250, events: { hover: true, focus: true, touch: true } } }),
  },
});
