"""What all servers are given."""

import pathlib
from dataclasses import dataclass, field

from certificates import Authority
from real.children import Children

REGION = "us-east-1"
BUCKETS = ("test", "test-two")


@dataclass
class Setting:
    """One run of a server."""

    folder: pathlib.Path
    port: int
    # Makes the certificate; None for plain http.
    authority: Authority | None
    children: Children
    access_key: str = "testkey"
    secret_key: str = "testsecret123"
    # Two labels, since no client takes a certificate for *.localhost.
    domain: str = "s3.localhost"
    # Files elsewhere that the server makes and does not remove.
    litter: list = field(default_factory=list)
    _certificate: pathlib.Path | None = field(default=None, repr=False)

    @property
    def endpoint(self):
        return f"{'https' if self.authority else 'http'}://127.0.0.1:{self.port}"

    def made(self, *names):
        """A folder below, made if it is missing."""
        path = self.folder.joinpath(*names)
        path.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def certificate(self):
        """The path of the certificate, for this address and all names of the domain."""
        if self._certificate is None:
            names = ["127.0.0.1", "localhost", self.domain, f"*.{self.domain}"]
            self._certificate = self.authority.certificate_for(names)
        return self._certificate

    @property
    def key(self):
        """The path of the certificate's key."""
        return self.authority.key_path
