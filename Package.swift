// swift-tools-version: 6.2

// The folders of Sources/ are the layers of the architecture; imports point down only.
// README.md shows the layers, Tests/Tidy checks them.

import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

func module(_ layer: String, _ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name,
        dependencies: dependencies,
        path: "Sources/\(layer)/\(name)",
        swiftSettings: settings
    )
}

func tests(
    _ layer: String, _ name: String, _ dependencies: [Target.Dependency],
    excluding others: [String] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: dependencies + ["TestSupport"],
        path: "Tests/\(layer)/\(name)",
        exclude: others,
        swiftSettings: settings
    )
}

let libraries: [Target] = [
    .systemLibrary(name: "CLinux", path: "Sources/CLibraries/CLinux"),
    .systemLibrary(
        name: "CLibcurl",
        path: "Sources/CLibraries/CLibcurl",
        pkgConfig: "libcurl",
        providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]
    ),
    .systemLibrary(
        name: "CLibexpat",
        path: "Sources/CLibraries/CLibexpat",
        pkgConfig: "expat",
        providers: [.apt(["libexpat1-dev"]), .brew(["expat"])]
    ),
    .systemLibrary(
        name: "CLibzstd",
        path: "Sources/CLibraries/CLibzstd",
        pkgConfig: "libzstd",
        providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]
    ),
    .systemLibrary(
        name: "CLibcrypto",
        path: "Sources/CLibraries/CLibcrypto",
        pkgConfig: "libcrypto",
        providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]
    ),
]

let modules: [Target] = [
    module("Core", "SnapshotModel"),
    module("Core", "RepositoryFormat", ["SnapshotModel"]),
    module("Core", "Chunking"),
    module("Core", "Retention", ["SnapshotModel"]),
    module("Core", "TarFormat", ["SnapshotModel"]),
    module("Core", "Selection"),
    module("Platform", "FileHandles", ["CLinux"]),
    module("Platform", "WorkerThreads"),
    module("Codecs", "ZstdCodec", ["CLibzstd"]),
    module("Codecs", "Cryptography", ["SnapshotModel", "CLibcrypto"]),
    module("Codecs", "XMLCodec", ["CLibexpat"]),
    module("Storage", "ObjectStore"),
    module("Storage", "DirectoryStore", ["ObjectStore", "FileHandles"]),
    module("Storage", "HTTPTransport", ["WorkerThreads", "CLibcurl"]),
    module("Storage", "RequestSigning", ["SnapshotModel", "Cryptography", "HTTPTransport"]),
    module(
        "Storage", "S3Credentials",
        [
            "SnapshotModel", "RepositoryFormat", "FileHandles", "WorkerThreads", "XMLCodec",
            "HTTPTransport", "RequestSigning",
        ]
    ),
    module(
        "Storage", "S3Store",
        [
            "SnapshotModel", "WorkerThreads", "Cryptography", "XMLCodec", "ObjectStore",
            "HTTPTransport", "RequestSigning",
        ]
    ),
    module(
        "Storage", "S3Diagnosis",
        ["SnapshotModel", "Cryptography", "XMLCodec", "ObjectStore", "HTTPTransport", "S3Store"]
    ),
    module(
        "Storage", "StoreCache",
        ["SnapshotModel", "RepositoryFormat", "FileHandles", "Cryptography", "ObjectStore"]
    ),
    module(
        "Repository", "ChunkStorage",
        [
            "SnapshotModel", "RepositoryFormat", "Chunking", "WorkerThreads", "ZstdCodec",
            "Cryptography", "ObjectStore",
        ]
    ),
    module(
        "Repository", "RepositoryAccess",
        [
            "SnapshotModel", "RepositoryFormat", "WorkerThreads", "FileHandles", "Cryptography",
            "ObjectStore", "ChunkStorage",
        ]
    ),
    module(
        "Repository", "ChunkMarking",
        [
            "SnapshotModel", "RepositoryFormat", "WorkerThreads", "Cryptography", "ObjectStore",
            "ChunkStorage",
        ]
    ),
    module("FileSystem", "FileTree", ["SnapshotModel", "RepositoryFormat", "FileHandles"]),
    module(
        "FileSystem", "FileCutting", ["SnapshotModel", "Chunking", "FileHandles", "WorkerThreads"]),
    module(
        "FileSystem", "StatCaching", ["SnapshotModel", "FileHandles", "Cryptography", "FileTree"]),
    module(
        "Operations", "Snapshotting",
        [
            "SnapshotModel", "RepositoryFormat", "Chunking", "Selection", "WorkerThreads",
            "FileHandles",
            "Cryptography", "ObjectStore", "ChunkStorage", "RepositoryAccess", "FileTree",
            "FileCutting", "StatCaching",
        ]
    ),
    module(
        "Operations", "Restoring",
        [
            "SnapshotModel", "RepositoryFormat", "WorkerThreads", "FileHandles", "ZstdCodec",
            "Cryptography", "ObjectStore", "ChunkStorage", "RepositoryAccess", "FileTree",
            "FileCutting", "StatCaching",
        ]
    ),
    module(
        "Operations", "Exporting",
        [
            "SnapshotModel", "RepositoryFormat", "TarFormat", "WorkerThreads", "ZstdCodec",
            "ChunkStorage", "RepositoryAccess",
        ]
    ),
    module(
        "Operations", "Comparing",
        [
            "SnapshotModel", "RepositoryFormat", "WorkerThreads", "FileHandles", "Cryptography",
            "ChunkStorage", "RepositoryAccess", "FileTree", "FileCutting",
        ]
    ),
    module(
        "Operations", "Finding",
        ["SnapshotModel", "Selection", "Cryptography", "ChunkStorage", "RepositoryAccess"]
    ),
    module(
        "Operations", "Checking",
        [
            "SnapshotModel", "RepositoryFormat", "WorkerThreads", "ZstdCodec", "Cryptography",
            "ObjectStore", "ChunkStorage", "RepositoryAccess",
        ]
    ),
    module(
        "Operations", "Forgetting",
        [
            "SnapshotModel", "Retention", "ObjectStore", "ChunkStorage", "ChunkMarking",
            "RepositoryAccess",
        ]
    ),
    module(
        "Operations", "Pruning",
        [
            "SnapshotModel", "RepositoryFormat", "WorkerThreads", "Cryptography", "ObjectStore",
            "ChunkStorage", "ChunkMarking", "RepositoryAccess",
        ]
    ),
    module(
        "CommandLine", "RemoteSettings",
        ["SnapshotModel", "FileHandles", "Cryptography", "RequestSigning", "S3Store"]
    ),
    module(
        "CommandLine", "CommandLineTool",
        [
            "SnapshotModel", "RepositoryFormat", "Selection", "FileHandles", "WorkerThreads",
            "ZstdCodec",
            "Cryptography", "ObjectStore", "DirectoryStore", "ChunkStorage", "ChunkMarking",
            "RepositoryAccess", "FileTree", "FileCutting", "StatCaching", "Snapshotting",
            "Restoring", "Exporting", "Comparing", "Finding", "Checking", "Forgetting", "Pruning",
            "Retention", "HTTPTransport",
            "RequestSigning", "S3Credentials", "S3Store", "S3Diagnosis", "StoreCache",
            "RemoteSettings",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]
    ),
    .executableTarget(
        name: "varve",
        dependencies: ["CommandLineTool"],
        path: "Sources/CommandLine/varve",
        swiftSettings: settings
    ),
]

