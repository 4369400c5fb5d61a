"""What can be set at the start and while the server runs, and the state that requests share."""

import threading
import time
from dataclasses import dataclass, field, fields

from personalities import ALL


@dataclass
class Settings:
    """Options by name; the control channel's `set` takes the same names."""

    personality: str = "aws"
    port: int = 0
    # The URL of a real server that requests are passed on to, unchanged; this one then counts
    # them and disturbs. Empty to answer by itself.
    upstream: str = ""
    # TLS on the port itself; a proxied client gets it whenever it asks by CONNECT.
    tls: bool = False
    # The certificate: "right", "wrong-host", "expired", "unknown-authority".
    certificate: str = "right"
    # Where certificates are made; a temporary folder unless given.
    folder: str = ""
    # The endpoint's region where its name has none; empty for the provider's usual one.
    region: str = ""
    # Buckets made at the start with their regions; empty for the provider's usual one.
    buckets: dict = field(default_factory=dict)
    # Names under which a bucket answers by itself: host -> bucket.
    cname: dict = field(default_factory=dict)
    # A service host in addition to the provider's: BUCKET.s3.localhost works as well.
    domain: str = "s3.localhost"
    access_key: str = "testkey"
    secret_key: str = "testsecret123"
    # The session token that has to come with the key; empty for none.
    token: str = ""
    expired_token: str = "EXPIRED"
    # Seconds that this server's clock is ahead of the right time.
    clock: float = 0
    # Seconds that every answer waits.
    latency: float = 0
    # What anybody may do: "nothing", "read" objects, "list" (and read), "write" (and all).
    public: str = "nothing"
    # Public access block: True, False or None for not set.
    blocks_public: bool | None = None
    # How conditional writes are taken instead of the provider's way (see Personality).
    conditional: str = ""
    # Versioning was ever on: OSS and COS then ignore their headers against overwriting.
    versioned: bool = False
    page: int = 0
    list_faults: tuple | None = None
    # "bytes", or "tree": what lies in folder a comes before a-b.
    order: str = "bytes"
    # Operations that the key lacks the right for: put get head list delete buckets settings.
    denies: tuple = ()
    # Only keys that begin so may be used.
    only_prefix: str = ""
    # OSS: the public endpoint of the provider refuses data.
    public_endpoint_forbidden: bool = False
    # R2: a key that is written twice within a second.
    key_rate_limit: bool = False
    # Multi-delete fails with more keys than this.
    delete_limit: int = 1000
    # Clients that wait for "100 Continue" get it; otherwise they are refused.
    tolerates_expect: bool = False
    # Bodies whose hash is not signed are refused.
    needs_payload_hash: bool = False

    def change(self, name, value):
        """Sets an option; raises ValueError for a name that is unknown."""
        if name not in {f.name for f in fields(self)}:
            raise ValueError(f"there is no option {name}")
        if name == "personality" and value not in ALL:
            raise ValueError(f"there is no personality {value}; known: {', '.join(ALL)}")
        if name == "buckets" and isinstance(value, (list, tuple)):
            value = {bucket: "" for bucket in value}
        setattr(self, name, value)

    @property
    def traits(self):
        """The provider."""
        return ALL[self.personality]

    @property
    def home_region(self):
        return self.region or self.traits.region

    @property
    def writing(self):
        """How conditional writes are taken."""
        return self.conditional or self.traits.conditional


class Bucket:
    """Objects by key, as bytes."""

    def __init__(self, name, region):
        self.name = name
        self.region = region
        self.objects = {}


class State:
    """All that requests share."""

    def __init__(self, settings):
        self.settings = settings
        self.lock = threading.RLock()
        self.buckets = {}
        names = settings.buckets or {settings.traits.bucket: ""}
        for name, region in names.items():
            self.make_bucket(name, region)

    def make_bucket(self, name, region=""):
        with self.lock:
            bucket = Bucket(name, region or self.settings.home_region)
            return self.buckets.setdefault(name, bucket)

    @property
    def now(self):
        """The time by this server's clock, in seconds since 1970."""
        return time.time() + self.settings.clock
