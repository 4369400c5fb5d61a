import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The answer to a request by a socket, so that no client of the tool is needed.
struct RawAnswer {
    /// The status; 0 when the connection ended before there was one.
    let status: Int
    let head: String
    let body: String
    /// The bytes that came, the head included.
    let size: Int

    /// Sends a request as it is given to a server on loopback and reads until the connection ends,
    /// or until there are more bytes than the limit.
    /// - Parameter host: what the header Host says; the address unless given.
    init(
        _ method: String, _ target: String, to endpoint: String, host: String? = nil,
        headers: [String] = [], body: String? = nil, limit: Int = .max
    ) throws {
        let port = try #require(endpoint.split(separator: ":").last.flatMap { UInt16($0) })
        var lines = ["\(method) \(target) HTTP/1.1", "Host: \(host ?? "127.0.0.1:\(port)")"]
        lines += ["Connection: close"] + headers
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        let request = (lines + ["", body ?? ""]).joined(separator: "\r\n")
        let answer = try Self.exchange(Array(request.utf8), port, limit)
        let text = String(decoding: answer, as: UTF8.self)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1)
        size = answer.count
        head = parts.first.map(String.init) ?? ""
        self.body = parts.count > 1 ? String(parts[1]) : ""
        status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }

    /// The value of a header.
    func header(_ name: String) -> String? {
        head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
            .map { String($0.dropFirst(name.count + 2)) }
    }

    private static func exchange(
        _ request: [UInt8], _ port: UInt16, _ limit: Int
    ) throws -> [UInt8] {
        #if canImport(Glibc)
        let socket = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        #else
        let socket = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, size) == 0 }
        }
        try #require(isConnected)
        // A connection that has ended already is one without an answer.
        guard send(socket, request, request.count, CInt(MSG_NOSIGNAL)) == request.count else {
            return []
        }
        var answer: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(socket, &piece, piece.count)
            guard count > 0 else { return answer }
            answer += piece[..<count]
            if answer.count > limit { return answer }
        }
    }
}
