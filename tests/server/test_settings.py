import argparse
import tomllib
from pathlib import Path

import pytest

from server.settings import Settings, SettingsError, add_flags, as_toml, settings_from


def flags(*arguments: str) -> dict[str, object]:
    parser = argparse.ArgumentParser()
    add_flags(parser)
    return vars(parser.parse_args(arguments))


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "bunraku.toml"
    file.write_text('port = 1\nhost = "file"\nmax_fps = 20\n')
    environment = {"BUNRAKU_CONFIG": str(file), "BUNRAKU_PORT": "2", "BUNRAKU_HOST": "environment"}
    settings = settings_from(flags("--port", "3"), environment)
    assert (settings.port, settings.host, settings.max_fps) == (3, "environment", 20.0)
    assert settings.linger_seconds == Settings().linger_seconds


def test_a_switch_may_stand_alone() -> None:
    assert settings_from(flags("--lan"), {}).lan
    assert not settings_from(flags("--skip", "false"), {}).skip


def test_lists_are_separated_by_commas() -> None:
    settings = settings_from(flags("--performer-tokens", "a, b,"), {"BUNRAKU_ALLOWED_ORIGINS": "*"})
    assert settings.performer_tokens == ("a", "b")
    assert settings.allowed_origins == ("*",)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--port", "many"), "port"),
        (("--port", "70000"), "port"),
        (("--max-fps", "0"), "max_fps"),
        (("--max-fps", "nan"), "max_fps"),
        (("--load-limit", "-1"), "load_limit"),
        (("--log-format", "xml"), "log_format"),
        (("--tls-cert", "own.pem"), "tls_key"),
        (("--lan", "perhaps"), "lan"),
        (("--config", "/nowhere/bunraku.toml"), "cannot be read"),
    ],
)
def test_a_bad_setting_is_one_sentence_that_names_it(arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        settings_from(flags(*arguments), {})
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(("text", "said"), [("speed = 3\n", "'speed'"), ("port = \n", "not TOML")])
def test_a_bad_file_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "bunraku.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=said):
        settings_from({"config": file}, {})


def test_what_is_printed_is_a_settings_file_without_secrets(tmp_path: Path) -> None:
    settings = Settings(port=9000, admin_tokens=("s3cret",), characters=Path("my characters"))
    text = as_toml(settings)
    assert "s3cret" not in text
    file = tmp_path / "bunraku.toml"
    file.write_text(text)
    again = settings_from({"config": file}, {})
    assert (again.port, again.characters, again.max_batch) == (
        9000,
        Path("my characters"),
        settings.max_batch,
    )
    assert tomllib.loads(text).keys() == Settings.__dataclass_fields__.keys()


def test_secrets_are_not_shown_with_the_settings() -> None:
    shown = repr(Settings(performer_tokens=("hush",), watcher_tokens=("hush",), admin_tokens=("hush",)))
    assert "max_sessions=256" in shown
    assert "hush" not in shown
