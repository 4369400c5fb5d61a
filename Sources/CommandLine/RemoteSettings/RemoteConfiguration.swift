import FileHandles

/// The configuration file: remotes by name, and which one is the default.
package struct RemoteConfiguration: Hashable, Sendable {
    /// The remotes.
    package var remotes: [String: Remote] = [:]
    /// The remote that is meant where none is named.
    package var defaultRemote: String?

    private static let limitInBytes = 1024 * 1024

    /// No remotes.
    package init() {}

    /// Reads the file.
    /// - Returns: no remotes when there is no file.
    /// - Throws: `RemoteConfigurationError`, also for a file with secrets that others may read.
    package static func load(_ path: [UInt8]) throws(RemoteConfigurationError) -> Self {
        let configuration: Self
        let permissions: UInt16
        do {
            let status = try FileStatus.of(path: path, followsLinks: true)
            permissions = status.permissions
            guard status.sizeInBytes <= limitInBytes else {
                throw RemoteConfigurationError(path, "it has \(status.sizeInBytes) bytes")
            }
            let file = try MappedFile(path: path)
            configuration = try RemoteConfiguration(json: Array(file.bytes), path)
        } catch let error as SystemCallError {
            if error.isNoEntry { return Self() }
            throw RemoteConfigurationError(path, error.reason)
        } catch let error as RemoteConfigurationError {
            throw error
        } catch {
            throw RemoteConfigurationError(path, "\(error)")
        }
        guard !configuration.hasSecrets || permissions & 0o077 == 0 else {
            throw RemoteConfigurationError(
                path, "it holds secrets and others may read it",
                remedy: "chmod 600 \(String(decoding: path, as: UTF8.self))")
        }
        return configuration
    }

    /// Writes the file, with mode 0600 from its first moment on, and makes its folder.
    package func save(_ path: [UInt8]) throws(RemoteConfigurationError) {
        do {
            if let slash = path.lastIndex(of: UInt8(ascii: "/")), slash > 0 {
                try FileHandle.makeDirectories(path: Array(path[..<slash]), mode: 0o700)
            }
            let bytes = try json
            let file = try ReplacedFile(path: path)
            try bytes.withUnsafeBytes { try file.append($0) }
            try file.finish()
        } catch let error as SystemCallError {
            throw RemoteConfigurationError(path, "cannot write it: \(error.reason)")
        } catch {
            throw RemoteConfigurationError(path, "cannot write it: \(error)")
        }
    }

    private var hasSecrets: Bool {
        remotes.values.contains { remote in
            if case .value = remote.secret { return true }
            return remote.sessionToken != nil
        }
    }
}

/// A configuration file that cannot be used.
package struct RemoteConfigurationError: Error, Hashable, CustomStringConvertible {
    /// The file.
    package let path: [UInt8]
    /// Why.
    package let cause: String
    /// What the user can do.
    package let remedy: String

    init(_ path: [UInt8], _ cause: String, remedy: String = "correct the file, or move it away") {
        self.path = path
        self.cause = cause
        self.remedy = remedy
    }

    package var description: String {
        "cannot use \(String(decoding: path, as: UTF8.self)): \(cause)"
    }
}
