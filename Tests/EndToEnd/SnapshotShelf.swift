import Foundation
import TestSupport
import Testing

/// A home whose default repository has planted snapshots of one small tree.
struct SnapshotShelf {
    let tool: Tool
    /// The manifest that all others are made of; it is not in the repository.
    private let template: [UInt8]
    private var count = 0

    init() throws {
        tool = try Tool()
        try tool.source.appending("file").write(Array("content".utf8))
        try tool("snapshot", "source")
        template = try tool("show", "latest").output
        for name in try folder("snapshots").names() {
            try folder("snapshots").appending(name).remove()
        }
    }

    func folder(_ name: String) -> DiskPath { tool.repository.appending(name) }

    /// Plants a snapshot; the first one has an ID that begins with 00000001, and so on.
    @discardableResult
    mutating func plant(
        _ time: String, host: String = "lake", paths: [String] = ["/home/ann"], tags: [String] = []
    ) throws -> PlantedSnapshot {
        count += 1
        let snapshot = try PlantedSnapshot(
            like: template, number: count, time: time, host: host, paths: paths, tags: tags)
        try tool.repository.appending(snapshot.name).write(snapshot.document)
        return snapshot
    }

    /// The numbers of the snapshots that a folder has manifests of.
    func numbers(_ name: String = "snapshots") throws -> [Int] {
        guard folder(name).exists else { return [] }
        return try folder(name).names().map { name in
            let digits = String(decoding: name, as: UTF8.self).split(separator: "-")[1].prefix(8)
            return try #require(Int(digits))
        }.sorted()
    }

    /// Runs `forget`.
    func forget(_ arguments: String..., zone: String = "UTC") throws -> ToolRun {
        try tool.start(["forget"] + arguments, environment: ["TZ": zone]).wait()
    }
}
