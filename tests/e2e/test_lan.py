"""A server for phones and tablets on the same network, as a browser on another machine meets it."""

import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bunraku_client import UntrustedError, Video, characters, connect
from models.character import save_character
from models.sample import sample_character
from server.bench import running_server
from server.certificate import fingerprint

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENT = 20_000


def trust(home: Path, authority: Path) -> None:
    """Put it among the authorities that the user with that home takes."""
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    for order in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "bunraku", "-i", str(authority)]):
        subprocess.run(["certutil", "-d", f"sql:{store}", *order], check=True)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the server keeps its certificate and token."""
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder))
        yield folder / "bunraku"


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def link(state: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address that the terminal tells, with its token."""
    folder = tmp_path_factory.mktemp("characters")
    save_character(sample_character("ada"), folder / "ada")
    async with running_server("--lan", "--characters", str(folder)) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page whose user has accepted the certificate."""
    context = await browser.new_context(ignore_https_errors=True)
    yield await context.new_page()
    await context.close()


async def test_the_link_in_the_terminal_opens_a_secure_page_with_video(page: Page, link: str) -> None:
    await page.goto(link)
    await expect(page.locator("html")).to_have_attribute("data-frames", re.compile("[1-9]"), timeout=PATIENT)
    assert await page.evaluate("isSecureContext")
    assert await page.evaluate("'VideoDecoder' in globalThis && 'mediaDevices' in navigator")
    await expect(page.locator("#insecure")).to_be_hidden()


async def test_nobody_performs_without_the_token(page: Page, link: str) -> None:
    await page.goto(link.partition("?")[0] + "?character=ada")
    await expect(page.locator("#status")).to_contain_text("asks for a token", timeout=PATIENT)


async def test_a_phone_that_trusts_the_authority_it_fetched_gets_no_warning(link: str) -> None:
    async with aiohttp.ClientSession() as http:
        async with http.get(urljoin(link, "/authority.crt"), ssl=False) as answer:
            assert answer.content_type == "application/x-x509-ca-cert"
            trusting = ssl.create_default_context(cadata=await answer.read())
        async with http.get(link, ssl=trusting) as answer:
            assert answer.status == 200


@pytest.mark.skipif(not shutil.which("certutil"), reason="certutil (Debian: libnss3-tools) is not installed.")
@pytest.mark.parametrize(("trusts", "hindered"), [(False, ["not-from-secure-origin"]), (True, [])])
async def test_the_page_can_be_installed_once_the_authority_is_trusted(
    browser: Browser,
    chromium: str | None,
    link: str,
    state: Path,
    tmp_path: Path,
    trusts: bool,
    hindered: list[str],
) -> None:
    if trusts:
        trust(tmp_path, state / "authority.pem")
    context = await browser.browser_type.launch_persistent_context(
        tmp_path / "profile",
        executable_path=chromium,
        args=["--no-sandbox"],
        env={**os.environ, "HOME": str(tmp_path)},
        ignore_https_errors=not trusts,
    )
    page = context.pages[0]
    await page.goto(link)
    await expect(page.locator("html")).to_have_attribute("data-frames", re.compile("[1-9]"), timeout=PATIENT)
    session = await context.new_cdp_session(page)
    said = await session.send("Page.getInstallabilityErrors")
    assert [one["errorId"] for one in said["installabilityErrors"]] == hindered
    await expect(page.locator("#authority")).to_contain_text("let this device trust the server")
    assert await page.locator("#authority a").get_attribute("href") == "/authority.crt"
    await context.close()


async def test_what_speaks_no_tls_is_cut_off_and_harms_nobody(link: str, state: Path) -> None:
    where = urlsplit(link)
    with socket.create_connection((where.hostname, where.port), timeout=5) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    trusting = ssl.create_default_context(cafile=str(state / "authority.pem"))
    async with aiohttp.ClientSession() as http, http.get(link, ssl=trusting) as answer:
        assert answer.status == 200


async def test_a_page_without_tls_says_why_it_shows_no_video(browser: Browser, address: str) -> None:
    page = await browser.new_page()
    # A name that is no loopback one makes a plain page insecure.
    await page.add_init_script("Object.defineProperty(globalThis, 'isSecureContext', { value: false })")
    await page.goto(f"{address}/?character=ada&size=128")
    await expect(page.locator("#insecure")).to_contain_text("--lan” shows an https address")
    await expect(page.locator("#insecure")).to_contain_text("choose Advanced")
    await expect(page.locator("#insecure")).to_be_visible(timeout=PATIENT)
    await page.close()


async def test_the_python_client_takes_the_certificate_of_the_fingerprint_and_no_other(
    link: str, state: Path
) -> None:
    where = f"https://{urlsplit(link).netloc}"
    own = fingerprint(state / "certificate.pem")
    assert [one.id for one in await characters(f"{where}#sha256={own}")] == ["ada"]
    token = (state / "token").read_text()
    async with connect(f"{where}#sha256={own}", "ada", token=token, video=Video(size=128)) as session:
        async for frame in session.frames():
            assert frame.data
            break
    for strange in (where, f"{where}#sha256={'00' * 32}"):
        with pytest.raises(UntrustedError, match="is not trusted here"):
            await characters(strange)
        with pytest.raises(UntrustedError, match="is not trusted here"):
            async with connect(strange, "ada", token=token):
                pass
    assert await characters(f"{where}#insecure")
