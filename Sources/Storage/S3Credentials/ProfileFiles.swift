internal import FileHandles
package import RequestSigning

/// What a profile of AWS's tools says, both files together.
package struct Profile: Sendable {
    /// The name.
    package let name: String
    /// The values by their names in lower case.
    let values: [String: String]
    /// The keys in the file of credentials, which count more than those in the other file.
    let credentialsValues: [String: String]
    let nested: [String: [String: String]]
    /// What the section of services that the profile names says about S3.
    let s3Service: [String: String]

    /// A value; `nil` for none and for an empty one.
    package subscript(_ key: String) -> String? { values[key].flatMap { $0.isEmpty ? nil : $0 } }

    /// The region.
    package var region: String? { self["region"] }
    /// The endpoint: S3's own, or else the one of all services.
    package var endpointURL: String? {
        if self["ignore_configured_endpoint_urls"]?.lowercased() == "true" { return nil }
        return s3Service["endpoint_url"] ?? nested["s3"]?["endpoint_url"] ?? self["endpoint_url"]
    }
    /// `path`, `virtual` or `auto`, as it stands there.
    package var addressingStyle: String? { nested["s3"]?["addressing_style"] }
}

/// The files of AWS's tools: `~/.aws/credentials` and `~/.aws/config`.
package struct ProfileFiles: Sendable {
    /// A file that is larger is none that a person has written.
    private static let sizeLimitInBytes = 1024 * 1024

    private let credentials: [String: ProfileParser.Section]
    private let config: [String: ProfileParser.Section]
    /// The two paths, for messages.
    private let paths: [String]

    /// Reads both files; one that does not exist is empty.
    /// - Parameters:
    ///   - environment: `AWS_SHARED_CREDENTIALS_FILE` and `AWS_CONFIG_FILE` may name other files.
    ///   - home: the user's home folder.
    /// - Throws: `.unusable` when a file cannot be read or understood.
    package init(environment: [String: String], home: String) throws(CredentialsError) {
        func path(_ variable: String, _ usual: String) -> String {
            let path = environment.value(variable) ?? "~/.aws/\(usual)"
            return path.hasPrefix("~/") ? home + path.dropFirst() : path
        }
        paths = [
            path("AWS_SHARED_CREDENTIALS_FILE", "credentials"), path("AWS_CONFIG_FILE", "config"),
        ]
        credentials = Self.inOneForm(try Self.read(paths[0]), isPrefixed: false)
        config = Self.inOneForm(try Self.read(paths[1]), isPrefixed: true)
    }

    /// The name of the profile that the environment selects.
    package static func selectedName(_ environment: [String: String]) -> String? {
        environment.value("AWS_PROFILE") ?? environment.value("AWS_DEFAULT_PROFILE")
    }

    /// A profile by its name; `nil` when neither file has it.
    package func profile(_ name: String) -> Profile? {
        let parts = [config["profile \(name)"], credentials["profile \(name)"]].compactMap { $0 }
        if parts.isEmpty { return nil }
        var whole = ProfileParser.Section()
        for part in parts { whole.merge(part) }
        let services = whole.values["services"].flatMap { config["services \($0)"] }
        return Profile(
            name: name, values: whole.values,
            credentialsValues: credentials["profile \(name)"]?.values ?? [:],
            nested: whole.nested, s3Service: services?.nested["s3"] ?? [:])
    }

    /// A profile that somebody has named.
    /// - Throws: `.unusable` when neither file has it.
    package func requiredProfile(_ name: String) throws(CredentialsError) -> Profile {
        if let profile = profile(name) { return profile }
        throw CredentialsError(
            .unusable, "profile \(name)",
            cause: "there is no such profile in \(paths.joined(separator: " and "))",
            remedy: "name a profile that exists, or add it to one of these files")
    }

    /// Gives all sections the names that they have in the file of settings.
    ///
    /// That file has `[default]` and `[profile NAME]`, the one of credentials has bare names.
    private static func inOneForm(
        _ sections: [String: ProfileParser.Section], isPrefixed: Bool
    ) -> [String: ProfileParser.Section] {
        var result: [String: ProfileParser.Section] = [:]
        // In order, so that `[profile default]` counts more than `[default]`.
        for (title, section) in sections.sorted(by: { $0.key < $1.key }) {
            let words = title.split(maxSplits: 1) { $0.isWhitespace }.map { unquoted($0.trimmed) }
            let isBare = !isPrefixed || title == "default"
            let name = isBare ? "profile \(title)" : words.joined(separator: " ")
            result[name, default: ProfileParser.Section()].merge(section)
        }
        return result
    }

    private static func unquoted(_ text: Substring) -> String {
        for quote in ["\"", "'"] where text.hasPrefix(quote) && text.hasSuffix(quote) {
            if text.count >= 2 { return String(text.dropFirst().dropLast()) }
        }
        return String(text)
    }

    private static func read(
        _ path: String
    ) throws(CredentialsError) -> [String: ProfileParser.Section] {
        let text: String?
        do {
            text = try SmallFile.read(path, limitInBytes: sizeLimitInBytes)
        } catch {
            if error.isNoEntry { return [:] }
            throw CredentialsError(
                .unusable, path, cause: "the file cannot be read: \(error.reason)",
                remedy: "make \(path) a file that you can read, or remove it")
        }
        guard let text else {
            throw CredentialsError(
                .unusable, path, cause: "the file is too large to be one of profiles",
                remedy: "let \(path) be a file of profiles")
        }
        do {
            return try ProfileParser.parse(text)
        } catch {
            throw CredentialsError(
                .unusable, path, cause: "line \(error.line) is not understood: \(error.reason)",
                remedy: "correct line \(error.line) of \(path)")
        }
    }
}

/// Files of settings and tokens.
enum SmallFile {
    /// The text of a file; `nil` when it is longer than the limit.
    static func read(
        _ path: String, limitInBytes: Int
    ) throws(SystemCallError) -> String? {
        let bytes = try FileHandle.contents(path: Array(path.utf8), limitInBytes: limitInBytes)
        return bytes.map { String(decoding: $0, as: UTF8.self) }
    }
}

extension [String: String] {
    /// A variable's value; an empty one counts as none.
    func value(_ name: String) -> String? { self[name].flatMap { $0.isEmpty ? nil : $0 } }
}
