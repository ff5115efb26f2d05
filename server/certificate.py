"""A certificate of the server's own, so that pages are secure ones on a network without a domain."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from server.settings import SettingsError

# Apple's systems refuse those that are valid for longer than 825 days, browsers complain beyond 398.
_VALID = datetime.timedelta(days=397)
_RENEW = datetime.timedelta(days=30)
_SKEW = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Certificate:
    """Two PEM files: the certificate, and the key that only its user may read."""

    cert: Path
    key: Path


def own_certificate(folder: Path, names: Sequence[str], now: datetime.datetime) -> Certificate:
    """The certificate kept in `folder`, made anew where it is missing, old, or lacks one of the `names`.

    `names` are host names and addresses, the first one its subject; `now` knows its time zone. A certificate
    that devices were told to trust stays the same as long as it can. Raises SettingsError where the folder
    cannot be written.
    """
    kept = Certificate(folder / "certificate.pem", folder / "key.pem")
    if kept.key.is_file() and _serves(kept.cert, names, now):
        return kept
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(kept, names, now)
    except OSError as error:
        raise SettingsError(f"No certificate can be kept in {folder}: {error.strerror}.") from None
    return kept


def fingerprint(cert: Path) -> str:
    """The SHA-256 of a certificate, in hexadecimal: by it a client knows the very one.

    Raises SettingsError where the file is none.
    """
    try:
        return x509.load_pem_x509_certificate(cert.read_bytes()).fingerprint(hashes.SHA256()).hex()
    except (OSError, ValueError):
        raise SettingsError(f"{cert} is no certificate in PEM form.") from None


def _serves(file: Path, names: Collection[str], now: datetime.datetime) -> bool:
    try:
        found = x509.load_pem_x509_certificate(file.read_bytes())
        known = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    said = {*known.get_values_for_type(x509.DNSName)}
    said |= {str(address) for address in known.get_values_for_type(x509.IPAddress)}
    return said.issuperset(names) and found.not_valid_after_utc - now > _RENEW


def _make(kept: Certificate, names: Sequence[str], now: datetime.datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Bunraku on {names[0]}")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + _VALID)
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    kept.key.unlink(missing_ok=True)
    kept.key.touch(mode=0o600)
    kept.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    kept.cert.write_bytes(signed.public_bytes(Encoding.PEM))


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
