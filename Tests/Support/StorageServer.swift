import Foundation
import Synchronization

/// A real S3 server on loopback (Tests/Servers/serve).
///
/// Tests share one of each kind, since starting takes seconds; each test has keys of its own by
/// `freshPrefix`. They end with the process of the tests.
package final class StorageServer: Sendable {
    /// The servers there are.
    package enum Kind: String, CaseIterable, Sendable {
        /// SeaweedFS: checks signatures and checksums, lists in the order of a tree.
        case seaweedfs
        /// Ceph's gateway: checks hashes of payloads.
        case radosgw
        /// The same with its data on the disk; slow to start.
        case radosgwOnDisk = "radosgw-bluestore"
        /// MinIO's front end in JuiceFS: ignores conditions of writes.
        case minio
        /// OpenStack Swift: refuses conditions of writes; slow to start.
        case swift
        /// rclone: lenient in everything.
        case rclone

        /// Those that every run of the tests has.
        package static let usual: [Kind] = [.seaweedfs, .radosgw, .minio]

        /// Those that this run has: the usual ones where there are packages of them, and all when
        /// the environment variable VARVE_TEST_SLOW says so.
        package static let tested: [Kind] = {
            #if os(Linux)
            let isSlow = ProcessInfo.processInfo.environment["VARVE_TEST_SLOW"] == "1"
            return isSlow ? allCases : usual
            #else
            return []
            #endif
        }()
    }

    /// Which one it is.
    package let kind: Kind
    /// The URL `http://127.0.0.1:PORT`, or `https:`.
    package let endpoint: String
    /// The ID of the key.
    package let accessKey: String
    /// The secret that belongs to the key.
    package let secretKey: String
    /// The region of the endpoint.
    package let region: String
    /// The name below which buckets are hosts.
    package let domain: String
    /// A bucket that is there.
    package let bucket: String
    /// Another bucket that is there.
    package let otherBucket = "test-two"
    /// The path of the certificate of the authority; `nil` without TLS.
    package let authorityPath: String?

    private let process: ServerProcess
    private let prefixes = Atomic(0)

    /// Starts a server of its own, empty; most tests take the shared one.
    package init(_ kind: Kind, hasTLS: Bool = false) throws {
        let flags = hasTLS ? ["--tls"] : []
        process = try ServerProcess("serve", ["--held"] + flags + [kind.rawValue, "0"])
        self.kind = kind
        endpoint = try process.fact("endpoint")
        accessKey = try process.fact("access_key")
        secretKey = try process.fact("secret_key")
        region = try process.fact("region")
        domain = try process.fact("domain")
        bucket = try process.fact("bucket")
        authorityPath = process.facts["ca"]
    }

    /// The server of a kind that all tests of this process use; the first call starts it.
    package static func shared(_ kind: Kind) throws -> StorageServer {
        // Constants of their own, so that two kinds start at the same time.
        switch kind {
        case .seaweedfs: try seaweedfs.get()
        case .radosgw: try radosgw.get()
        case .radosgwOnDisk: try radosgwOnDisk.get()
        case .minio: try minio.get()
        case .swift: try swift.get()
        case .rclone: try rclone.get()
        }
    }

    private static let seaweedfs = Result { try StorageServer(.seaweedfs) }
    private static let radosgw = Result { try StorageServer(.radosgw) }
    private static let radosgwOnDisk = Result { try StorageServer(.radosgwOnDisk) }
    private static let minio = Result { try StorageServer(.minio) }
    private static let swift = Result { try StorageServer(.swift) }
    private static let rclone = Result { try StorageServer(.rclone) }

    /// A prefix that no other test of this process has, without slashes at its ends.
    package func freshPrefix() -> String {
        "prefix-\(prefixes.add(1, ordering: .relaxed).newValue)"
    }

    /// Ends the server and waits until it has ended.
    package func stop() throws { try process.stop() }
}
