"""The development mailbox in the browser: what would have been sent, newest first, searchable, each message as its reader sees it.

Paths under ``/mailbox``. No scripts: every view is a link. A message's HTML stands in a sandboxed frame of its own origin, which loads
nothing from the network until one asks for images.
"""

import json
import re
from collections.abc import Sequence
from html import escape
from typing import Final
from urllib.parse import parse_qs, urlencode

from tidings.channels import mailbox, registry
from tidings.channels.mailbox import Kept, Summary
from tidings.database.pool import Connection, Pool
from tidings.delivery import store
from tidings.delivery.clock import wall_clock
from tidings.delivery.page import STYLE, App, Receive, Scope, Send, document, headers, policy, respond, respond_page
from tidings.delivery.page import card as centred
from tidings.delivery.why import why
from tidings.kernel.times import DAY, HOUR, MINUTE, show_second, to_datetime

_HEAD: Final = re.compile(r"(<head(?:\s[^>]*)?>)", re.IGNORECASE)
_LINK: Final = re.compile(r"<link(?=[\s/>])", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"(https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]])")
_VIEWS: Final = {"html": "Message", "text": "Text", "headers": "Headers", "delivery": "Delivery"}


def make_mailbox(pool: Pool, workspace: int | None = None, shown: Sequence[str] = ()) -> App:
    """Give the ASGI app; it shows one workspace's mailbox (None: everyone's) to whoever reaches it, so it is for development only.
    ``shown``: as for `framed`."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        query = {name: values[0] for name, values in parse_qs(scope.get("query_string", b"").decode("latin-1")).items()}
        parts = scope["path"].strip("/").split("/")[1:]
        origin = f"{scope['scheme']}://{headers(scope).get('host', '')}"
        if scope["method"] not in ("GET", "HEAD"):
            await respond(send, 405, b"method not allowed\n", "text/plain", {"allow": "GET, HEAD"})
        elif not parts:
            await _list(send, pool, workspace, query, origin)
        elif parts[0].isdecimal() and len(parts[0]) < 19 and parts[1:] in ([], ["frame"]):
            async with pool.acquire() as connection:
                kept = await mailbox.read(connection, workspace, int(parts[0]))
            if kept is None:
                await _nothing(send)
            elif parts[1:]:
                await _frame(send, kept, query.get("images") == "on", shown)
            else:
                await _list(send, pool, workspace, query, origin, kept)
        else:
            await _nothing(send)

    return app


async def _nothing(send: Send) -> None:
    back = (
        '<p>There is no such message. It may have been cleared.</p><a class="button" href="/mailbox">To the mailbox</a>'
    )
    await respond_page(send, "Not found", centred("Not found", back), 404)


async def _frame(send: Send, kept: Kept, images: bool, shown: Sequence[str]) -> None:
    html, fields = framed(kept.html, images, shown)
    await respond(send, 200, html, headers=fields)


def framed(html: str, images: bool, shown: Sequence[str]) -> tuple[bytes, dict[str, str]]:
    """Give a message alone as an untrusted page, with the header fields it is to be answered with: an origin of its own, no scripts, no
    forms, no network but the images asked for. ``shown``: what the addresses of our own pictures begin with, which tell nobody anything.

    A policy stops no browser from looking up or connecting to a host that is only hinted at (`preconnect`, `dns-prefetch`; W3C, Resource
    Hints), and its name may tell whose message it is: so no link element is left.
    """
    remote = "http: https: " if images else "".join(f"{each} " for each in shown)
    rules = (
        f"default-src 'none'; img-src {remote}data:; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
    )
    html = _LINK.sub("<meta", html)
    page, heads = _HEAD.subn(r'\1<base target="_blank">', html, count=1)
    fields = {"content-security-policy": rules, "x-dns-prefetch-control": "off"}
    return (page if heads else f'<!doctype html><base target="_blank">{html}').encode(), fields


async def _list(
    send: Send, pool: Pool, workspace: int | None, query: dict[str, str], origin: str, kept: Kept | None = None
) -> None:
    words, channel = query.get("q", "")[:200], query.get("channel", "")
    before = int(query["before"]) if query.get("before", "").isdecimal() and len(query["before"]) < 19 else None
    async with pool.acquire() as connection:
        page = await mailbox.search(connection, workspace, words, channel=channel, cursor=before)
        story = await _story(connection, kept) if kept else []
    asked = {name: value for name, value in (("q", words), ("channel", channel)) if value}
    at = {**asked, **({"before": str(before)} if before is not None else {})}
    listed = "".join(_line(each, at, kept is not None and each.id == kept.id) for each in page.messages)
    is_empty = not page.messages and not asked and before is None
    if not listed:
        listed = _empty(bool(asked) or before is not None)
    older = (
        f'<a class="older" href="{_url("", {**asked, "before": str(page.cursor)})}">Older messages</a>'
        if page.cursor is not None
        else ""
    )
    newer = f'<a class="older" href="{_url("", asked)}">Newest messages</a>' if before is not None else ""
    body = (
        f'<a class="skip" href="#message">Skip to the message</a><div class="box{" reading" if kept else ""}">'
        f'<section class="side" aria-label="Messages"><header>{_search(words, channel, kept is None)}</header>'
        f'{newer}<ol class="list">{listed}</ol>{older}</section>'
        f'<main id="message" tabindex="-1">{_message(kept, query, at, story) if kept else _welcome(origin, is_empty)}</main></div>'
    )
    title = (kept.subject or kept.text[:60] or "Message") + " · Mailbox" if kept else "Mailbox"
    style = STYLE + _STYLE
    again = '<meta http-equiv="refresh" content="4">' if is_empty and kept is None else ""
    await respond(
        send, 200, document(title, body, style, again), headers={"content-security-policy": policy(style, frames=True)}
    )


async def _story(connection: Connection, kept: Kept) -> list[str]:
    delivery = await store.fetch(connection, kept.delivery)
    return why(delivery) if delivery else []


def _search(words: str, channel: str, is_page: bool) -> str:
    """``is_page``: the list is what the page is about; else an open message is."""
    name = "h1" if is_page else "p"
    options = "".join(
        f'<option value="{escape(name)}"{" selected" if name == channel else ""}>{escape(kind.title)}</option>'
        for name, kind in registry().items()
    )
    return (
        f'<{name} class="name"><a href="/mailbox">Mailbox</a></{name}>'
        '<form method="get" action="/mailbox" role="search">'
        f'<input type="search" name="q" value="{escape(words)}" placeholder="Recipient, subject, words" aria-label="Search" '
        'autocomplete="off">'
        f'<select name="channel" aria-label="Channel"><option value="">All channels</option>{options}</select>'
        "<button>Search</button></form>"
    )


def _line(message: Summary, at: dict[str, str], is_open: bool) -> str:
    subject = message.subject or message.excerpt or "(empty)"
    excerpt = message.excerpt if message.subject else ""
    return (
        f'<li><a href="{_url(f"/{message.id}", at)}"{" aria-current=page" if is_open else ""}>'
        f'<span class="top"><b>{escape(message.recipient)}</b>{_time(message.at)}</span>'
        f'<span class="subject">{escape(subject)}</span>'
        f'<span class="top"><span class="excerpt">{escape(excerpt)}</span>{_badge(message.channel)}</span></a></li>'
    )


def _message(kept: Kept, query: dict[str, str], at: dict[str, str], story: list[str]) -> str:
    views = [name for name in _VIEWS if name != "html" or kept.html]
    views = [name for name in views if (name != "delivery" or story) and (name != "headers" or kept.headers)]
    view = query.get("view", "") if query.get("view") in views else views[0]
    tabs = "".join(
        f'<a href="{_url(f"/{kept.id}", {**at, "view": name})}"{" aria-current=page" if name == view else ""}>{_VIEWS[name]}</a>'
        for name in views
    )
    content = {
        "html": lambda: _html(kept, query.get("images") == "on", at),
        "text": lambda: _text(kept),
        "headers": lambda: _headers(kept),
        "delivery": lambda: "<ol class=story>" + "".join(f"<li>{escape(line)}</li>" for line in story) + "</ol>",
    }[view]()
    return (
        f'<article><header class="head"><a class="back" href="{_url("", at)}">All messages</a>'
        f"<h1>{escape(kept.subject or _beginning(kept.text))}</h1>"
        f'<p class="soft small">{_badge(kept.channel)} to <b>{escape(kept.recipient)}</b>, {_time(kept.at, full=True)}</p>'
        f'<nav class="tabs" aria-label="Views">{tabs}</nav></header><div class="content">{content}</div></article>'
    )


def _html(kept: Kept, images: bool, at: dict[str, str]) -> str:
    switch = {**at, "view": "html", **({} if images else {"images": "on"})}
    said = "Images are shown." if images else "Images from the network are not loaded."
    ask = "Hide images" if images else "Show images"
    source = _url(f"/{kept.id}/frame", {"images": "on"} if images else {})
    return (
        f'<p class="bar small"><span>{said}</span><a href="{_url(f"/{kept.id}", switch)}">{ask}</a></p>'
        f'<iframe title="The message" src="{source}" referrerpolicy="no-referrer" '
        'sandbox="allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"></iframe>'
    )


def _text(kept: Kept) -> str:
    text = kept.text
    try:
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        if not kept.html:
            title = f"<b>{escape(kept.subject)}</b>" if kept.subject else ""
            return f'<p class="bubble">{title}{_linked(text)}</p>{_fields(kept)}'
    return f'<pre tabindex="0">{_linked(text)}</pre>{"" if kept.html else _fields(kept)}'


def _linked(text: str) -> str:
    """A text as mail programs show it: addresses on the web can be followed."""
    cut = _ADDRESS.split(text)  # every second piece is an address
    return "".join(
        f'<a href="{escape(each)}" target="_blank" rel="noopener noreferrer">{escape(each)}</a>'
        if n % 2
        else escape(each)
        for n, each in enumerate(cut)
    )


def _headers(kept: Kept) -> str:
    raw = ""
    if kept.raw:
        source = escape(kept.raw.decode("utf-8", "replace").replace("\r\n", "\n"))
        raw = f'<details><summary>Source</summary><pre tabindex="0">{source}</pre></details>'
    return _table(kept.headers) + raw


def _fields(kept: Kept) -> str:
    fields = [
        (name, _shown(value))
        for name, value in kept.fields.items()
        if value not in ("", None, {}, [], kept.subject, kept.recipient)
    ]
    return _table(fields) if fields else ""


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _table(rows: list[tuple[str, str]]) -> str:
    lines = "".join(f"<tr><th scope=row>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table>{lines}</table>"


def _empty(searched: bool) -> str:
    if searched:
        return '<li class="none">Nothing matches. <a href="/mailbox">Show all messages</a></li>'
    return '<li class="none">Nothing was sent yet. Messages stand here a moment after a journey sends them.</li>'


def _welcome(origin: str, is_empty: bool) -> str:
    if is_empty:
        return (
            '<div class="welcome"><h2>The mailbox is empty</h2><p class="soft">What a workspace in development would send is kept '
            "here instead: mail, texts, pushes and webhooks.</p>"
            '<ol class="story"><li>Give the channel this provider in <code>tidings.toml</code>, then run <code>tidings apply</code>:'
            "<pre>[channels.email]\nprovider = &quot;mailbox&quot;</pre></li>"
            "<li>Send the event that starts a journey, for example:"
            f"<pre>curl -u WRITE_KEY: {escape(origin)}/v1/track \\\n  -H 'content-type: application/json' \\\n"
            "  -d '{&quot;userId&quot;: &quot;ada&quot;, &quot;event&quot;: &quot;Signed Up&quot;}'</pre></li>"
            "<li>Whoever the journey writes to needs an address: an <code>email</code> for mail, a <code>phone</code> for texts."
            '</li></ol><p class="soft small">This page looks again every few seconds.</p></div>'
        )
    return (
        '<div class="welcome"><h2>Choose a message</h2><p class="soft">It is shown as its reader would see it, with its text, '
        "its headers and why it was sent.</p></div>"
    )


def _beginning(text: str) -> str:
    """What a message without a subject is called."""
    line = text.strip().partition("\n")[0]
    return line if len(line) <= 60 else line[:59].rstrip() + "…"


def _badge(channel: str) -> str:
    known = registry().get(channel)
    return f'<span class="badge">{escape(known.title if known else channel)}</span>'


def _time(at: int, full: bool = False) -> str:
    exact = show_second(at)
    moment = to_datetime(at)
    age = wall_clock() - at
    if full:
        shown = moment.strftime("%d %b %Y, %H:%M:%S UTC")
    elif age < MINUTE:
        shown = "now"
    elif age < HOUR:
        shown = f"{age // MINUTE} min"
    elif age < DAY:
        shown = f"{age // HOUR} h"
    else:
        shown = moment.strftime("%d %b %Y")
    return f'<time datetime="{exact}" title="{exact}">{shown}</time>'


def _url(path: str, query: dict[str, str]) -> str:
    return escape("/mailbox" + path + ("?" + urlencode(query) if query else ""))


_STYLE: Final = """
body{overflow-wrap:anywhere}
.skip{position:absolute;left:-999px}
.skip:focus{left:12px;top:12px;background:var(--card);padding:8px 12px;z-index:1}
.box{display:grid;grid-template-columns:minmax(300px,380px) 1fr;height:100vh;height:100dvh}
.side{border-right:1px solid var(--line);background:var(--card);display:flex;flex-direction:column;min-height:0;min-width:0;
overflow-y:auto}
.side header{position:sticky;top:0;background:var(--card);padding:16px;border-bottom:1px solid var(--line)}
.name{font-size:1.15rem;line-height:1.25;font-weight:700;letter-spacing:-.01em;margin:0 0 12px}
.name a{color:inherit;text-decoration:none}
form{display:grid;grid-template-columns:1fr auto;gap:8px}
input[type=search]{grid-column:1/3}
input[type=search],select{font:inherit;font-size:.9375rem;color:inherit;background:var(--ground);border:1px solid var(--line);
border-radius:8px;padding:.45rem .7rem;min-height:40px;min-width:0;width:100%}
::placeholder{color:var(--soft);opacity:1}
form button{padding:.35rem .9rem;min-height:40px}
.list{list-style:none;margin:0;padding:0}
.list a{display:block;padding:12px 16px;border-bottom:1px solid var(--line);color:inherit;text-decoration:none;
border-left:3px solid transparent}
.list a:hover{background:var(--ground)}
.list a[aria-current]{background:var(--wash);border-left-color:var(--accent)}
.list a:focus-visible{outline-offset:-3px}
.top{display:flex;justify-content:space-between;gap:10px;align-items:center}
.top b,.subject,.excerpt{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;min-width:0}
.top b{font-size:.875rem;font-weight:500;color:var(--soft)}
.subject{display:block;font-weight:600}
.excerpt,time{color:var(--soft);font-size:.8125rem}
time{white-space:nowrap}
.badge{font-size:.75rem;font-weight:600;color:var(--accent);background:var(--wash);border-radius:6px;padding:1px 7px;
white-space:nowrap}
.older,.none{display:block;padding:14px 16px;font-size:.9375rem}
.none{color:var(--soft)}
main{min-width:0;min-height:0;overflow-y:auto;outline:none}
article{display:flex;flex-direction:column;min-height:100%}
.head{padding:20px 28px 0;background:var(--card);border-bottom:1px solid var(--line)}
.head h1{font-size:1.375rem;line-height:1.3;margin:0 0 4px;letter-spacing:-.01em}
.head p{margin:0 0 12px}
.head time{font-size:inherit}
.back{display:none;margin-bottom:12px}
.tabs{display:flex;gap:4px;flex-wrap:wrap}
.tabs a{padding:8px 12px;min-height:40px;color:var(--soft);text-decoration:none;font-weight:500;border-bottom:3px solid transparent}
.tabs a:hover{color:var(--ink)}
.tabs a[aria-current]{color:var(--ink);border-bottom-color:var(--accent)}
.content{padding:20px 28px 28px;flex:1;display:flex;flex-direction:column;gap:16px;align-items:flex-start}
.bar{display:flex;gap:12px;margin:0;color:var(--soft)}
iframe{width:100%;flex:1;min-height:60vh;border:1px solid var(--line);border-radius:10px;background:#fff}
pre{margin:0;width:100%;white-space:pre-wrap;font:.875rem/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;
background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px}
.bubble b{display:block}
.bubble{margin:0;background:var(--wash);border-radius:16px 16px 16px 4px;padding:12px 16px;max-width:420px;white-space:pre-wrap}
table{border-collapse:collapse;width:100%;font-size:.875rem;background:var(--card)}
th,td{text-align:left;vertical-align:top;padding:8px 12px;border:1px solid var(--line)}
th{font-weight:600;white-space:nowrap;width:1%;color:var(--soft)}
details{width:100%}
summary{cursor:pointer;padding:8px 0;color:var(--accent)}
.story{margin:0;padding-left:1.25rem}
.story li{margin-bottom:8px}
.welcome{min-height:100%;display:grid;place-content:center;text-align:center;padding:24px;max-width:640px;margin:0 auto}
.welcome .story{text-align:left;margin:16px 0}
.welcome pre{margin:8px 0;white-space:pre-wrap}
code{font:.875em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--wash);border-radius:4px;padding:1px 4px}
.welcome h2{margin:0 0 4px;font-size:1.125rem}
@media (max-width:800px){
.box{display:block;height:auto}
.side{border:0;min-height:100vh;overflow:visible}
.reading .side,.box:not(.reading) main{display:none}
.back{display:inline-block}
.head{padding:16px 16px 0}
.content{padding:16px}
table,tbody,tr,th,td{display:block;width:100%}
th{border-bottom:0;padding-bottom:0}
td{border-top:0}
main{overflow:visible}
}
"""
