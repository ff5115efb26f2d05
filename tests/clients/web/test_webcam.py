"""The camera's part of the page, with the browser's own made-up camera."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Page, Route, expect

from played import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

Open = Callable[[], Awaitable[None]]

WAY = (
    "“bunraku serve --lan” shows an https address; the browser warns of its certificate, "
    "which is that server's own: choose Advanced (or Show Details), and go on."
)

# A landmarker that sees, in every picture, one face with its chin down by 30 degrees.
LANDMARKER = """
const c = Math.cos(Math.PI / 6), s = Math.sin(Math.PI / 6);
export const FilesetResolver = { forVisionTasks: async (path) => path };
export const FaceLandmarker = { createFromOptions: async () => ({
    detectForVideo: (video) => ({
        faceBlendshapes: [{ categories: [
            { categoryName: "_neutral", score: 1 },
            { categoryName: "jawOpen", score: video.videoWidth ? 0.5 : 0 },
        ] }],
        facialTransformationMatrixes: [{ data: [1, 0, 0, 0, 0, c, s, 0, 0, -s, c, 0, 0, 0, -40, 1] }],
    }),
    close() {},
}) };
"""


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page that may use the camera and the microphone."""
    context = await browser.new_context(reduced_motion="reduce", permissions=["camera", "microphone"])
    yield await context.new_page()
    await context.close()


@pytest.fixture
def ready(page: Page, server: Server, site: str) -> Open:
    """Opens the page of a character at its camera."""

    async def go() -> None:
        await server.install(page)
        await page.goto(f"{site}/?character=a")
        await expect(page.locator("html")).to_have_attribute("data-state", "live")
        await page.click("[data-pane=camera]")

    return go


async def test_small_pictures_leave_one_at_a_time_and_a_face_is_told(
    page: Page, server: Server, ready: Open
) -> None:
    server.track = None
    await ready()
    await page.click("[data-do=start]")
    first = await server.until("image")
    assert first["format"] == "jpeg"
    with Image.open(BytesIO(first["data"])) as picture:
        assert (picture.format, picture.width) == ("JPEG", 320)
    await asyncio.sleep(0.5)
    assert len(server.of("image")) == 1
    server.say({"type": "tracking", "seq": first["seq"], "face": True})
    await expect(page.locator("#face-sign")).to_have_text("Face found")
    second = await server.until("image", lambda message: message["seq"] > first["seq"])
    server.say({"type": "tracking", "seq": second["seq"], "face": False})
    await expect(page.locator("#face-sign")).to_have_text("Face lost")


async def test_pictures_go_on_while_they_are_answered_and_end_with_stop(
    page: Page, server: Server, ready: Open
) -> None:
    await ready()
    await page.click("[data-do=start]")
    await server.until("image", lambda _: len(server.of("image")) > 5)
    await page.click("[data-do=stop]")
    await expect(page.locator("#face-sign")).to_have_text("Camera off")
    await asyncio.sleep(0.2)
    sent = len(server.of("image"))
    await asyncio.sleep(0.5)
    assert len(server.of("image")) == sent


async def test_the_mirror_and_calibration_are_the_servers_and_the_mirror_is_remembered(
    page: Page, server: Server, ready: Open
) -> None:
    await ready()
    await page.locator("[name=mirror]").check()
    await page.click("[data-do=start]")
    told = await server.until("set", lambda message: "tracking" in message)
    assert told["tracking"] == {"mirror": True}
    await page.click("[data-do=calibrate]")
    await server.until("calibrate")
    await page.reload()
    await expect(page.locator("[name=mirror]")).to_be_checked()


async def test_a_server_that_cannot_track_is_told_and_the_camera_closed(
    page: Page, server: Server, ready: Open
) -> None:
    sentence = "This server does not track faces."
    server.track = {"type": "error", "code": "no_tracker", "message": sentence, "fatal": False}
    await ready()
    await page.click("[data-do=start]")
    await expect(page.locator("#camera-note")).to_have_text(sentence)
    await expect(page.locator("[data-do=start]")).to_be_visible()
    assert await page.evaluate("document.querySelector('#preview video').srcObject") is None


