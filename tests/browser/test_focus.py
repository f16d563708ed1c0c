"""Every page by Tab alone: whatever has the focus shows it."""

import pytest

from tests.browser.conftest import Visit
from tests.browser.test_looks import filled

MOST = 150
"""What is tabbed through on one page; of longer ones, the beginning. A message in a frame of its own is not entered."""
SHOWN = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  await frame();
  const at = document.activeElement;
  if (!at.closest("main") || at.tagName === "IFRAME") return null;
  if (at === window.met) return [true, ""];
  window.met = at;
  const near = () => [at, at.parentElement, at.parentElement.parentElement, ...at.parentElement.children].map((each) => {
    const { outline, boxShadow, border, backgroundColor, textDecoration } = getComputedStyle(each);
    return [outline, boxShadow, border, backgroundColor, textDecoration].join();
  }).join(";");
  const seen = () => {
    const {top, left, bottom, right} = (at.offsetWidth > 1 ? at : at.parentElement).getBoundingClientRect();
    return top < innerHeight && left < innerWidth && bottom > 0 && right > 0;
  };
  for (let n = 0; n < 60 && !seen(); n++) await frame();
  const inView = seen();
  const focused = near();
  at.blur();
  const said = at.getAttribute("aria-label") || at.textContent.trim().slice(0, 40) || at.placeholder || at.outerHTML.slice(0, 120);
  return [inView && (at.closest("[data-chosen]") !== null || focused !== near()), `${at.tagName.toLowerCase()} ${said}`];
}"""


@pytest.mark.timeout(300)
async def test_whatever_has_the_focus_shows_it(visit: Visit) -> None:
    page, _ = visit
    screens = await filled(visit)
    faults: list[str] = []
    for name, path in screens.items():
        await page.goto(f"/production{path}")
        await page.get_by_role("heading", level=1).wait_for()
        await page.get_by_label("Loading").first.wait_for(state="detached")
        await page.locator("main").focus()
        met = 0
        while met < MOST:
            await page.keyboard.press("Tab")
            said = await page.evaluate(SHOWN)
            if said is None:
                break
            met += 1
            if not said[0]:
                faults.append(f"{name}: {said[1]}")
        assert met, f"{name}: nothing on it can be reached by Tab"
    assert not faults, "\n".join(faults)
