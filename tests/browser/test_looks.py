"""How every screen looks: light and dark, on a desktop and on a telephone, with nothing in it and with much.

Opt-in, since fonts differ between machines: ``TIDINGS_TEST_LOOKS=compare`` holds screens against the pictures in ``looks/``, loosely:
cells of a coarse grid, so that other words or another font's edges pass, and a moved, missing or recoloured part does not.
``TIDINGS_TEST_LOOKS=keep`` takes the pictures anew. Either also holds each screen against WCAG, and against running
over at 390 px. With ``TIDINGS_TEST_LOOKS_IN`` every screen is written there too;
``TIDINGS_TEST_LOOKS_ONLY=brand,people`` looks at these alone.
"""

import email
import email.policy
import os
import re
from base64 import b64decode, b64encode
from html import unescape
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.api.sending import mailed, sending
from tests.api.serving import KEY, Server
from tests.api.test_manage import until
from tests.browser.conftest import EMAIL, Visit, clean
from tests.browser.much import mend_it, much, send_all
from tests.browser.opened import OPENS, STANDINS, Opens, lived
from tests.conftest import Database
from tidings import demo
from tidings.project.apply import apply
from tidings.project.folder import read_folder
from tidings.settings import Settings
from tidings.teams import reset, store
from tidings.teams.key import installation_key

LOOKS = os.environ.get("TIDINGS_TEST_LOOKS", "")
IN = os.environ.get("TIDINGS_TEST_LOOKS_IN", "")
ONLY = [name for name in os.environ.get("TIDINGS_TEST_LOOKS_ONLY", "").split(",") if name]
PICTURES = Path(__file__).parent / "looks"
pytestmark = [
    pytest.mark.skipif(not LOOKS, reason="opt-in: TIDINGS_TEST_LOOKS=compare, or keep"),
    pytest.mark.timeout(1800),
]
LISTS = {
    "home": "",
    "journeys": "/journeys",
    "recipes": "/recipes",
    "segments": "/segments",
    "people": "/people",
    "import": "/people/import",
    "content": "/content",
    "assets": "/content/assets",
    "parked": "/parked",
    "upcoming": "/upcoming",
    "deliveries": "/deliveries",
    "live": "/data/live",
    "sources": "/data/sources",
    "catalog": "/data/catalog",
    "derived": "/data/derived",
    "rejected": "/data/rejected",
    "exports": "/data/exports",
    "reports": "/reports",
    "account": "/settings/account",
    "workspace": "/settings/workspace",
    "team": "/settings/team",
    "keys": "/settings/keys",
    "sending": "/settings/sending",
    "brand": "/settings/brand",
    "sign-on": "/settings/sign-on",
    "alerts": "/settings/alerts",
    "topics": "/settings/topics",
    "approvals": "/settings/approvals",
    "audit": "/settings/audit",
}
ONES = {
    "attributes": "/data/catalog?kind=attribute",
    "journey": "/journeys/onboarding",
    "rehearse": "/journeys/onboarding/rehearse",
    "segment": "/segments/trials",
    "template": "/content/template/welcome",
    "journey-report": "/reports/onboarding",
    "people-by-rule": "/people?rule=plan%20%3D%20%22trial%22&columns=plan",
}
LOOKED_AT: Final = tuple((scheme, size) for size in ((1440, 900), (390, 844)) for scheme in ("light", "dark"))
"""A desktop and a telephone, by day and by night."""
MAIN: Final = ("home", "journeys", "segments", "people", "content", "deliveries")
"""Whose empty pages are kept as pictures too."""
NAMES = ("Ada", "Bruno", "Chiyo", "Dalia", "Emile", "Freja", "Gita", "Hugo", "Ines", "Jonas", "Kofi", "Lena")
APART = 40
"""Of 255: a cell that differs by more is another cell."""
MANY = 0.06
"""The share of other cells that is let pass."""
DIFFER = """async ([one, two, apart]) => {
  const cells = async (data) => {
    const image = new Image();
    image.src = data;
    await image.decode();
    const canvas = new OffscreenCanvas(48, 36), pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0, 48, 36);
    return pen.getImageData(0, 0, 48, 36).data;
  };
  const a = await cells(one), b = await cells(two);
  let other = 0;
  for (let n = 0; n < a.length; n += 4) {
    if (Math.max(Math.abs(a[n] - b[n]), Math.abs(a[n + 1] - b[n + 1]), Math.abs(a[n + 2] - b[n + 2])) > apart) other++;
  }
  return other / (a.length / 4);
}"""


