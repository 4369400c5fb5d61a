/// Reads the files that AWS's tools keep profiles in: sections of `name = value` lines, where a
/// name without a value may have indented lines of the same form behind it.
struct ProfileParser {
    /// A line that is none of these, by its number: the line itself may hold a secret.
    struct Problem: Error {
        let line: Int
        let reason: String
    }

    /// What stands in a section.
    struct Section {
        var values: [String: String] = [:]
        var nested: [String: [String: String]] = [:]

        /// Sections of one name are one; what comes later counts.
        mutating func merge(_ other: Section) {
            values.merge(other.values) { $1 }
            nested.merge(other.nested) { $0.merging($1) { $1 } }
        }
    }

    private(set) var sections: [String: Section] = [:]
    /// The section of the next line.
    private var section: String?
    /// The name on the last line, where indented lines may follow.
    private var name: String?

    /// Reads a whole file.
    static func parse(_ text: String) throws(Problem) -> [String: Section] {
        var parser = ProfileParser()
        let text = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        for (index, line) in lines.enumerated() {
            do {
                try parser.read(line)
            } catch {
                throw Problem(line: index + 1, reason: error.reason)
            }
        }
        return parser.sections
    }

    private mutating func read(_ line: Substring) throws(Problem) {
        let text = line.trimmed
        if text.isEmpty || text.hasPrefix("#") || text.hasPrefix(";") { return }
        if line.first?.isWhitespace == true, let section, let name {
            return try readIndented(text, in: section, name)
        }
        if text.hasPrefix("[") { return try readHeader(text) }
        guard let section else { throw problem("a line in front of the first section") }
        let (name, value) = try Self.divided(text)
        self.name = name
        sections[section]?.values[name] = value
    }

    private mutating func readHeader(_ text: Substring) throws(Problem) {
        guard let end = text.firstIndex(of: "]") else { throw problem("a section without an end") }
        let rest = text[text.index(after: end)...].trimmed
        guard rest.isEmpty || rest.hasPrefix("#") || rest.hasPrefix(";") else {
            throw problem("characters behind the name of a section")
        }
        let title = text[text.index(after: text.startIndex)..<end].trimmed
        section = String(title)
        name = nil
        if sections[String(title)] == nil { sections[String(title)] = Section() }
    }

    private mutating func readIndented(
        _ text: Substring, in section: String, _ name: String
    ) throws(Problem) {
        let value = sections[section]?.values[name] ?? ""
        if value.isEmpty {
            let (inner, innerValue) = try Self.divided(text)
            sections[section]?.nested[name, default: [:]][inner] = innerValue
        } else {
            // A value goes on; nothing that is read here has two lines.
            sections[section]?.values[name] = "\(value)\n\(text)"
        }
    }

    /// The name in lower case and the value.
    private static func divided(_ text: Substring) throws(Problem) -> (String, String) {
        let end = text.firstIndex { $0 == "=" || $0 == ":" }
        guard let end, end > text.startIndex else { throw Problem(line: 0, reason: "no name") }
        let name = text[..<end].trimmed.lowercased()
        let value = text[text.index(after: end)...].trimmed
        // A command may need these characters; elsewhere they begin a comment.
        if name == "credential_process" { return (name, String(value)) }
        return (name, String(withoutComment(value)))
    }

    private static func withoutComment(_ value: Substring) -> Substring {
        var isBehindSpace = true
        for index in value.indices {
            let character = value[index]
            if isBehindSpace, character == "#" || character == ";" {
                return value[..<index].trimmed
            }
            isBehindSpace = character.isWhitespace
        }
        return value
    }

    private func problem(_ reason: String) -> Problem { Problem(line: 0, reason: reason) }
}

extension Substring {
    /// Without the white space around it.
    var trimmed: Substring {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
