/// What Package.swift says about the targets, as far as the layers are concerned.
struct PackageManifest {
    /// A module or a test target.
    struct Target {
        /// Its folder below the project's.
        let folder: String
        let name: String
        let dependencies: Set<String>
    }

    let targets: [Target]

    /// Reads the calls of `module` and `tests`, and the targets that are written out.
    init(_ text: String) {
        targets = Self.called(text) + Self.written(text)
    }

    private static func called(_ text: String) -> [Target] {
        let call =
            #/
            (module|tests)\( \s* "(\w+)", \s* "(\w+)" (?: , \s* \[ ([^\]]*) \] )?
            (?: , \s* excluding: \s \[ [^\]]* \] )? \s* \)
            /#
        return text.matches(of: call).map { match in
            let isModule = match.1 == "module"
            var dependencies = names(match.4 ?? "")
            if !isModule { dependencies.insert("TestSupport") }
            return Target(
                folder: "\(isModule ? "Sources" : "Tests")/\(match.2)/\(match.3)",
                name: isModule ? String(match.3) : "\(match.3)Tests", dependencies: dependencies)
        }
    }

    private static func written(_ text: String) -> [Target] {
        let target =
            #/
            arget\( \s* name:\s"(\w+)", (?: \s* //[^\n]*\n )?
            (?: \s* dependencies:\s\[([^\]]*)\], )? \s* path:\s"([^"]+)"
            /#
        return text.matches(of: target).map { match in
            Target(
                folder: String(match.3), name: String(match.1),
                dependencies: names(match.2 ?? ""))
        }
    }

    private static func names(_ list: Substring) -> Set<String> {
        Set(list.matches(of: /"([^"]+)"/).map { String($0.1) })
    }

    /// The target that a file belongs to.
    func target(of file: SourceFile) -> Target? {
        targets.first { file.path.hasPrefix($0.folder + "/") }
    }
}