async def test_the_sliders_rest_while_the_camera_leads_and_take_over_after(
    page: Page, server: Server, ready: Open
) -> None:
    await ready()
    await page.click("[data-do=start]")
    await server.until("image")
    poses = len(server.of("pose"))
    await page.click("[data-preset=aaa]")
    await asyncio.sleep(0.3)
    assert len(server.of("pose")) == poses
    await page.click("[data-do=stop]")
    await server.until("pose", lambda message: message["values"].get("mouth_aaa") == 1)


async def test_expressions_are_the_servers_while_the_camera_leads(
    page: Page, server: Server, ready: Open
) -> None:
    await ready()
    await page.click("[data-do=start]")
    await server.until("image")
    await page.keyboard.press("9")
    told = await server.until("set", lambda message: "expression" in message)
    assert told["expression"] == {"values": {"mouth_aaa": 1}, "fade": 0.25}
    await page.keyboard.press("9")
    await server.until("set", lambda message: message.get("expression") == {"fade": 0.25})
    await page.keyboard.press("9")
    await page.click("[data-do=stop]")
    await server.until("set", lambda message: message.get("expression") == {"fade": 0})
    await server.until("pose", lambda message: message["values"].get("mouth_aaa") == 1)


async def test_a_camera_that_comes_after_it_was_stopped_is_let_go(
    page: Page, server: Server, ready: Open
) -> None:
    await page.add_init_script(
        "const media = navigator.mediaDevices, real = media.getUserMedia.bind(media);"
        "media.getUserMedia = async (wish) => {"
        "    await new Promise((done) => setTimeout(done, 500));"
        "    return (window.late = await real(wish));"
        "};"
    )
    await ready()
    await page.click("[data-do=start]")
    await page.click("[data-do=stop]")
    await asyncio.sleep(1)
    assert await page.evaluate("window.late.getVideoTracks()[0].readyState") == "ended"
    await expect(page.locator("#face-sign")).to_have_text("Camera off")
    assert server.of("image") == []


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("NotAllowedError", "The browser was not allowed to use the camera."),
        ("NotFoundError", "There is no camera."),
        (None, f"Browsers give a camera only to pages over https or from this machine. {WAY}"),
    ],
)
async def test_a_camera_that_cannot_be_had_is_told_with_what_to_do(
    page: Page, ready: Open, fault: str | None, sentence: str
) -> None:
    refused = f"{{getUserMedia: async () => {{ throw new DOMException('', '{fault}'); }}}}"
    there = refused if fault else "undefined"
    await page.add_init_script(f"Object.defineProperty(navigator, 'mediaDevices', {{value: {there}}})")
    await ready()
    await page.click("[data-do=start]")
    await expect(page.locator("#camera-note")).to_have_text(sentence)
    await expect(page.locator("#face-sign")).to_have_text("Camera off")


async def test_tracking_in_the_browser_is_offered_only_where_it_is_installed(
    page: Page, server: Server, ready: Open
) -> None:
    server.trackers = {"server": True, "browser": False}
    await ready()
    await expect(page.locator("#not-installed")).to_be_visible()
    await expect(page.locator("[value=browser]")).to_be_disabled()
    await expect(page.locator("#camera-note")).to_be_empty()


async def test_a_server_that_sees_no_faces_says_what_to_do_before_the_camera_is_opened(
    page: Page, server: Server, ready: Open
) -> None:
    server.trackers = {"server": False, "browser": False, "missing": "Fetch the face model."}
    await ready()
    await expect(page.locator("#camera-note")).to_have_text("Fetch the face model.")
    await expect(page.locator("[data-do=start]")).to_be_visible()


