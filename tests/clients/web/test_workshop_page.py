"""The workshop's page against a server that is played here."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

pytestmark = pytest.mark.asyncio(loop_scope="session")

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc0000003010100"
    "18dd8db00000000049454e44ae426082"
)
ADA = {"id": "ada", "name": "Ada", "kind": "puppet", "preview": "/v1/characters/ada/preview.png"}
JOB = {
    "id": "j1",
    "state": "running",
    "ahead": None,
    "character": "pupil",
    "name": "The Pupil",
    "source": {"character": "ada"},
    "why": "",
    "usable": False,
    "progress": {
        "phase": "learning, 1 of 3",
        "step": 10,
        "steps": 100,
        "psnr": 30.25,
        "remaining_seconds": 120,
    },
    "pictures": {"samples.png": 1},
}


class Played:
    """Answers what the page asks; `asked` keeps method, path and body."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.systems: list[str] = []
        self.jobs: list[dict[str, Any]] = []
        self.refusal: tuple[int, str] | None = None
        self.token: str | None = None
        self.starting = False

    async def install(self, page: Page) -> None:
        await page.route("**/v1/**", self.answer)

    async def answer(self, route: Route) -> None:
        request = route.request
        path = re.sub(r"^https?://[^/]+", "", request.url)
        body: Any = request.post_data_json if request.post_data else None
        self.asked.append((request.method, path, body))
        if path.endswith(".png"):
            return await route.fulfill(body=PIXEL, content_type="image/png")
        if path == "/v1/characters":
            return await route.fulfill(json=[ADA])
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            return await self.refuse(route, 401, "This needs the admin token, sent as a bearer token.")
        if self.refusal:
            return await self.refuse(route, *self.refusal)
        if path == "/v1/workshop":
            return await route.fulfill(json={"systems": self.systems, "recipes": ["fast", "paper"]})
        if self.starting:
            return await self.refuse(route, 503, "The server is starting or about to stop.")
        if (request.method, path) == ("POST", "/v1/jobs"):
            self.jobs.append({**JOB, "character": body["id"], "name": body["name"]})
            return await route.fulfill(status=201, json=self.jobs[-1])
        return await route.fulfill(json=self.jobs)

    async def refuse(self, route: Route, status: int, message: str) -> None:
        await route.fulfill(status=status, json={"error": {"code": "no", "message": message}})


async def opened(page: Page, played: Played, site: str) -> None:
    await played.install(page)
    await page.goto(f"{site}/workshop")


async def test_where_there_is_no_admin_the_page_says_so(page: Page, site: str) -> None:
    played = Played()
    played.refusal = (403, "This server has no admin token set, so nobody may do this.")
    await opened(page, played, site)
    await expect(page.locator("#closed")).to_have_text(played.refusal[1])
    await expect(page.locator("#maker")).to_be_hidden()


async def test_a_token_is_asked_for_once_and_sent_with_everything(page: Page, site: str) -> None:
    played = Played()
    played.token = "boss"
    await opened(page, played, site)
    await page.locator("#token-text").fill("wrong")
    await page.locator("#token-accept").click()
    await page.locator("#token-text").fill("boss")
    await page.locator("#token-accept").click()
    await expect(page.locator("#drop")).to_be_visible()
    await page.reload()
    await expect(page.locator("#drop")).to_be_visible()
    await expect(page.locator("#token")).to_have_count(0)


async def test_without_a_full_system_a_picture_can_be_prepared_and_no_more(page: Page, site: str) -> None:
    await opened(page, Played(), site)
    await expect(page.locator("#no-system")).to_be_visible()
    await expect(page.locator("#order")).to_be_hidden()
    await page.get_by_label("From a character").check()
    await expect(page.locator("#order")).to_be_visible()
    await expect(page.locator("#kind")).to_be_hidden()


async def test_what_is_ordered_is_what_was_chosen(page: Page, site: str) -> None:
    played = Played()
    await opened(page, played, site)
    await page.get_by_label("From a character").check()
    await page.locator("[name=name]").fill("The Pupil")
    await page.locator("[name=minutes]").select_option("60")
    await page.locator("[name=recipe]").select_option("paper")
    await page.locator("#begin").click()
    await expect(page.locator(".job")).to_contain_text("The Pupil")
    [order] = [body for method, path, body in played.asked if (method, path) == ("POST", "/v1/jobs")]
    assert order == {
        "id": "the-pupil",
        "name": "The Pupil",
        "character": "ada",
        "recipe": "paper",
        "minutes": 60,
    }


async def test_a_refused_order_is_told_beside_its_button(page: Page, site: str) -> None:
    played = Played()
    await opened(page, played, site)
    await page.get_by_label("From a character").check()
    await expect(page.locator("[name=name]")).to_have_value("Ada\u2019s student")
    played.refusal = (409, "There is a character ada already.")
    await page.locator("#begin").click()
    await expect(page.locator("#order-problem")).to_have_text("There is a character ada already.")


async def test_a_job_shows_how_it_stands_and_is_stopped(page: Page, site: str) -> None:
    played = Played()
    played.jobs = [JOB]
    await opened(page, played, site)
    job = page.locator("[data-job=j1]")
    await expect(job.locator(".standing")).to_have_text("Learning, 1 of 3 \u00b7 2 min left")
    await expect(job.locator(".figures")).to_have_text("30.3 dB \u00b7 step 10 of 100")
    await expect(job.locator("[data-picture='samples.png'] img")).to_be_visible()
    await expect(job.locator("progress")).to_have_attribute("value", "0.1")
    await job.get_by_role("button", name="Stop").click()
    played.jobs = [{**JOB, "state": "stopped"}]
    await expect(job.locator("[data-do=go-on]")).to_be_visible()
    assert ("POST", "/v1/jobs/j1/stop", None) in played.asked
    page.on("dialog", lambda dialog: dialog.accept())
    await job.get_by_role("button", name="Remove").click()
    played.jobs = []
    await expect(job).to_have_count(0, timeout=8000)
    await expect(page.locator("#no-jobs")).to_be_visible()
    assert ("DELETE", "/v1/jobs/j1", None) in played.asked


async def test_while_the_server_starts_the_page_keeps_its_jobs_and_asks_again(page: Page, site: str) -> None:
    played = Played()
    played.starting = True
    await opened(page, played, site)
    await expect(page.locator("#status")).to_contain_text("The server is starting")
    await expect(page.locator("#no-jobs")).to_be_hidden()
    played.jobs = [{**JOB, "state": "done", "usable": True}]
    played.starting = False
    job = page.locator("[data-job=j1]")
    await job.locator("[data-do=drive]").click(timeout=4000)
    await expect(job.locator(".stage")).to_be_visible()
    for starting, status in ((True, 503), (False, 200)):
        played.starting = starting
        await page.wait_for_event("response", lambda answer, is_=status: answer.status == is_, timeout=8000)
    await expect(job.locator(".stage")).to_be_visible()