let testTargets: [Target] = [
    .target(
        name: "TestSupport",
        dependencies: [
            "SnapshotModel", "RepositoryFormat", "Chunking", "FileHandles", "WorkerThreads",
            "Cryptography", "ObjectStore", "HTTPTransport", "RequestSigning", "S3Store",
            "ChunkStorage", "ChunkMarking", "RepositoryAccess", "FileTree", "Snapshotting",
            "Restoring", "Exporting", "Checking", "Forgetting", "Pruning",
        ],
        path: "Tests/Support",
        swiftSettings: settings
    ),
    tests("Core", "SnapshotModel", ["SnapshotModel"]),
    tests("Core", "RepositoryFormat", ["SnapshotModel", "RepositoryFormat", "Cryptography"]),
    tests("Core", "Chunking", ["Chunking"]),
    tests("Core", "Retention", ["SnapshotModel", "Retention"]),
    tests("Core", "TarFormat", ["SnapshotModel", "FileHandles", "TarFormat"]),
    tests("Core", "Selection", ["Selection"]),
    tests("Platform", "FileHandles", ["FileHandles"]),
    tests("Platform", "WorkerThreads", ["WorkerThreads"]),
    tests("Codecs", "ZstdCodec", ["ZstdCodec"]),
    tests("Codecs", "Cryptography", ["SnapshotModel", "Cryptography"]),
    tests("Codecs", "XMLCodec", ["XMLCodec"]),
    tests("Storage", "ObjectStore", ["ObjectStore"]),
    tests("Storage", "HTTPTransport", ["WorkerThreads", "HTTPTransport"]),
    tests(
        "Storage", "RequestSigning",
        ["SnapshotModel", "Cryptography", "HTTPTransport", "RequestSigning"],
        excluding: ["botocore-oracle.py"]
    ),
    tests(
        "Storage", "S3Credentials",
        ["FileHandles", "WorkerThreads", "HTTPTransport", "RequestSigning", "S3Credentials"]
    ),
    tests(
        "Storage", "S3Store",
        [
            "SnapshotModel", "WorkerThreads", "Cryptography", "ObjectStore", "HTTPTransport",
            "RequestSigning", "S3Store",
        ]
    ),
    tests(
        "Storage", "S3Diagnosis",
        ["ObjectStore", "HTTPTransport", "RequestSigning", "S3Store", "S3Diagnosis"]),
    tests(
        "Storage", "StoreCache",
        [
            "SnapshotModel", "RepositoryFormat", "FileHandles", "WorkerThreads", "Cryptography",
            "ObjectStore", "StoreCache",
        ]
    ),
    tests("Storage", "DirectoryStore", ["ObjectStore", "DirectoryStore", "FileHandles"]),
    tests(
        "Repository", "ChunkStorage",
        [
            "SnapshotModel", "RepositoryFormat", "Chunking", "WorkerThreads", "Cryptography",
            "ObjectStore", "ChunkStorage",
        ]
    ),
    tests(
        "Repository", "RepositoryAccess",
        [
            "SnapshotModel", "RepositoryFormat", "FileHandles", "Cryptography", "ObjectStore",
            "ChunkStorage", "RepositoryAccess",
        ]
    ),
    tests(
        "Repository", "ChunkMarking",
        ["SnapshotModel", "RepositoryFormat", "ObjectStore", "ChunkStorage", "ChunkMarking"]
    ),
    tests("FileSystem", "FileTree", ["SnapshotModel", "FileHandles", "FileTree"]),
    tests(
        "FileSystem", "FileCutting", ["SnapshotModel", "Chunking", "FileHandles", "FileCutting"]),
    tests(
        "FileSystem", "StatCaching",
        ["SnapshotModel", "FileHandles", "Cryptography", "FileTree", "StatCaching"]
    ),
    tests(
        "Operations", "Snapshotting",
        [
            "SnapshotModel", "RepositoryFormat", "Selection", "FileHandles", "WorkerThreads",
            "Cryptography",
            "ObjectStore", "DirectoryStore", "StoreCache", "ChunkStorage", "RepositoryAccess",
            "FileTree", "FileCutting", "StatCaching", "Snapshotting",
        ]
    ),
    tests(
        "Operations", "Restoring",
        [
            "SnapshotModel", "RepositoryFormat", "WorkerThreads", "FileHandles", "ObjectStore",
            "FileTree", "ChunkStorage", "Snapshotting", "Restoring",
        ]
    ),
    tests(
        "Operations", "Exporting",
        [
            "SnapshotModel", "RepositoryFormat", "WorkerThreads", "FileHandles", "ObjectStore",
            "ChunkStorage", "Snapshotting", "Exporting",
        ]
    ),
    tests(
        "Operations", "Comparing",
        [
            "SnapshotModel", "FileHandles", "ChunkStorage", "Comparing",
        ]
    ),
    tests(
        "Operations", "Finding",
        [
            "SnapshotModel", "Selection", "FileHandles", "ObjectStore", "ChunkStorage",
            "RepositoryAccess", "Finding",
        ]
    ),
    tests(
        "Operations", "Checking",
        [
            "SnapshotModel", "RepositoryFormat", "ObjectStore", "ChunkStorage", "Snapshotting",
            "Checking",
        ]
    ),
    tests(
        "Operations", "Forgetting",
        [
            "SnapshotModel", "RepositoryFormat", "WorkerThreads", "Cryptography", "Retention",
            "ObjectStore", "StoreCache", "ChunkStorage", "RepositoryAccess", "Snapshotting",
            "Pruning", "Forgetting",
        ]
    ),
    tests(
        "Operations", "Pruning",
        [
            "SnapshotModel", "RepositoryFormat", "WorkerThreads", "Cryptography", "ObjectStore",
            "DirectoryStore", "ChunkStorage", "ChunkMarking", "RepositoryAccess", "Retention",
            "Snapshotting", "Restoring", "Checking", "Forgetting", "Pruning",
        ]
    ),
    tests(
        "CommandLine", "RemoteSettings",
        [
            "SnapshotModel", "FileHandles", "Cryptography", "RequestSigning", "S3Store",
            "RemoteSettings",
        ]
    ),
    tests("Servers", "StorageServers", []),
    tests(
        "Servers", "StoreOnServers", ["WorkerThreads", "ObjectStore", "HTTPTransport", "S3Store"]),
    tests("Specs", "Models", []),
    .testTarget(
        name: "EndToEndTests",
        // The tool is a dependency so that it is built before it is run.
        dependencies: ["TestSupport", "FileHandles", "SnapshotModel", "varve"],
        path: "Tests/EndToEnd",
        swiftSettings: settings
    ),
    .testTarget(
        name: "TidyTests",
        path: "Tests/Tidy",
        swiftSettings: settings
    ),
]

// A program of its own, so that no test waits for it (Specs/decisions/0012).
let benchmarks: [Target] = [
    .executableTarget(
        name: "VarveBenchmarks",
        dependencies: [
            "SnapshotModel", "RepositoryFormat", "Chunking", "FileHandles", "WorkerThreads",
            "ZstdCodec", "Cryptography", "ObjectStore", "DirectoryStore", "StoreCache",
            "HTTPTransport", "RequestSigning", "S3Store", "ChunkStorage", "ChunkMarking",
            "RepositoryAccess", "FileTree", "FileCutting", "Snapshotting", "Restoring", "Pruning",
            "TestSupport",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        path: "Tests/Benchmarks/VarveBenchmarks",
        swiftSettings: settings
    )
]

let package = Package(
    name: "varve",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "varve", targets: ["varve"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: libraries + modules + testTargets + benchmarks
)
