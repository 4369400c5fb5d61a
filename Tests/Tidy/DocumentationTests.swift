import Testing

/// Whatever another module can see says what it is.
struct DocumentationTests {
    /// Members that a documented protocol, or a habit of the language, explains.
    private static let explained: Set = [
        "description", "hash", "==", "<", "+=", "~=", "rawValue",
        // ObjectStore, on whose requirements the contract stands.
        "location", "put", "get", "map", "putAndMap", "head", "list", "delete", "listings",
        "distrust",
        // DigestIdentifier and RandomIdentifier.
        "digest", "bits",
    ]
    /// Where initialisers are explained by the protocols above them in the file.
    private static let explainedInitialisers = "Sources/Core/SnapshotModel/Identifiers.swift"

    @Test func `declarations for other modules are documented`() {
        for file in SourceTree.sources {
            for (line, name) in Self.undocumented(in: file) {
                Issue.record("\(file):\(line): \(name) has no documentation")
            }
        }
    }

    @Test func `an undocumented declaration is found`() {
        let text = """
            /// Documented.
            package struct A {
                package let first: Int
                /// Documented.
                @discardableResult
                package func second() {}
                package static func < (left: Self, right: Self) -> Bool { true }
                let inner: Int

                package init() {}
            }
            extension A {
                public nonisolated(unsafe) static var third: Int { 3 }
            }
            """
        let found = Self.undocumented(in: SourceFile(path: "Sources/x.swift", text: text))
        #expect(found.map(\.line) == [3, 10, 13])
        #expect(found.map(\.name) == ["first", "init", "third"])
    }

    private static func undocumented(in file: SourceFile) -> [(line: Int, name: String)] {
        file.lines.indices.compactMap { number in
            guard let name = declaredName(file.lines[number]) else { return nil }
            if isExplained(name, in: file) || isDocumented(number, in: file) { return nil }
            return (number + 1, name)
        }
    }

    /// What a line declares for other modules; `nil` when it declares nothing for them.
    private static func declaredName(_ line: Substring) -> String? {
        let initialiser = /\s*(?:@\w+ )*(?:package|public) (?:\w+ )*init\b(?!\(rawValue)/
        if line.prefixMatch(of: initialiser) != nil { return "init" }
        let declaration =
            #/
            \s* (?: @\w+ \s )* (?: package | public ) \s (?: [\w()]+ \s )*?
            (?: func | var | let | struct | enum | class | actor | protocol | typealias ) \s
            ( [^\s(:<]+ | [<=+~]+ )
            /#
        return line.prefixMatch(of: declaration).map { String($0.1) }
    }

    private static func isExplained(_ name: String, in file: SourceFile) -> Bool {
        name == "init" ? file.path == explainedInitialisers : explained.contains(name)
    }

    /// Whether a comment for documentation stands above, attributes aside.
    private static func isDocumented(_ number: Int, in file: SourceFile) -> Bool {
        var above = number - 1
        while above >= 0, file.lines[above].trimmed.hasPrefix("@") { above -= 1 }
        return above >= 0 && file.lines[above].trimmed.hasPrefix("///")
    }
}
