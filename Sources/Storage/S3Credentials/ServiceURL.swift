internal import HTTPTransport

/// URLs of services that give credentials, as variables hold them.
enum ServiceURL {
    /// Reads an absolute URL without user and fragment; `nil` for anything else.
    ///
    /// Path and query stay as they are, so they must be encoded; only visible ASCII is accepted.
    static func parse(_ text: String) -> HTTPURL? {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !text.utf8.contains(0x23),
            let scheme = [HTTPURL.Scheme.http, .https].first(where: {
                text.lowercased().hasPrefix("\($0.rawValue)://")
            })
        else { return nil }
        let rest = text.dropFirst(scheme.rawValue.count + 3)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard let (host, port) = divided(authority) else { return nil }
        let target = rest.dropFirst(authority.count)
        let path = target.prefix { $0 != "?" }
        return HTTPURL(
            scheme, host: host, port: port, path: path.isEmpty ? "/" : String(path),
            query: String(target.dropFirst(path.count).dropFirst()))
    }

    private static func divided(_ authority: Substring) -> (host: String, port: UInt16?)? {
        guard !authority.contains("@") else { return nil }
        var end = authority.firstIndex(of: ":") ?? authority.endIndex
        if authority.hasPrefix("[") {
            guard let bracket = authority.firstIndex(of: "]") else { return nil }
            end = authority.index(after: bracket)
        }
        let host = authority[..<end].lowercased()
        let rest = authority[end...]
        if host.isEmpty { return nil }
        if rest.isEmpty { return (host, nil) }
        guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
        return (host, port)
    }
}
