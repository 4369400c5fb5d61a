"""Certificates for tests, made by the command openssl: an authority and one for each host."""

import pathlib
import ssl
import subprocess
import threading

CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
DAYS = "30"


def openssl(*arguments):
    """Runs openssl, which has to succeed."""
    subprocess.run(("openssl", *arguments), check=True, capture_output=True)


class Authority:
    """A certificate authority in a folder; what it makes is made when it is asked for."""

    def __init__(self, folder, quality=lambda: "right"):
        self.folder = pathlib.Path(folder)
        self.certificate_path = self.folder / "ca.pem"
        # Says what certificates are to be like; see certificate_for.
        self.quality = quality
        self.lock = threading.Lock()
        self.contexts = {}
        self.folder.mkdir(parents=True, exist_ok=True)
        self.make_authority("ca")

    @property
    def key_path(self):
        return self.folder / "host.key"

    def make_authority(self, name):
        openssl(
            "req", "-x509", *CURVE, "-days", DAYS, "-subj", f"/CN=varve tests {name}",
            "-keyout", str(self.folder / f"{name}.key"), "-out", str(self.folder / f"{name}.pem"))

    def certificate_for(self, names, quality="right"):
        """The path of a certificate for host names or addresses.

        `quality`: "right", "wrong-host", "expired" or "unknown-authority".
        """
        if not self.key_path.exists():
            openssl(
                "req", "-new", *CURVE, "-subj", "/CN=host", "-keyout", str(self.key_path),
                "-out", str(self.folder / "host.csr"))
        if quality == "wrong-host":
            names = ["wrong.example"]
        signer = "other" if quality == "unknown-authority" else "ca"
        if signer == "other" and not (self.folder / "other.pem").exists():
            self.make_authority(signer)
        stem = f"{quality}-{len(list(self.folder.glob('*.crt')))}"
        path, extensions = self.folder / f"{stem}.crt", self.folder / f"{stem}.ext"
        subjects = ",".join(
            f"IP:{n.strip('[]')}" if is_address(n) else f"DNS:{n}" for n in names)
        extensions.write_text(
            "basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n"
            f"subjectAltName={subjects}\n")
        # Its last second is its first.
        days = "0" if quality == "expired" else DAYS
        openssl(
            "x509", "-req", "-in", str(self.folder / "host.csr"), "-days", days,
            "-CA", str(self.folder / f"{signer}.pem"), "-CAkey", str(self.folder / f"{signer}.key"),
            "-set_serial", str(abs(hash(stem)) + 1), "-extfile", str(extensions),
            "-out", str(path))
        return path

    def context(self, host):
        """What TLS needs to be this host."""
        quality = self.quality()
        with self.lock:
            if (host, quality) not in self.contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                path = self.certificate_for([host], quality)
                context.load_cert_chain(path, self.key_path)
                context.set_alpn_protocols(["http/1.1"])
                self.contexts[host, quality] = context
            return self.contexts[host, quality]

    def wrapped(self, sock, host):
        """The socket with TLS on it; the host is what the client asks for unless it is given."""
        context = self.context(host or "127.0.0.1")
        if host is None:
            plain = context
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.set_alpn_protocols(["http/1.1"])

            def choose(wrapped, name, _):
                wrapped.context = self.context(name) if name else plain

            context.sni_callback = choose
        return context.wrap_socket(sock, server_side=True)


def is_address(name):
    return name.startswith("[") or name.replace(".", "").isdigit()
