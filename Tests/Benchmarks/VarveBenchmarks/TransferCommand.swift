internal import ArgumentParser
import FileHandles
import FileTree
import Foundation
import HTTPTransport
import ObjectStore
import RequestSigning
import S3Store
import SnapshotModel
import WorkerThreads

/// Moves the files of a folder to a bucket and back through varve's own store, for comparing with
/// tools that copy (compare-s3.sh). The keys are AWS's variables.
struct TransferCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer", abstract: "Send a folder's files to a bucket, or fetch them.")

    private static let pieceInBytes = 128 * 1024

    enum Direction: String, ExpressibleByArgument { case up, down }

    @Argument(help: "up or down.")
    var direction: Direction

    @Argument(help: "The folder with the files; without folders in it.")
    var folder: String

    @Option(help: "The endpoint.")
    var endpoint: String

    @Option(help: "The bucket.")
    var bucket: String

    @Option(help: "The folder within the bucket.")
    var root = ""

    @Option(help: "How many transfers at a time.")
    var transfers = 4

    func run() throws {
        let store = try makeStore()
        let prefix = "packs/"
        let names: [String] =
            switch direction {
            case .up: try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            case .down:
                try store.list(prefix: prefix).map {
                    String($0.key.description.dropFirst(prefix.count))
                }
            }
        let queue = BoundedQueue<String>(capacity: max(1, names.count))
        for name in names { queue.push(name) }
        queue.close()
        let (folder, direction) = (folder, direction)
        try withThreads { threads in
            for _ in 0..<transfers {
                threads.spawn {
                    while let name = queue.pop() {
                        let key = ObjectKey(prefix + name)
                        let path = Array("\(folder)/\(name)".utf8)
                        switch direction {
                        case .up:
                            let file = try MappedFile(path: path)
                            let bytes = withExtendedLifetime(file) { Array(file.bytes) }
                            try store.put(key, ObjectBody(bytes))
                        case .down: try Self.write(try store.get(key, .whole), to: path)
                        }
                    }
                }
            }
        }
    }

    private static func write(_ object: ObjectBytes, to path: [UInt8]) throws {
        let file = try FileHandles.FileHandle.open(path: path, flags: O_WRONLY | O_CREAT | O_TRUNC)
        // In pieces as other tools write: one call for all makes some kernels look for large pages,
        // which takes longer than the transfer.
        try withExtendedLifetime(object) {
            var start = 0
            while start < object.count {
                let piece = object.bytes[start..<min(start + pieceInBytes, object.count)]
                try file.write(UnsafeRawBufferPointer(rebasing: piece), at: UInt64(start))
                start += piece.count
            }
        }
    }

    private func makeStore() throws -> S3Store {
        let variables = ProcessInfo.processInfo.environment
        var settings = HTTPSettings()
        settings.connectionLimit = transfers
        let client = S3Client(
            try S3Endpoint(S3Settings(endpoint: endpoint, bucket: bucket)),
            sender: try HTTPClient(settings),
            credentials: StaticCredentials(
                Credentials(
                    accessKeyID: variables["AWS_ACCESS_KEY_ID"] ?? "",
                    secretAccessKey: Secret(variables["AWS_SECRET_ACCESS_KEY"] ?? ""))),
            meter: TrafficMeter(), now: { Machine.now().seconds })
        return S3Store(client, through: client, root: try RootPath(root))
    }
}
