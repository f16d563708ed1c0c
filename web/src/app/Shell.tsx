/** The frame around every page of a workspace: navigation, the command palette, who one is. */
import { ActionIcon, Avatar, Kbd, Menu, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { useHotkeys, useOs } from "@mantine/hooks";
import { IconCheck, IconKeyboard, IconLogout, IconMenu2, IconMoon, IconSearch, IconSelector, IconSun, IconSunMoon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useParams, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import { may, session } from "../session/session";
import { useKeys } from "../ui/keys";
import { Offline } from "./Offline";
import { queries } from "./queries";
import { find } from "./find";
import { places } from "./rooms";
import { StopMenu, Stopped } from "./Sending";
import classes from "./Shell.module.css";
import { useKeptFocus } from "./useKeptFocus";

const Palette = lazy(() => import("./Palette"));
const Keys = lazy(() => import("./Keys").then((module) => ({ default: module.Keys })));

export function Shell() {
  const { workspace } = useParams({ from: "/$workspace" });
  const { data: now } = useQuery(session);
  const [open, setOpen] = useState(false);
  useHotkeys([["mod+K", find.open]], []);
  const [keys, setKeys] = useState(false);
  useKeys((key) => {
    if (key === "?") setKeys(true);
    return key === "?";
  });
  const path = useRouterState({ select: (state) => state.location.pathname });
  const main = useRef<HTMLElement>(null);
  useKeptFocus(main);
  const shown = useRef(path);
  useEffect(() => {
    setOpen(false);
    if (shown.current !== path && !path.includes("/settings/")) main.current?.focus({ preventScroll: true });
    shown.current = path;
  }, [path]);
  useEffect(() => {
    const close = (event: KeyboardEvent) => event.key === "Escape" && setOpen(false);
    window.addEventListener("keydown", close);
    return () => window.removeEventListener("keydown", close);
  }, []);
  if (!now?.email) return null;
  const below = path.slice(encodeURIComponent(workspace).length + 1);
  const mine = places.filter((place) => !place.permission || may(now, workspace, place.permission));
  return (
    <div className={classes.frame}>
      <a className="skip" href="#main">Skip to the page</a>
      <header className={classes.top}>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Menu" aria-expanded={open} onClick={() => setOpen(!open)}>
          <IconMenu2 size={20} />
        </ActionIcon>
        <strong>{workspace}</strong>
        <span className={classes.ends}>
          <StopMenu workspace={workspace} bare />
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Search" onClick={find.open}>
            <IconSearch size={18} />
          </ActionIcon>
        </span>
      </header>
      <aside className={classes.side} data-open={open || undefined}>
        <Workspaces current={workspace} names={(now.workspaces ?? []).map((each) => each.name)} beyond={now.beyond ?? []} />
        <UnstyledButton className={classes.search} onClick={find.open}>
          <IconSearch size={14} /> Search <Key />
        </UnstyledButton>
        <nav className={classes.nav} aria-label="Main">
          {mine.map((place) => (
            <Link key={place.path} className={classes.link} to={`/$workspace${place.path}` as "/$workspace"} params={{ workspace }}
              activeOptions={{ exact: place.path === "" }} {...(place.holds?.some((own) => below.startsWith(own)) && { "data-status": "active", "aria-current": "true" })} data-apart={place.order >= 90 || undefined}>
              <place.icon size={17} stroke={1.7} /> {place.label}
            </Link>
          ))}
        </nav>
        <StopMenu workspace={workspace} />
        <Account name={now.name ?? ""} email={now.email} keys={() => setKeys(true)} />
      </aside>
      <main ref={main} id="main" className={classes.main} tabIndex={-1} style={{ outline: "none" }}>
        <Offline />
        <Stopped workspace={workspace} />
        <Outlet />
      </main>
      <Suspense><Palette workspace={workspace} mine={mine} keys={() => setKeys(true)} signOut={() => void signOut()} />{keys && <Keys onClose={() => setKeys(false)} />}</Suspense>
    </div>
  );
}

function Key() {
  const os = useOs();
  return <Kbd className={classes.key}>{os === "macos" ? "⌘K" : "Ctrl K"}</Kbd>;
}

function Workspaces({ current, names, beyond }: { current: string; names: string[]; beyond: { name: string; by: string }[] }) {
  const navigate = useNavigate();
  return (
    <Menu width={208} position="bottom-start">
      <Menu.Target>
        <UnstyledButton className={classes.who} aria-label={`Workspace ${current}`}>
          <img src="/icon.svg" alt="" width={20} height={20} /> {current}
          <IconSelector size={14} style={{ marginLeft: "auto" }} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Workspaces</Menu.Label>
        {names.map((name) => (
          <Menu.Item key={name} rightSection={name === current ? <IconCheck size={14} /> : null}
            onClick={() => { queries.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" }); void navigate({ to: "/$workspace", params: { workspace: name } }); }}>
            {name}
          </Menu.Item>
        ))}
        {beyond.length > 0 && <Menu.Label>Sign in another way to reach</Menu.Label>}
        {beyond.map((each) => <Menu.Item key={each.name} onClick={() => void signOut()}>{each.name}<br /><small>with {each.by}</small></Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  );
}

function Account({ name, email, keys }: { name: string; email: string; keys: () => void }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const schemes = [["auto", "As the system", IconSunMoon], ["light", "Light", IconSun], ["dark", "Dark", IconMoon]] as const;
  return (
    <Menu width={208} position="top-start">
      <Menu.Target>
        <UnstyledButton className={classes.who}>
          <Avatar size={22} radius="xl" color="gray" name={name} aria-hidden /> {name}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{email}</Menu.Label>
        {schemes.map(([scheme, label, Icon]) => (
          <Menu.Item key={scheme} leftSection={<Icon size={15} />} rightSection={colorScheme === scheme ? <IconCheck size={14} /> : null}
            onClick={() => setColorScheme(scheme)}>
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconKeyboard size={15} />} onClick={keys}>Keyboard</Menu.Item>
        <Menu.Item leftSection={<IconLogout size={15} />} onClick={() => void signOut()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

async function signOut() {
  await api.DELETE("/api/session");
  location.assign("/login");
}
