"""OpenStack Swift with its S3 front: strictest about signatures, refuses conditional writes."""

import base64
import getpass
import shutil
import time

from real.children import Failure, free_ports, listens
from real.install import debian
from real.setting import REGION

PARTS = ("account", "container", "object")
PIPELINE = (
    "catch_errors", "gatekeeper", "healthcheck", "cache", "listing_formats", "s3api", "tempauth",
    "copy", "slo", "dlo", "versioned_writes", "symlink",
)


class Swift:
    """A proxy and one server for each part, with one device."""

    def install(self):
        commands = [f"swift-{name}-server" for name in ("proxy", *PARTS)] + ["memcached"]
        packages = [f"swift-{name}" for name in ("proxy", *PARTS)] + ["memcached"]
        debian(commands, packages)

    def access_key(self, setting):
        # Keys of this front are account:user.
        return f"test:{setting.access_key}"

    def start(self, setting):
        configuration = setting.made("etc")
        setting.made("devices", "one")
        ports_file = setting.folder / "ports"
        is_first = not ports_file.exists()
        if is_first:
            ports_file.write_text(" ".join(map(str, free_ports(4))))
        *ports, cache_port = map(int, ports_file.read_text().split())
        children = setting.children
        user = getpass.getuser()
        children.start("memcached", [
            "memcached", "-u", user, "-l", "127.0.0.1", "-p", cache_port, "-m", "64"])
        for name, port in zip(PARTS, ports):
            if is_first:
                self.make_ring(setting, configuration, name, port)
            self.write(configuration / f"{name}.conf", {
                "DEFAULT": self.common(setting, port) | {
                    "devices": setting.made("devices"), "mount_check": "false"},
                "pipeline:main": {"pipeline": f"{name}-server"},
                f"app:{name}-server": {"use": f"egg:swift#{name}"},
            })
        for name in PARTS:
            command = shutil.which(f"swift-{name}-server")
            children.start(name, [command, configuration / f"{name}.conf", "-v"])
        self.write(configuration / "proxy.conf", self.proxy(setting, cache_port))
        self.wait_for(children, ports)
        children.start("proxy", [
            shutil.which("swift-proxy-server"), configuration / "proxy.conf", "-v"])

    def wait_for(self, children, ports):
        for _ in range(600):
            if all(map(listens, ports)):
                return
            children.check()
            time.sleep(0.05)
        raise Failure("the servers behind the proxy do not answer")

    def make_ring(self, setting, configuration, name, port):
        for words in (
            ["create", "2", "1", "0"],
            ["add", "--region", "1", "--zone", "1", "--ip", "127.0.0.1", "--port", port,
             "--device", "one", "--weight", "1"],
            ["rebalance"],
        ):
            setting.children.run(
                "rings", ["swift-ring-builder", f"{name}.builder", *words], folder=configuration)

    def common(self, setting, port):
        return {
            "bind_ip": "127.0.0.1", "bind_port": port, "user": getpass.getuser(),
            "swift_dir": setting.folder / "etc", "workers": 0,
            "log_address": setting.folder / "none",
        }

    def proxy(self, setting, cache_port):
        sections = {
            "DEFAULT": self.common(setting, setting.port),
            "pipeline:main": {"pipeline": " ".join((*PIPELINE, "proxy-server"))},
            "app:proxy-server": {"use": "egg:swift#proxy", "account_autocreate": "true"},
        }
        sections |= {f"filter:{name}": {"use": f"egg:swift#{name}"} for name in PIPELINE}
        if setting.authority:
            sections["DEFAULT"] |= {"cert_file": setting.certificate, "key_file": setting.key}
        user = f"user64_{plain64('test')}_{plain64(setting.access_key)}"
        sections["filter:tempauth"][user] = f"{setting.secret_key} .admin"
        sections["filter:s3api"] |= {"location": REGION, "storage_domain": setting.domain}
        sections["filter:versioned_writes"]["allow_object_versioning"] = "true"
        sections["filter:cache"] = {
            "use": "egg:swift#memcache", "memcache_servers": f"127.0.0.1:{cache_port}"}
        return sections

    def write(self, path, sections):
        lines = []
        for name, values in sections.items():
            lines += [f"[{name}]", *(f"{key} = {value}" for key, value in values.items())]
        path.write_text("\n".join(lines) + "\n")


def plain64(text):
    return base64.b64encode(text.encode()).decode().rstrip("=")
