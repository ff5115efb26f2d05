import pytest
from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

COUNT = """async () => {
    const { Beat } = await import("/web/js/beat.js");
    let count = 0;
    const beat = new Beat(20, () => { count += 1; });
    const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
    while (count < 10) await pause(20);
    beat.close();
    const closed = count;
    await pause(200);
    return [closed, count];
}"""


async def test_a_beat_goes_on_until_it_is_closed(rules: Page) -> None:
    closed, after = await rules.evaluate(COUNT)
    assert closed >= 10
    assert after == closed
