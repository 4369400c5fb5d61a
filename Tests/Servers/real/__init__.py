"""The servers that serve can start, by name."""

from real.minio import MinIO
from real.radosgw import RadosGW, RadosGWOnDisk
from real.rclone import Rclone
from real.seaweedfs import SeaweedFS
from real.swift import Swift

KNOWN = {
    "seaweedfs": SeaweedFS, "radosgw": RadosGW, "radosgw-bluestore": RadosGWOnDisk,
    "minio": MinIO, "swift": Swift, "rclone": Rclone,
}
