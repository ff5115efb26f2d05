"""A real Chromium for the bench of the whole way: one page that performs, pages that come to watch."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from server.settings import SettingsError

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run")
_CLOCK_TRIES = 20
_SHOWING = 'html[data-frames]:not([data-frames="0"])'
_JOINED_WITHIN = 30_000
# What the page itself does not keep: when bytes came, when a picture came out of the decoder, and when the
# page says that it was shown. Times are performance.now().
_WATCHES = """
(() => {
  const seen = (globalThis.seen = { opened: null, frames: {}, shown: [] });
  const head = (data) => JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, new DataView(data).getUint32(0, true))));
  globalThis.WebSocket = class extends WebSocket {
    constructor(...to) {
      super(...to);
      seen.opened ??= performance.now();
      this.addEventListener("message", ({ data }) => {
        if (typeof data === "string") return;
        const came = performance.now();
        const { frame, seq, time } = head(data);
        seen.frames[frame] = { came, seq, time };
      });
    }
    send(data) {
      const said = typeof data === "string" ? JSON.parse(data) : {};
      if (said.type === "ack") {
        seen.shown.push({ frame: said.frame, whole: said.shown_ms, at: performance.now() });
        if (seen.shown.length === 1) console.debug(`joined ${seen.opened} ${performance.now()}`);
      }
      super.send(data);
    }
  };
  const Decoder = globalThis.VideoDecoder;
  if (Decoder) globalThis.VideoDecoder = class extends Decoder {
    constructor({ output, error }) {
      const noted = (picture) => {
        const frame = seen.frames[picture.timestamp];
        if (frame) frame.decoded = performance.now();
        output(picture);
      };
      super({ output: noted, error });
    }
  };
})();
"""  # noqa: E501
_MOVE = """(fps) => {
  const slider = document.querySelector('input[data-parameter="head_x"]');
  setInterval(() => {
    slider.value = Math.sin(performance.now() / 400);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }, 1000 / fps);
}"""


@dataclass(frozen=True)
class Shown:
    """One frame that the page showed. `whole` is its own count of milliseconds from the pose; the others are
    times in milliseconds of this process's monotonic clock.
    """

    seq: int
    time: float
    came: float
    decoded: float
    shown: float
    whole: float


class Joined(NamedTuple):
    """Milliseconds to a first picture: since the connection was opened, and since the page was asked for."""

    connection: float
    page: float


@asynccontextmanager
async def chromium() -> AsyncIterator[Any]:
    """A browser while the block runs. Raises SettingsError where there is none."""
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        raise SettingsError("The whole way ends in a browser: install bunraku[dev] for playwright.") from None
    async with async_playwright() as playwright:
        found = next(filter(None, map(shutil.which, (*_NAMES, playwright.chromium.executable_path))), None)
        if found is None:
            raise SettingsError("The whole way ends in a browser, and there is no Chromium on this machine.")
        browser = await playwright.chromium.launch(executable_path=found, args=list(_FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


async def performed(
    browser: Any, address: str, settings: str, fps: float, seconds: float
) -> tuple[float, list[Shown]]:
    """Perform by a slider that is moved `fps` times a second.

    Gives when it was measured from, a second after the first move, in our milliseconds, and what was shown.
    """
    async with window(browser) as tabs:
        page = await tabs.new_page()
        await page.goto(f"{address}/?{settings}")
        await page.wait_for_selector(_SHOWING, state="attached", timeout=_JOINED_WITHIN)
        await page.locator('#settings [name="idle"]').set_checked(False, force=True)
        await page.evaluate(_MOVE, fps)
        await asyncio.sleep(1.0)
        await page.evaluate("seen.shown.length = 0")
        begun = 1e3 * time.monotonic()
        await asyncio.sleep(seconds)
        return begun, shown(await page.evaluate("seen"), await _clock(page))


def shown(seen: dict[str, Any], ahead: float) -> list[Shown]:
    """The frames that the page measured from a pose of its own; `ahead` is our clock less its."""
    found = []
    for ack in seen["shown"]:
        frame = seen["frames"].get(str(ack["frame"]))
        if ack.get("whole") is not None and frame is not None and "decoded" in frame:
            # By its own count, since the acknowledgement itself is made a little later.
            last = frame["time"] + ack["whole"] + ahead
            came, decoded = frame["came"] + ahead, frame["decoded"] + ahead
            found.append(Shown(frame["seq"], frame["time"], came, decoded, last, ack["whole"]))
    return found


@asynccontextmanager
async def window(browser: Any) -> AsyncIterator[Any]:
    """A window of the browser, for tabs: a new one costs what Chromium draws around a page."""
    context = await browser.new_context(reduced_motion="reduce")
    await context.add_init_script(_WATCHES)
    try:
        yield context
    finally:
        await context.close()


async def joined(window: Any, address: str, settings: str) -> Joined:
    """Open a tab that watches, with nothing cached, until its first picture is shown.

    It is heard from the page's own console: to ask it would have it read the asker's script meanwhile.
    """
    page = await window.new_page()
    await (await window.new_cdp_session(page)).send("Network.clearBrowserCache")
    async with page.expect_console_message(_is_joined, timeout=_JOINED_WITHIN) as said:
        await page.goto(f"{address}/view?{settings}", wait_until="commit")
    opened, first = map(float, (await said.value).text.split()[1:])
    await page.close()
    return Joined(connection=first - opened, page=first)


def _is_joined(message: Any) -> bool:
    return bool(message.text.startswith("joined "))


async def _clock(page: Any) -> float:
    """Our monotonic clock less the page's, in milliseconds: by the quickest of some answers."""
    tries = []
    for _ in range(_CLOCK_TRIES):
        before = 1e3 * time.monotonic()
        theirs = await page.evaluate("performance.now()")
        after = 1e3 * time.monotonic()
        tries.append((after - before, (before + after) / 2 - theirs))
    return float(min(tries)[1])
