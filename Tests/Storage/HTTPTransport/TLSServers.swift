import Foundation
import TestSupport

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Two servers on 127.0.0.1 that speak TLS, in one process of python3: one has a certificate for
/// 127.0.0.1 and localhost, the other one for another host. The process ends with this object or
/// with the test run.
final class TLSServers: Sendable {
    /// The port of the server with the right certificate.
    let port: UInt16
    /// The port of the server with the certificate of another host.
    let otherHostPort: UInt16
    /// The file with the authority that both are signed by.
    let authoritiesPath: String
    private let directory: TemporaryDirectory
    private let process: Process
    /// As long as this is open, the process lives.
    private let lifeline: Pipe

    init() throws {
        directory = try TemporaryDirectory()
        authoritiesPath = directory.text + "/ca.pem"
        try Self.makeCertificates(directory)
        try directory.write("server.py", Array(Self.script.utf8))
        process = Process()
        lifeline = Pipe()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", directory.text + "/server.py", directory.text]
        process.standardInput = lifeline
        process.standardOutput = output
        try process.run()
        var text = ""
        while !text.hasSuffix("\n") {
            let bytes = output.fileHandleForReading.availableData
            guard !bytes.isEmpty else { throw CocoaError(.fileReadUnknown) }
            text += String(decoding: bytes, as: UTF8.self)
        }
        let ports = text.split(whereSeparator: \.isWhitespace).compactMap { UInt16($0) }
        guard ports.count == 2 else { throw CocoaError(.fileReadCorruptFile) }
        (port, otherHostPort) = (ports[0], ports[1])
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
    }

    private static func makeCertificates(_ directory: TemporaryDirectory) throws {
        let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        let root = ["-subj", "/CN=varve test authority", "-days", "2"]
        try openssl(
            ["req", "-x509", "-keyout", "ca.key", "-out", "ca.pem"] + newKey + root, directory)
        let names = [
            "server": "subjectAltName=IP:127.0.0.1,DNS:localhost",
            "other": "subjectAltName=DNS:other.example",
        ]
        for (name, alternatives) in names {
            try openssl(
                [
                    "req", "-x509", "-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", "\(name).key",
                    "-out", "\(name).pem", "-subj", "/CN=\(name)", "-days", "2",
                    "-addext", alternatives, "-addext", "basicConstraints=critical,CA:FALSE",
                ] + newKey, directory)
        }
    }

    private static func openssl(_ arguments: [String], _ directory: TemporaryDirectory) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory.text)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.featureUnsupported) }
    }

    /// Answers a GET with its line and a PUT with its body; on `/close` it closes the connection
    /// without the farewell of TLS, as many servers do.
    private static let script = """
        import os, shutil, socket, ssl, sys, threading

        def serve(raw, context):
            try:
                connection = context.wrap_socket(raw, server_side=True)
                stream = connection.makefile("rb")
                while line := stream.readline():
                    method, path, _ = line.decode().split(" ")
                    length = 0
                    while (field := stream.readline().strip()):
                        name, value = field.decode().split(":", 1)
                        if name.lower() == "content-length":
                            length = int(value)
                    body = stream.read(length) if method == "PUT" else f"{method} {path}".encode()
                    close = "Connection: close\\r\\n" if path == "/close" else ""
                    head = f"HTTP/1.1 200 OK\\r\\nContent-Length: {len(body)}\\r\\n{close}\\r\\n"
                    connection.sendall(head.encode() + body)
                    if close:
                        break
                raw = connection.detach()
                os.close(raw)
            except (OSError, ValueError):
                pass

        def listen(name):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            folder = sys.argv[1] + "/"
            context.load_cert_chain(folder + name + ".pem", folder + name + ".key")
            listener = socket.create_server(("127.0.0.1", 0), backlog=64)
            def accept():
                while True:
                    threading.Thread(
                        target=serve, args=(listener.accept()[0], context), daemon=True).start()
            threading.Thread(target=accept, daemon=True).start()
            return listener.getsockname()[1]

        print(listen("server"), listen("other"), flush=True)
        sys.stdin.read()
        # The test run has ended, and with it nobody is left to do this.
        shutil.rmtree(sys.argv[1])
        os._exit(0)
        """
}
