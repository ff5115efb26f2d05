import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.jobs import MOST, Event, Jobs, State
from server.orders import Order
from server.refusal import RegistryError


def jobs_of(*names: str) -> Jobs:
    jobs = Jobs()
    for time, name in enumerate(names):
        jobs.add(name, Order(id=f"made-{name}", character="ada"), float(time))
    return jobs


def walked(*events: Event) -> State:
    jobs = jobs_of("a")
    for event in events:
        state = jobs.move("a", event, 10.0).state
    return state


def test_one_is_at_work_and_the_others_wait_in_the_order_in_which_they_came() -> None:
    jobs = jobs_of("a", "b", "c")
    assert [jobs.ahead(job) for job in jobs] == [0, 1, 2]
    first = jobs.next()
    assert first is not None
    assert first.id == "a"
    jobs.move("a", "start", 5.0)
    assert jobs.next() is None
    assert [jobs.ahead(jobs.find(job)) for job in "abc"] == [0, 1, 2]
    jobs.move("a", "succeed", 6.0)
    assert jobs.next() == jobs.find("b")


@pytest.mark.parametrize("event", ["stop", "forget"])
def test_nothing_begins_before_the_one_that_is_told_to_stop_has_ended(event: Event) -> None:
    jobs = jobs_of("a", "b")
    jobs.move("a", "start", 5.0)
    jobs.move("a", event, 6.0)
    assert jobs.next() is None
    jobs.move("a", "fail", 7.0)
    assert jobs.next() == jobs.find("b")


def test_a_job_that_goes_on_waits_at_the_end() -> None:
    jobs = jobs_of("a", "b")
    jobs.move("a", "stop", 5.0)
    jobs.move("a", "go_on", 6.0)
    assert jobs.next() == jobs.find("b")
    assert jobs.ahead(jobs.find("a")) == 1


@pytest.mark.parametrize(
    ("events", "state"),
    [
        (("start", "succeed"), "done"),
        (("start", "fail"), "failed"),
        (("start", "stop", "fail"), "stopped"),
        (("start", "stop", "succeed"), "done"),
        (("start", "halt"), "queued"),
        (("start", "forget", "fail"), "gone"),
        (("start", "stop", "forget", "halt"), "gone"),
        (("stop", "go_on", "start"), "running"),
        (("start", "fail", "go_on"), "queued"),
    ],
)
def test_what_events_make_of_a_job(events: tuple[Event, ...], state: State) -> None:
    assert walked(*events) == state


@pytest.mark.parametrize(
    "events", [("go_on",), ("start", "start"), ("start", "succeed", "stop"), ("succeed",)]
)
def test_what_a_state_does_not_allow_is_refused(events: tuple[Event, ...]) -> None:
    with pytest.raises(RegistryError) as caught:
        walked(*events)
    assert caught.value.status == 409


def test_why_it_failed_is_kept_until_it_goes_on() -> None:
    jobs = jobs_of("a")
    jobs.move("a", "start", 5.0)
    failed = jobs.move("a", "fail", 7.0, "There is no teacher.")
    assert (failed.why, failed.began, failed.ended) == ("There is no teacher.", 5.0, 7.0)
    assert jobs.move("a", "go_on", 8.0).why == ""
    again = jobs.move("a", "start", 9.0)
    assert (again.began, again.ended) == (5.0, None)


def test_a_job_that_is_forgotten_is_gone() -> None:
    jobs = jobs_of("a")
    jobs.move("a", "forget", 5.0)
    assert list(jobs) == []
    with pytest.raises(RegistryError) as caught:
        jobs.find("a")
    assert caught.value.status == 404


def test_one_character_is_made_by_one_job() -> None:
    jobs = jobs_of("a")
    order = jobs.find("a").order
    with pytest.raises(RegistryError):
        jobs.add("b", order, 5.0)
    jobs.move("a", "start", 5.0)
    jobs.move("a", "succeed", 6.0)
    assert jobs.add("b", order, 7.0).state == "queued"


def test_a_character_that_is_at_work_stays() -> None:
    jobs = jobs_of("a")
    jobs.check_not_made("made-a")
    jobs.move("a", "start", 5.0)
    jobs.check_not_made("another")
    with pytest.raises(RegistryError) as caught:
        jobs.check_not_made("made-a")
    assert caught.value.code == "being_made"
    jobs.move("a", "succeed", 6.0)
    jobs.check_not_made("made-a")


def test_there_is_an_end_to_how_many_are_kept() -> None:
    jobs = jobs_of(*(f"job{number}" for number in range(MOST)))
    with pytest.raises(RegistryError) as caught:
        jobs.add("more", Order(id="more", character="ada"), 99.0)
    assert caught.value.code == "full"


def test_after_a_restart_what_ran_goes_on_first_and_what_was_to_stop_has_stopped() -> None:
    jobs = jobs_of("a", "b", "c", "d")
    jobs.move("b", "stop", 5.0)
    jobs.move("b", "go_on", 6.0)
    jobs.move("a", "start", 7.0)
    again = Jobs(jobs)
    assert again.next() == again.find("a")
    jobs.move("a", "stop", 8.0)
    assert Jobs(jobs).find("a").state == "stopped"
    jobs.move("a", "forget", 9.0)
    assert {job.id for job in Jobs(jobs)} == {"b", "c", "d"}


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from(["start", "stop", "go_on", "forget", "succeed", "fail", "halt"]),
        )
    )
)
def test_whatever_happens_one_is_at_work_at_most_and_a_restart_keeps_all(
    events: list[tuple[str, Event]],
) -> None:
    jobs = jobs_of("a", "b", "c")
    for time, (job, event) in enumerate(events):
        following = jobs.next()
        if event == "start" and (following is None or following.id != job):
            continue
        try:
            jobs.move(job, event, 10.0 + time)
        except RegistryError:
            continue
        at_work = [one for one in jobs if one.state in ("running", "stopping", "leaving")]
        assert len(at_work) <= 1
        assert {one.id for one in Jobs(jobs)} == {one.id for one in jobs if one.state != "leaving"}
