import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The other side has gone.
struct Disconnected: Error {}

/// A request as it came in.
struct ReceivedRequest: Sendable {
    /// The number of the connection, from 0 on.
    let connection: Int
    /// The first line.
    let line: String
    /// The lines of the fields, in order, as they came.
    let fieldLines: [String]
    /// The bytes that `Content-Length` announces.
    var body: [UInt8] = []

    /// The value of a field that was written like this, with its colon and one blank.
    func value(_ name: String) -> String? {
        fieldLines.first { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) }
    }
}

/// The server's end of a connection. For its thread, but for `interrupt`.
final class LoopbackConnection: Sendable {
    /// The number of this among the server's connections, from 0 on.
    let number: Int
    private let socket: CInt
    private let isOpen = Mutex(true)
    private let unread = Mutex<[UInt8]>([])
    /// The server that this belongs to.
    unowned let server: LoopbackServer

    init(_ socket: CInt, number: Int, of server: LoopbackServer) {
        self.socket = socket
        self.number = number
        self.server = server
    }

    /// Answers requests until the client goes.
    func serve(
        _ answer: (ReceivedRequest) throws(Disconnected) -> String
    ) throws(Disconnected) {
        while let request = try readRequest() { try send(answer(request)) }
    }

    /// Reads a request with its body and records it.
    /// - Returns: `nil` when the client has gone before.
    func readRequest() throws(Disconnected) -> ReceivedRequest? {
        guard var request = try readHead() else { return nil }
        let length = Int(request.value("Content-Length") ?? "0") ?? 0
        while unread.withLock({ $0.count < length }) {
            guard fill() else { throw Disconnected() }
        }
        request.body = unread.withLock { bytes in
            defer { bytes.removeFirst(length) }
            return Array(bytes[..<length])
        }
        server.record(request)
        return request
    }

    /// Reads the head of a request.
    func readHead() throws(Disconnected) -> ReceivedRequest? {
        var text: String?
        while text == nil {
            text = unread.withLock { bytes in
                guard let end = Self.headEnd(bytes) else { return nil }
                defer { bytes.removeFirst(end) }
                return String(decoding: bytes[..<(end - 4)], as: UTF8.self)
            }
            if text == nil, !fill() {
                guard unread.withLock({ $0.isEmpty }) else { throw Disconnected() }
                return nil
            }
        }
        let lines = (text ?? "").split(separator: "\r\n").map(String.init)
        return ReceivedRequest(
            connection: number, line: lines.first ?? "", fieldLines: Array(lines.dropFirst()))
    }

    /// Sends text.
    func send(_ text: String) throws(Disconnected) { try send(Array(text.utf8)) }

    /// Sends bytes.
    func send(_ bytes: [UInt8]) throws(Disconnected) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                #if canImport(Glibc)
                Glibc.send(
                    socket, buffer.baseAddress! + sent, bytes.count - sent, CInt(MSG_NOSIGNAL))
                #else
                Darwin.send(socket, buffer.baseAddress! + sent, bytes.count - sent, 0)
                #endif
            }
            guard count > 0 else { throw Disconnected() }
            sent += count
        }
    }

    /// Reads and drops whatever still comes, until the client goes or `interrupt` is called.
    func drain() {
        while fill() { unread.withLock { $0.removeAll() } }
    }

    /// Reads what has come; for scripts that pass bytes on.
    func readSome() -> [UInt8]? {
        guard fill() else { return nil }
        return unread.withLock { bytes in
            defer { bytes = [] }
            return bytes
        }
    }

    /// Says that nothing more is sent, and lets the client finish.
    func finish() {
        shutdown(socket, CInt(SHUT_WR))
        drain()
    }

    /// Closes so that the client hears of a reset and not of an end.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    /// Closes the connection; again is nothing.
    func close() {
        isOpen.withLock { isOpen in
            if isOpen { _ = LoopbackServer.closeSocket(socket) }
            isOpen = false
        }
    }

    /// Ends whatever waits for the client. Any thread may call it.
    func interrupt() {
        isOpen.withLock { if $0 { shutdown(socket, CInt(SHUT_RDWR)) } }
    }

    /// Reads more; `false` at the end.
    private func fill() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 256 * 1024)
        let count = recv(socket, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        unread.withLock { $0.append(contentsOf: buffer[..<count]) }
        return true
    }

    /// Where the body begins.
    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        let end = Array("\r\n\r\n".utf8)
        guard bytes.count >= end.count else { return nil }
        return (end.count...bytes.count).first { bytes[($0 - end.count)..<$0].elementsEqual(end) }
    }
}
