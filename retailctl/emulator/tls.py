"""The server's certificate: signed by an authority made for it alone, whose key is thrown away at once.

What a client needs is the bundle: certifi's authorities and ours, so that REQUESTS_CA_BUNDLE and SSL_CERT_FILE
may point at it and the rest of the world is still trusted. Certificate and bundle are reused until the
certificate is close to its end.
"""

from __future__ import annotations

import logging
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import certifi

from retailctl.emulator.store.folder import write_private

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_log = logging.getLogger(__name__)

LIFETIME = timedelta(days=397)
RENEW_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """Files of the certificate, its key, its authority, and the bundle of the world's authorities and that one."""

    certificate: Path
    key: Path
    bundle: Path
    authority: Path


def ensure_certificate(folder: Path) -> ServerCertificate:
    """The folder's certificate, made or renewed if need be; also where one of its files was damaged."""
    files = ServerCertificate(folder / "server.pem", folder / "server.key", folder / "ca-bundle.pem", folder / "ca.pem")
    if not _usable(files):
        _issue(files)
    bundle = Path(certifi.where()).read_bytes() + b"\n# The local Azure ML\n" + files.authority.read_bytes()
    if not files.bundle.is_file() or files.bundle.read_bytes() != bundle:
        write_private(files.bundle, bundle)
    return files


def _usable(files: ServerCertificate) -> bool:
    """Whether clients that trust the authority accept the certificate with its key, and will for some time."""
    try:
        return _time_left(files) > RENEW_BEFORE
    except FileNotFoundError:
        return False
    except OSError as error:
        _log.warning("The certificate in %s cannot be used and is made anew: %s", files.key.parent, error)
        return False


def _time_left(files: ServerCertificate) -> timedelta:
    """How long the certificate holds. Raises OSError (among them ssl.SSLError) where it does not.

    Server and client shake hands in memory: to read certificates takes a library that no start needs otherwise.
    """
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(files.certificate, files.key, password="")  # never asked for on a terminal
    client_side = ssl.create_default_context(cafile=str(files.authority))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_side.wrap_bio(to_server, to_client, server_side=True)
    client = client_side.wrap_bio(to_client, to_server, server_hostname="127.0.0.1")
    for end in (client, server, client):
        with suppress(ssl.SSLWantReadError):
            end.do_handshake()
    presented: Any = client.getpeercert()
    return timedelta(seconds=ssl.cert_time_to_seconds(presented["notAfter"]) - time.time())


def _issue(files: ServerCertificate) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    authority_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "retailctl local Azure ML authority")])
    authority_certificate = _authority(issuer, authority_key).sign(authority_key, hashes.SHA256())
    certificate = _server(issuer, authority_key, server_key).sign(authority_key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    write_private(files.authority, authority_certificate.public_bytes(pem))
    write_private(files.key, server_key.private_bytes(pem, *private))
    write_private(files.certificate, certificate.public_bytes(pem))


def _builder(issuer: x509.Name, subject: x509.Name, key: EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    from cryptography import x509

    present = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(present - timedelta(hours=1))  # clocks of containers may lag
        .not_valid_after(present + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _authority(name: x509.Name, key: EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    from cryptography import x509

    return (
        _builder(name, name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
    )


def _server(
    issuer: x509.Name, issuer_key: EllipticCurvePrivateKey, key: EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    from cryptography import x509

    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))])
    issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        _builder(issuer, subject, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(names, critical=False)
        .add_extension(issued_by, critical=False)
    )
