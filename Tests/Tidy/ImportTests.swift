import Testing

/// The folders of Sources are layers, and imports point down only.
struct ImportTests {
    /// What the modules of a folder may import, beside the system's.
    private static let allowed: [String: Set<String>] = [
        "Core": ["Core"],
        "Platform": ["CLibraries"],
        "Codecs": ["Core", "CLibraries"],
        "Storage": ["Core", "Storage", "Platform", "Codecs", "CLibraries"],
        "Repository": ["Core", "Platform", "Codecs", "Storage", "Repository"],
        "FileSystem": ["Core", "Platform", "Codecs", "FileSystem"],
        "Operations": ["Core", "Platform", "Codecs", "Storage", "Repository", "FileSystem"],
        "CommandLine": [
            "Core", "Platform", "Codecs", "Storage", "Repository", "FileSystem", "Operations",
            "CommandLine",
        ],
    ]
    /// The one module that may import a C module.
    private static let wrappers = [
        "CLinux": "FileHandles", "CLibzstd": "ZstdCodec", "CLibcrypto": "Cryptography",
        "CLibcurl": "HTTPTransport", "CLibexpat": "XMLCodec",
    ]
    /// Modules of the system; the pure core does without the C library.
    private static let system: Set = ["Glibc", "Darwin", "Synchronization"]
    /// Modules that hold everything else up, and so import nothing of ours.
    private static let lowest: Set = ["SnapshotModel", "Chunking", "ObjectStore"]

    private let manifest = PackageManifest(SourceTree.read("Package.swift"))

    private func layers() -> [String: String] {
        var layers: [String: String] = [:]
        for target in manifest.targets where target.folder.hasPrefix("Sources/") {
            layers[target.name] = String(target.folder.split(separator: "/")[1])
        }
        for module in Self.wrappers.keys { layers[module] = "CLibraries" }
        return layers
    }

    private func forEachImport(
        of files: [SourceFile],
        _ body: (SourceFile, PackageManifest.Target, _ module: String, _ place: String) -> Void
    ) {
        for file in files {
            guard let target = manifest.target(of: file) else {
                Issue.record("\(file) belongs to no target")
                continue
            }
            for (module, line) in file.imports { body(file, target, module, "\(file):\(line)") }
        }
    }

    @Test func `the manifest is read rightly`() {
        let names = Set(manifest.targets.map(\.name))
        #expect(names.isSuperset(of: ["SnapshotModel", "CommandLineTool", "varve", "TestSupport"]))
        #expect(names.isSuperset(of: ["SnapshotModelTests", "EndToEndTests", "TidyTests"]))
        let format = manifest.targets.first { $0.name == "RepositoryFormat" }
        #expect(format?.folder == "Sources/Core/RepositoryFormat")
        #expect(format?.dependencies == ["SnapshotModel"])
        #expect(layers()["Restoring"] == "Operations")
    }

    @Test func `what is imported is a declared dependency`() {
        let ours = Set(manifest.targets.map(\.name)).union(Self.wrappers.keys)
            .union(["ArgumentParser"])
        forEachImport(of: SourceTree.all) { _, target, module, place in
            if !ours.contains(module) { return }
            #expect(target.dependencies.contains(module), "\(place) imports \(module)")
        }
    }

    @Test func `what is declared is imported`() {
        var unused: [String: Set<String>] = [:]
        for target in manifest.targets { unused[target.name] = target.dependencies }
        forEachImport(of: SourceTree.all) { _, target, module, _ in
            unused[target.name]?.remove(module)
        }
        for (target, rest) in unused {
            // The tool is run by its tests, not imported; packages are named beside products.
            let names = rest.subtracting(["varve", "swift-argument-parser", "TestSupport"])
            #expect(names.isEmpty, "\(target) declares \(names.sorted()) and imports none of it")
        }
    }

    @Test func `imports of sources point down`() {
        let layers = layers()
        forEachImport(of: SourceTree.sources) { file, target, module, place in
            let layer = file.folders[1]
            let allowed = Self.allowed[layer] ?? []
            if let other = layers[module] {
                #expect(allowed.contains(other), "\(place): \(layer) imports \(module)")
                #expect(!Self.lowest.contains(target.name), "\(place) imports \(module)")
            } else if module == "ArgumentParser" {
                #expect(layer == "CommandLine", "\(place) imports \(module)")
            } else {
                // JSON that people write is read by Foundation's decoder, the format's by ours.
                let isCodec = layer == "CommandLine" && module.hasPrefix("Foundation")
                #expect(isCodec || Self.system.contains(module), "\(place) imports \(module)")
                let isPure = layer != "Core" || module == "Synchronization"
                #expect(isPure, "\(place) imports \(module)")
            }
            if module == "DirectoryStore" || module == "S3Store" {
                // S3Diagnosis examines that one store and stands beside it.
                #expect(
                    layer == "CommandLine" || layer == "Storage",
                    "\(place): only the command line chooses stores")
            }
        }
    }

    @Test func `C modules are imported by their wrapper alone`() {
        forEachImport(of: SourceTree.all) { _, target, module, place in
            guard let wrapper = Self.wrappers[module] else { return }
            #expect(target.name == wrapper, "\(place) imports \(module)")
        }
    }

    @Test func `no layer is unknown`() {
        for file in SourceTree.sources {
            #expect(Self.allowed[file.folders[1]] != nil, "\(file)")
            #expect(file.folders.count == 3, "\(file) is not in a module of a layer")
        }
    }
}
