// Where one can go: the navigation, the command palette and the list of shortcuts all say the same.
import {
  IconAlertOctagon, IconBell, IconCalendar, IconChartLine, IconChecklist, IconClipboardList, IconFlag, IconLayoutGrid, IconPackage,
  IconRoute, IconServer2, IconSettings, IconShieldCheck, IconSpeakerphone, IconUsers, type Icon,
} from "@tabler/icons-react";
import type { Right } from "@/api/may";

export interface Place {
  to: string;
  label: string;
  icon: Icon;
  /** After `g`. */
  letter: string;
  about: string;
  /** Shown only to whoever has it. */
  needs?: Right;
}

/** A part of a page that has an address of its own. */
export interface Part {
  of: string;
  tab: string;
  label: string;
  about: string;
  needs?: Right;
}

export const places: Place[] = [
  { to: "/", label: "Overview", icon: IconLayoutGrid, letter: "o", about: "What stands where, what moves, what waits" },
  { to: "/plans", label: "Plans", icon: IconClipboardList, letter: "n", about: "What goes out when, who does what, go or no-go" },
  { to: "/releases", label: "Releases", icon: IconPackage, letter: "r", about: "Every release and how far it came" },
  { to: "/rollouts", label: "Rollouts", icon: IconRoute, letter: "l", about: "What moves now, and what moved" },
  { to: "/flags", label: "Flags", icon: IconFlag, letter: "f", about: "What is on for whom, in each environment" },
  { to: "/approvals", label: "Approvals", icon: IconChecklist, letter: "a", about: "What waits for your word" },
  { to: "/calendar", label: "Calendar", icon: IconCalendar, letter: "c", about: "Freezes, windows, planned releases" },
  { to: "/environments", label: "Environments", icon: IconServer2, letter: "e", about: "Configuration, secrets, differences, drift" },
  { to: "/announcements", label: "Announcements", icon: IconSpeakerphone, letter: "t", about: "Who is told what when, in which words, and what they say" },
  { to: "/measures", label: "Measures", icon: IconChartLine, letter: "m", about: "How software is delivered: the five measures of DORA" },
  { to: "/incidents", label: "Incidents", icon: IconAlertOctagon, letter: "i", about: "When something was wrong for users" },
  { to: "/audit", label: "Audit", icon: IconShieldCheck, letter: "u", about: "Who did what, when, from where; verify, export", needs: "read-audit" },
  { to: "/webhooks", label: "Webhooks", icon: IconBell, letter: "w", about: "Who outside is told, deliveries, replay", needs: "edit-webhooks" },
  { to: "/people", label: "People", icon: IconUsers, letter: "p", about: "People, groups, tokens", needs: "administer" },
  { to: "/settings", label: "Settings", icon: IconSettings, letter: "s", about: "Yourself, the installation, projects" },
];

export const parts: Part[] = [
  { of: "/plans", tab: "templates", label: "Templates of plans", about: "What a kind of release begins with" },
  { of: "/plans", tab: "turns", label: "Whose turn", about: "Who manages the next releases" },
  { of: "/plans", tab: "actions", label: "Open actions", about: "What retrospectives asked for" },
  { of: "/plans", tab: "sources", label: "Sources of scope", about: "Trackers and tables that issues come from" },
  { of: "/announcements", tab: "feedback", label: "Feedback", about: "What users say of releases" },
  { of: "/announcements", tab: "words", label: "Words of announcements", about: "Templates, with a preview" },
  { of: "/announcements", tab: "audiences", label: "Audiences", about: "Whom announcements reach, and how", needs: "edit-webhooks" },
  { of: "/announcements", tab: "channels", label: "Channels", about: "Mail, chat, feeds and pages that tell", needs: "edit-webhooks" },
];
