/// Divides a command into words as a shell does, without anything else that a shell does.
///
/// The rules are those of POSIX for quoting (Shell Command Language, section 2.2): single quotes,
/// double quotes, and backslashes, which between double quotes escape only those and themselves.
package enum CommandWords {
    /// The words; `nil` when a quote has no end or nothing follows a backslash.
    package static func split(_ command: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var rest = Substring(command)
        while let character = rest.popFirst() {
            switch character {
            case "'":
                guard let end = rest.firstIndex(of: "'") else { return nil }
                word = (word ?? "") + rest[..<end]
                rest = rest[rest.index(after: end)...]
            case "\"":
                guard let quoted = takeQuoted(&rest) else { return nil }
                word = (word ?? "") + quoted
            case "\\":
                guard let next = rest.popFirst() else { return nil }
                word = (word ?? "") + String(next)
            case _ where character.isWhitespace:
                if let word { words.append(word) }
                word = nil
            default:
                word = (word ?? "") + String(character)
            }
        }
        return words + (word.map { [$0] } ?? [])
    }

    /// What stands up to the closing double quote.
    private static func takeQuoted(_ rest: inout Substring) -> String? {
        var text = ""
        while let character = rest.popFirst() {
            if character == "\"" { return text }
            if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
                text.append(next)
                rest.removeFirst()
            } else {
                text.append(character)
            }
        }
        return nil
    }
}
