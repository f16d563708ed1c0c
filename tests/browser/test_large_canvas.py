"""A journey of 300 steps on the canvas: what a drag costs React. How many frames a second it comes to is measured by `bench/canvas.py`."""

from playwright.async_api import expect

from bench.ground.browsing import large
from tests.browser.conftest import Visit
from tests.browser.test_editing import seeded

COUNTED = """
window.commits = 0;
window.__REACT_DEVTOOLS_GLOBAL_HOOK__ = {
  isDisabled: false, supportsFiber: true, renderers: new Map(), checkDCE() {}, inject() { return 1 },
  onCommitFiberRoot() { window.commits++ }, onPostCommitFiberRoot() {}, onCommitFiberUnmount() {},
};
"""
"""React tells this hook of each commit, in the app as it is built for everybody too."""

MOVED = """async ([to, moves]) => {
  const card = document.querySelector("[data-step=w3]"), from = card.getBoundingClientRect();
  const at = { x: from.left + 20, y: from.top + 20 };
  const mouse = { bubbles: true, button: 0, isPrimary: true, pointerType: "mouse" };
  const fire = (type, x, y, on = window) => on.dispatchEvent(new PointerEvent(type, { ...mouse, clientX: x, clientY: y }));
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  fire("pointerdown", at.x, at.y, card);
  await frame();
  const before = window.commits;
  for (let n = 1; n <= moves; n++) {
    fire("pointermove", at.x + (to.x * n) / moves, at.y + (to.y * n) / moves);
    if (n % 10 === 0) await frame();
  }
  await frame();
  const during = window.commits - before;
  const follows = !!document.querySelector("[class*=ghost]"), near = !!document.querySelector("[data-near]");
  fire("pointerup", at.x + to.x, at.y + to.y);
  return { during, follows, near };
}"""


async def test_dragging_among_300_steps_draws_nothing_anew(visit: Visit) -> None:
    page = visit.page
    journey = large()
    await seeded(
        visit, journeys={"large": {"version": 1, "status": "live", "document": journey, "history": {"1": journey}}}
    )
    await page.add_init_script(COUNTED)
    await page.goto("/production/journeys/large")
    await page.get_by_role("button", name="Edit", exact=True).click()
    canvas = page.get_by_role("region", name="Canvas")
    await expect(canvas.get_by_role("button", name="Add a step before w3", exact=True)).to_be_attached()
    assert await page.evaluate("window.commits") > 0
    done = await page.evaluate(MOVED, [{"x": 4, "y": 190}, 200])
    assert (done["follows"], done["near"]) == (True, True)
    # what comes in meanwhile (live numbers, who else is here) may be drawn; the moves themselves are not
    assert done["during"] < 20, done
    await expect(page.get_by_text("Draft saved")).to_be_visible()
    order = await canvas.locator("[data-step^=w]").evaluate_all("all => all.map((each) => each.dataset.step)")
    assert order[:6] != ["w0", "w1", "w2", "w3", "w4", "w5"]
    await expect(canvas.locator("[data-step]")).to_have_count(301)
    await expect(page.get_by_role("img", name="Small map of the journey")).to_have_count(0)
