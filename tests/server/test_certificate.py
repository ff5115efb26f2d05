import hashlib
import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from server.certificate import fingerprint, own_certificate
from server.settings import SettingsError

NOW = datetime(2026, 5, 1, tzinfo=UTC)
NAMES = ("10.1.2.3", "localhost", "desk.local")


def test_it_names_the_machine_by_address_and_name_and_is_no_authority(tmp_path: Path) -> None:
    made = own_certificate(tmp_path, NAMES, NOW)
    found = x509.load_pem_x509_certificate(made.cert.read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "desk.local"]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("10.1.2.3")]
    assert not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert found.not_valid_before_utc < NOW < found.not_valid_after_utc < NOW + timedelta(days=398)


def test_only_its_user_may_read_the_key(tmp_path: Path) -> None:
    made = own_certificate(tmp_path / "new", NAMES, NOW)
    assert made.key.stat().st_mode & 0o077 == 0


def test_it_stays_the_same_while_it_serves(tmp_path: Path) -> None:
    first = own_certificate(tmp_path, NAMES, NOW).cert.read_bytes()
    assert own_certificate(tmp_path, NAMES[:2], NOW + timedelta(days=300)).cert.read_bytes() == first


@pytest.mark.parametrize(
    ("names", "later"), [((*NAMES, "10.9.9.9"), 0), (NAMES, 380)], ids=["another address", "nearly over"]
)
def test_it_is_made_anew_where_it_no_longer_serves(
    tmp_path: Path, names: tuple[str, ...], later: int
) -> None:
    first = own_certificate(tmp_path, NAMES, NOW).cert.read_bytes()
    assert own_certificate(tmp_path, names, NOW + timedelta(days=later)).cert.read_bytes() != first


def test_a_broken_file_is_replaced(tmp_path: Path) -> None:
    made = own_certificate(tmp_path, NAMES, NOW)
    made.cert.write_text("no certificate")
    again = own_certificate(tmp_path, NAMES, NOW)
    x509.load_pem_x509_certificate(again.cert.read_bytes())


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"No certificate can be kept in .*file"):
        own_certificate(tmp_path / "file", NAMES, NOW)


def test_the_fingerprint_is_that_of_the_certificate_itself(tmp_path: Path) -> None:
    kept = own_certificate(tmp_path, NAMES, NOW)
    der = ssl.PEM_cert_to_DER_cert(kept.cert.read_text())
    assert fingerprint(kept.cert) == hashlib.sha256(der).hexdigest()


def test_a_file_that_is_no_certificate_has_no_fingerprint(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no certificate in PEM form"):
        fingerprint(tmp_path / "nothing.pem")
