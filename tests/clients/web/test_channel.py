from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]

WITH_A_SOCKET = """async (m) => {
    const {encode, decode} = await import('/web/js/protocol.js');
    const sockets = [], states = [], messages = [], kept = {secret: null};
    const after = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
    class Socket extends EventTarget {
        constructor(address) { super(); Object.assign(this, {address, sent: []}); sockets.push(this); }
        send(data) { this.sent.push(decode(data)); }
        close() { this.closed = true; }
        accept() { this.dispatchEvent(new Event('open')); return after(0); }
        say(message) { this.dispatchEvent(new MessageEvent('message', {data: encode(message)})); }
        end(code) { this.dispatchEvent(new CloseEvent('close', {code})); }
    }
    const channel = new m.Channel({
        url: '/v1/stream',
        hello: () => ({role: 'perform', character: 'a'}),
        resume: {read: () => kept.secret, keep: (secret) => { kept.secret = secret; }},
        onState: (state) => states.push(state),
        onMessage: (message) => messages.push(message.type),
        connect: (address) => new Socket(address),
    });
    const welcome = async (heartbeat_seconds = 15) => {
        await sockets.at(-1).accept();
        sockets.at(-1).say({type: 'welcome', session: 's', resume: 'secret', heartbeat_seconds});
    };
    const names = () => states.map((state) => state.name);
    channel.open();
    try {
        return await (%s)({channel, sockets, states, messages, kept, welcome, after, names});
    } finally {
        channel.close();
    }
}"""


async def test_hello_comes_first_and_nothing_is_sent_before_the_welcome(call: Call) -> None:
    told = await call(
        "channel.js",
        WITH_A_SOCKET
        % """async ({channel, sockets, welcome, names, messages}) => {
            const early = channel.send({type: 'pose'});
            await welcome();
            const late = channel.send({type: 'pose'});
            return [early, late, sockets[0].sent.map((each) => each.type), names(), messages];
        }""",
    )
    assert told == [False, True, ["hello", "pose"], ["connecting", "live"], ["welcome"]]


async def test_a_cut_is_followed_by_taking_the_session_over(call: Call) -> None:
    told = await call(
        "channel.js",
        WITH_A_SOCKET
        % """async ({sockets, states, welcome, after, names}) => {
            await welcome();
            sockets[0].end(1006);
            const wait = states.at(-1).retryAt - performance.now();
            await after(600);
            await sockets[1].accept();
            return [sockets[0].sent[0].resume ?? null, sockets[1].sent[0].resume, wait, names()];
        }""",
    )
    assert told[:2] == [None, "secret"]
    assert 200 < told[2] <= 500
    assert told[3] == ["connecting", "live", "lost", "connecting"]


async def test_a_secret_that_is_of_no_use_is_forgotten_and_the_hello_said_anew(call: Call) -> None:
    told = await call(
        "channel.js",
        WITH_A_SOCKET
        % """async ({sockets, welcome, after, kept}) => {
            await welcome();
            sockets[0].end(1006);
            await after(600);
            await sockets[1].accept();
            sockets[1].end(4004);
            await after(50);
            await sockets[2].accept();
            return [sockets[1].sent[0].resume, sockets[2].sent[0].resume ?? null, kept.secret];
        }""",
    )
    assert told == ["secret", None, None]


async def test_a_session_taken_over_by_another_page_is_left_alone_until_asked_for(call: Call) -> None:
    told = await call(
        "channel.js",
        WITH_A_SOCKET
        % """async ({channel, sockets, states, welcome, after}) => {
            await welcome();
            sockets[0].say({type: 'bye', reason: 'replaced', reconnect: false});
            sockets[0].end(4010);
            await after(700);
            const left = [sockets.length, states.at(-1).name];
            channel.open();
            await sockets[1].accept();
            return [...left, sockets[1].sent[0].resume];
        }""",
    )
    assert told == [1, "taken", "secret"]


async def test_a_bye_may_send_the_client_elsewhere(call: Call) -> None:
    told = await call(
        "channel.js",
        WITH_A_SOCKET
        % """async ({sockets, welcome, after}) => {
            await welcome();
            sockets[0].say({type: 'bye', reason: 'moved', reconnect: true, after: 0, url: 'ws://b.example/s'});
            sockets[0].end(1001);
            await after(50);
            sockets[1].end(1006);
            await after(600);
            return sockets.map((each) => new URL(each.address).host.replace(/:.*/, ''));
        }""",
    )
    assert told == ["127.0.0.1", "b.example", "127.0.0.1"]


async def test_the_heartbeat_pings_and_gives_a_silent_server_up(call: Call) -> None:
    told = await call(
        "channel.js",
        WITH_A_SOCKET
        % """async ({sockets, welcome, after, names}) => {
            await welcome(0.1);
            await after(350);
            const pings = sockets[0].sent.filter((each) => each.type === 'ping');
            return [pings.length, sockets[0].closed, names()];
        }""",
    )
    assert 1 <= told[0] <= 2
    assert told[1:] == [True, ["connecting", "live", "lost"]]


async def test_an_orderly_end_says_bye_and_keeps_no_secret(call: Call) -> None:
    told = await call(
        "channel.js",
        WITH_A_SOCKET
        % """async ({channel, sockets, welcome, kept, names}) => {
            await welcome();
            channel.close();
            return [sockets[0].sent.at(-1).type, sockets[0].closed, kept.secret, names().at(-1)];
        }""",
    )
    assert told == ["bye", True, None, "idle"]


async def test_a_hello_may_take_its_time_while_the_connection_is_made(call: Call) -> None:
    told = await call(
        "channel.js",
        WITH_A_SOCKET
        % """async ({channel, sockets, after}) => {
            let ready;
            channel.hello = () => new Promise((done) => { ready = () => done({role: 'watch'}); });
            channel.open();
            await sockets[1].accept();
            const early = sockets[1].sent.length;
            ready();
            await after(0);
            return [early, sockets[1].sent.map((each) => each.role)];
        }""",
    )
    assert told == [0, ["watch"]]


async def test_a_hello_that_is_late_is_not_said_to_a_connection_that_was_given_up(call: Call) -> None:
    told = await call(
        "channel.js",
        WITH_A_SOCKET
        % """async ({channel, sockets, after}) => {
            const ready = [];
            channel.hello = () => new Promise((done) => ready.push(() => done({role: 'watch'})));
            await sockets[0].accept();
            channel.open();
            await sockets[1].accept();
            ready.forEach((say) => say());
            await after(0);
            return sockets.map((each) => each.sent.length);
        }""",
    )
    assert told == [0, 1]
