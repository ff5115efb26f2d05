import ipaddress
import secrets
from pathlib import Path

import pytest

from server.lan import invitation, kept_token, on_the_network, own_address, page
from server.settings import Settings, SettingsError


def test_the_network_gets_tls_and_a_token_that_last(tmp_path: Path) -> None:
    first = on_the_network(Settings(lan=True), tmp_path, "10.1.2.3")
    assert first.host == "0.0.0.0"
    assert Path(first.tls_cert).is_file()
    assert Path(first.tls_key).is_file()
    assert Path(first.tls_authority).is_file()
    assert len(first.performer_tokens[0]) >= 12
    assert on_the_network(Settings(lan=True), tmp_path, "10.1.2.3") == first


def test_what_the_operator_set_stays(tmp_path: Path) -> None:
    chosen = Settings(
        lan=True, host="10.1.2.3", tls_cert="a.pem", tls_key="b.pem", performer_tokens=("mine",)
    )
    assert on_the_network(chosen, tmp_path / "unused", "10.1.2.3") == chosen
    assert not (tmp_path / "unused").exists()


def test_the_token_may_be_given_on_a_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["-option", "word"])
    monkeypatch.setattr(secrets, "token_urlsafe", lambda size: next(drawn))
    assert kept_token(tmp_path) == "word"


def test_only_its_user_may_read_the_token(tmp_path: Path) -> None:
    kept_token(tmp_path)
    assert (tmp_path / "token").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"No token can be kept in .*file"):
        kept_token(tmp_path / "file")


def test_the_link_carries_a_token_of_any_letters() -> None:
    settings = Settings(performer_tokens=("a b&c",))
    assert page(settings, "10.1.2.3", 8765) == "https://10.1.2.3:8765/?token=a%20b%26c"


def test_the_terminal_shows_a_code_and_what_to_do_about_the_warning() -> None:
    shown = invitation("https://10.1.2.3:8765/?token=abc", "ab12", "cd34")
    assert shown.count("█") > 50
    assert "browser warns once" in shown
    assert "https://10.1.2.3:8765/authority.crt" in shown
    assert "CD:34" in shown
    assert "https://10.1.2.3:8765 --fingerprint ab12" in shown


def test_a_certificate_that_browsers_know_needs_no_words() -> None:
    shown = invitation("https://10.1.2.3:8765/?token=abc", "ab12", "")
    assert "warns" not in shown
    assert "authority" not in shown


def test_the_machines_own_address_is_one() -> None:
    try:
        assert ipaddress.ip_address(own_address())
    except SettingsError as error:
        assert "on no network" in str(error)