RUN_OVER = """[...document.querySelectorAll('.mantine-datatable .mantine-ScrollArea-viewport')]
  .filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.querySelector('thead').innerText)"""
SMALLER = """async (data) => {
  const image = new Image();
  image.src = data;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width / 2, image.height / 2);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg", quality: 0.5 })).arrayBuffer());
  return btoa(Array.from(bytes, (each) => String.fromCharCode(each)).join(""));
}"""


async def test_every_screen_with_nothing_in_it(visit: Visit, chromium: Browser) -> None:
    await seen_inside(visit, chromium, "empty", LISTS)


async def test_every_screen_with_much_in_it(visit: Visit, chromium: Browser) -> None:
    await seen_inside(visit, chromium, "full", await filled(visit))


async def test_what_opens_over_a_screen_and_what_stands_where_one_can_not_be(visit: Visit, chromium: Browser) -> None:
    await seen_inside(visit, chromium, "opened", await lived(visit.server))


async def test_every_page_outside_of_a_workspace(database: Database, chromium: Browser) -> None:
    """What strangers and readers see: where one comes in, what stands behind the links of a mail, and the mailbox."""
    async with sending(database) as server:
        await seen(chromium, server.url, None, "outside", await outside(server))


async def filled(visit: Visit) -> dict[str, str]:
    """Fill the workspace; gives every screen there is, by a name."""
    _, server = visit
    await apply(server.database.pool, server.workspace, read_folder(Path(demo.__file__).parent / "project"))
    await until(server, "/api/progress", lambda said: said["done"])
    await much(server)
    for n, name in enumerate(NAMES):
        traits = {"email": f"{name.lower()}@example.com", "first_name": name, "plan": ("trial", "pro")[n % 3 == 2]}
        await server.post("/v1/identify", {"userId": f"u{n}", "traits": {**traits, "seats": 3 * n}})
        await server.post("/v1/track", {"userId": f"u{n}", "event": "Signed Up", "properties": {"plan": "trial"}})
    await server.post("/v1/track", {"userId": "u1", "event": "Project Created", "properties": {"name": "Garden"}})
    await until(server, "/api/deliveries", lambda said: len(said.get("deliveries", [])) >= len(NAMES))
    await send_all(server)
    await mend_it(server)
    for n in range(3):
        group = {"userId": f"u{n}", "groupId": "acme", "traits": {"plan": "free", "seats": 500}}
        await server.post("/v1/group", group, server.public_key)
        await server.post("/v1/identify", {"userId": f"u{n}", "traits": {"email": "a@b.example"}}, server.public_key)
    await server.post("/v1/track", {"event": "Signed Up", "properties": {"plan": "trial"}}, server.public_key)
    await until(server, "/api/rejected", lambda said: len(said["rejected"]) == 7)
    ada = (await server.ask("/api/people/id/u0")).json()["person"]
    delivery = (await server.ask("/api/deliveries")).json()["deliveries"][0]["id"]
    return {**LISTS, **ONES, "person": f"/people/{ada}", "delivery": f"/deliveries/{delivery}"}


async def outside(server: Server) -> dict[str, str]:
    """Send a first mail, and invite somebody; gives every page there is, by a name."""
    raw = await server.database.fetchval("SELECT raw FROM mailbox WHERE delivery = $1", await mailed(server))
    html = email.message_from_bytes(raw, policy=email.policy.default).get_body(("html",)).get_content()  # type: ignore[union-attr]
    leave, choose = (unescape(re.search(rf"/t/{kind}/[\w-]+", html).group()) for kind in "up")  # type: ignore[union-attr]
    number = await server.database.fetchval("SELECT min(id) FROM mailbox")
    async with server.database.pool.acquire() as connection:
        await store.add_account(connection, EMAIL, "Ada Meyer", "no password")
        account = await store.account(connection, email=EMAIL)
        assert account is not None
        secret, _ = await store.invite(connection, server.workspace, "grace@example.com", "author", "Ada Meyer")
    return {
        "join": f"/join#{secret}",
        "sign-in": "/login",
        "join-gone": "/join#none",
        "forgotten": "/password",
        "password": f"/password#{reset.secret_of(installation_key(Settings(key=KEY)), account, 2**52)}",
        "password-gone": "/password#none",
        "confirm": "/confirm#none",
        "unsubscribe": leave,
        "preferences": choose,
        "link-gone": leave[:-2],
        "mailbox": "/mailbox?q=Welcome",
        "mail": f"/mailbox/{number}?q=Welcome",
        "mail-gone": "/mailbox/999999",
    }


