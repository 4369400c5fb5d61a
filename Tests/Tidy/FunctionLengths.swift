/// A function and how long it is.
struct FunctionLength: Equatable {
    /// The number of its first line, from 1 on.
    let line: Int
    /// How many lines it has, from its name to its last brace.
    let count: Int
}

extension SourceFile {
    /// All functions, initialisers and subscripts with a body.
    ///
    /// The formatter puts the last brace of a body under the first letter of its declaration, so
    /// that indentation tells where it ends.
    var functionLengths: [FunctionLength] {
        let pattern =
            #/
            \s* (?: (?: @\w+ (?: \([^)]*\) )? | \w+ (?: \(\w+\) )? ) \s )*
            (?: func\b | init[?(<] | deinit\b | subscript\b )
            /#
        return lines.indices.compactMap { start in
            guard lines[start].prefixMatch(of: pattern) != nil, let open = bodyStart(start) else {
                return nil
            }
            if lines[open].trimmed.hasSuffix("}") {
                return FunctionLength(line: start + 1, count: open - start + 1)
            }
            let indentation = lines[start].indentation
            let end = lines[(open + 1)...].firstIndex { line in
                line.indentation == indentation && line.trimmed.hasPrefix("}")
            }
            return end.map { FunctionLength(line: start + 1, count: $0 - start + 1) }
        }
    }

    /// The line in which the body of a declaration begins; `nil` for one without a body.
    private func bodyStart(_ start: Int) -> Int? {
        let indentation = lines[start].indentation
        for number in start..<lines.count {
            let line = lines[number].trimmed
            if line.isEmpty { return nil }
            // The end of a protocol, behind its last requirement.
            if number > start, lines[number].indentation < indentation { return nil }
            if line.hasSuffix("{") || (line.hasSuffix("}") && line.contains("{")) { return number }
        }
        return nil
    }
}
