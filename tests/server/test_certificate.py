import hashlib
import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from server.certificate import fingerprint, own_certificate
from server.settings import SettingsError

NOW = datetime(2026, 5, 1, tzinfo=UTC)
NAMES = ("desk.local", "10.1.2.3", "localhost")


def opened(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def verified(authority: Path, leaf: x509.Certificate, name: str) -> bool:
    """Whether a client that trusts the authority takes the certificate of a server by that name."""
    try:
        subject: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        subject = x509.DNSName(name)
    policy = PolicyBuilder().store(Store([opened(authority)])).time(NOW)
    try:
        policy.build_server_verifier(subject).verify(leaf, [])  # type: ignore[arg-type]
    except VerificationError:
        return False
    return True


def forged(folder: Path, name: x509.GeneralName) -> x509.Certificate:
    """What a thief of the authority's key makes of it."""
    key = load_pem_private_key((folder / "authority-key.pem").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    issuer = opened(folder / "authority.pem").subject
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([name]), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def test_it_names_the_machine_by_address_and_name_and_is_no_authority_itself(tmp_path: Path) -> None:
    made = own_certificate(tmp_path, NAMES, NOW)
    found = opened(made.cert)
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["desk.local", "localhost"]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("10.1.2.3")]
    assert not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert found.not_valid_before_utc < NOW < found.not_valid_after_utc < NOW + timedelta(days=398)


def test_who_trusts_the_authority_trusts_the_server_by_each_of_its_names(tmp_path: Path) -> None:
    made = own_certificate(tmp_path, NAMES, NOW)
    assert all(verified(made.authority, opened(made.cert), name) for name in NAMES)
    assert not verified(made.authority, opened(made.cert), "10.1.2.4")


def test_its_authority_can_vouch_for_nothing_that_is_anybodys(tmp_path: Path) -> None:
    made = own_certificate(tmp_path, NAMES, NOW)
    for name in ("bank.example", "desk", "local.example"):
        assert not verified(made.authority, forged(tmp_path, x509.DNSName(name)), name)
    public = x509.IPAddress(ipaddress.ip_address("203.0.113.9"))
    assert not verified(made.authority, forged(tmp_path, public), "203.0.113.9")
    # The same forgery of a private name is one that is taken, so that the refusals are for the name.
    assert verified(made.authority, forged(tmp_path, x509.DNSName("tv.local")), "tv.local")


def test_only_its_user_may_read_the_keys(tmp_path: Path) -> None:
    own_certificate(tmp_path / "new", NAMES, NOW)
    for name in ("key.pem", "authority-key.pem"):
        assert (tmp_path / "new" / name).stat().st_mode & 0o077 == 0


def test_it_stays_the_same_while_it_serves(tmp_path: Path) -> None:
    first = own_certificate(tmp_path, NAMES, NOW).cert.read_bytes()
    assert own_certificate(tmp_path, NAMES[:2], NOW + timedelta(days=300)).cert.read_bytes() == first


@pytest.mark.parametrize(
    ("names", "later"), [((*NAMES, "10.9.9.9"), 0), (NAMES, 380)], ids=["another address", "nearly over"]
)
def test_it_is_issued_anew_where_it_no_longer_serves_by_the_authority_that_devices_trust(
    tmp_path: Path, names: tuple[str, ...], later: int
) -> None:
    made = own_certificate(tmp_path, NAMES, NOW)
    first, authority = made.cert.read_bytes(), made.authority.read_bytes()
    assert own_certificate(tmp_path, names, NOW + timedelta(days=later)).cert.read_bytes() != first
    assert made.authority.read_bytes() == authority


@pytest.mark.parametrize(
    ("names", "later"), [((*NAMES, "203.0.113.9"), 0), (NAMES, 3300)], ids=["public address", "nearly over"]
)
def test_another_authority_begins_where_the_kept_one_no_longer_serves(
    tmp_path: Path, names: tuple[str, ...], later: int
) -> None:
    made = own_certificate(tmp_path, NAMES, NOW)
    first, authority = made.cert.read_bytes(), made.authority.read_bytes()
    own_certificate(tmp_path, names, NOW + timedelta(days=later))
    assert made.authority.read_bytes() != authority
    assert made.cert.read_bytes() != first
    if not later:
        assert verified(made.authority, opened(made.cert), "203.0.113.9")


def test_one_of_an_earlier_version_without_an_authority_is_replaced(tmp_path: Path) -> None:
    made = own_certificate(tmp_path, NAMES, NOW)
    made.authority.unlink()
    own_certificate(tmp_path, NAMES, NOW)
    assert verified(made.authority, opened(made.cert), NAMES[0])


@pytest.mark.parametrize("name", ["certificate.pem", "key.pem", "authority.pem", "authority-key.pem"])
def test_a_broken_or_lost_file_is_replaced(tmp_path: Path, name: str) -> None:
    for broken in (True, False):
        own_certificate(tmp_path, NAMES, NOW)
        if broken:
            (tmp_path / name).write_text("nothing of the kind")
        else:
            (tmp_path / name).unlink()
        made = own_certificate(tmp_path, NAMES, NOW)
        assert verified(made.authority, opened(made.cert), NAMES[0])
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(made.cert, made.key)


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
