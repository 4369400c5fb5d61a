import FileHandles
package import SnapshotModel

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What a manifest tells about the machine.
package enum Machine {
    /// The host's name.
    package static func hostName() -> String {
        // 256 bytes hold any host name (RFC 1123 allows 255).
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { name in
            name.initialize(repeating: 0)
            guard let base = name.baseAddress, gethostname(base, name.count - 1) == 0
            else { return "localhost" }
            return String(cString: base)
        }
    }

    /// The number of the user on whose behalf this process runs.
    package static let userID: UInt32 = geteuid()

    /// The number of that user's group.
    package static let groupID: UInt32 = getegid()

    /// The current directory, as bytes.
    package static func currentDirectory() -> [UInt8] {
        guard let path = getcwd(nil, 0) else { return [UInt8(ascii: "/")] }
        defer { free(path) }
        return Array(UnsafeRawBufferPointer(start: path, count: strlen(path)))
    }

    /// The time of the system's clock.
    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: UInt32(time.tv_nsec))
    }

    /// Seconds of a clock that nobody sets, and that goes on while the machine sleeps.
    package static func uptimeInSeconds() -> UInt64 {
        var time = timespec()
        #if canImport(Glibc)
        clock_gettime(CLOCK_BOOTTIME, &time)
        #else
        // This one goes on during sleep on Darwin.
        clock_gettime(CLOCK_MONOTONIC, &time)
        #endif
        return UInt64(time.tv_sec)
    }

    /// Tells this boot of the machine from all others; `nil` where the system does not tell.
    package static func bootID() -> String? {
        let limit = 64
        #if canImport(Glibc)
        let path = Array("/proc/sys/kernel/random/boot_id".utf8)
        guard let file = try? FileHandle.open(path: path, flags: O_RDONLY | O_CLOEXEC) else {
            return nil
        }
        let text = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = (try? file.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)) ?? 0
        }
        #else
        var text = [UInt8](repeating: 0, count: limit)
        var count = limit
        guard sysctlbyname("kern.bootsessionuuid", &text, &count, nil, 0) == 0 else { return nil }
        #endif
        // Digits and hyphens, so that it is one word in a line of a file.
        let digits = text.prefix {
            Character(UnicodeScalar($0)).isHexDigit || $0 == UInt8(ascii: "-")
        }
        return digits.isEmpty ? nil : String(decoding: digits, as: UTF8.self)
    }

    /// The number of this process.
    package static var processID: Int { Int(getpid()) }
}