async def seen_inside(visit: Visit, chromium: Browser, what: str, screens: dict[str, str]) -> None:
    """Look at screens of the workspace."""
    state = await visit.page.context.storage_state()
    addresses = {name: f"/production{path}" for name, path in screens.items()}
    await seen(chromium, visit.server.url, state, what, addresses)


async def seen(chromium: Browser, url: str, state: Any, what: str, screens: dict[str, str]) -> None:
    """Look at the screens in each scheme, those that stand behind a press opened; what is wrong is told at the end, of all of them."""
    wrong: list[str] = []
    for scheme, (width, height) in LOOKED_AT:
        context = await chromium.new_context(
            base_url=url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
            storage_state=state,
        )
        try:
            page = await context.new_page()
            for name, path in screens.items():
                if ONLY and name not in ONLY:
                    continue
                called = f"{name}-{what}-{scheme}-{width}"
                standin = STANDINS.get(name) if what == "opened" else None
                if standin:
                    await page.route(*standin)
                wrong += [
                    f"{called}: {each}"
                    for each in await looked(page, path, width, OPENS.get(name) if what == "opened" else None)
                ]
                if IN:
                    await page.screenshot(path=Path(IN) / f"{called}.png")
                if what != "empty" or name in MAIN:
                    wrong += await held(context, page, PICTURES / f"{called}.jpg")
                if standin:
                    await page.unroute(*standin)
        finally:
            await context.close()
    assert not wrong, "\n".join(wrong)


async def looked(page: Page, address: str, width: int, opens: Opens | None = None) -> list[str]:
    """Open a screen and wait until it is all there; gives what is wrong with it."""
    await page.goto(address)
    await page.get_by_role("heading", level=1).first.wait_for()
    await expect(page.locator(".mantine-Skeleton-root")).to_have_count(0)
    if "rule=" in address:  # until everybody is looked at
        found_all = re.compile(r"^\d+ people of \d+$")
        await expect(page.get_by_role("status", name="How many people")).to_have_text(found_all)
    if opens:
        await opens(page)
        await expect(page.locator(".mantine-Skeleton-root")).to_have_count(0)
    found = []
    if (over := await page.evaluate("document.documentElement.scrollWidth")) > width:
        found.append(f"it is {over} px wide")
    found += [f"the table of {head} runs over" for head in await page.evaluate(RUN_OVER)]
    try:
        await clean(page)
    except AssertionError as fault:
        found.append(str(fault).splitlines()[0][:300])
    return found


async def held(context: BrowserContext, page: Page, picture: Path) -> list[str]:
    """Take the picture anew, or hold the screen against it."""
    shot = "data:image/jpeg;base64," + b64encode(await page.screenshot(type="jpeg", quality=80, scale="css")).decode()
    blank = await context.new_page()
    try:
        before = kept(picture, b64decode(await blank.evaluate(SMALLER, shot)))
        if before is None:
            known = LOOKS == "keep"
            return [] if known else [f"{picture.name}: there is no picture; take it with TIDINGS_TEST_LOOKS=keep"]
        old = "data:image/jpeg;base64," + b64encode(before).decode()
        share = await blank.evaluate(DIFFER, [old, shot, APART])
    finally:
        await blank.close()
    return [f"{picture.name}: {share:.0%} of it looks otherwise"] if share > MANY else []


def kept(picture: Path, taken: bytes) -> bytes | None:
    """Give the picture that is kept, or None where there is none, or this one becomes it."""
    if LOOKS == "keep":
        PICTURES.mkdir(exist_ok=True)
        picture.write_bytes(taken)
        return None
    return picture.read_bytes() if picture.is_file() else None
