@testable import Selection

/// Whether tokens match a text, found by trying everything: slow, and obvious.
func matchesByTrying(_ tokens: ArraySlice<GlobToken>, _ text: ArraySlice<UInt8>) -> Bool {
    let slash = UInt8(ascii: "/")
    guard let token = tokens.first else { return text.isEmpty }
    let rest = tokens.dropFirst()
    /// Whether the rest matches behind any piece of the text that the condition allows.
    func anySplit(_ isAllowed: (ArraySlice<UInt8>) -> Bool) -> Bool {
        (text.startIndex...text.endIndex).contains { end in
            isAllowed(text[..<end]) && matchesByTrying(rest, text[end...])
        }
    }
    switch token {
    case .literal(let byte):
        return text.first == byte && matchesByTrying(rest, text.dropFirst())
    case .any:
        return !text.isEmpty && text.first != slash && matchesByTrying(rest, text.dropFirst())
    case .set(let set):
        return text.first.map(set.contains) == true && matchesByTrying(rest, text.dropFirst())
    case .star: return anySplit { !$0.contains(slash) }
    case .everything: return anySplit { _ in true }
    case .folders: return anySplit { $0.isEmpty || $0.last == slash }
    }
}
