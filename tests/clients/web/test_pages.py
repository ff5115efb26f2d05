"""Both pages, against a server that is played here."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from played import NAMES, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = Path(__file__).parents[3] / "clients" / "web"


@pytest.fixture
def closed(server: Server) -> Server:
    """A server that lets in by one token."""
    error = {"code": "unauthorised", "message": "This is none of its tokens."}
    server.refuse = lambda hello: None if hello.get("token") == "open sesame" else (4001, error)
    return server


async def give_token(page: Page, token: str) -> None:
    await page.click("#status-action")
    await page.fill("#token-text", token)
    await page.click("#token-accept")


async def test_a_single_character_is_chosen_at_once_and_shown(page: Page, server: Server, site: str) -> None:
    await server.install(page)
    await page.goto(site)
    await expect(page.locator("#character-name")).to_have_text("Anna")
    await expect(page.locator("html")).to_have_attribute("data-frames", "1")
    hello = await server.until("hello")
    assert (hello["role"], hello["character"], hello["idle"]) == ("perform", "a", True)
    assert hello["video"]["codecs"][:2] == ["h264-alpha", "webp"]
    assert (await server.until("ack"))["frame"] == 1
    pixel = "[...document.getElementById('picture').getContext('2d').getImageData(0, 0, 1, 1).data]"
    assert await page.evaluate(pixel) == [255, 0, 0, 255]


async def test_an_empty_list_is_told_in_one_sentence(page: Page, server: Server, site: str) -> None:
    await server.install(page, characters=[])
    await page.goto(site)
    await expect(page.locator("#gallery-note")).to_have_text("This server has no characters yet.")


async def refusing(page: Page, status: int, message: str, times: int) -> None:
    """So many times the server does not say which characters there are."""

    async def refuse(route: Route) -> None:
        await route.fulfill(status=status, json={"error": {"code": "it", "message": message}})

    await page.route("**/v1/characters", refuse, times=times)


async def test_a_list_that_fails_is_told_and_can_be_tried_again(
    page: Page, server: Server, site: str
) -> None:
    await server.install(page)
    await refusing(page, 500, "The server failed at this.", times=1)
    await page.goto(site)
    await expect(page.locator("#gallery-note")).to_contain_text("The server failed at this.")
    await page.click("#gallery-note button")
    await expect(page.locator("[data-character=a]")).to_have_count(1)


async def test_a_server_that_starts_is_asked_again_for_its_characters(
    page: Page, server: Server, site: str
) -> None:
    await server.install(page)
    await refusing(page, 503, "The server is starting.", times=2)
    await page.goto(site)
    await expect(page.locator("#gallery-note")).to_have_text("The server is starting.")
    await expect(page.locator("[data-character=a]")).to_have_count(1)
    await expect(page.locator("#gallery-note")).to_be_hidden()


async def test_a_slider_moves_both_sides_in_one_sparse_pose(page: Page, server: Server, site: str) -> None:
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await page.locator("[data-parameter=eye_wink_left]").fill("0.5")
    pose = await server.until("pose", lambda message: len(message["values"]) < len(NAMES))
    assert pose["values"] == {"eye_wink_left": 0.5, "eye_wink_right": 0.5}
    await expect(page.locator("[data-value=eye_wink_right]")).to_have_text("0.50")


async def test_sides_that_are_not_linked_move_alone_and_reset_on_a_double_click(
    page: Page, server: Server, site: str
) -> None:
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await page.locator("[name=linked]").uncheck()
    slider = page.locator("[data-parameter=eye_wink_left]")
    await slider.fill("0.5")
    await expect(page.locator("[data-value=eye_wink_right]")).to_have_text("0.00")
    await slider.dblclick()
    await expect(page.locator("[data-value=eye_wink_left]")).to_have_text("0.00")
    await slider.fill("0.5")
    await slider.press("Delete")
    await expect(page.locator("[data-value=eye_wink_left]")).to_have_text("0.00")


async def test_a_drag_on_the_picture_turns_the_head_and_springs_back_where_wished(
    page: Page, server: Server, site: str
) -> None:
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await expect(page.locator("html")).to_have_attribute("data-frames", "1")
    box = await page.locator("#picture").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    head = page.locator("[data-parameter=head_y]")
    for springs, ends in ((False, True), (True, False)):
        await page.click("#reset")
        await page.locator("[name=spring]").set_checked(springs)
        await page.mouse.move(*middle)
        await page.mouse.down()
        await page.mouse.move(middle[0] + 60, middle[1], steps=4)
        assert float(await head.input_value()) < -0.1
        await page.mouse.up()
        assert (float(await head.input_value()) < -0.1) is ends


async def test_latency_runs_to_the_first_frame_that_shows_a_pose(
    page: Page, server: Server, site: str
) -> None:
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await page.click("[data-preset=aaa]")
    pose = await server.until("pose", lambda message: message["values"] == {"mouth_aaa": 1})
    await asyncio.sleep(0.3)
    server.frame(2, seq=pose["seq"], time=pose["time"])
    await expect(page.locator("#latency")).to_have_text(re.compile("[0-9]+"))
    assert 300 <= int(await page.inner_text("#latency")) < 3000
    told = await server.until("ack", lambda message: message["frame"] == 2)
    assert 300 <= told["shown_ms"] < 3000
    server.frame(3, seq=pose["seq"], time=pose["time"])
    assert "shown_ms" not in await server.until("ack", lambda message: message["frame"] == 3)


async def test_a_pose_of_another_tab_tells_no_latency(page: Page, server: Server, site: str) -> None:
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await page.click("[data-preset=aaa]")
    pose = await server.until("pose", lambda message: message["values"] == {"mouth_aaa": 1})
    server.frame(2, seq=pose["seq"], time=pose["time"] + 60000)  # that tab's clock began earlier
    assert "shown_ms" not in await server.until("ack", lambda message: message["frame"] == 2)
    server.frame(3, seq=pose["seq"], time=pose["time"])
    assert (await server.until("ack", lambda message: message["frame"] == 3))["shown_ms"] > 0


async def test_a_pose_that_is_pasted_is_sent_and_a_bad_one_explained(
    page: Page, server: Server, site: str
) -> None:
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await expect(page.locator("#sliders input")).to_have_count(7)
    await page.click("#paste-pose")
    await page.fill("#paste-text", '{"nose": 1}')
    await page.click("#paste-accept")
    await expect(page.locator("#paste .problem")).to_have_text("There is no parameter called “nose”.")
    await page.fill("#paste-text", '{"head_x": -0.5}')
    await page.click("#paste-accept")
    await server.until("pose", lambda message: message["values"] == {"head_x": -0.5})


async def test_settings_are_sent_as_they_change_and_remembered(page: Page, server: Server, site: str) -> None:
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await expect(page.locator("html")).to_have_attribute("data-state", "live")
    await page.locator("[name=size][value='256']").check()
    changed = {"size": 256, "fit": False, "quality": 0.7, "background": "transparent"}
    assert (await server.until("set"))["video"] == changed
    await page.locator("[name=idle]").uncheck()
    assert await server.until("set", lambda message: "idle" in message) == {"type": "set", "idle": False}
    await page.reload()
    again = await server.until("hello", lambda message: message["idle"] is False)
    assert (again["video"]["size"], again["video"]["fit"]) == (256, False)


async def test_another_codec_is_asked_for_at_once_and_remembered(
    page: Page, server: Server, site: str
) -> None:
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await expect(page.locator("html")).to_have_attribute("data-state", "live")
    await page.locator("[name=codec]").select_option("png")
    told = await server.until("set")
    assert told["video"]["codecs"][0] == "png"
    await page.reload()
    await server.until("hello", lambda message: message["video"]["codecs"][0] == "png")


async def test_a_reload_takes_the_session_over_with_its_pose(page: Page, server: Server, site: str) -> None:
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await page.click("[data-preset=aaa]")
    await server.until("pose", lambda message: message["values"] == {"mouth_aaa": 1})
    before = server.of("pose")[-1]["seq"]
    await page.reload()
    hello = await server.until("hello", lambda message: message.get("resume") == "secret")
    assert hello["character"] == "a"
    whole = await server.until("pose", lambda message: message["seq"] > before)
    assert whole["values"] == {**dict.fromkeys(NAMES, 0), "mouth_aaa": 1}
    await expect(page.locator("[data-value=mouth_aaa]")).to_have_text("1.00")


async def test_a_session_taken_over_waits_for_the_button(page: Page, server: Server, site: str) -> None:
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await expect(page.locator("html")).to_have_attribute("data-frames", "1")
    await server.sockets[0].close(code=4010)
    await expect(page.locator("#status")).to_contain_text("Another tab has taken this session over.")
    await page.click("#status-action")
    await expect(page.locator("html")).to_have_attribute("data-state", "live")
    assert server.of("hello")[-1]["resume"] == "secret"


async def test_a_full_server_is_tried_again_when_it_said(page: Page, server: Server, site: str) -> None:
    full = (4013, {"code": "full", "message": "The server is full.", "retry_after": 2})
    server.refuse = lambda _: full if len(server.of("hello")) == 1 else None
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await expect(page.locator("#status")).to_contain_text("The server is full. Trying again in 2 s.")
    await expect(page.locator("html")).to_have_attribute("data-state", "live")


async def test_a_closed_server_is_given_a_token(page: Page, closed: Server, site: str) -> None:
    await closed.install(page)
    await page.goto(f"{site}/?character=a")
    await expect(page.locator("#status")).to_contain_text("This server asks for a token.")
    await give_token(page, "open barley")
    await expect(page.locator("#status")).to_contain_text("This is none of its tokens.")
    await give_token(page, "open sesame")
    await expect(page.locator("html")).to_have_attribute("data-state", "live")


async def test_a_token_that_was_taken_is_kept_for_the_next_visit(
    page: Page, closed: Server, site: str
) -> None:
    await closed.install(page)
    await page.goto(f"{site}/?character=a&token=open+sesame")
    await expect(page.locator("html")).to_have_attribute("data-state", "live")
    await page.evaluate("sessionStorage.clear()")
    await page.click(".brand")
    await expect(page.locator("html")).to_have_attribute("data-frames", "1")
    assert page.url == f"{site}/"
    await page.goto(f"{site}/view?session=s1")
    await expect(page.locator("html")).to_have_attribute("data-frames", "1")
    assert closed.of("hello")[-1]["role"] == "watch"


async def test_a_token_in_the_address_goes_before_the_kept_one_and_one_that_is_refused_is_forgotten(
    page: Page, closed: Server, site: str
) -> None:
    await closed.install(page)
    await page.goto(f"{site}/?character=a&token=open+sesame")
    await expect(page.locator("html")).to_have_attribute("data-state", "live")
    await page.goto(f"{site}/view?character=a&token=open+barley")
    await expect(page.locator("#status")).to_contain_text("This is none of its tokens.")
    await page.goto(f"{site}/?character=a")
    await expect(page.locator("html")).to_have_attribute("data-state", "live")
    closed.refuse = lambda _: (4001, {"code": "unauthorised", "message": "This is none of its tokens."})
    await page.goto(f"{site}/view?session=s1")
    await expect(page.locator("#status")).to_contain_text("This is none of its tokens.")
    await page.reload()
    await expect(page.locator("#status")).to_contain_text("This server asks for a token.")


async def test_a_browser_that_refuses_storage_is_let_in_by_the_token_of_the_address(
    page: Page, closed: Server, site: str
) -> None:
    refusing = "{ get() { throw new Error('refused'); } }"
    for storage in ("localStorage", "sessionStorage"):
        await page.add_init_script(f"Object.defineProperty(window, '{storage}', {refusing})")
    await closed.install(page)
    for path in ("/?character=a", "/view?session=s1"):
        await page.goto(f"{site}{path}&token=open+sesame")
        await expect(page.locator("html")).to_have_attribute("data-state", "live")
        await expect(page.locator("#status")).not_to_contain_text("refused")


async def test_a_frame_that_cannot_be_decoded_is_told_and_a_keyframe_asked_for(
    page: Page, server: Server, site: str
) -> None:
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await expect(page.locator("html")).to_have_attribute("data-frames", "1")
    head = b'{"type":"frame","frame":2,"key":false}'
    server.sockets[0].send(len(head).to_bytes(4, "little") + head + b"nothing")
    await server.until("keyframe")
    await expect(page.locator("#status")).to_contain_text("Frame 2 could not be decoded.")


async def test_a_hidden_page_asks_for_one_frame_a_second_until_it_is_seen_again(
    page: Page, server: Server, site: str
) -> None:
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await expect(page.locator("html")).to_have_attribute("data-frames", "1")
    for hidden, frames in (("true", 1), ("false", 30)):
        await page.evaluate(
            f"Object.defineProperty(document, 'hidden', {{value: {hidden}, configurable: true}});"
            "document.dispatchEvent(new Event('visibilitychange'));"
        )
        told = [message["video"] for message in [await server.until("set"), *server.of("set")]]
        assert told[-1] == {"max_fps": frames}


async def test_a_link_that_cannot_be_copied_is_shown(page: Page, server: Server, site: str) -> None:
    await server.install(page)
    await page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    await page.goto(f"{site}/?character=a&token=hidden")
    await expect(page.locator("html")).to_have_attribute("data-state", "live")
    await page.click("#viewer-link")
    await expect(page.locator("#copy-text")).to_have_value(f"{site}/view?session=s1")


async def test_another_choice_ends_the_session_in_good_order(page: Page, server: Server, site: str) -> None:
    await server.install(page)
    await page.goto(f"{site}/?character=a")
    await expect(page.locator("html")).to_have_attribute("data-state", "live")
    await page.click("#change-character")
    await server.until("bye")
    await expect(page.locator("#gallery")).to_be_visible()
    await page.click("[data-character=a]")
    await expect(page.locator("html")).to_have_attribute("data-state", "live")
    assert "resume" not in server.of("hello")[-1]
    assert page.url == f"{site}/?character=a"


async def test_a_viewer_watches_and_shows_nothing_but_the_picture(
    page: Page, server: Server, site: str
) -> None:
    await server.install(page)
    await page.goto(f"{site}/view?session=s1&size=128&background=%23102030")
    await expect(page.locator("html")).to_have_attribute("data-frames", "1")
    hello = await server.until("hello")
    assert (hello["role"], hello["session"], hello["video"]["size"]) == ("watch", "s1", 128)
    assert hello["video"]["background"] == "#102030"
    await expect(page.locator("#status")).to_be_hidden()
    await expect(page.locator("#overlay")).to_be_hidden()
    colours = (
        "[document.documentElement, document.body].map((each) => getComputedStyle(each).backgroundColor)"
    )
    assert await page.evaluate(colours) == ["rgba(0, 0, 0, 0)"] * 2


async def test_a_viewer_of_nobody_waits_for_its_session(page: Page, server: Server, site: str) -> None:
    server.refuse = lambda _: (4004, {"code": "no_session", "message": "There is no such session."})
    await server.install(page)
    await page.goto(f"{site}/view?session=gone")
    await expect(page.locator("#status")).to_contain_text("This session is not there. Trying again in")


async def test_a_viewer_whose_session_stays_away_says_so_until_it_has_a_picture_again(
    page: Page, server: Server, site: str
) -> None:
    await server.install(page)
    await page.goto(f"{site}/view?session=s1")
    await expect(page.locator("html")).to_have_attribute("data-frames", "1")
    server.refuse = lambda _: (4004, {"code": "no_session", "message": "There is no such session."})
    await server.sockets[0].close(code=4029)
    status = page.locator("#status")
    await expect(page.locator("html")).to_have_attribute("data-state", "absent")
    await expect(status).to_be_hidden()
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(status).to_be_visible()
    await expect(status).to_contain_text("This session is not there. Trying again in")
    server.refuse = lambda _: None
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.locator("html")).to_have_attribute("data-frames", "2")
    await expect(status).to_be_hidden()


async def test_a_viewer_of_a_character_performs_by_idle_motion(page: Page, server: Server, site: str) -> None:
    await server.install(page)
    await page.goto(f"{site}/view?character=a")
    hello = await server.until("hello")
    assert (hello["role"], hello["character"], hello["idle"]) == ("perform", "a", True)


@pytest.mark.parametrize(("page_file", "entry"), [("view.html", "view.js"), ("index.html", "main.js")])
async def test_a_page_names_all_its_modules_so_that_they_come_at_once(page_file: str, entry: str) -> None:
    waiting = [entry]
    needed: set[str] = set()
    while waiting:
        source = (PAGES / "js" / waiting.pop()).read_text()
        found = set(re.findall(r'^import .*"\./([\w.]+)";$', source, re.MULTILINE)) - needed
        needed |= found
        waiting += found
    html = (PAGES / page_file).read_text()
    named = re.findall(r'<link rel="modulepreload" href="/web/js/([\w.]+)">', html)
    assert named == sorted(needed)


async def test_a_viewer_connects_while_the_browser_is_asked_what_it_can_show(
    page: Page, server: Server, site: str
) -> None:
    await server.install(page)
    await page.add_init_script(
        """VideoDecoder.isConfigSupported = () =>
            new Promise((done) => { globalThis.answer = () => done({supported: false}); });"""
    )
    await page.goto(f"{site}/view?session=s1")
    for _ in range(100):
        if server.sockets:
            break
        await asyncio.sleep(0.05)
    assert (len(server.sockets), server.heard) == (1, [])
    await page.evaluate("answer()")
    assert (await server.until("hello"))["video"]["codecs"] == ["webp", "png", "jpeg"]
    await expect(page.locator("html")).to_have_attribute("data-frames", "1")
