"""A certificate of the server's own, so that pages are secure ones on a network without a domain.

An authority of its own issues it, so that a phone which trusts that one goes on trusting the server when its
address changes. All that the authority may vouch for is private: who steals its key cannot pass for a bank.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from server.settings import SettingsError

# Apple's systems refuse those that are valid for longer than 825 days, browsers complain beyond 398.
_VALID = datetime.timedelta(days=397)
_RENEW = datetime.timedelta(days=30)
_AUTHORITY_VALID = datetime.timedelta(days=3650)
_SKEW = datetime.timedelta(days=1)
# Of addresses, those that mean another machine on each network (RFC 1918, 3927, 4193, 4291, 6598), and of
# names those that no one owns (RFC 6761, 6762).
_PRIVATE = tuple(
    ipaddress.ip_network(block)
    for block in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "127.0.0.0/8"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
)
_NOBODYS = ("localhost", "local")


@dataclass(frozen=True)
class Certificate:
    """PEM files: the certificate, its key that only its user may read, and the authority that issued it."""

    cert: Path
    key: Path
    authority: Path


def own_certificate(folder: Path, names: Sequence[str], now: datetime.datetime) -> Certificate:
    """The certificate kept in `folder`, issued anew where it is missing, old, or lacks one of the `names`.

    `names` are addresses and names that end in `.local`, or `localhost`, the first one its subject; `now`
    knows its time zone. The authority that devices were told to trust stays the same as long as it can.
    Raises SettingsError where the folder cannot be written.
    """
    kept = Certificate(folder / "certificate.pem", folder / "key.pem", folder / "authority.pem")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        where, permitted = (kept.authority, folder / "authority-key.pem"), _permitted(names)
        issuer = _kept_authority(*where, permitted, now) or _new_authority(*where, names[0], permitted, now)
        if not _serves(kept, names, issuer, now):
            _issue(kept, names, issuer, now)
    except OSError as error:
        raise SettingsError(f"No certificate can be kept in {folder}: {error.strerror}.") from None
    return kept


def fingerprint(cert: Path) -> str:
    """The SHA-256 of a certificate, in hexadecimal: by it a client knows the very one.

    Raises SettingsError where the file is none.
    """
    return _read(cert).fingerprint(hashes.SHA256()).hex()


def as_der(cert: Path) -> bytes:
    """A certificate as phones take it. Raises SettingsError where the file is none."""
    return _read(cert).public_bytes(Encoding.DER)


def _read(cert: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(cert.read_bytes())
    except (OSError, ValueError):
        raise SettingsError(f"{cert} is no certificate in PEM form.") from None


@dataclass(frozen=True)
class _Authority:
    cert: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def _kept_authority(
    cert: Path, key: Path, permitted: Collection[x509.GeneralName], now: datetime.datetime
) -> _Authority | None:
    """What is kept there, where it lasts and may vouch for what is permitted."""
    try:
        found = _read(cert)
        secret = load_pem_private_key(key.read_bytes(), None)
        may = found.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees
    except (SettingsError, OSError, ValueError, x509.ExtensionNotFound):
        return None
    if not isinstance(secret, ec.EllipticCurvePrivateKey) or found.public_key() != secret.public_key():
        return None
    lasts = found.not_valid_after_utc - now > _VALID
    return _Authority(found, secret) if lasts and set(permitted) <= set(may or ()) else None


def _permitted(names: Iterable[str]) -> Sequence[x509.GeneralName]:
    """What is private; and of the addresses those that are not, each by itself.

    No bare name of a machine: `dev` would stand for all that ends in `.dev`.
    """
    addresses = [found.value for found in map(_name, names) if isinstance(found, x509.IPAddress)]
    public = [ipaddress.ip_network(one) for one in addresses if not any(one in block for block in _PRIVATE)]
    return [*map(x509.DNSName, _NOBODYS), *map(x509.IPAddress, (*_PRIVATE, *public))]


def _new_authority(
    cert: Path, key: Path, name: str, permitted: Sequence[x509.GeneralName], now: datetime.datetime
) -> _Authority:
    secret = _new_key(key)
    subject = _subject(f"Authority of Bunraku on {name}")
    usage = dict.fromkeys(
        (
            *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
            *("key_agreement", "encipher_only", "decipher_only"),
        ),
        False,
    )
    made = (
        _builder(subject, subject, secret, now, _AUTHORITY_VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .sign(secret, hashes.SHA256())
    )
    cert.write_bytes(made.public_bytes(Encoding.PEM))
    return _Authority(made, secret)


def _serves(kept: Certificate, names: Collection[str], issuer: _Authority, now: datetime.datetime) -> bool:
    try:
        found = _read(kept.cert)
        key = load_pem_private_key(kept.key.read_bytes(), None)
        found.verify_directly_issued_by(issuer.cert)
        known = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (SettingsError, OSError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    if found.public_key() != key.public_key():
        return False
    said = {*known.get_values_for_type(x509.DNSName)}
    said |= {str(address) for address in known.get_values_for_type(x509.IPAddress)}
    return said.issuperset(names) and found.not_valid_after_utc - now > _RENEW


def _issue(kept: Certificate, names: Sequence[str], issuer: _Authority, now: datetime.datetime) -> None:
    key = _new_key(kept.key)
    signed = (
        _builder(_subject(f"Bunraku on {names[0]}"), issuer.cert.subject, key, now, _VALID)
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False
        )
        .sign(issuer.key, hashes.SHA256())
    )
    kept.cert.write_bytes(signed.public_bytes(Encoding.PEM))


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime.datetime,
    valid: datetime.timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + valid)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _new_key(file: Path) -> ec.EllipticCurvePrivateKey:
    """A key, kept there for its user alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key


def _subject(said: str) -> x509.Name:
    # No more fits into a common name (RFC 5280, appendix A.1).
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, said[:64])])


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
