"""Ceph's gateway over one monitor and one store: checks payloads, conditional writes are atomic.

RadosGW keeps the data in memory, RadosGWOnDisk on the disk, where it survives even a kill.
"""

import uuid

from real.children import free_port
from real.install import debian

# name, then pairs of a daemon and what may be done there
KEYS = (
    ("mon.", "mon", "allow *"),
    ("client.admin", "mon", "allow *", "osd", "allow *"),
    ("osd.0", "mon", "allow profile osd", "osd", "allow *"),
    ("client.rgw", "mon", "allow rw", "osd", "allow rwx"),
)
STORE_SIZE = 8 * 1024 * 1024 * 1024


class RadosGW:
    """A cluster of the smallest kind."""

    store = "memstore"

    def install(self):
        commands = (
            "ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "ceph", "ceph-authtool",
            "monmaptool",
        )
        debian(commands, ["ceph-mon", "ceph-osd", "ceph-common", "radosgw"])

    def access_key(self, setting):
        return setting.access_key

    def options(self, setting, cluster, monitor):
        """The configuration; what is not obvious says why."""
        folder = setting.folder
        return {
            "fsid": cluster, "mon host": monitor, "public addr": "127.0.0.1",
            "cluster addr": "127.0.0.1", "ms bind msgr1": "false", "ms bind ipv6": "false",
            # The gateway refuses to start without authentication.
            "auth cluster required": "cephx", "auth service required": "cephx",
            "auth client required": "cephx", "auth allow insecure global id reclaim": "false",
            "keyring": folder / "keyring",
            # Changes of the cluster's map wait a second otherwise, and a start has many.
            "paxos propose interval": 0.02, "paxos min wait": 0.01, "mon tick interval": 1,
            "objecter tick interval": 0.5,
            # One copy on one disk, however full that is.
            "mon allow pool size one": "true", "mon warn on pool no redundancy": "false",
            "mon data avail warn": 2, "mon data avail crit": 1, "osd pool default size": 1,
            "osd pool default min size": 1, "osd pool default pg num": 1,
            "osd pool default pgp num": 1, "osd pool default pg autoscale mode": "off",
            "osd crush chooseleaf type": 0,
            "mon data": folder / "mon", "osd data": folder / "osd", "osd objectstore": self.store,
            "memstore device bytes": STORE_SIZE, "bluestore block size": STORE_SIZE,
            "osd memory target": 1024 * 1024 * 1024,
            "admin socket": "", "run dir": folder, "crash dir": setting.made("crash"),
            "log file": setting.made("log") / "$name.log",
            "mon cluster log file": setting.made("log") / "cluster.log",
            "rgw dns name": setting.domain, "rgw enable usage log": "false",
            # What is deleted is freed within seconds; two hours are usual.
            "rgw gc obj min wait": 10, "rgw gc processor period": 5,
            "rgw gc processor max time": 5,
        }

    def start(self, setting):
        folder, children = setting.folder, setting.children
        configuration = folder / "ceph.conf"
        is_first = not (folder / "complete").exists()
        if is_first:
            self.make_cluster(setting, configuration)
        children.start("mon", ["ceph-mon", "-c", configuration, "-i", "a", "-f"])
        if is_first:
            disk = str(uuid.uuid4())
            children.run("osd", ["ceph", "-c", configuration, "osd", "new", disk])
            children.run("osd", [
                "ceph-osd", "-c", configuration, "-i", "0", "--mkfs", "--osd-uuid", disk])
        children.start("osd", ["ceph-osd", "-c", configuration, "-i", "0", "-f"])
        if is_first:
            # The gateway's pools are made here, so it ends when the store serves.
            children.run("user", [
                "radosgw-admin", "-c", configuration, "user", "create", "--uid=tester",
                "--display-name=tester", f"--access-key={setting.access_key}",
                f"--secret={setting.secret_key}"])
        if self.store == "bluestore":
            (folder / "complete").touch()
        # Small answers would wait 40 ms for an acknowledgement without the last word.
        address = f"beast endpoint=127.0.0.1:{setting.port}"
        if setting.authority:
            address = f"beast ssl_endpoint=127.0.0.1:{setting.port} " \
                f"ssl_certificate={setting.certificate} ssl_private_key={setting.key}"
        children.start("radosgw", [
            "radosgw", "-c", configuration, "-n", "client.rgw", "-f", "--rgw-frontends",
            f"{address} tcp_nodelay=1"])

    def make_cluster(self, setting, configuration):
        """Files for a cluster that is new."""
        cluster = str(uuid.uuid4())
        monitor = f"[v2:127.0.0.1:{free_port()}/0]"
        options = self.options(setting, cluster, monitor)
        lines = [f"{name} = {value}" for name, value in options.items()]
        configuration.write_text("\n".join(["[global]", *lines, ""]))
        for name in ("mon", "osd"):
            setting.made(name)
        keyring, run = setting.folder / "keyring", setting.children.run
        for name, *rights in KEYS:
            pairs = zip(rights[::2], rights[1::2])
            caps = [word for pair in pairs for word in ("--cap", *pair)]
            create = [] if keyring.exists() else ["--create-keyring"]
            run("keys", ["ceph-authtool", keyring, *create, "--gen-key", "-n", name, *caps])
        addresses = monitor.replace("/0]", "]")
        run("map", ["monmaptool", "--create", "--clobber", "--fsid", cluster, "--addv", "a",
                    addresses, setting.folder / "map"])
        run("mon", ["ceph-mon", "-c", configuration, "-i", "a", "--mkfs", "--monmap",
                    setting.folder / "map", "--keyring", keyring])


class RadosGWOnDisk(RadosGW):
    """The same, with its data in a file."""

    store = "bluestore"
