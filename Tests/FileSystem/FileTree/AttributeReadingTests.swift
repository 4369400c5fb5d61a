import FileHandles
import FileTree
import TestSupport
import Testing

@Suite(.enabled(if: hasUserAttributes, "the temporary folders take no user attributes"))
struct AttributeReadingTests {
    private let temporary: TemporaryDirectory
    private let directory: FileHandle
    private let file: DiskPath
    private static let wide = AttributeReading.Limits(count: 100, sizeInBytes: 100_000)

    init() throws {
        temporary = try TemporaryDirectory(isInMemory: true)
        directory = try temporary.open()
        file = DiskPath(temporary.appending("file"))
        try file.write([1])
    }

    /// The attributes of users, read in both ways, which must agree.
    private func read(_ limits: AttributeReading.Limits = wide) throws -> AttributeReading {
        let byName = AttributeReading(of: file.name, in: directory, limits)
        let open = try FileHandle.open(path: file.bytes, flags: 0)
        let byHandle = AttributeReading(of: open, limits)
        #expect(byName.values == byHandle.values)
        #expect(byName.problems == byHandle.problems)
        #expect(byName.sizeInBytes == byHandle.sizeInBytes)
        return byName
    }

    private func users(_ reading: AttributeReading) -> [String] {
        reading.values.map { String(decoding: $0.name, as: UTF8.self) }
            .filter { $0.hasPrefix("user.") }
    }

    @Test func `a file without attributes gives none`() throws {
        #expect(try users(read()).isEmpty)
        #expect(try read().problems.isEmpty)
        #expect(try read().problem == nil)
        #expect(AttributeReading.none.values.isEmpty)
    }

    @Test func `attributes come by name, whatever the order of the file system`() throws {
        for name in ["c", "a", "b.c", "b"] { try file.setAttribute("user.\(name)", [1, 2]) }
        let reading = try read()
        #expect(users(reading) == ["user.a", "user.b", "user.b.c", "user.c"])
        #expect(reading.values.allSatisfy { $0.bytes == [1, 2] })
        #expect(reading.sizeInBytes == 6 + 6 + 8 + 6 + 4 * 2)
        #expect(reading.problems.isEmpty)
    }

    @Test func `no more are read than the limit, and that is said`() throws {
        for name in ["c", "a", "b"] { try file.setAttribute("user.\(name)", [1]) }
        let reading = try read(AttributeReading.Limits(count: 2, sizeInBytes: 100))
        #expect(users(reading) == ["user.a", "user.b"])
        #expect(reading.problems == ["has more than 2 extended attributes"])
    }

    @Test func `values beyond the limit of all together are left out, and named`() throws {
        for (name, count) in [("a", 60), ("b", 60), ("c", 40), ("d", 1), ("e", 0)] {
            try file.setAttribute("user.\(name)", [UInt8](repeating: 1, count: count))
        }
        let reading = try read(AttributeReading.Limits(count: 9, sizeInBytes: 100))
        #expect(users(reading) == ["user.a", "user.c", "user.e"])
        #expect(
            reading.problems
                == ["b", "d"].map { "extended attribute user.\($0): is too large" })
        #expect(reading.problem == "extended attribute user.b: is too large, and 1 more")
    }

    @Test func `what is gone has no attributes and is no problem`() {
        let reading = AttributeReading(of: [0x67], in: directory, Self.wide)
        #expect(reading.values.isEmpty)
        #expect(reading.problems.isEmpty)
    }

    @Test func `what may not be read is named`() throws {
        try DiskPath(temporary.path).setPermissions(0o755)
        try file.setAttribute("user.a", [1])
        try file.setPermissions(0)
        try withoutPrivileges { [file, directory] in
            let reading = AttributeReading(of: file.name, in: directory, Self.wide)
            #expect(reading.values.filter { $0.name.starts(with: "user.".utf8) }.isEmpty)
            #expect(reading.problems == ["extended attribute user.a: Permission denied"])
        }
    }
}
