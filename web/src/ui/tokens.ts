/** The look in one place: one accent, quiet greys, one type family. Change it here and nowhere else; `tokens.css` has what plain CSS needs. */
import { createTheme, type MantineColorsTuple } from "@mantine/core";

const accent: MantineColorsTuple = [
  "#e7f6f8", "#cfebf0", "#a3d9e2", "#74c5d3", "#48b1c3", "#2ba0b4", "#15899d", "#0f7587", "#0b6475", "#085363",
];
const gray: MantineColorsTuple = [
  "#f8f9fa", "#f1f3f5", "#e7eaee", "#dbe0e6", "#c4cbd4", "#98a1ad", "#737d8a", "#545d69", "#353d47", "#1b2128",
];
const dark: MantineColorsTuple = [
  "#d7dbe0", "#b4bac3", "#98a1ad", "#646d79", "#434b56", "#343b45", "#272d36", "#1b2027", "#15191f", "#101317",
];

export const theme = createTheme({
  colors: { accent, gray, dark },
  primaryColor: "accent",
  primaryShade: { light: 8, dark: 7 },
  autoContrast: true,
  luminanceThreshold: 0.32,
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  headings: { fontFamily: '"Inter Variable", system-ui, sans-serif', fontWeight: "620" },
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "sm" } },
    TextInput: { defaultProps: { size: "sm" } },
    PasswordInput: { defaultProps: { size: "sm" } },
    Select: { defaultProps: { size: "sm", allowDeselect: false, clearSectionMode: "clear" } },
    // what is so, not what can be pressed: no border, corners of its own, a breath of its colour
    Badge: { defaultProps: { variant: "light", color: "gray", radius: "sm", tt: "none", fw: 550 } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: false } },
    Modal: { defaultProps: { centered: true, closeButtonProps: { "aria-label": "Close" }, transitionProps: { duration: 120 }, overlayProps: { backgroundOpacity: 0.4 } } },
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
    Drawer: { defaultProps: { closeButtonProps: { "aria-label": "Close" }, transitionProps: { duration: 120 }, overlayProps: { backgroundOpacity: 0.4 } } },
    Menu: { defaultProps: { transitionProps: { duration: 100 }, shadow: "md" } },
  },
});