async def test_where_the_server_sees_no_faces_this_browser_tracks_if_it_can(
    page: Page, server: Server, ready: Open
) -> None:
    server.trackers = {"server": False, "browser": True, "missing": "Fetch the face model."}
    await ready()
    await expect(page.locator("[value=browser]")).to_be_checked()
    await expect(page.locator("#camera-note")).to_be_empty()


HIDE = """
Object.defineProperty(document, "hidden", {value: true, configurable: true});
HTMLVideoElement.prototype.requestVideoFrameCallback = () => 0;
window.requestAnimationFrame = () => 0;
document.dispatchEvent(new Event("visibilitychange"));
"""


async def test_a_page_that_is_hidden_goes_on_sending_pictures_and_the_mouth_of_a_voice(
    page: Page, server: Server, ready: Open
) -> None:
    await ready()
    await page.click("[data-do=start]")
    await page.locator("[name=voice]").check()
    await server.until("image")
    await page.evaluate(HIDE)
    await asyncio.sleep(0.3)
    sent, spoken = len(server.of("image")), len(server.of("pose"))
    await asyncio.sleep(1.5)
    assert len(server.of("image")) > sent + 10
    assert len(server.of("pose")) > spoken
    await page.click("[data-do=stop]")
    await asyncio.sleep(0.3)
    sent = len(server.of("image"))
    await asyncio.sleep(0.3)
    assert len(server.of("image")) == sent


async def test_tracked_in_the_browser_a_face_leaves_it_only_as_numbers(
    page: Page, server: Server, ready: Open
) -> None:
    async def installed(route: Route) -> None:
        await route.fulfill(body=LANDMARKER, content_type="text/javascript")

    await page.route("**/web/vendor/**", installed)
    await ready()
    await page.locator("[value=browser]").check()
    await page.click("[data-do=start]")
    face = await server.until("blendshapes")
    assert face["values"] == {"jawOpen": 0.5}
    assert face["head"] == [pytest.approx(30), pytest.approx(0), pytest.approx(0)]
    await expect(page.locator("#in-use")).to_have_text("Tracked in this browser")
    await expect(page.locator("#face-sign")).to_have_text("Face found")
    assert server.of("image") == []
    await page.reload()
    await expect(page.locator("[value=browser]")).to_be_checked()


async def test_a_voice_moves_the_mouth_of_the_pose_and_gives_it_back(
    page: Page, server: Server, ready: Open
) -> None:
    await ready()
    await page.locator("[name=voice]").check()  # the made-up microphone beeps once a second
    await server.until("pose", lambda message: message["values"].get("mouth_aaa", 0) > 0.3)
    await page.locator("[name=voice]").uncheck()
    await asyncio.sleep(0.2)
    last = {}
    for message in server.of("pose"):
        last.update(message["values"])
    assert last["mouth_aaa"] == 0


async def test_a_voice_takes_the_mouth_from_a_camera_that_the_server_tracks(
    page: Page, server: Server, ready: Open
) -> None:
    await ready()
    await page.click("[data-do=start]")
    await server.until("image")
    before = len(server.of("pose"))
    await page.locator("[name=voice]").check()
    await server.until("set", lambda message: message.get("tracking") == {"mouth": False})
    await server.until("pose", lambda message: message["values"].get("mouth_aaa", 0) > 0.3)
    assert all(list(message["values"]) == ["mouth_aaa"] for message in server.of("pose")[before:])
    await page.locator("[name=voice]").uncheck()
    await server.until("set", lambda message: message.get("tracking") == {"mouth": True})


async def test_a_microphone_in_an_insecure_page_is_told_with_the_way_to_https(
    page: Page, ready: Open
) -> None:
    await page.add_init_script("Object.defineProperty(navigator, 'mediaDevices', {value: undefined})")
    await ready()
    await page.locator("[name=voice]").click()
    note = f"Browsers give a microphone only to pages over https or from this machine. {WAY}"
    await expect(page.locator("#voice-note")).to_have_text(note)
