import FileTree

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The variables of the process, and the folders that they name.
enum ProcessEnvironment {
    /// One variable; `nil` when it is not set.
    static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// All variables.
    static func all() -> [String: String] {
        var variables: [String: String] = [:]
        var place = environ
        while let entry = place.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            place += 1
        }
        return variables
    }

    /// All variables as they are, each as `NAME=VALUE`: for programs that are to have them.
    static func entries() -> [[UInt8]] {
        var entries: [[UInt8]] = []
        var place = environ
        while let entry = place.pointee {
            entries.append(Array(UnsafeRawBufferPointer(start: entry, count: strlen(entry))))
            place += 1
        }
        return entries
    }

    /// The directory for caches, absolute.
    static func cacheDirectory() throws -> [UInt8] {
        if let path = variable("VARVE_CACHE_DIR"), !path.isEmpty {
            return AbsolutePath.make(Array(path.utf8), in: Machine.currentDirectory())
        }
        return try userFolder("XDG_CACHE_HOME", ".cache")
    }

    /// The directory of the embedded repository, absolute.
    static func dataDirectory() throws -> [UInt8] {
        try userFolder("XDG_DATA_HOME", ".local/share")
    }

    /// The user's home folder, absolute; `nil` when nothing names one.
    static var homeFolder: [UInt8]? {
        variable("HOME").flatMap { $0.hasPrefix("/") ? Array($0.utf8) : nil }
    }

    /// The configuration file, absolute.
    static func configurationFile() throws -> [UInt8] {
        try userFolder("XDG_CONFIG_HOME", ".config") + Array("/config.json".utf8)
    }

    /// Whether there is a place for the configuration file: without a home folder there is none.
    static var hasConfiguration: Bool {
        [variable("XDG_CONFIG_HOME"), variable("HOME")].contains { $0?.hasPrefix("/") ?? false }
    }

    private static func userFolder(_ name: String, _ usual: String) throws -> [UInt8] {
        if let folder = variable(name), folder.hasPrefix("/") {
            return Array("\(folder)/varve".utf8)
        }
        guard let home = variable("HOME"), home.hasPrefix("/") else {
            throw Failure(
                usage: "neither \(name) nor HOME is set to an absolute path",
                remedy: "name a directory with --repo, and set VARVE_CACHE_DIR")
        }
        return Array("\(home)/\(usual)/varve".utf8)
    }
}
