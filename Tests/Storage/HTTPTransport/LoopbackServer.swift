import Synchronization
import WorkerThreads

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A server on 127.0.0.1 that treats each connection as a script says, on a thread of its own.
///
/// What the script has not closed is closed when it returns. `close` must be called: the thread
/// that accepts connections holds on to the server.
final class LoopbackServer: Sendable {
    typealias Script = @Sendable (LoopbackConnection) throws(Disconnected) -> Void

    private struct State {
        var connections: [LoopbackConnection] = []
        var threads: [OwnedThread] = []
        var isClosed = false
        var openCount = 0
        var mostOpen = 0
    }

    /// The port that it listens on.
    let port: UInt16
    private let listener: CInt
    private let script: Script
    private let state = Mutex(State())
    private let received = Mutex<[ReceivedRequest]>([])

    /// Starts to listen on a port that the system chooses.
    init(_ script: @escaping Script) {
        self.script = script
        (listener, port) = Self.bindSocket()
        precondition(listen(listener, 128) == 0, "cannot listen")
        let thread = OwnedThread { self.acceptAll() }
        state.withLock { $0.threads.append(thread) }
    }

    /// How many connections there were.
    var connectionCount: Int { state.withLock { $0.connections.count } }

    /// How many connections there were at once.
    var mostOpen: Int { state.withLock { $0.mostOpen } }

    /// The requests that were read, in the order in which they were complete.
    var requests: [ReceivedRequest] { received.withLock { $0 } }

    /// Breaks all connections and waits for the end of all threads.
    func close() {
        let connections = state.withLock { state in
            state.isClosed = true
            return state.connections
        }
        for connection in connections { connection.interrupt() }
        // Wakes the thread that accepts: on some systems nothing else does.
        let waker = Self.makeSocket()
        _ = Self.withAddress(port) { connect(waker, $0, $1) }
        while let thread = state.withLock({ $0.threads.popLast() }) { thread.join() }
        _ = Self.closeSocket(waker)
        _ = Self.closeSocket(listener)
    }

    func record(_ request: ReceivedRequest) { received.withLock { $0.append(request) } }

    private func acceptAll() {
        while true {
            let socket = accept(listener, nil, nil)
            let isClosed = state.withLock { $0.isClosed }
            guard socket >= 0, !isClosed else {
                if socket >= 0 { _ = Self.closeSocket(socket) }
                return
            }
            let number = connectionCount
            let connection = LoopbackConnection(socket, number: number, of: self)
            state.withLock { state in
                state.connections.append(connection)
                state.openCount += 1
                state.mostOpen = max(state.mostOpen, state.openCount)
                state.threads.append(OwnedThread { self.serve(connection) })
            }
        }
    }

    private func serve(_ connection: LoopbackConnection) {
        do {
            try script(connection)
        } catch {
            // The client has gone, which is for its tests to judge.
        }
        connection.close()
        state.withLock { $0.openCount -= 1 }
    }

    /// A socket that has a port of 127.0.0.1 and does not listen: connecting to it is refused.
    static func bindSocket() -> (socket: CInt, port: UInt16) {
        let socket = makeSocket()
        let result = withAddress(0) { bind(socket, $0, $1) }
        precondition(result == 0, "loopback has no port left")
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = getsockname(socket, $0, &size)
            }
        }
        return (socket, UInt16(bigEndian: address.sin_port))
    }

    /// Connects to a port of 127.0.0.1.
    static func connectSocket(_ port: UInt16) -> CInt? {
        let socket = makeSocket()
        if withAddress(port, { connect(socket, $0, $1) }) == 0 { return socket }
        _ = closeSocket(socket)
        return nil
    }

    static func closeSocket(_ socket: CInt) -> CInt {
        #if canImport(Glibc)
        Glibc.close(socket)
        #else
        Darwin.close(socket)
        #endif
    }

    private static func makeSocket() -> CInt {
        #if canImport(Glibc)
        let made = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        #else
        let made = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        precondition(made >= 0, "no socket left")
        return made
    }

    private static func withAddress<Result>(
        _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
