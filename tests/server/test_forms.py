import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from server.forms import read_form
from server.refusal import RegistryError


async def form_of(form: aiohttp.FormData) -> tuple[dict[str, str], dict[str, bytes]]:
    read: list[tuple[dict[str, str], dict[str, bytes]]] = []

    async def keep(request: web.Request) -> web.Response:
        read.append(await read_form(request))
        return web.Response()

    app = web.Application()
    app.router.add_post("/", keep)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with aiohttp.ClientSession() as http:
            await http.post(f"http://127.0.0.1:{runner.addresses[0][1]}/", data=form)
    finally:
        await runner.cleanup()
    return read[0]


async def test_fields_and_files_are_told_apart_and_files_lose_their_folders() -> None:
    form = aiohttp.FormData({"id": "ada"}, quote_fields=False)
    form.add_field("file", b"abc", filename="some/where/a.png")
    form.add_field("other", b"de", filename="b.png")
    assert await form_of(form) == ({"id": "ada"}, {"a.png": b"abc", "b.png": b"de"})


async def test_what_is_no_form_is_one_sentence() -> None:
    request = make_mocked_request("POST", "/", headers={"Content-Type": "multipart/form-data"})
    with pytest.raises(RegistryError) as caught:
        await read_form(request)
    assert caught.value.code == "bad_form"
